//! Prints what each part of the sound costs on this machine.

#![allow(clippy::print_stdout)]

fn main() {
    for cost in hawker_media::sound_costs(60) {
        println!(
            "{:40} {:7.3} ms a second of sound ({:.2} % of a core)",
            cost.part,
            cost.ms_per_s,
            cost.ms_per_s / 10.0
        );
    }
}
