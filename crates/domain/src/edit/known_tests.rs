#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::{
    Currency, Money,
    edit::{Current, merge},
};
use uuid::Uuid;

fn op(number: u128) -> OpId {
    OpId(Uuid::from_u128(number))
}

fn milk() -> Product {
    Product {
        id: ProductId(Uuid::nil()),
        sku: Sku::new("MILK").unwrap(),
        title: "Milk".to_owned(),
        brand: String::new(),
        category: String::new(),
        description: String::new(),
        price: Money::new(990, Currency::CNY),
        cost: None,
        barcode: String::new(),
        aliases: Vec::new(),
        variant: None,
    }
}

fn titled(title: &str) -> Product {
    Product { title: title.to_owned(), ..milk() }
}

/// A device and its one product.
#[derive(Clone, Default)]
struct Device {
    known: Known,
    here: Option<Product>,
    lost: Vec<Conflict>,
}

/// The platform, and everything it told.
#[derive(Default)]
struct Platform {
    current: Option<Current>,
    told: Vec<(OpId, ProductEdit, Current)>,
}

impl Platform {
    fn take(&mut self, (op, edit): &(OpId, ProductEdit)) {
        let current = merge(self.current.as_ref(), *op, edit).unwrap();
        self.told.push((*op, edit.clone(), current.clone().after(edit)));
        self.current = Some(current);
    }
}

impl Device {
    fn put(&mut self, number: u128, after: Product) -> (OpId, ProductEdit) {
        let edit = match &self.here {
            Some(before) => self.known.change(before, &after).unwrap(),
            None => Known::creation(Some(&self.known), &after),
        };
        self.here = Some(after);
        self.say(number, edit)
    }

    fn remove(&mut self, number: u128) -> (OpId, ProductEdit) {
        self.here = None;
        let edit = self.known.removal(&milk().sku);
        self.say(number, edit)
    }

    fn say(&mut self, number: u128, edit: ProductEdit) -> (OpId, ProductEdit) {
        self.known = self.known.clone().said(op(number), &edit);
        (op(number), edit)
    }

    /// Hears all, of which `own` is what it said.
    fn hear(&mut self, platform: &Platform, own: &[u128]) {
        self.hear_of(platform, own, own);
    }

    /// Of `own` it remembers `said_here`.
    fn hear_of(&mut self, platform: &Platform, own: &[u128], said_here: &[u128]) {
        for (op_id, edit, current) in &platform.told {
            let is_in = |all: &[u128]| all.iter().any(|number| op(*number) == *op_id);
            let (is_own, is_said_here) = (is_in(own), is_in(said_here));
            let told = Told { op: *op_id, is_own, is_said_here, edit, current, new_id: ProductId(Uuid::nil()) };
            let heard = self.known.hear(self.here.as_ref(), &told);
            self.known = heard.known;
            match heard.here {
                Here::Stays => {}
                Here::Put(product) => self.here = Some(*product),
                Here::Goes => self.here = None,
            }
            self.lost.extend(heard.lost);
        }
    }
}

#[test]
fn two_devices_offline_come_to_the_same_and_the_later_one_has_the_conflict() {
    let (mut home, mut stall, mut platform) = (Device::default(), Device::default(), Platform::default());
    let made = home.put(1, milk());
    platform.take(&made);
    home.hear(&platform, &[1]);
    stall.hear(&platform, &[]);
    assert_eq!(stall.here, Some(milk()), "the other one has it now");
    platform.told.clear();
    let at_home = home.put(2, Product { title: "Oat".into(), brand: "Acme".into(), ..milk() });
    let at_stall = stall.put(3, Product { title: "Soy".into(), barcode: "47".into(), ..milk() });
    platform.take(&at_home);
    platform.take(&at_stall);
    home.hear(&platform, &[2]);
    stall.hear(&platform, &[3]);
    let both = Product { title: "Oat".into(), brand: "Acme".into(), barcode: "47".into(), ..milk() };
    assert_eq!((home.here, stall.here), (Some(both.clone()), Some(both)));
    assert!(home.lost.is_empty());
    let [lost] = &stall.lost[..] else { panic!("{:?}", stall.lost) };
    assert_eq!((lost.field, lost.op_id, lost.base_version), (Some(ProductField::Title), op(3), Some(op(1))));
    let named = |text: &str| Claim::Value(FieldValue::Title(text.to_owned()));
    assert_eq!((&lost.mine, &lost.theirs), (&named("Soy"), &named("Oat")));
}

#[test]
fn what_a_piece_costs_reaches_every_device_and_outlives_the_edits_of_those_that_do_not_know_it() {
    let (mut home, mut stall, mut platform) = (Device::default(), Device::default(), Platform::default());
    let made = home.put(1, milk());
    assert!(!made.1.mentions(ProductField::Cost), "what nobody said");
    platform.take(&made);
    home.hear(&platform, &[1]);
    stall.hear(&platform, &[]);
    platform.told.clear();
    let cost = Some(Money::new(600, Currency::CNY));
    let at_home = home.put(2, Product { cost, ..milk() });
    assert!(at_home.1.mentions(ProductField::Cost));
    let at_stall = stall.put(3, titled("Oat"));
    assert!(!at_stall.1.mentions(ProductField::Cost));
    platform.take(&at_home);
    platform.take(&at_stall);
    home.hear(&platform, &[2]);
    stall.hear(&platform, &[3]);
    let both = Product { cost, ..titled("Oat") };
    assert_eq!((home.here, stall.here), (Some(both.clone()), Some(both)));
    assert!(home.lost.is_empty() && stall.lost.is_empty());
}

#[test]
fn what_a_device_said_stays_until_it_is_told() {
    let (mut home, mut stall, mut platform) = (Device::default(), Device::default(), Platform::default());
    platform.take(&home.put(1, milk()));
    home.hear(&platform, &[1]);
    stall.hear(&platform, &[]);
    platform.told.clear();
    let first = stall.put(3, titled("Soy"));
    let second = stall.put(4, titled("Soya"));
    platform.take(&home.put(2, titled("Oat")));
    stall.hear(&platform, &[]);
    assert_eq!(stall.here, Some(titled("Soya")), "not sent yet");
    platform.told.clear();
    platform.take(&first);
    stall.hear(&platform, &[3]);
    assert_eq!((stall.here.clone(), stall.lost.len()), (Some(titled("Soya")), 0), "the newer one is to be told yet");
    platform.told.clear();
    platform.take(&second);
    stall.hear(&platform, &[4]);
    assert_eq!((stall.here.clone(), stall.lost.len()), (Some(titled("Oat")), 1), "one conflict for both");
}

#[test]
fn one_edit_after_another_needs_no_answer_between_them() {
    let (mut home, mut platform) = (Device::default(), Platform::default());
    let said = [home.put(1, milk()), home.put(2, titled("Oat")), home.remove(3), home.put(4, titled("Soy"))];
    said.iter().for_each(|said| platform.take(said));
    home.hear(&platform, &[1, 2, 3, 4]);
    assert_eq!((home.here.clone(), home.lost.len()), (Some(titled("Soy")), 0));
    let (late, mut there) = (Platform { told: platform.told, ..Platform::default() }, Device::default());
    there.hear(&late, &[]);
    assert_eq!(there.here, home.here);
}

#[test]
fn an_edit_that_lost_to_a_removal_keeps_the_product_until_it_is_settled() {
    let (mut home, mut stall, mut platform) = (Device::default(), Device::default(), Platform::default());
    platform.take(&home.put(1, milk()));
    home.hear(&platform, &[1]);
    stall.hear(&platform, &[]);
    platform.told.clear();
    let edited = stall.put(2, titled("Soy"));
    platform.take(&home.remove(3));
    platform.take(&edited);
    home.hear(&platform, &[3]);
    stall.hear(&platform, &[2]);
    assert_eq!((home.here.clone(), stall.here.clone()), (None, Some(titled("Soy"))));
    assert!(stall.known.is_disputed());
    assert_eq!((stall.lost[0].field, &stall.lost[0].theirs), (None, &Claim::Removed));
    // Mine: made again, by one who has seen the removal.
    platform.told.clear();
    let again = Known::creation(Some(&stall.known), &titled("Soy"));
    let again = stall.say(4, again);
    platform.take(&again);
    home.hear(&platform, &[]);
    stall.hear(&platform, &[4]);
    assert_eq!((home.here, stall.here, stall.known.is_disputed()), (Some(titled("Soy")), Some(titled("Soy")), false));
}

#[test]
fn a_removal_that_lost_to_an_edit_brings_the_product_back() {
    let (mut home, mut stall, mut platform) = (Device::default(), Device::default(), Platform::default());
    platform.take(&home.put(1, milk()));
    home.hear(&platform, &[1]);
    stall.hear(&platform, &[]);
    platform.told.clear();
    let removed = stall.remove(2);
    platform.take(&home.put(3, titled("Oat")));
    stall.hear(&platform, &[]);
    assert_eq!(stall.here, None, "not sent yet");
    platform.told.clear();
    platform.take(&removed);
    stall.hear(&platform, &[2]);
    assert_eq!(stall.here, Some(titled("Oat")));
    assert_eq!((stall.lost[0].field, &stall.lost[0].mine), (None, &Claim::Removed));
}

#[test]
fn a_disputed_product_that_somebody_makes_anew_leaves_a_conflict_of_each_field() {
    let (mut home, mut stall, mut platform) = (Device::default(), Device::default(), Platform::default());
    platform.take(&home.put(1, milk()));
    home.hear(&platform, &[1]);
    stall.hear(&platform, &[]);
    platform.told.clear();
    let edited = stall.put(2, titled("Soy"));
    platform.take(&home.remove(3));
    platform.take(&edited);
    platform.take(&home.put(4, titled("Oat")));
    home.hear(&platform, &[3, 4]);
    stall.hear(&platform, &[2]);
    assert_eq!((home.here, stall.here.clone()), (Some(titled("Oat")), Some(titled("Oat"))));
    let lost: Vec<_> = stall.lost.iter().map(|lost| (lost.field, lost.op_id)).collect();
    assert_eq!(lost, [(None, op(2)), (Some(ProductField::Title), op(2))], "what was said is not lost");
}

#[test]
fn a_device_that_forgot_what_it_said_of_a_product_that_is_gone_has_it_on_its_list() {
    let (mut home, mut stall, mut platform) = (Device::default(), Device::default(), Platform::default());
    platform.take(&home.put(1, milk()));
    home.hear(&platform, &[1]);
    stall.hear(&platform, &[]);
    platform.told.clear();
    let mut put_back = stall.clone();
    let edited = stall.put(2, titled("Soy"));
    platform.take(&home.remove(3));
    platform.take(&edited);
    put_back.hear(&platform, &[2]);
    assert_eq!(put_back.here, None);
    let lost: Vec<_> = put_back.lost.iter().map(|lost| (lost.field, &lost.theirs)).collect();
    assert_eq!(lost, [(Some(ProductField::Title), &Claim::Removed)]);
}

#[test]
fn what_a_device_says_after_it_was_put_back_has_not_seen_what_it_forgot() {
    let (mut home, mut stall, mut platform) = (Device::default(), Device::default(), Platform::default());
    platform.take(&home.put(1, milk()));
    home.hear(&platform, &[1]);
    stall.hear(&platform, &[]);
    platform.told.clear();
    let mut put_back = stall.clone();
    let forgotten = stall.put(2, titled("Soy"));
    platform.take(&home.put(3, titled("Oat")));
    platform.take(&forgotten);
    put_back.put(4, titled("Rice"));
    put_back.hear_of(&platform, &[2, 4], &[4]);
    let lost: Vec<_> = put_back.lost.iter().map(|lost| (lost.field, lost.op_id)).collect();
    assert_eq!(lost, [(Some(ProductField::Title), op(2))]);
    // The product it still has is not what it said: it goes, and the value is left.
    let mut copy = put_back.clone();
    copy.known = copy.known.refused(op(4));
    let mut later = Platform { current: platform.current.clone(), told: Vec::new() };
    home.hear(&platform, &[3]);
    later.take(&home.remove(5));
    later.take(&(
        op(6),
        ProductEdit::Changed {
            sku: milk().sku,
            changes: vec![FieldChange { value: FieldValue::Title("Nut".into()), base_version: Some(op(3)) }],
        },
    ));
    copy.lost.clear();
    copy.hear_of(&later, &[6], &[]);
    assert_eq!((copy.here.clone(), copy.known.is_disputed()), (None, false));
    let lost: Vec<_> = copy.lost.iter().map(|lost| (lost.field, lost.op_id)).collect();
    assert_eq!(lost, [(Some(ProductField::Title), op(6))]);
}

#[test]
fn what_could_not_be_read_is_waited_for_no_more() {
    let mut home = Device::default();
    let (made, _) = home.put(1, milk());
    assert!(home.known.is_open());
    assert!(!home.known.clone().refused(made).is_open());
    assert!(home.known.refused(op(9)).is_open(), "another one");
}

#[test]
fn what_is_known_reads_back_as_it_was_written_and_is_short() {
    let mut home = Device::default();
    home.put(1, milk());
    let text = serde_json::to_string(&home.known).unwrap();
    assert_eq!(text, r#"{"life":{"open":"00000000-0000-0000-0000-000000000001"}}"#);
    home.put(2, titled("Oat"));
    let text = serde_json::to_string(&home.known).unwrap();
    assert_eq!(serde_json::from_str::<Known>(&text).unwrap(), home.known, "{text}");
}
