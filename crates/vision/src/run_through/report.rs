//! What came of a run-through, joined with what the photos said of themselves.

use hawker_domain::Sku;
use std::collections::BTreeMap;

use super::{Shown, Verdict};
use crate::rehearsal::{Readiness, Rehearsal};

/// Standard deviations of the interval in which 95 of 100 rates lie.
const SURE: f64 = 1.96;

/// Which products were held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldUp {
    /// Those that were asked for, as the truth of a clip says.
    Asked,
    /// Those of them that something was seen of, or that the picture tells why not: whoever asks before a camera can't know more.
    Seen,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// In the order in which they were asked for, with what their photos say; none where those were not looked at.
    pub products: Vec<(Shown, Option<Readiness>)>,
    /// Products taken for each other, those first that were so in the hand.
    pub look_alikes: Vec<Alike>,
    pub expected: Expected,
}

/// Two products taken for each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    pub a: Sku,
    pub b: Sku,
    /// Times one was held up and pinned or suggested as the other.
    pub held: usize,
    /// Photos of either that were taken for the other.
    pub photos: usize,
}

/// How many products will be recognised.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Expected {
    /// Products that were held up, and those of them that were recognised.
    pub held: usize,
    pub recognised: usize,
    /// Share that will be recognised, 0 to 1; the true one lies between the other two in 95 of 100 cases (Wilson's interval).
    pub rate: f64,
    pub least: f64,
    pub most: f64,
}

/// Joins what was held up with the rehearsal of the photos.
pub fn report(products: &[Shown], photos: &Rehearsal, held_up: HeldUp) -> Report {
    let readiness: BTreeMap<&Sku, &Readiness> = photos.products.iter().map(|one| (&one.sku, one)).collect();
    let joined = products.iter().map(|shown| (shown.clone(), readiness.get(&shown.sku).map(|one| (*one).clone())));
    let mut pairs: BTreeMap<(Sku, Sku), (usize, usize)> = BTreeMap::new();
    let pair = |a: &Sku, b: &Sku| if a <= b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) };
    for (own, other) in products.iter().filter_map(|shown| Some((&shown.sku, taken_for(shown)?))) {
        pairs.entry(pair(own, other)).or_default().0 += 1;
    }
    for alike in &photos.look_alikes {
        pairs.entry(pair(&alike.a, &alike.b)).or_default().1 += alike.confused;
    }
    let mut look_alikes: Vec<Alike> =
        pairs.into_iter().map(|((a, b), (held, photos))| Alike { a, b, held, photos }).collect();
    look_alikes.sort_by_key(|alike| std::cmp::Reverse((alike.held, alike.photos)));
    Report { products: joined.collect(), look_alikes, expected: expected(products, held_up) }
}

/// The other product that it was pinned or suggested as.
fn taken_for(shown: &Shown) -> Option<&Sku> {
    match shown.verdict.as_ref()? {
        Verdict::TakenFor { sku, .. } | Verdict::Unsure { suggested: Some(sku) } => {
            Some(sku).filter(|sku| **sku != shown.sku)
        }
        Verdict::Recognised { .. } | Verdict::Unsure { suggested: None } | Verdict::NotSeen { .. } => None,
    }
}

fn expected(products: &[Shown], held_up: HeldUp) -> Expected {
    let was_held = |shown: &&Shown| match &shown.verdict {
        None => false,
        Some(Verdict::NotSeen { why: None }) => held_up == HeldUp::Asked,
        Some(_) => true,
    };
    let held = products.iter().filter(was_held).count();
    let recognised = products.iter().filter(|shown| matches!(shown.verdict, Some(Verdict::Recognised { .. }))).count();
    if held == 0 {
        return Expected::default();
    }
    let (n, rate) = (held as f64, recognised as f64 / held as f64);
    let z = SURE * SURE / n;
    let middle = (rate + z / 2.0) / (1.0 + z);
    let reach = SURE * (rate * (1.0 - rate) / n + z / (4.0 * n)).sqrt() / (1.0 + z);
    Expected { held, recognised, rate, least: (middle - reach).max(0.0), most: (middle + reach).min(1.0) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Abstained;
    use crate::rehearsal::LookAlikes;

    fn sku(text: &str) -> Sku {
        Sku::new(text).unwrap()
    }

    fn shown(name: &str, verdict: Option<Verdict>) -> Shown {
        Shown { verdict, ..Shown::new(sku(name)) }
    }

    fn recognised(name: &str) -> Shown {
        shown(name, Some(Verdict::Recognised { after_ms: 900 }))
    }

    #[test]
    fn what_was_taken_for_another_stands_with_what_the_photos_said() {
        let taken = shown("B", Some(Verdict::TakenFor { sku: sku("A"), after_ms: 900 }));
        let unsure = shown("A", Some(Verdict::Unsure { suggested: Some(sku("B")) }));
        let own = shown("C", Some(Verdict::Unsure { suggested: Some(sku("C")) }));
        let readiness = Readiness { sku: sku("C"), photos: 2, tested: 2, first: 1, pinned: 0, advice: Vec::new() };
        let photos = Rehearsal {
            products: vec![readiness.clone()],
            look_alikes: vec![
                LookAlikes { a: sku("C"), b: sku("D"), confused: 9 },
                LookAlikes { a: sku("B"), b: sku("A"), confused: 2 },
            ],
        };
        let found = report(&[taken.clone(), unsure, own.clone()], &photos, HeldUp::Seen);
        let alike = |a: &str, b: &str, held, photos| Alike { a: sku(a), b: sku(b), held, photos };
        assert_eq!(found.look_alikes, [alike("A", "B", 2, 2), alike("C", "D", 0, 9)]);
        assert_eq!(found.products[0], (taken, None));
        assert_eq!(found.products[2], (own, Some(readiness)));
    }

    #[test]
    fn the_rate_is_of_what_was_held_up_and_says_how_sure_it_is() {
        assert_eq!(expected(&[], HeldUp::Seen), Expected::default());
        assert_eq!(expected(&[shown("A", None)], HeldUp::Asked), Expected::default(), "left out");
        let nothing_seen = shown("X", Some(Verdict::NotSeen { why: None }));
        let in_the_dark = shown("Y", Some(Verdict::NotSeen { why: Some(Abstained::TooDark) }));
        let mut products: Vec<Shown> = (0..8).map(|n| recognised(&n.to_string())).collect();
        products.extend([nothing_seen.clone(), in_the_dark, shown("left out", None)]);
        let rate = expected(&products, HeldUp::Asked);
        assert_eq!((rate.held, rate.recognised, rate.rate), (10, 8, 0.8));
        // Wilson's interval of 8 of 10.
        assert!((rate.least - 0.490).abs() < 0.001 && (rate.most - 0.943).abs() < 0.001, "{rate:?}");
        let rate = expected(&products, HeldUp::Seen);
        assert_eq!((rate.held, rate.recognised), (9, 8), "one was asked for, and nobody may have held it up");
        assert_eq!(expected(&[nothing_seen], HeldUp::Seen), Expected::default());
        let all = expected(&[recognised("A")], HeldUp::Seen);
        assert_eq!((all.rate, all.most), (1.0, 1.0));
        assert!(all.least < 0.3, "one product says little: {all:?}");
    }
}
