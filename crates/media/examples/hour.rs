//! An hour of sound of each of three devices, as one line of JSON: the worst of them.

#![allow(clippy::print_stdout)]

const MINUTES: usize = 60;

fn main() {
    let hours = hawker_media::hours_of_sound(MINUTES);
    let worst = hours.iter().map(|hour| hour.worst_ms).fold(0.0, f64::max);
    let slope = hours
        .iter()
        .map(|hour| hour.slope_ms_per_min)
        .fold(0.0, |worst: f64, slope| if slope.abs() > worst.abs() { slope } else { worst });
    let marks: usize = hours.iter().map(|hour| hour.marks).sum();
    let line = serde_json::json!({ "offset_ms": worst, "slope_ms_per_min": slope, "minutes": MINUTES, "n": marks });
    println!("{line}");
}
