//! Encoders: which one this machine has, why not another, how it is set, and the show time put into what it makes.
//!
//! A driver may be installed without the hardware, and hardware may open and then make nothing, so a candidate counts
//! only when it has encoded two pictures. That is tried once in a process, before a show is on air: an encoder is not
//! exchanged while viewers watch. One that fails on air all the same is left out from the next start on.

mod audio;
mod build;
mod load;
mod probe;
mod rate;
mod report;
mod sei;
mod settings;
mod table;

pub(crate) use audio::audio;
pub(crate) use build::video;
pub use load::{EncodeLoad, LoadSpan};
pub(crate) use probe::note_failure;
pub use rate::set_bitrate;
pub use report::{EncoderReport, EncoderTried, EncoderVerdict};
pub(crate) use sei::with_show_time;
pub(crate) use settings::keyframe_is_due;
pub use settings::{EncoderChoice, VideoCodec, VideoEncode};

use crate::MediaError;

/// Tries every encoder this machine might have, and the one that is named whatever system it is of; what a show takes stands in
/// `chosen`.
///
/// Blocking: the first call in a process opens and runs each one. Errors: GStreamer did not start.
pub fn encoder_report(wish: &VideoCodec) -> Result<EncoderReport, MediaError> {
    crate::init()?;
    Ok(probe::all(wish))
}

/// Names of the encoders that work on this machine, the one a show would take first; picture, then sound.
pub fn encoders() -> Result<Vec<String>, MediaError> {
    let report = encoder_report(&VideoCodec::Auto)?;
    let video = report.tried.iter().filter(|tried| tried.verdict.works()).map(|tried| tried.name.to_owned());
    Ok(video.chain(audio::working().map(str::to_owned)).collect())
}
