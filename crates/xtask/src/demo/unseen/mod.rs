//! Goods that recognition was never tuned on: another list of wares in packages, layouts and drawings that the demo has not, and
//! each seed makes brands, measures, colours and drawings of its own. Nobody may set a threshold by what is recognised of them.

mod drawing;
mod wares;

use super::goods::{Good, Shape, design};
use super::label::Layout;
use super::maths::Dice;
use super::motif::Motif;
use super::script::Cast;
use wares::{BRANDS, Body, LINES, Line, PALETTES, Ware};

pub use drawing::draw as drawing;

/// So many lines of one ware each are kept out of the catalogue: the host shows them, and nobody sells them.
const STRANGE_LINES: usize = 3;

const LAYOUTS: [Layout; 3] = [Layout::Split, Layout::Arch, Layout::Stack];

/// Colours of lids, caps and plain bodies.
const TONES: [[f32; 3]; 10] = [
    [0.93, 0.92, 0.88],
    [0.16, 0.17, 0.19],
    [0.62, 0.20, 0.16],
    [0.15, 0.34, 0.44],
    [0.80, 0.62, 0.30],
    [0.28, 0.42, 0.27],
    [0.52, 0.44, 0.62],
    [0.86, 0.52, 0.44],
    [0.44, 0.30, 0.20],
    [0.70, 0.76, 0.74],
];

/// What one seed makes.
#[derive(Clone, Debug)]
pub struct Range {
    pub catalogue: Vec<Good>,
    /// Without a SKU.
    pub strangers: Vec<Good>,
}

impl Range {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 40);
        let brands = shuffled(&mut dice, &BRANDS);
        let palettes = shuffled(&mut dice, &PALETTES);
        let lines = shuffled(&mut dice, LINES);
        let mut palettes = palettes.iter().cycle();
        let mut range = Self { catalogue: Vec::new(), strangers: Vec::new() };
        for (line, brand) in lines.iter().zip(brands.iter().cycle()) {
            let strange = line.wares.len() == 1 && range.strangers.len() < STRANGE_LINES;
            let (layout, shape) = (any(&mut dice, &LAYOUTS, Layout::Split), shape(&mut dice, line));
            for ware in line.wares {
                let palette = palettes.next().copied().unwrap_or(["#fff", "#eee", "#333", "#111"]);
                let stock = 12 + (dice.next() % 40) as u32;
                let good = good(ware, *brand, (layout, palette, Motif::Made(dice.next())), shape, stock);
                if strange {
                    range.strangers.push(Good { sku: "", ..good });
                } else {
                    range.catalogue.push(good);
                }
            }
        }
        range
    }

    /// What a film of it may show.
    pub fn cast(&self) -> Cast {
        Cast { solids: self.catalogue.clone(), photos: Vec::new(), strangers: self.strangers.clone() }
    }
}

fn good(
    ware: &Ware,
    (zh, en, both): (&'static str, &'static str, &'static str),
    (layout, palette, motif): (Layout, [&'static str; 4], Motif),
    shape: Shape,
    stock: u32,
) -> Good {
    Good {
        sku: ware.sku,
        title: ware.title,
        brand: both,
        category: ware.category,
        description: ware.line,
        price: ware.price,
        stock,
        code: ware.code,
        aliases: ware.aliases,
        slug: ware.slug,
        shape,
        dress: design(layout, palette, motif, (zh, en), ware.name, ware.line, ware.size),
    }
}

/// The package of a line: its kind with measures of its own.
fn shape(dice: &mut Dice, line: &Line) -> Shape {
    let mut tone = || any(dice, &TONES, [0.9; 3]);
    let (one, other) = (tone(), tone());
    let mut about = |usual: f32| usual * dice.between(0.9, 1.12);
    match line.body {
        Body::Jar => Shape::Jar { lid: one, inside: other },
        Body::Gable => Shape::Gable { half: (about(0.36), about(0.62), about(0.33)), roof: one },
        Body::Hexagon => Shape::Prism { sides: 6, radius: about(0.40), half_height: about(0.62), ends: one },
        Body::Octagon => Shape::Prism { sides: 8, radius: about(0.46), half_height: about(0.50), ends: one },
        Body::Pump => Shape::Pump { radius: about(0.34), half_height: about(0.90), body: one, head: other },
        Body::Pouch => Shape::Pouch { half: (about(0.50), about(0.70)), fat: about(0.2) },
        Body::Sack => Shape::Pouch { half: (about(0.58), about(0.92)), fat: about(0.3) },
        Body::Canister => Shape::Tin { radius: about(0.42), half_height: about(0.72), lid: one },
        Body::Bottle => {
            Shape::Bottle { radius: about(0.30), half_height: about(0.98), depth: 1.0, body: one, cap: other }
        }
        Body::FlatBottle => {
            Shape::Bottle { radius: about(0.40), half_height: about(0.86), depth: 0.62, body: one, cap: other }
        }
        Body::Tube => Shape::Tube { cap: one },
        Body::Carton => Shape::Carton { half: (about(0.60), about(0.62), about(0.2)) },
        Body::FlatCarton => Shape::Carton { half: (about(0.62), about(0.46), about(0.32)) },
        Body::Can => Shape::Can,
    }
}

fn any<T: Copy>(dice: &mut Dice, of: &[T], otherwise: T) -> T {
    of.get((dice.next() % of.len().max(1) as u64) as usize).copied().unwrap_or(otherwise)
}

fn shuffled<T: Copy>(dice: &mut Dice, of: &[T]) -> Vec<T> {
    let mut keyed: Vec<(u64, T)> = of.iter().map(|one| (dice.next(), *one)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::barcode::with_check_digit;
    use crate::demo::goods::{CATALOGUE, Dress, STRANGERS};
    use std::collections::HashSet;

    #[test]
    fn nothing_of_the_range_is_in_the_demo() {
        let demo = || CATALOGUE.iter().chain(STRANGERS);
        let known: HashSet<&str> = demo()
            .flat_map(|good| [good.sku, good.slug, good.title, good.code])
            .filter(|text| !text.is_empty())
            .collect();
        let drawn = |good: &Good| match good.dress {
            Dress::Printed(design) => Some((design.brand_zh, design.layout, design.palette)),
            Dress::Own => None,
        };
        let labels: Vec<_> = demo().filter_map(drawn).collect();
        for seed in 0..20 {
            let range = Range::new(seed);
            for good in range.catalogue.iter().chain(&range.strangers) {
                let own = [good.sku, good.slug, good.title, good.code];
                assert!(own.iter().all(|text| !known.contains(text)), "{good:?}");
                let Some((brand, layout, palette)) = drawn(good) else { panic!("{good:?} wears a photograph") };
                let like =
                    |label: &&(&str, Layout, [&str; 4])| label.0 == brand || label.1 == layout || label.2 == palette;
                assert_eq!(labels.iter().find(like), None, "{good:?}");
            }
        }
    }

    #[test]
    fn a_catalogue_has_look_alikes_and_enough_to_hold_up_and_strangers_are_in_none() {
        for seed in 0..20 {
            let Range { catalogue, strangers } = Range::new(seed);
            assert!(catalogue.len() >= 15 && strangers.len() == STRANGE_LINES, "{} of seed {seed}", catalogue.len());
            assert!(strangers.iter().all(|good| good.sku.is_empty()));
            let codes: HashSet<String> = catalogue.iter().map(|good| with_check_digit(good.code)).collect();
            assert!(codes.len() == catalogue.len() && codes.iter().all(|code| code.starts_with('2')));
            let brands: HashSet<&str> = catalogue.iter().map(|good| good.brand).collect();
            assert_eq!(catalogue.len() - brands.len(), 6, "six lines come in two kinds");
        }
    }

    #[test]
    fn another_seed_makes_other_goods_of_the_same_wares() {
        let labels = |seed| format!("{:?}", Range::new(seed));
        assert_eq!(labels(3), labels(3));
        assert_ne!(labels(3), labels(4));
    }
}
