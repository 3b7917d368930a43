//! What a host says of a place a show is published to, beside its name and address.

use crate::{CanvasShape, Rendition};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a show goes to a destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DestinationWay {
    /// Seconds after which the platform closes the room, if it says so.
    pub deadline_s: Option<u32>,
    /// The address serves one show: once the room is closed another is needed.
    pub one_show: bool,
    /// Viewers see the show this much later. Units: milliseconds.
    pub delay_ms: u32,
    /// Which canvas it gets; where a show has no such canvas, its main one.
    pub canvas: CanvasShape,
    /// A smaller picture; none for that of the canvas.
    pub rendition: Option<Rendition>,
    /// Its line decides the bitrate that all who get the same picture share. At most one of them has it.
    #[serde(default)]
    pub primary: bool,
}

impl Default for DestinationWay {
    fn default() -> Self {
        let canvas = CanvasShape::default();
        Self { deadline_s: None, one_show: true, delay_ms: 0, canvas, rendition: None, primary: false }
    }
}
