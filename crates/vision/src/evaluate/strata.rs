//! The same decisions, counted apart: for each kind of goods, for look-alikes, for dark, soft and small pictures. Pure.
//!
//! A stratum is told only where it is known: measured on the picture, found among the catalogue's photos, or written in the
//! truth. Every axis states where its edges are.

use serde::Serialize;
use std::collections::BTreeMap;

use super::share;

/// What strata are told by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Axis {
    pub axis: &'static str,
    /// What is measured, and in which unit.
    pub what: &'static str,
    /// Where one stratum ends and the next begins; none where strata have names.
    pub edges: &'static [f32],
}

impl Axis {
    /// The stratum a measured value lies in. A value on an edge belongs to the stratum above it.
    pub fn band(&self, value: f32) -> Label {
        let place = self.edges.iter().filter(|edge| value >= **edge).count();
        let edge = |index: usize| self.edges.get(index).copied().unwrap_or(f32::NAN);
        let stratum = match place {
            0 => format!("below {}", edge(0)),
            last if last == self.edges.len() => format!("{} and more", edge(last - 1)),
            between => format!("{} to {}", edge(between - 1), edge(between)),
        };
        Label { axis: *self, place, stratum }
    }

    /// A stratum by its name.
    pub fn named(&self, stratum: impl Into<String>) -> Label {
        Label { axis: *self, place: 0, stratum: stratum.into() }
    }
}

/// One stratum that a decision belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    axis: Axis,
    /// Among the strata of its axis; those of one place stand in the order of their names.
    place: usize,
    stratum: String,
}

/// One thing that was decided about: a picture, or a time something was held in a clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// It is one of the catalogue's products.
    pub known: bool,
    /// Its own product came first.
    pub first: bool,
    /// It counts as pinned.
    pub covered: bool,
    /// Pins made of it, and the right ones among them.
    pub pins: usize,
    pub right: usize,
    pub labels: Vec<Label>,
}

/// The figures of one stratum. A share of nothing is none, and not a good or bad one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stratum {
    pub axis: &'static str,
    pub stratum: String,
    /// Decisions on known products, and on things that no product is.
    pub n: usize,
    pub unknown: usize,
    /// Of the known: their own product came first; pinned.
    pub top1: Option<f64>,
    pub pin_coverage: Option<f64>,
    /// All pins, also of unknown things, and the right ones of them.
    pub pins: usize,
    pub pin_precision: Option<f64>,
    /// Of the unknown: never pinned.
    pub unknown_rejected: Option<f64>,
}

/// Every axis that any of the cases is told by, with what it means.
pub fn axes(cases: &[Case]) -> Vec<Axis> {
    let mut axes: Vec<Axis> = Vec::new();
    for label in cases.iter().flat_map(|case| &case.labels) {
        if !axes.contains(&label.axis) {
            axes.push(label.axis);
        }
    }
    axes
}

/// The figures of every stratum: by axis in the order of [`axes`], in it from the lowest edge up, or by name.
pub fn strata(cases: &[Case]) -> Vec<Stratum> {
    let axes = axes(cases);
    let mut parts: BTreeMap<(usize, usize, &str), Vec<&Case>> = BTreeMap::new();
    for (case, label) in cases.iter().flat_map(|case| case.labels.iter().map(move |label| (case, label))) {
        let axis = axes.iter().position(|axis| *axis == label.axis).unwrap_or_default();
        parts.entry((axis, label.place, label.stratum.as_str())).or_default().push(case);
    }
    let stratum = |((axis, _, stratum), cases): ((usize, usize, &str), Vec<&Case>)| {
        Some(figures(axes.get(axis)?.axis, stratum, &cases))
    };
    parts.into_iter().filter_map(stratum).collect()
}

fn figures(axis: &'static str, stratum: &str, cases: &[&Case]) -> Stratum {
    let count = |of: fn(&Case) -> bool| cases.iter().filter(|case| of(case)).count();
    let (known, unknown) = (count(|case| case.known), count(|case| !case.known));
    let (pins, right) = cases.iter().fold((0, 0), |(pins, right), case| (pins + case.pins, right + case.right));
    let of = |part: usize, whole: usize| (whole > 0).then(|| share(part, whole));
    Stratum {
        axis,
        stratum: stratum.to_owned(),
        n: known,
        unknown,
        top1: of(count(|case| case.known && case.first), known),
        pin_coverage: of(count(|case| case.known && case.covered), known),
        pins,
        pin_precision: of(right, pins),
        unknown_rejected: of(count(|case| !case.known && case.pins == 0), unknown),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LIGHT: Axis = Axis { axis: "light", what: "luma, 0 to 255", edges: &[45.0, 100.0] };
    const KIND: Axis = Axis { axis: "kind", what: "kind of goods", edges: &[] };

    #[test]
    fn a_value_on_an_edge_belongs_to_the_stratum_above_and_the_edges_stand_in_its_name() {
        let name = |value: f32| LIGHT.band(value).stratum;
        assert_eq!(name(44.9), "below 45");
        assert_eq!((name(45.0), name(99.9)), ("45 to 100".to_owned(), "45 to 100".to_owned()));
        assert_eq!(name(100.0), "100 and more");
    }

    #[test]
    fn every_stratum_counts_its_own_and_a_share_of_nothing_is_none() {
        let case = |known, first, pins, right, labels: &[Label]| Case {
            known,
            first,
            covered: pins > 0,
            pins,
            right,
            labels: labels.to_vec(),
        };
        let (dark, bright) = (LIGHT.band(10.0), LIGHT.band(200.0));
        let cases = [
            case(true, true, 1, 1, &[bright.clone(), KIND.named("tea")]),
            case(true, false, 1, 0, &[bright.clone(), KIND.named("jam")]),
            case(false, false, 1, 0, &[bright]),
            case(true, false, 0, 0, &[dark]),
        ];
        let strata = strata(&cases);
        let names: Vec<_> = strata.iter().map(|part| (part.axis, part.stratum.as_str())).collect();
        assert_eq!(
            names,
            [("light", "below 45"), ("light", "100 and more"), ("kind", "jam"), ("kind", "tea")],
            "axes as they came, bands from below, names by the alphabet"
        );
        let (dark, bright) = (&strata[0], &strata[1]);
        assert_eq!((bright.n, bright.unknown, bright.pins), (2, 1, 3));
        assert_eq!((bright.top1, bright.pin_coverage), (Some(0.5), Some(1.0)));
        assert_eq!(bright.pin_precision, Some(1.0 / 3.0), "the pin on the unknown thing is wrong too");
        assert_eq!(bright.unknown_rejected, Some(0.0));
        assert_eq!((dark.n, dark.top1, dark.pin_precision, dark.unknown_rejected), (1, Some(0.0), None, None));
    }
}
