//! Decodes one source for the program that starts it: what the studio's own program does under a word of its own.

fn main() -> std::process::ExitCode {
    hawker_media::decode_source()
}
