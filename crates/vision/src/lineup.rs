//! The products evidence speaks of: those of the gallery, and variants of theirs that have no photo of their own. Pure.

use hawker_domain::Sku;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::read::Names;
use crate::tagger::Variants;

/// Invariant: the products of the gallery a lineup was made of come first and in its order, so that what was measured of
/// pairs of them holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lineup {
    skus: Vec<Sku>,
    /// Where the looks of each come from.
    looks: Vec<Looks>,
    /// Of each family, the places in the gallery of its variants.
    seen: Vec<Vec<usize>>,
    variants: Variants,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Looks {
    /// A place in the gallery.
    Own(usize),
    /// Those of the other variants of this family.
    Shared(usize),
}

impl Lineup {
    /// `seen`: the gallery's products, of which some are known by what was taught of them alone.
    pub fn new(seen: &[Sku], is_photographed: impl Fn(usize) -> bool, names: &HashMap<Sku, Names>) -> Self {
        let places: HashMap<&Sku, usize> = seen.iter().enumerate().map(|(place, sku)| (sku, place)).collect();
        let families = families(&places, names);
        let members = families.iter().enumerate().flat_map(|(number, all)| all.iter().map(move |sku| (number, sku)));
        let unseen: Vec<(usize, &Sku)> =
            members.filter(|(_, sku)| !places.contains_key(sku)).take(MOST_UNSEEN).collect();
        let shared = unseen.iter().map(|(number, _)| Looks::Shared(*number));
        let looks = (0..seen.len()).map(Looks::Own).chain(shared).collect();
        let skus = seen.iter().chain(unseen.iter().map(|(_, sku)| *sku)).cloned().collect();
        let of_family = |all: &Vec<Sku>| all.iter().filter_map(|sku| places.get(sku).copied()).collect();
        let seen = families.iter().map(of_family).collect();
        // Some frames of a show are not photos: what one variant looked like there says little of how the others would.
        let is_bare = |sku: &&Sku| !places.get(*sku).is_some_and(|place| is_photographed(*place));
        let bare = families.iter().flatten().filter(is_bare).cloned().collect();
        Self { skus, looks, seen, variants: Variants { families, bare } }
    }

    pub fn skus(&self) -> &[Sku] {
        &self.skus
    }

    pub fn variants(&self) -> &Variants {
        &self.variants
    }

    /// The gallery's scores as those of these products: one without photos looks as its likest sibling does.
    pub fn scores(&self, seen: &[f32]) -> Vec<f32> {
        let score = |place: &usize| seen.get(*place).copied().unwrap_or(0.0);
        let likest: Vec<f32> = self.seen.iter().map(|all| all.iter().map(score).fold(0.0, f32::max)).collect();
        let of = |looks: &Looks| match looks {
            Looks::Own(place) => score(place),
            Looks::Shared(number) => likest.get(*number).copied().unwrap_or(0.0),
        };
        self.looks.iter().map(of).collect()
    }
}

/// More variants without photos than these are left out, and their codes with them: each makes every look a little slower.
const MOST_UNSEEN: usize = 5_000;

/// A name that more products share is no product's, as where a column holds one word for all of a shop: nobody chooses among so
/// many, and recognition would take them all for one.
const MOST_VARIANTS: usize = 200;

/// The families of what can be seen, whole.
fn families(places: &HashMap<&Sku, usize>, names: &HashMap<Sku, Names>) -> Vec<Vec<Sku>> {
    let family = |sku: &Sku| names.get(sku).map(|names| names.variant_of.as_str()).filter(|of| !of.is_empty());
    let wanted: HashSet<&str> = places.keys().copied().filter_map(family).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut families: BTreeMap<&str, Vec<&Sku>> = BTreeMap::new();
    for sku in names.keys() {
        if let Some(of) = family(sku).filter(|of| wanted.contains(of)) {
            families.entry(of).or_default().push(sku);
        }
    }
    families.retain(|_, members| (2..=MOST_VARIANTS).contains(&members.len()));
    // Names come in no order: those with photos as the catalogue has them, the others behind.
    let order = |sku: &&Sku| (places.get(*sku).copied().unwrap_or(usize::MAX), (*sku).clone());
    families.values_mut().for_each(|members| members.sort_by_key(order));
    let mut families: Vec<Vec<Sku>> = families.into_values().map(|f| f.into_iter().cloned().collect()).collect();
    families.sort_by_key(|members| members.first().and_then(|sku| places.get(sku).copied()));
    families
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sku(text: &str) -> Sku {
        Sku::new(text).unwrap()
    }

    fn skus(text: &str) -> Vec<Sku> {
        text.split_whitespace().map(sku).collect()
    }

    fn names(of: &[(&str, &str)]) -> HashMap<Sku, Names> {
        let names = |(name, of): &(&str, &str)| (sku(name), Names { variant_of: (*of).to_owned(), ..Names::default() });
        of.iter().map(names).collect()
    }

    #[test]
    fn a_variant_without_photos_looks_as_its_likest_sibling() {
        let shirts =
            names(&[("C", "shirt"), ("A", "shirt"), ("D", "shirt"), ("X", "lone"), ("B", ""), ("Z", "unseen")]);
        let lineup = Lineup::new(&skus("X A B C"), |_| true, &shirts);
        assert_eq!(lineup.skus(), skus("X A B C D"));
        let want = Variants { families: vec![skus("A C D")], bare: skus("D") };
        assert_eq!(lineup.variants(), &want, "one alone is no variant, and what can't be seen is none of these");
        assert_eq!(lineup.scores(&[0.1, 0.2, 0.3, 0.4]), [0.1, 0.2, 0.3, 0.4, 0.4]);
    }

    #[test]
    fn one_taken_in_from_behind_the_show_is_a_variant_like_any_other() {
        let shirts = names(&[("A", "shirt"), ("D", "shirt"), ("E", "shirt"), ("F", "lamp"), ("G", "lamp")]);
        let lineup = Lineup::new(&skus("A X D F"), |_| true, &shirts);
        assert_eq!(lineup.skus(), skus("A X D F E G"));
        let want = Variants { families: vec![skus("A D E"), skus("F G")], bare: skus("E G") };
        assert_eq!(lineup.variants(), &want, "with photos of its own, and with siblings that are still behind");
        let other = Lineup::new(&skus("A X E G"), |_| true, &shirts);
        assert_eq!(other.skus(), skus("A X E G D F"), "others in their places");
        assert_eq!(other.scores(&[0.1, 0.2, 0.3, 0.4]), [0.1, 0.2, 0.3, 0.4, 0.3, 0.4]);
    }

    #[test]
    fn what_was_taught_of_one_alone_is_no_photo_of_it() {
        let shirts = names(&[("A", "shirt"), ("D", "shirt")]);
        let lineup = Lineup::new(&skus("A D"), |place| place == 0, &shirts);
        assert_eq!((lineup.skus().len(), &lineup.variants().bare), (2, &skus("D")));
        assert_eq!(lineup.scores(&[0.2, 0.7]), [0.2, 0.7], "it is seen by it all the same");
    }

    #[test]
    fn what_more_products_share_than_anybody_chooses_among_makes_no_variants() {
        for (count, families) in [(MOST_VARIANTS, 1), (MOST_VARIANTS + 1, 0)] {
            let all: Vec<Sku> = (0..count).map(|number| sku(&format!("S{number}"))).collect();
            let names = Names { variant_of: "shop".to_owned(), ..Names::default() };
            let names = all.iter().map(|sku| (sku.clone(), names.clone())).collect();
            let lineup = Lineup::new(&all[..1], |_| true, &names);
            assert_eq!(lineup.variants().families.len(), families);
            assert_eq!(lineup.scores(&[0.3]).len(), if families == 1 { count } else { 1 });
        }
    }
}
