//! Products that are put together or apart, or come, during a show: what a tag leaves open follows the catalogue. Pure.

use super::{PinBoard, PinEffect};
use hawker_domain::{Product, ShowMs, Sku, TagId, tag::Clue};
use std::collections::{HashMap, HashSet};

impl PinBoard {
    /// Products may be variants of others than they were. What is known stays known. `fresh` names the tag of the
    /// pinned product if it says something else now.
    pub fn regroup(&mut self, products: &HashMap<Sku, Product>, now: ShowMs, fresh: TagId) -> Vec<PinEffect> {
        if let Some(waiting) = &mut self.waiting {
            waiting.variants = still_open(&waiting.sku, &waiting.variants, products);
        }
        let mut effects = Vec::new();
        for tag in self.suggested.values_mut() {
            let open = still_open(&tag.sku, &tag.variants, products);
            if open != tag.variants {
                tag.variants = open;
                effects.push(PinEffect::Announce(tag.clone()));
            }
        }
        effects.extend(self.regroup_pinned(products, now, fresh));
        effects
    }

    fn regroup_pinned(&mut self, products: &HashMap<Sku, Product>, now: ShowMs, fresh: TagId) -> Vec<PinEffect> {
        let Some(pin) = &mut self.pinned else { return Vec::new() };
        pin.left_open = still_open(&pin.sku, &pin.left_open, products);
        let (sku, open) = (pin.sku.clone(), still_open(&pin.sku, &pin.variants, products));
        if open == pin.variants {
            return Vec::new();
        }
        let why = if pin.by_hand { vec![Clue::Hand] } else { vec![Clue::Image] };
        let effects = self.narrow(sku, open, why, now, fresh);
        // Those that were left open are other products now: to see one of them contradicts the hand.
        if let Some(pin) = self.pinned.as_mut().filter(|pin| pin.variants.is_empty()) {
            pin.left_open.clear();
        }
        effects
    }
}

/// What a tag of `sku` that left `open` open leaves open by the catalogue as it is: those named before in their order,
/// and then the new ones. Empty: it is known. Where the others are no longer sold, that one is left says nothing of
/// what is shown, so it stays open. Nothing changes where `sku` itself is no longer sold: that is
/// [`super::PinEvent::Removed`].
pub fn still_open(sku: &Sku, open: &[Sku], products: &HashMap<Sku, Product>) -> Vec<Sku> {
    let Some(product) = products.get(sku).filter(|_| !open.is_empty()) else { return open.to_vec() };
    let is_variant = |other: &&Product| match (&product.variant, &other.variant) {
        _ if other.sku == *sku => true,
        (Some(own), Some(theirs)) => own.of == theirs.of,
        _ => false,
    };
    let family: HashSet<&Sku> = products.values().filter(is_variant).map(|product| &product.sku).collect();
    let is_apart = |other: &Sku| !family.contains(other) && products.contains_key(other);
    if family.len() == 1 && open.iter().any(is_apart) {
        return Vec::new();
    }
    let mut left: Vec<Sku> = open.iter().filter(|other| family.contains(other)).cloned().collect();
    let mut new: Vec<Sku> = family.iter().copied().filter(|other| !open.contains(other)).cloned().collect();
    // Products come in no order.
    new.sort();
    left.extend(new);
    left
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{PinEvent, Seen};
    use super::*;
    use hawker_domain::{Currency, Money, ProductId, Variant, tag::TagState};
    use std::time::Duration;
    use uuid::Uuid;

    fn id(n: u128) -> TagId {
        TagId(Uuid::from_u128(n))
    }

    fn sku(text: &str) -> Sku {
        Sku::new(text).unwrap()
    }

    /// One for each letter.
    fn skus(letters: &str) -> Vec<Sku> {
        letters.chars().map(|letter| sku(&letter.to_string())).collect()
    }

    /// Of "AB" and "C" A and B are variants of one product.
    fn grouped(groups: &[&str]) -> HashMap<Sku, Product> {
        let product = |of: &str, sku: Sku| Product {
            id: ProductId(Uuid::nil()),
            title: "T".into(),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price: Money::new(1_000, Currency::CNY),
            cost: None,
            barcode: String::new(),
            aliases: Vec::new(),
            variant: Variant::new(of, sku.as_str()),
            sku,
        };
        let all = groups.iter().flat_map(|of| skus(of).into_iter().map(move |sku| product(of, sku)));
        all.map(|product| (product.sku.clone(), product)).collect()
    }

    /// As `PinEvent::Seen` of the first letter; one alone is known.
    fn seen(track_id: u32, state: TagState, letters: &str) -> PinEvent {
        let all = skus(letters);
        let (sku, variants) = (all.first().unwrap().clone(), if all.len() > 1 { all } else { Vec::new() });
        PinEvent::Seen(Seen { track_id, sku, variants, state, confidence: 0.9, why: vec![Clue::Image] })
    }

    fn letters(sku: &Sku, open: &[Sku]) -> String {
        format!("{sku}/{}", open.iter().map(Sku::as_str).collect::<String>())
    }

    /// "+A/AB" pinned as one of A and B, "?A/" suggested as A, "-A/" retracted, "[A/AB]" the card.
    fn told(effects: &[PinEffect]) -> String {
        let word = |effect: &PinEffect| match effect {
            PinEffect::Announce(tag) => {
                let mark = match tag.state {
                    TagState::Pinned => '+',
                    TagState::Suggested => '?',
                    TagState::Retracted => '-',
                };
                format!("{mark}{}", letters(&tag.sku, &tag.variants))
            }
            PinEffect::Card(Some(pin)) => format!("[{}]", letters(&pin.sku, &pin.variants)),
            other => format!("{other:?}"),
        };
        effects.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    /// A board after these events, a second apart.
    fn board(events: &[PinEvent]) -> PinBoard {
        let mut board = PinBoard::new(Duration::from_secs(20));
        for (n, event) in (1_u64..).zip(events) {
            board.on(event.clone(), ShowMs(n * 1_000), id(n.into()));
        }
        board
    }

    fn regroup(board: &mut PinBoard, groups: &[&str]) -> String {
        told(&board.regroup(&grouped(groups), ShowMs(5_000), id(77)))
    }

    #[test]
    fn what_is_left_open_are_the_variants_of_the_catalogue_as_it_is() {
        let table: [(&str, &[&str], &str); 9] = [
            ("AB", &["AB", "C"], "AB"),
            ("AB", &["ABC"], "ABC"),
            ("AB", &["A", "B"], ""),
            ("AB", &["AD", "B"], "AD"),
            ("ACB", &["ABCED"], "ACBDE"),
            // Nobody knows yet which of them it is.
            ("AB", &["A"], "A"),
            ("A", &["A", "B"], "A"),
            // One is gone, and it is none of the others.
            ("ABC", &["A", "B"], ""),
            ("AB", &["B"], "AB"),
        ];
        for (open, groups, want) in table {
            assert_eq!(still_open(&sku("A"), &skus(open), &grouped(groups)), skus(want), "{open} of {groups:?}");
        }
        assert!(still_open(&sku("A"), &[], &grouped(&["AB"])).is_empty(), "what is known stays known");
    }

    #[test]
    fn a_pin_names_the_variants_its_product_has_by_now() {
        let mut board = board(&[seen(1, TagState::Pinned, "AB")]);
        assert_eq!(regroup(&mut board, &["AB", "C"]), "");
        assert_eq!(regroup(&mut board, &["ABC"]), "-A/AB +A/ABC [A/ABC]");
        assert_eq!(regroup(&mut board, &["AC", "B"]), "-A/ABC +A/AC [A/AC]");
        assert_eq!(regroup(&mut board, &["A", "BC"]), "-A/AC +A/ [A/]");
        assert_eq!(regroup(&mut board, &["ABC"]), "", "it is known");
        let pin = board.pinned().unwrap();
        assert_eq!((pin.tag_id, pin.since, board.pins), (id(77), ShowMs(1_000), 1), "it is the same pin");
    }

    #[test]
    fn a_suggestion_and_a_pin_that_waits_name_them_too() {
        let mut board = board(&[PinEvent::HandPin(sku("X")), seen(2, TagState::Pinned, "AB")]);
        assert_eq!(regroup(&mut board, &["ABC", "X"]), "?A/ABC");
        assert_eq!(regroup(&mut board, &["ABC", "X"]), "");
        assert_eq!(told(&board.on(PinEvent::Tick, ShowMs(21_000), id(9))), "-X/ +A/ABC [A/ABC]");
    }

    #[test]
    fn what_the_hand_left_open_is_contradicted_by_what_is_no_variant_any_more() {
        let confirmed = [seen(1, TagState::Suggested, "AB"), PinEvent::Confirm(id(1))];
        let mut open = board(&confirmed);
        assert_eq!(regroup(&mut open, &["A", "B"]), "-A/AB +A/ [A/]");
        let [again, confirm] = confirmed;
        let mut known = board(&[again, confirm, seen(1, TagState::Pinned, "A")]);
        assert_eq!(regroup(&mut known, &["A", "B"]), "");
        for board in [&mut open, &mut known] {
            let seen = seen(1, TagState::Pinned, "B");
            assert_eq!(told(&board.on(seen, ShowMs(6_000), id(9))), "?B/", "the hand holds");
        }
    }

    #[test]
    fn a_pin_that_waits_is_looked_after_though_nothing_is_suggested() {
        let hand = PinEvent::HandPin(sku("B"));
        let board = board(&[seen(1, TagState::Suggested, "AB"), hand, seen(1, TagState::Pinned, "AB")]);
        assert_eq!(board.tag_of(1), None);
        assert!(board.skus().contains(&sku("A")), "it is pinned later, so that it is no longer sold matters");
    }
}
