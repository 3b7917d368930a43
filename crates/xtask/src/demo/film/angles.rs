//! Other kinds of shots of the same stage: near, of the counter alone, of nothing, and no camera at all.

use std::path::Path;

use super::super::canvas::Canvas;
use super::super::error::DemoError;
use super::super::label::Printer;
use super::super::maths::{Turn, wander};
use super::super::raster::{Pose, draw};
use super::super::script::Angle;
use super::super::stage::{HEIGHT, WIDTH};
use super::{EYE, Film, lamps};

/// How much nearer the camera is in a close-up: a thing fills a quarter of the picture and more.
const NEARER: f32 = 2.4;
/// Where things stand on the counter, pixels, and how large they are against a held one.
const STANDING: [(f32, f32); 3] = [(640.0, 560.0), (420.0, 545.0), (850.0, 550.0)];
const STANDING_SCALE: f32 = 150.0;
/// A moment before anybody passes.
const NOBODY_S: f32 = -100.0;

/// The slate a show begins with.
pub(super) fn slate(printer: &Printer, slates: &Path) -> Result<Canvas, DemoError> {
    let path = slates.join("starting.en.svg");
    let svg = std::fs::read_to_string(&path).map_err(DemoError::file(&path))?;
    printer.print("slate", &svg, WIDTH as u32)
}

impl Film {
    /// The kind of shot at `t` seconds.
    pub(super) fn angle(&self, t: f32) -> Angle {
        let begun = self.shots.iter().rfind(|(shot, _)| shot.cut_s() <= t).or(self.shots.first());
        begun.map_or(Angle::Host, |(shot, _)| shot.angle)
    }

    /// The room with its counter, the camera on a stand.
    pub(super) fn empty(&self) -> Canvas {
        let mut canvas = self.stage.room_at(NOBODY_S, (0.0, 0.0));
        self.stage.lay_counter(&mut canvas, (0.0, 0.0));
        canvas
    }

    /// The thing of the moment on the counter between two others, the camera in a hand.
    pub(super) fn table(&self, t: f32, shake: (f32, f32)) -> Canvas {
        let mut canvas = self.stage.room_at(NOBODY_S, shake);
        self.stage.lay_counter(&mut canvas, shake);
        let current = self.shots.iter().rposition(|(shot, _)| shot.cut_s() <= t).unwrap_or(0);
        let things = self.shots.iter().cycle().skip(current);
        // Farther ones first.
        let standing: Vec<_> = things.zip(STANDING).collect();
        for ((shot, thing), (x, y)) in standing.into_iter().rev() {
            let scale = STANDING_SCALE / thing.half_height;
            let turn = Turn::degrees(shot.yaw + 3.0 * wander(t * 0.2, shot.phase), 4.0, 0.0);
            let at = (x - 1.25 * shake.0, y - 0.5 * STANDING_SCALE - 1.25 * shake.1);
            draw(
                &mut canvas,
                &thing.mesh,
                &thing.textures,
                &Pose { at, scale, turn, eye: EYE },
                &lamps(shot, thing.flat),
                2,
            );
        }
        canvas
    }

    /// The same picture from nearer, looking at where the thing of the moment is held.
    pub(super) fn nearer(&self, canvas: &Canvas, t: f32) -> Canvas {
        let at = self.shots.iter().rfind(|(shot, _)| shot.cut_s() <= t).map_or((640.0, 360.0), |(shot, _)| shot.at);
        let (width, height) = (WIDTH as f32 / NEARER, HEIGHT as f32 / NEARER);
        let left = (at.0 - width / 2.0).clamp(0.0, WIDTH as f32 - width);
        let top = (at.1 - height / 2.0).clamp(0.0, HEIGHT as f32 - height);
        Canvas::from_fn(WIDTH, HEIGHT, |x, y| {
            canvas.sample(left + (x as f32 + 0.5) / NEARER, top + (y as f32 + 0.5) / NEARER)
        })
    }
}
