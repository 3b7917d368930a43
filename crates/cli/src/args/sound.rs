//! `hawker sound …`

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum SoundCommand {
    /// The inputs of the running show and the mix, with their meters.
    List,
    /// Set one input: mic, mic-2, or a source (1, 2 ...) for its own sound. What is not said stays as it is.
    Set(SoundInput),
    /// Set what is done to all sound together.
    Mix(SoundMix),
    /// Hear the mix, or one input before its fader, in the headphones; "off" ends it.
    Monitor(SoundMonitor),
}

#[derive(Debug, Args)]
pub struct SoundMonitor {
    /// mix, off, or an input: mic, mic-2, a source (1, 2 ...). Without it only the device is chosen.
    #[arg(required_unless_present = "device")]
    pub of: Option<String>,
    /// The headphones, as `hawker devices` lists them; "auto" for those that the system plays on. Kept.
    #[arg(long, value_name = "ID")]
    pub device: Option<String>,
}

#[derive(Debug, Args)]
pub struct SoundInput {
    pub input: String,
    /// -60 to 30.
    #[arg(long, value_name = "DB", allow_negative_numbers = true)]
    pub gain: Option<f32>,
    /// auto: as the kind of input is heard by itself.
    #[arg(long)]
    pub mute: Option<MuteWord>,
    /// The sound is heard this much later than the picture, up to 1000; negative: earlier, down to -500, for which the picture
    /// and all other sound wait.
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    pub offset: Option<i32>,
    /// Share of the noise that is taken away, 0 (off) to 100.
    #[arg(long, value_name = "PER CENT")]
    pub noise: Option<u8>,
    /// Closes the input while it is quieter than speech.
    #[arg(long)]
    pub gate: Option<OnOff>,
    /// Makes loud moments quieter.
    #[arg(long)]
    pub compressor: Option<OnOff>,
    /// Lower this input while these speak; "off" for none.
    #[arg(long, value_name = "INPUT,...", value_delimiter = ',')]
    pub duck_by: Vec<String>,
}

#[derive(Debug, Args)]
pub struct SoundMix {
    /// -60 to 20.
    #[arg(long, value_name = "DB", allow_negative_numbers = true)]
    pub gain: Option<f32>,
    /// Bring the mix slowly to this loudness, -36 to -8.
    #[arg(long, value_name = "LUFS", allow_negative_numbers = true, conflicts_with = "no_loudness")]
    pub loudness: Option<f32>,
    /// Leave the loudness as it is.
    #[arg(long)]
    pub no_loudness: bool,
    /// No sample is louder than this, -20 to 0.
    #[arg(long, value_name = "DBFS", allow_negative_numbers = true)]
    pub ceiling: Option<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MuteWord {
    On,
    Off,
    Auto,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    On,
    Off,
}
