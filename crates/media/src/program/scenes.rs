//! What is shown: scenes and their changes.

use super::Program;
use crate::{
    MediaEvent,
    canvas::Seen,
    overlay::{Spot, paint_picture, paint_text},
    scene::{Layers, Order, Overlay, Pixels, Prepared, fitted},
    source::Shape,
};
use hawker_domain::{
    CanvasShape, SourceId,
    scene::{Content, Layer, Place, Scene, Transition},
};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{Arc, atomic::Ordering},
};

/// Larger files are no pictures for a show.
const LARGEST_FILE: u64 = 64 << 20;

/// Where the picture of a source lies on a canvas: both ends of its diagonal, as shares of the canvas.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct SourceOnCanvas {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Program {
    /// `scene` follows what is shown on every canvas, as soon as its texts and images are drawn. Sources it names and that do
    /// not run are left out; an image that can't be read is told and left out. Never blocks.
    pub fn show_scene(&self, scene: &Scene, how: Transition) {
        let turn = self.scene_turn.fetch_add(1, Ordering::SeqCst) + 1;
        let lanes: Vec<_> =
            self.lanes.iter().map(|lane| (Target::of(lane.kind, lane.shape), lane.board.clone())).collect();
        let (scene, time, events) = (scene.clone(), self.time.clone(), self.events.clone());
        let (newest, draws) = (self.scene_turn.clone(), needs_drawing(&scene));
        let (mixer, canvases) = (self.mixer.clone(), self.lanes.iter().map(|lane| lane.kind).collect::<Vec<_>>());
        let show = move || {
            let mut tell = |what, why| events.send(MediaEvent::SceneIncomplete { what, why });
            let ready: Vec<_> = lanes
                .into_iter()
                .map(|(target, board)| (prepared(&scene, &target, &Layers::default(), &mut tell), board))
                .collect();
            // Another scene was asked for while this one was drawn.
            if newest.load(Ordering::SeqCst) == turn {
                let now = time.now_ns();
                ready.into_iter().for_each(|(layers, board)| board.show(layers, how, now));
                mixer.shown(super::sound::shown(&scene, &canvases));
            }
        };
        if !draws {
            return show();
        }
        if let Err(error) = std::thread::Builder::new().name("hawker-scene".into()).spawn(show) {
            tracing::error!(%error, "the scene can't be drawn");
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

/// Texts and images take a while.
fn needs_drawing(scene: &Scene) -> bool {
    let mut layers = scene.landscape.iter().chain(&scene.portrait);
    layers.any(|layer| matches!(layer.content, Content::Image { .. } | Content::Text(_)))
}

/// What a scene is drawn for.
pub(super) struct Target {
    pub kind: CanvasShape,
    pub shape: Shape,
    /// Its colours are BT.709.
    pub hd: bool,
}

impl Target {
    fn of(kind: CanvasShape, shape: Shape) -> Self {
        Self { kind, shape, hd: shape.is_hd() }
    }
}

/// The layers of one canvas, with texts and images drawn. What `former` has drawn for the same target is taken from there.
/// `tell`: a file that can't be shown, and why.
pub(super) fn prepared(
    scene: &Scene,
    target: &Target,
    former: &Layers,
    tell: &mut dyn FnMut(String, String),
) -> Layers {
    let layers = scene.layers(target.kind).iter();
    let mut ready = |layer: &Layer| {
        let same = |known: &&Prepared| known.layer.content == layer.content && known.layer.place == layer.place;
        if let Some(drawing) = former.iter().find(same).and_then(|known| known.drawing.clone()) {
            return Prepared { layer: layer.clone(), drawing: Some(drawing) };
        }
        let drawing = drawing(layer, target).unwrap_or_else(|(what, why)| {
            tracing::warn!(scene = scene.name, what, why, "a layer can't be shown");
            tell(what, why);
            None
        });
        Prepared { layer: layer.clone(), drawing: drawing.map(Arc::new) }
    };
    Arc::new(layers.map(&mut ready).collect())
}

/// What is drawn once for a layer; none for sources and colours. Errors: the file and why it can't be shown.
fn drawing(layer: &Layer, target: &Target) -> Result<Option<Overlay>, (String, String)> {
    let Target { shape, hd, .. } = *target;
    let Place { x, y, width, height } = layer.place;
    let spot = Spot { x, y, width, height };
    let painted = match &layer.content {
        Content::Source { .. } | Content::Colour { .. } => return Ok(None),
        Content::Text(words) => paint_text(words, spot, shape.width, shape.height),
        Content::Image { path } => {
            let told = |why: String| (path.clone(), why);
            let file = read(Path::new(path)).map_err(|error| told(error.to_string()))?;
            let painted = paint_picture(&file, spot, shape.width, shape.height);
            Some(painted.map_err(|error| told(error.to_string()))?)
        }
    };
    let Some(painted) = painted else { return Ok(None) };
    let pixels = Pixels {
        data: &painted.bgra,
        width: painted.width,
        height: painted.height,
        at: painted.at,
        order: Order::Bgra,
    };
    Ok(Overlay::new(&pixels, (shape.width as usize, shape.height as usize), hd))
}

/// A picture file. Errors: it can't be read, or is too large to be one.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large for a picture"));
    }
    Ok(bytes)
}
