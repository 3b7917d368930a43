//! What is shown: scenes and their changes.

use super::{Program, lane::Lane};
use crate::{
    canvas::Seen,
    scene::{Layers, Prepared, fitted},
};
use hawker_domain::{
    CanvasShape, SourceId,
    scene::{Content, Scene, Transition},
};
use std::sync::Arc;

/// Where the picture of a source lies on a canvas: both ends of its diagonal, as shares of the canvas.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct SourceOnCanvas {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Program {
    /// `scene` follows what is shown on every canvas. Sources it names and that do not run are left out.
    pub fn show_scene(&self, scene: &Scene, how: Transition) {
        let now = self.time.now_ns();
        for lane in &self.lanes {
            lane.board.show(prepared(scene, lane), how, now);
        }
    }

    /// Where the whole picture of a source lies on a canvas, its cut-off parts beyond the edge; none while it is not shown.
    /// What lies at `(x, y)` of the source, as shares of it, is at `left + x * (right - left)` and so on.
    pub fn source_on_canvas(&self, id: &SourceId, canvas: CanvasShape) -> Option<SourceOnCanvas> {
        let lane = self.lane(canvas).ok()?;
        let Seen::Picture(look) = self.sources.looks.of(id) else { return None };
        let layers = lane.board.layers();
        let shows = |prepared: &&Prepared| {
            !prepared.layer.hidden && matches!(&prepared.layer.content, Content::Source { id: shown } if shown == id)
        };
        // The one on top, where it is shown twice.
        let layer = &layers.iter().rev().find(shows)?.layer;
        let (width, height) = (lane.shape.width as usize, lane.shape.height as usize);
        let fitted = fitted(layer, (look.layout.width, look.layout.height), (width, height))?;
        let share = |x: f64, y: f64| {
            let (x, y) = fitted.on_canvas(x, y);
            ((x / width as f64) as f32, (y / height as f64) as f32)
        };
        let ((left, top), (right, bottom)) =
            (share(0.0, 0.0), share(look.layout.width as f64, look.layout.height as f64));
        Some(SourceOnCanvas { left, top, right, bottom })
    }
}

/// The layers of one canvas, with texts and images drawn.
fn prepared(scene: &Scene, lane: &Lane) -> Layers {
    let layers = scene.layers(lane.kind).iter();
    Arc::new(layers.map(|layer| Prepared { layer: layer.clone(), drawing: None }).collect())
}
