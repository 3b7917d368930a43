//! What a host's correction teaches, and what may be kept of the picture it was made on.

use hawker_av::Rect;
use hawker_domain::Sku;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::gallery::Lesson;
use crate::pixels::Patch;
use crate::{PhotoVectors, Recogniser};

/// A correction as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    pub lesson: Lesson,
    /// The crop it was made on as JPEG, to look at and to learn from again when the model changes. None where it reaches into
    /// what may be the head of a person the detector sees.
    pub crop: Option<Vec<u8>>,
    /// It counts from the next look on. False: the product is not among those of the gallery.
    pub is_in_force: bool,
}

/// Share of a person's box, from above, that may hold the head; all of it where the box is this wide for its height: then it
/// shows a head and shoulders.
const HEAD: f32 = 0.4;
const BUST: f32 = 0.7;

/// JPEG quality of a kept crop: the model sees no difference from here on.
const QUALITY: u8 = 85;

/// Boxes that are learned from: the one that is meant, and others of the same thing.
const MOST_BOXES: usize = 4;

impl Recogniser {
    /// The host says, at a time, what a track shows, or does not show. Counts at once and answers what is to be kept, so that it
    /// counts after a restart, too. A product that is not among those of the gallery is taken in with it by
    /// [`Recogniser::promote`]. None: the track was not looked at yet, or has left the picture.
    pub fn correct(&mut self, track_id: u32, sku: &Sku, is_it: bool, now_us: i64) -> Option<Learned> {
        if !self.follows(track_id) {
            return None;
        }
        let boxes = if is_it { self.boxes_of_thing(track_id) } else { self.boxes_around(track_id) };
        for id in &boxes {
            if is_it {
                self.accept(*id);
            } else {
                self.reject(*id, sku);
            }
        }
        let seen: Vec<_> = boxes.iter().filter_map(|id| self.seen(*id)).take(MOST_BOXES).collect();
        let (first, _) = seen.first()?;
        let crop = if first.is_private { None } else { jpeg(&first.patch) };
        let looks = PhotoVectors::new(self.model_id(), seen.iter().map(|(_, look)| (*look).clone()).collect());
        // A clock that was set back makes no old word of what is said last.
        let made_at_us = self.gallery.latest_lesson_us().map_or(now_us, |latest| now_us.max(latest.saturating_add(1)));
        let lesson = Lesson { sku: sku.clone(), is_it, looks, made_at_us };
        let is_in_force = self.teach(&lesson);
        Some(Learned { lesson, crop, is_in_force })
    }
}

/// What a track looked like when it was looked at last.
#[derive(Debug)]
pub(crate) struct Seen {
    pub patch: Small,
    /// A person may be recognised on it.
    pub is_private: bool,
}

/// A patch as bytes: a quarter of the memory.
#[derive(Debug)]
pub(crate) struct Small {
    width: usize,
    height: usize,
    /// Shape: height x width x 3.
    rgb: Vec<u8>,
}

impl Small {
    pub fn of(patch: &Patch) -> Self {
        let (red, green, blue) = patch.planes();
        let pixels = red.iter().zip(green).zip(blue);
        let rgb = pixels.flat_map(|((r, g), b)| [*r as u8, *g as u8, *b as u8]).collect();
        Self { width: patch.width, height: patch.height, rgb }
    }
}

fn jpeg(small: &Small) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let size = (u32::try_from(small.width).ok()?, u32::try_from(small.height).ok()?);
    JpegEncoder::new_with_quality(&mut out, QUALITY)
        .write_image(&small.rgb, size.0, size.1, ExtendedColorType::Rgb8)
        .ok()?;
    Some(out)
}

/// True where a crop reaches into what may be somebody's head. People who hold something up are behind it, so their bodies are
/// no reason; a box without a head in it loses no more than the picture.
pub(crate) fn shows_a_head(crop: Rect, people: &[Rect]) -> bool {
    people.iter().any(|person| {
        let share = if person.width >= BUST * person.height { 1.0 } else { HEAD };
        let head = Rect::new(person.x, person.y, person.width, person.height * share);
        crop.intersect(head).area() > 0.0
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_crop_that_reaches_a_head_is_not_kept() {
        let person = [Rect::new(100.0, 50.0, 200.0, 500.0)];
        assert!(shows_a_head(Rect::new(150.0, 200.0, 100.0, 200.0), &person), "it begins above the chest");
        assert!(!shows_a_head(Rect::new(150.0, 260.0, 100.0, 200.0), &person), "before the body");
        assert!(!shows_a_head(Rect::new(400.0, 60.0, 100.0, 100.0), &person), "beside");
        assert!(!shows_a_head(Rect::new(0.0, 0.0, 500.0, 500.0), &[]));
        let bust = [Rect::new(100.0, 50.0, 400.0, 500.0)];
        assert!(shows_a_head(Rect::new(150.0, 400.0, 100.0, 100.0), &bust), "a face may reach that far");
    }

    #[test]
    fn a_crop_reads_back_as_it_was_seen() {
        let patch = Patch { width: 16, height: 8, data: [200.0, 30.0, 90.0].iter().flat_map(|v| [*v; 128]).collect() };
        let picture = image::load_from_memory(&jpeg(&Small::of(&patch)).unwrap()).unwrap().into_rgb8();
        assert_eq!(picture.dimensions(), (16, 8));
        let centre = picture.get_pixel(8, 4).0;
        assert!(centre.iter().zip([200_u8, 30, 90]).all(|(a, b)| a.abs_diff(b) < 6), "{centre:?}");
    }
}
