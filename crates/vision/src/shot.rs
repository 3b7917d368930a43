//! What kind of shot a picture is: a pure decision from what the pass over it has found anyway, with hysteresis.
//!
//! Entry: [`Shots::measure`] and [`Shots::take`]. Knows no model and no clock. Invariant: [`Shot::Slate`] and [`Shot::Empty`],
//! in which nothing new is tagged, begin slowly and end with the first picture that shows something else; a slate has nothing
//! in it that the detector finds, so that a still picture of a thing to sell is none.

use hawker_av::Rect;
use hawker_domain::ShowMs;
use serde::{Deserialize, Serialize};

use crate::detect::Detections;
use crate::pixels::Patch;

/// The kind of a shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shot {
    /// One thing fills much of the picture; nobody's head is in it.
    CloseUp,
    /// Somebody is in it.
    Host,
    /// Things, or hands at work, and nobody.
    Table,
    /// Nobody and nothing that is held up, and nothing moves.
    Empty,
    /// No camera's picture: it is one colour, or stands still to the last bit, and neither a thing nor anybody is found in it.
    Slate,
}

impl Shot {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::CloseUp => "close_up",
            Self::Host => "host",
            Self::Table => "table",
            Self::Empty => "empty",
            Self::Slate => "slate",
        }
    }

    /// True where there is nothing to tag: what was tagged before stays, nothing new is said.
    pub fn is_idle(self) -> bool {
        matches!(self, Self::Empty | Self::Slate)
    }
}

/// What is measured of one picture. Shares are of the frame's area, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShotClues {
    /// The largest box of a person; a hand or an arm counts as one.
    pub person: f32,
    /// Somebody's head is in the picture: the box begins below its upper edge, and above its middle.
    pub head: bool,
    /// The largest box of a thing, also of one too large to be followed.
    pub thing: f32,
    /// How many things there are.
    pub things: usize,
    /// How many of them the detector found, rather than what stands out.
    #[serde(default)]
    pub goods: usize,
    /// Share of the picture without any detail.
    pub flat: f32,
    /// Mean difference to the picture before; none: there is none, or it had another size. Units: luma, 0 to 255.
    pub change: Option<f32>,
}

/// Side of the squares detail is looked for in, pixels of the shrunk picture, and the spread of luma below which there is none:
/// less than a lamp's gradient, more than what is left of a camera's noise.
const SQUARE: usize = 8;
const NO_DETAIL: f32 = 2.0;

/// A person smaller than this is a passer-by or a hand. Where a box that holds a head begins, as a share of the height: on the
/// demo's clip the host's box begins at 0.05 to 0.11, and mostly above 0.03 once the clip is enlarged 2.4 or 3.2 times, so that
/// the head is cut off.
const PERSON: f32 = 0.08;
const HEAD_FROM: f32 = 0.045;
const HEAD_TO: f32 = 0.3;

/// What one pass over a picture found, as far as it tells what kind of shot it is.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    pub found: &'a Detections,
    /// What [`crate::detect::middle`] found, in pixels of the frame.
    pub standing_out: Option<Rect>,
    /// The whole frame, shrunk.
    pub small: &'a Patch,
    /// Width and height of the frame, pixels.
    pub frame: (u32, u32),
}

impl Sight<'_> {
    /// The largest thing that can be followed. Pixels of the frame.
    pub fn largest(&self) -> Option<Rect> {
        let goods = self.found.proposals.iter().map(|proposal| proposal.rect);
        goods.chain(self.standing_out).max_by(|a, b| a.area().total_cmp(&b.area()))
    }

    /// What is measured of it, given the luma of the picture before, and its own.
    fn clues(&self, before: &[f32]) -> (ShotClues, Vec<f32>) {
        let Self { found, small, .. } = self;
        let (width, height) = (self.frame.0 as f32, self.frame.1 as f32);
        let share = |rect: Rect| rect.area() / (width * height).max(1.0);
        let is_head = |rect: &Rect| share(*rect) >= PERSON && (HEAD_FROM * height..HEAD_TO * height).contains(&rect.y);
        let people = found.people.iter().take(found.sure_people);
        let luma = small.luma();
        let goods = found.proposals.len() + usize::from(found.filling > 0.0);
        let clues = ShotClues {
            person: people.clone().map(|rect| share(*rect)).fold(0.0, f32::max),
            head: people.clone().any(is_head),
            thing: self.largest().map_or(0.0, share).max(found.filling),
            things: goods + usize::from(self.standing_out.is_some()),
            goods,
            flat: flat(&luma, small.width),
            change: change(&luma, before),
        };
        (clues, luma)
    }
}

/// Share of the squares in which nothing is to be seen.
fn flat(luma: &[f32], width: usize) -> f32 {
    let (columns, mut squares, mut plain) = (width / SQUARE, 0_usize, 0_usize);
    for rows in luma.chunks_exact((width * SQUARE).max(1)) {
        for column in 0..columns {
            let lines =
                rows.chunks_exact(width.max(1)).filter_map(|row| row.get(column * SQUARE..(column + 1) * SQUARE));
            let (mut sum, mut squared, mut count) = (0.0_f32, 0.0_f32, 0.0_f32);
            for value in lines.flatten() {
                (sum, squared, count) = (sum + value, squared + value * value, count + 1.0);
            }
            let mean = sum / count.max(1.0);
            squares += 1;
            plain += usize::from(squared / count.max(1.0) - mean * mean < NO_DETAIL * NO_DETAIL);
        }
    }
    if squares == 0 { 0.0 } else { plain as f32 / squares as f32 }
}

fn change(luma: &[f32], before: &[f32]) -> Option<f32> {
    let is_same_size = luma.len() == before.len() && !luma.is_empty();
    let sum = || luma.iter().zip(before).map(|(a, b)| (a - b).abs()).sum::<f32>();
    is_same_size.then(|| sum() / luma.len() as f32)
}

/// A shot and since when it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShotLabel {
    pub shot: Shot,
    /// Show time of its first picture.
    pub since: ShowMs,
}

/// Labels one picture after the other. Threads: one.
#[derive(Clone, Debug, Default)]
pub struct Shots {
    label: Option<ShotLabel>,
    /// What the newest pictures show, since when on the frames' own clock, ms, and in show time.
    next: Option<(Shot, u64, ShowMs)>,
    /// Since when nothing has changed at all.
    frozen_since: Option<u64>,
    /// The picture before. Units: luma, 0 to 255.
    luma: Vec<f32>,
}

/// A difference below which not one bit of a camera's picture can have changed: sensors are noisier.
const FROZEN: f32 = 0.05;
/// A picture that stands still is a slate after this long where most of it is plain, as a slate's ground is, …
const SLATE_FLAT: f32 = 0.6;
const SLATE_FLAT_MS: u64 = 1_000;
/// … and after this long whatever else: a photograph of no things, or a camera that hangs before them.
const SLATE_ANY_MS: u64 = 3_000;
/// So much of one colour is no room, whatever moves in the rest.
const SLATE_PLAIN: f32 = 0.995;

/// A thing of this size is what a shot is about where no head is seen, and of that size also where one is. Held beside the face
/// a thing has 0.05 to 0.25 of the demo's picture.
const CLOSE: f32 = 0.15;
const CLOSE_BESIDE_HEAD: f32 = 0.4;
/// A person without a head that fills so much is a body in front of the camera, not hands at a table.
const BODY: f32 = 0.35;
/// In a room where nobody is, less than this changes: noise, and lamps.
const STILL_ROOM: f32 = 1.0;

/// A kind is believed when it has been seen for so long; one in which nothing is tagged, later: a single dark or white picture,
/// as a cut or a flash makes it, is no slate.
const BELIEVED_MS: u64 = 500;
const IDLE_MS: u64 = 1_500;

impl Shots {
    /// The label as of the last picture; none before anything was sure.
    pub fn label(&self) -> Option<ShotLabel> {
        self.label
    }

    /// Measures one picture, for [`Shots::take`].
    pub fn measure(&mut self, sight: &Sight<'_>) -> ShotClues {
        let (clues, luma) = sight.clues(&self.luma);
        self.luma = luma;
        clues
    }

    /// Takes in one picture. Units: `now_ms` on the frames' own clock, which does not run backwards.
    pub fn take(&mut self, clues: &ShotClues, now_ms: u64, at: ShowMs) -> Option<ShotLabel> {
        let is_frozen = clues.change.is_some_and(|change| change < FROZEN);
        self.frozen_since = if is_frozen { self.frozen_since.or(Some(now_ms)) } else { None };
        let frozen_ms = self.frozen_since.map_or(0, |since| now_ms.saturating_sub(since));
        let shot = kind(clues, frozen_ms);
        let (_, began_ms, since) = *self.next.insert(match self.next {
            Some(next) if next.0 == shot => next,
            _ => (shot, now_ms, at),
        });
        let current = self.label.map(|label| label.shot);
        if current != Some(shot) && now_ms.saturating_sub(began_ms) >= patience(current, shot, frozen_ms) {
            self.label = Some(ShotLabel { shot, since });
        }
        self.label
    }
}

/// How long a kind must last before it takes the place of another, given how long nothing has changed. Units: ms.
fn patience(current: Option<Shot>, next: Shot, frozen_ms: u64) -> u64 {
    match (current, next) {
        // It has waited already.
        (_, Shot::Slate) if frozen_ms >= SLATE_FLAT_MS => 0,
        (_, Shot::Slate | Shot::Empty) => IDLE_MS,
        (Some(current), _) if current.is_idle() => 0,
        _ => BELIEVED_MS,
    }
}

/// What one picture is, given how long nothing has changed in it.
fn kind(clues: &ShotClues, frozen_ms: u64) -> Shot {
    // A camera on a stand before a product stands still to the last bit, too, where its codec leaves out what did not change.
    let is_something_there = clues.goods > 0 || clues.person > 0.0;
    let is_plain_or_frozen = clues.flat >= SLATE_PLAIN
        || frozen_ms >= SLATE_ANY_MS
        || (clues.flat >= SLATE_FLAT && frozen_ms >= SLATE_FLAT_MS);
    let close = if clues.head { CLOSE_BESIDE_HEAD } else { CLOSE };
    if is_plain_or_frozen && !is_something_there {
        Shot::Slate
    } else if clues.thing >= close {
        Shot::CloseUp
    } else if clues.head || clues.person >= BODY {
        Shot::Host
    } else if clues.things > 0 || clues.person >= PERSON || clues.change.is_none_or(|change| change >= STILL_ROOM) {
        Shot::Table
    } else {
        Shot::Empty
    }
}

#[cfg(test)]
#[path = "shot_tests.rs"]
mod tests;
