//! Draws what is showing into one picture.

use super::{
    blend,
    geometry::{Area, Fitted, Window, fitted},
    key::ChromaKey,
    overlay::Overlay,
    planes::{BLACK, I420, I420Mut, Layout, Plane, yuv},
    scale::Scaler,
    staging::{Motion, Prepared, Showing},
};
use gstreamer as gst;
use hawker_domain::{
    SourceId,
    scene::{Content, Layer, Side},
};
use std::sync::Arc;

/// One picture of a source.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub buffer: gst::Buffer,
    pub layout: Layout,
}

/// The picture each source shows now; the slate for one that is lost, none for one that is not known.
pub(crate) type Sources<'a> = &'a dyn Fn(&SourceId) -> Option<Look>;

/// Draws pictures of one size; keeps its memory from one to the next.
pub(crate) struct Composer {
    canvas: Layout,
    hd: bool,
    /// The scene before, while one becomes the next.
    former: Vec<u8>,
    /// The next scene, while it pushes in.
    coming: Vec<u8>,
    drawing: Drawing,
}

/// What drawing one layer needs.
struct Drawing {
    scaler: Scaler,
    chroma: [Vec<u8>; 2],
    mask: Vec<u8>,
    line: Vec<u8>,
}

impl Composer {
    /// For a canvas of this size. `hd`: its colours are BT.709.
    pub(crate) fn new(width: u32, height: u32, hd: bool) -> Self {
        let drawing = Drawing { scaler: Scaler::new(), chroma: Default::default(), mask: Vec::new(), line: Vec::new() };
        let canvas = Layout::new(width, height);
        Self { canvas, hd, former: Vec::new(), coming: Vec::new(), drawing }
    }

    pub(crate) fn canvas(&self) -> &Layout {
        &self.canvas
    }

    /// The source's own picture, where nothing has to be drawn: it fills the canvas, alone and opaque.
    pub(crate) fn as_it_is(&self, showing: &Showing, sources: Sources<'_>, overlays: &[Arc<Overlay>]) -> Option<Look> {
        if showing.before.is_some() || !overlays.is_empty() {
            return None;
        }
        let mut seen = showing.layers.iter().filter(|prepared| !prepared.layer.hidden);
        let (Prepared { layer, .. }, None) = (seen.next()?, seen.next()) else { return None };
        let Content::Source { id } = &layer.content else { return None };
        let look = sources(id)?;
        let Fitted { window, area } = fitted(layer, size(&look.layout), size(&self.canvas))?;
        let whole = window == Window { x: 0.0, y: 0.0, width: area.width as f64, height: area.height as f64 }
            && area == Area { x: 0, y: 0, width: self.canvas.width, height: self.canvas.height };
        (whole && look.layout == self.canvas && layer.opacity >= 1.0 && layer.key.is_none()).then_some(look)
    }

    /// Draws into `target`, a picture of the canvas's layout; a target that is too small is left alone.
    pub(crate) fn compose(
        &mut self,
        showing: &Showing,
        sources: Sources<'_>,
        overlays: &[Arc<Overlay>],
        target: &mut [u8],
    ) {
        let Self { canvas, hd, former, coming, drawing } = self;
        let how = How { canvas, hd: *hd, sources };
        match &showing.before {
            None => drawing.scene(&how, &showing.layers, target),
            Some((before, motion)) => {
                former.resize(canvas.size, 0);
                coming.resize(canvas.size, 0);
                drawing.scene(&how, before, former);
                drawing.scene(&how, &showing.layers, coming);
                match motion {
                    Motion::Fade(far) => {
                        if let Some(target) = target.get_mut(..canvas.size) {
                            target.copy_from_slice(former);
                            blend::mix(target, coming, blend::level(*far));
                        }
                    }
                    Motion::Slide(far, from) => slide(canvas, former, coming, target, *far, *from),
                }
            }
        }
        if let Some(mut target) = I420Mut::new(target, canvas) {
            overlays.iter().for_each(|overlay| overlay.draw(&mut target, 256));
        }
    }
}

/// What all layers of a scene are drawn with.
struct How<'a> {
    canvas: &'a Layout,
    hd: bool,
    sources: Sources<'a>,
}

impl Drawing {
    fn scene(&mut self, how: &How<'_>, layers: &[Prepared], target: &mut [u8]) {
        let Some(mut target) = I420Mut::new(target, how.canvas) else { return };
        // What a layer hides need not be painted first.
        if !layers.iter().find(|prepared| !prepared.layer.hidden).is_some_and(|lowest| covers(how, &lowest.layer)) {
            target.fill(BLACK);
        }
        for Prepared { layer, drawing } in layers {
            let alpha = blend::level(layer.opacity);
            if layer.hidden || alpha == 0 {
                continue;
            }
            match (&layer.content, drawing) {
                (Content::Source { id }, _) => {
                    if let Some(look) = (how.sources)(id) {
                        self.source(how, layer, &look, &mut target, alpha);
                    }
                }
                (Content::Colour { red, green, blue }, _) => {
                    if let Some(Fitted { area, .. }) = fitted(layer, size(how.canvas), size(how.canvas)) {
                        self.colour(yuv([*red, *green, *blue], how.hd), area, &mut target, alpha);
                    }
                }
                (Content::Image { .. } | Content::Text(_), Some(overlay)) => overlay.draw(&mut target, alpha),
                // What could not be drawn was told when the scene was prepared.
                (Content::Image { .. } | Content::Text(_), None) => {}
            }
        }
    }

    fn colour(&mut self, colour: [u8; 3], area: Area, target: &mut I420Mut<'_>, alpha: u16) {
        for (index, (plane, value)) in target.planes.iter_mut().zip(colour).enumerate() {
            let Area { x, y, width, height } = halved(area, index);
            self.line.clear();
            self.line.resize(width, value);
            (y..y + height).for_each(|y| blend::mix(plane.row(y, x, width), &self.line, alpha));
        }
    }

    fn source(&mut self, how: &How<'_>, layer: &Layer, look: &Look, target: &mut I420Mut<'_>, alpha: u16) {
        let Ok(map) = look.buffer.map_readable() else { return };
        let Some(picture) = I420::new(map.as_slice(), &look.layout) else { return };
        let Some(fitted) = fitted(layer, size(&look.layout), size(how.canvas)) else { return };
        match &layer.key {
            Some(key) => self.keyed(&ChromaKey::new(key, how.hd), &picture, &fitted, target, alpha),
            None => {
                for (index, (plane, to)) in picture.planes.iter().zip(&mut target.planes).enumerate() {
                    let (window, area) = (of_plane(&fitted.window, index), halved(fitted.area, index));
                    let rows = Rows::of(&mut self.scaler, plane, window, area);
                    for (line, above) in rows.into_iter().enumerate() {
                        let below = to.row(area.y + line, area.x, area.width);
                        if alpha >= 256 { copy(below, above) } else { blend::mix(below, above, alpha) }
                    }
                }
            }
        }
    }

    /// A source some of whose colours are seen through.
    fn keyed(&mut self, key: &ChromaKey, picture: &I420<'_>, fitted: &Fitted, target: &mut I420Mut<'_>, alpha: u16) {
        let Self { scaler, chroma: [blue, red], mask, .. } = self;
        let half = halved(fitted.area, 1);
        let [luma, cb, cr] = &picture.planes;
        for (plane, scaled) in [(cb, &mut *blue), (cr, &mut *red)] {
            scaled.clear();
            let rows = Rows::of(scaler, plane, of_plane(&fitted.window, 1), half);
            rows.into_iter().for_each(|row| scaled.extend_from_slice(row));
        }
        if blue.len() != red.len() || half.width == 0 {
            return;
        }
        key.mask(blue, red, mask);
        let [to_luma, to_blue, to_red] = &mut target.planes;
        for (above, to) in [(&*blue, to_blue), (&*red, to_red)] {
            let rows = above.chunks_exact(half.width).zip(mask.chunks_exact(half.width));
            for (y, (above, mask)) in rows.enumerate() {
                blend::mix_masked(to.row(half.y + y, half.x, half.width), above, mask, alpha);
            }
        }
        let area = fitted.area;
        let mut wide = Vec::with_capacity(area.width);
        for (y, above) in Rows::of(scaler, luma, fitted.window, area).into_iter().enumerate() {
            // The mask has half the lines and columns.
            if y % 2 == 0 {
                let mask = mask.chunks_exact(half.width).nth(y / 2).unwrap_or_default();
                wide.clear();
                wide.extend(mask.iter().flat_map(|m| [*m, *m]));
            }
            blend::mix_masked(to_luma.row(area.y + y, area.x, area.width), above, &wide, alpha);
        }
    }
}

/// True for a source that is there, fills the canvas and hides all below it.
fn covers(how: &How<'_>, layer: &Layer) -> bool {
    let Content::Source { id } = &layer.content else { return false };
    let Some(look) = (how.sources)(id).filter(|_| layer.opacity >= 1.0 && layer.key.is_none()) else { return false };
    let (width, height) = size(how.canvas);
    let whole = fitted(layer, size(&look.layout), (width, height))
        .is_some_and(|fitted| fitted.area == Area { x: 0, y: 0, width, height });
    whole && look.buffer.size() >= look.layout.size
}

/// A plane's part in the size it is drawn in: as it lies where the size is the same, else scaled.
enum Rows<'a> {
    AsIs { plane: Plane<'a>, x: usize, y: usize, width: usize, height: usize },
    Scaled { data: &'a [u8], width: usize },
    Nothing,
}

impl<'a> Rows<'a> {
    fn of(scaler: &'a mut Scaler, plane: &Plane<'a>, window: Window, area: Area) -> Self {
        let Area { width, height, .. } = area;
        let whole = |v: f64| v.fract() == 0.0 && v >= 0.0;
        let fits = window.width == width as f64 && window.height == height as f64;
        let (x, y) = (window.x as usize, window.y as usize);
        if fits && whole(window.x) && whole(window.y) && x + width <= plane.width && y + height <= plane.height {
            return Self::AsIs { plane: *plane, x, y, width, height };
        }
        match scaler.scaled(plane, window, width, height) {
            Some(data) => Self::Scaled { data, width },
            None => Self::Nothing,
        }
    }

    fn into_iter(self) -> impl Iterator<Item = &'a [u8]> {
        let (as_is, scaled) = match self {
            Self::AsIs { plane, x, y, width, height } => {
                (Some((y..y + height).map(move |y| plane.row(y).get(x..x + width).unwrap_or_default())), None)
            }
            Self::Scaled { data, width } => (None, Some(data.chunks_exact(width.max(1)))),
            Self::Nothing => (None, None),
        };
        as_is.into_iter().flatten().chain(scaled.into_iter().flatten())
    }
}

fn copy(below: &mut [u8], above: &[u8]) {
    if below.len() == above.len() {
        below.copy_from_slice(above);
    }
}

fn size(layout: &Layout) -> (usize, usize) {
    (layout.width, layout.height)
}

fn of_plane(window: &Window, index: usize) -> Window {
    let Window { x, y, width, height } = *window;
    if index == 0 { *window } else { Window { x: x / 2.0, y: y / 2.0, width: width / 2.0, height: height / 2.0 } }
}

fn halved(area: Area, index: usize) -> Area {
    let shift = usize::from(index > 0);
    Area { x: area.x >> shift, y: area.y >> shift, width: area.width >> shift, height: area.height >> shift }
}

/// The next scene pushes the one before out of the picture.
fn slide(canvas: &Layout, former: &[u8], coming: &[u8], target: &mut [u8], far: f32, from: Side) {
    let (Some(former), Some(coming), Some(mut target)) =
        (I420::new(former, canvas), I420::new(coming, canvas), I420Mut::new(target, canvas))
    else {
        return;
    };
    let along = if matches!(from, Side::Left | Side::Right) { canvas.width } else { canvas.height };
    let moved = ((along as f32 * far.clamp(0.0, 1.0)) as usize) & !1;
    for (index, to) in target.planes.iter_mut().enumerate() {
        let (Some(old), Some(new)) = (former.planes.get(index), coming.planes.get(index)) else { continue };
        let (moved, width, height) = (if index == 0 { moved } else { moved / 2 }, to.width, to.height);
        for y in 0..height {
            let (left, right): (Option<&[u8]>, Option<&[u8]>) = match from {
                Side::Right => (old.row(y).get(moved..), new.row(y).get(..moved)),
                Side::Left => (new.row(y).get(width - moved..), old.row(y).get(..width - moved)),
                Side::Bottom if y + moved < height => (Some(old.row(y + moved)), None),
                Side::Bottom => (Some(new.row(y + moved - height)), None),
                Side::Top if y < moved => (Some(new.row(height - moved + y)), None),
                Side::Top => (Some(old.row(y - moved)), None),
            };
            let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
            copy(to.row(y, 0, left.len()), left);
            copy(to.row(y, left.len(), right.len()), right);
        }
    }
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
