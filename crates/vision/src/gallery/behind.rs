//! The whole catalogue behind a show's products: every product as a few numbers, so that 100,000 of them are searched between
//! two frames and in less than 100 MB.
//!
//! It proposes and decides nothing. What it finds is taken into the gallery by its photos, and is scored there like any other
//! product. Every direction is projected onto the axes along which the directions of the show, and of the first products behind it, differ most (Halko, Martinsson and
//! Tropp 2011, randomised subspace iteration). The first axes are compared for every product, the rest for the best of those.
//! Comparing all of them takes no index that has to be kept right while products come and go.

use super::head::{Head, TOGETHER};
use super::rows::Rows;
use super::{weigh, weighed_mean};
use crate::PhotoVectors;
use crate::embed::Look;
use crate::wide::dot;
use hawker_domain::Sku;
use ndarray::{Array2, Axis, s};
use std::collections::{HashMap, HashSet};

/// Axes compared for every product, and those compared for the best of them.
const FIRST: usize = 96;
const REST: usize = 416;

/// So many are compared along all axes.
const SHORTLIST: usize = 384;

/// Directions the axes are found with, those of the show and those of the first products behind it, and rounds of finding them.
const SHOWN_SAMPLES: usize = 1_200;
const BEHIND_SAMPLES: usize = 800;
const ROUNDS: usize = 3;

/// Products that are searched; those that are among the gallery's too are hidden. Threads: one at a time; may be moved.
#[derive(Clone, Debug)]
pub struct Behind {
    pub(super) weights: Vec<f32>,
    /// That of the gallery it was made of, without its directions.
    pub(super) head: Head,
    /// The products of that gallery.
    pub(super) fitted_on: Vec<Sku>,
    /// Some directions of the gallery.
    shown: Array2<f32>,
    /// Shape: axes x numbers of a look; of length 1, at right angles. None: there is too little to find them with.
    pub(super) axes: Option<Array2<f32>>,
    pub(super) first: Rows,
    pub(super) rest: Rows,
    /// Of each row; none: removed.
    skus: Vec<Option<Sku>>,
    pub(super) places: HashMap<Sku, usize>,
    free: Vec<usize>,
    /// Not found by a search. Of each row whether it is one of them.
    hidden: HashSet<Sku>,
    is_hidden: Vec<bool>,
    /// Means that were not turned into rows yet: together they are quicker.
    waiting: Vec<(Sku, Vec<f32>)>,
}

impl Behind {
    /// Of nothing yet.
    pub(super) fn new(head: &Head, weights: &[f32], fitted_on: &[Sku]) -> Self {
        Self {
            fitted_on: fitted_on.to_vec(),
            weights: weights.to_vec(),
            head: head.without_directions(),
            shown: head.sample(SHOWN_SAMPLES),
            axes: None,
            first: Rows::default(),
            rest: Rows::default(),
            skus: Vec::new(),
            places: HashMap::new(),
            free: Vec::new(),
            hidden: HashSet::new(),
            is_hidden: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// Of nothing yet, with axes that were found before.
    pub(super) fn with_axes(head: Head, weights: Vec<f32>, axes: Array2<f32>, fitted_on: Vec<Sku>) -> Self {
        let mut behind = Self::new(&head, &weights, &fitted_on);
        behind.set_widths(axes.nrows());
        behind.axes = Some(axes);
        behind
    }

    fn set_widths(&mut self, axes: usize) {
        self.first = Rows::with_capacity(axes.min(FIRST), 0);
        self.rest = Rows::with_capacity(axes.saturating_sub(FIRST), 0);
    }

    /// Products in it.
    pub fn len(&self) -> usize {
        self.places.len() + self.waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes in a product by the vectors of its photos, in place of what was known of it. One without photos is removed.
    pub fn put(&mut self, sku: Sku, photos: &[PhotoVectors]) {
        self.queue(sku, photos);
        if self.is_full() {
            self.settle();
        }
    }

    /// The same, left to be settled by whoever calls: at the latest when [`Behind::is_full`], or memory grows.
    pub fn queue(&mut self, sku: Sku, photos: &[PhotoVectors]) {
        self.remove(&sku);
        if let Some(mean) = weighed_mean(photos, &self.weights) {
            self.waiting.push((sku, mean));
        }
    }

    /// So many wait to be settled that more of them would be no quicker.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= if self.axes.is_some() { TOGETHER } else { BEHIND_SAMPLES }
    }

    /// It is searched no more.
    pub fn remove(&mut self, sku: &Sku) {
        self.waiting.retain(|(waiting, _)| waiting != sku);
        if let Some(place) = self.places.remove(sku)
            && let Some(slot) = self.skus.get_mut(place)
        {
            *slot = None;
            self.free.push(place);
        }
    }

    /// It stays and is not found, until it is shown again.
    pub fn hide(&mut self, sku: &Sku) {
        self.hidden.insert(sku.clone());
        self.mark(sku, true);
    }

    /// It is found again.
    pub fn show(&mut self, sku: &Sku) {
        self.hidden.remove(sku);
        self.mark(sku, false);
    }

    /// These are hidden and no others.
    pub fn hide_only(&mut self, skus: &[Sku]) {
        self.is_hidden.fill(false);
        self.hidden.clear();
        skus.iter().for_each(|sku| self.hide(sku));
    }

    fn mark(&mut self, sku: &Sku, is_hidden: bool) {
        if let Some(mark) = self.places.get(sku).and_then(|place| self.is_hidden.get_mut(*place)) {
            *mark = is_hidden;
        }
    }

    /// Turns what was put in into rows; the first time it finds the axes for them, which takes some seconds.
    /// [`Behind::nearest`] does so too; it is quicker after this.
    pub fn settle(&mut self) {
        self.settle_while(&|| true);
    }

    /// The same as long as `goes_on`, which is asked between rounds of finding axes. False: what was put in is lost.
    pub fn settle_while(&mut self, goes_on: &dyn Fn() -> bool) -> bool {
        let waiting = std::mem::take(&mut self.waiting);
        let numbers = waiting.iter().flat_map(|(_, mean)| mean.iter().copied()).collect();
        let Ok(means) = Array2::from_shape_vec((waiting.len(), self.weights.len()), numbers) else { return false };
        let directions = self.head.directions_of(means);
        if self.axes.is_none() && !waiting.is_empty() {
            let shown = std::mem::replace(&mut self.shown, Array2::zeros((0, 0)));
            let both = ndarray::concatenate(Axis(0), &[shown.view(), directions.view()]);
            let Some(axes) = axes(both.as_ref().unwrap_or(&directions), goes_on) else { return false };
            self.set_widths(axes.nrows());
            self.axes = Some(axes);
        }
        let Some(axes) = &self.axes else { return true };
        let along = directions.dot(&axes.t());
        for ((sku, _), row) in waiting.into_iter().zip(along.rows()) {
            let row = row.to_vec();
            let (first, rest) = row.split_at(self.first.width().min(row.len()));
            let place = self.place_for(sku);
            self.first.set(place, first);
            self.rest.set(place, rest);
        }
        true
    }

    /// The row of a product that has none.
    pub(super) fn place_for(&mut self, sku: Sku) -> usize {
        let place = self.free.pop().unwrap_or(self.skus.len());
        let is_hidden = self.hidden.contains(&sku);
        self.places.insert(sku.clone(), place);
        match self.skus.get_mut(place).zip(self.is_hidden.get_mut(place)) {
            Some((slot, mark)) => (*slot, *mark) = (Some(sku), is_hidden),
            None => {
                self.skus.push(Some(sku));
                self.is_hidden.push(is_hidden);
            }
        }
        place
    }

    /// The `count` products a look is most like, likeliest first, and how like: about what the gallery would say of each.
    pub fn nearest(&mut self, look: &Look, count: usize) -> Vec<(Sku, f32)> {
        self.settle();
        let mut numbers = look.numbers().to_vec();
        weigh(&mut numbers, &self.weights);
        let (Some(sample), Some(axes)) = (self.head.prepare_alone(&numbers), &self.axes) else { return Vec::new() };
        let along = |axis: ndarray::ArrayView1<'_, f32>| {
            axis.as_slice().map_or(0.0, |axis| dot(axis, &sample.centred) / sample.length)
        };
        let asked: Vec<f32> = axes.rows().into_iter().map(along).collect();
        let (first, rest) = asked.split_at(self.first.width().min(asked.len()));
        let mut scores = self.first.dots(first);
        for (score, _) in scores.iter_mut().zip(&self.is_hidden).filter(|(_, is_hidden)| **is_hidden) {
            *score = f32::NEG_INFINITY;
        }
        let least = least_of_best(&scores, SHORTLIST);
        let best = scores.into_iter().zip(0..).filter(|(score, _)| *score >= least && score.is_finite());
        let mut found: Vec<(f32, usize)> = best.take(2 * SHORTLIST).collect();
        let rest = self.rest.ask(rest);
        for (score, place) in &mut found {
            *score += self.rest.dot_at(*place, &rest);
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let named = |(score, place): (f32, usize)| Some((self.skus.get(place)?.clone()?, score));
        found.into_iter().filter_map(named).take(count).collect()
    }
}

/// The lowest of the `count` highest scores; below all of them where there are no more.
fn least_of_best(scores: &[f32], count: usize) -> f32 {
    if scores.len() <= count {
        return f32::NEG_INFINITY;
    }
    // Numbers alone are moved about, not what they belong to.
    let mut sorted = scores.to_vec();
    *sorted.select_nth_unstable_by(count, |a, b| b.total_cmp(a)).1
}

/// The axes along which `samples` differ most from nothing, most important first. Shape: at most [`FIRST`] + [`REST`] rows. None:
/// it did not go on.
fn axes(samples: &Array2<f32>, goes_on: &dyn Fn() -> bool) -> Option<Array2<f32>> {
    let (count, width) = samples.dim();
    let wanted = (FIRST + REST).min(count).min(width);
    // Any start will do that is not at right angles to what is looked for; the same each time.
    let mut state = 0x9e37_79b9_u32;
    let mut axes = Array2::from_shape_simple_fn((wanted, width), || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 - 0.5
    });
    for _ in 0..ROUNDS {
        if !goes_on() {
            return None;
        }
        // Each round turns the axes towards where the samples are, the longest first.
        axes = axes.dot(&samples.t()).dot(samples);
        axes = ordered(&axes, &axes);
        at_right_angles(&mut axes);
    }
    Some(ordered(&axes, &axes.dot(&samples.t())))
}

/// The rows in the order of the lengths of `by`, longest first. Shape of `by`: as many rows.
fn ordered(rows: &Array2<f32>, by: &Array2<f32>) -> Array2<f32> {
    let mut order: Vec<(f32, usize)> = by.rows().into_iter().map(|row| row.dot(&row)).zip(0..).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    rows.select(Axis(0), &order.into_iter().map(|(_, row)| row).collect::<Vec<_>>())
}

/// So many rows are set at right angles to those before them at a time: as products of matrices, not of a row each.
const BLOCK: usize = 32;

/// Gram and Schmidt, everything twice, which is enough in single precision; a row that is none of its own becomes nought.
fn at_right_angles(rows: &mut Array2<f32>) {
    for start in (0..rows.nrows()).step_by(BLOCK) {
        let (done, mut rest) = rows.view_mut().split_at(Axis(0), start);
        let count = BLOCK.min(rest.nrows());
        let mut block = rest.slice_mut(s![..count, ..]);
        let before: Vec<f32> = block.rows().into_iter().map(|row| row.dot(&row).sqrt()).collect();
        for _ in 0..2 {
            let along = block.dot(&done.t()).dot(&done);
            block -= &along;
        }
        for (index, before) in before.into_iter().enumerate() {
            let (earlier, mut later) = block.view_mut().split_at(Axis(0), index);
            let mut row = later.row_mut(0);
            for _ in 0..2 {
                let along = earlier.dot(&row).dot(&earlier);
                row -= &along;
            }
            let length = row.dot(&row).sqrt();
            let factor = if length > 1e-4 * before { 1.0 / length } else { 0.0 };
            row.mapv_inplace(|value| value * factor);
        }
    }
}

#[cfg(test)]
#[path = "behind_tests.rs"]
mod tests;
