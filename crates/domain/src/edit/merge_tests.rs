#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use proptest::prelude::*;
use uuid::Uuid;

fn op(number: u128) -> OpId {
    OpId(Uuid::from_u128(number))
}

fn sku() -> Sku {
    Sku::new("MILK").unwrap()
}

fn title(text: &str) -> FieldValue {
    FieldValue::Title(text.to_owned())
}

fn brand(text: &str) -> FieldValue {
    FieldValue::Brand(text.to_owned())
}

fn price(minor: i64) -> FieldValue {
    FieldValue::Price(Money::new(minor, Currency::CNY))
}

fn created(values: &[FieldValue], base_version: Option<OpId>) -> ProductEdit {
    ProductEdit::Created { sku: sku(), base_version, values: values.to_vec() }
}

fn changed(value: FieldValue, base: u128) -> ProductEdit {
    ProductEdit::Changed { sku: sku(), changes: vec![FieldChange { value, base_version: Some(op(base)) }] }
}

fn removed(base: u128, fields: &[(ProductField, u128)]) -> ProductEdit {
    let fields = fields.iter().map(|(field, seen)| (*field, op(*seen))).collect();
    ProductEdit::Removed { sku: sku(), base_version: Some(op(base)), fields }
}

/// All of these, in their order, as changes 1, 2, 3 and so on.
fn merged(edits: &[ProductEdit]) -> Current {
    let mut current = None;
    for (number, edit) in (1..).zip(edits) {
        current = merge(current.as_ref(), op(number), edit);
    }
    current.unwrap()
}

/// Title, brand and price as they stand; none where the product is removed.
fn standing(current: &Current) -> Option<(String, String, i64)> {
    let values = [ProductField::Title, ProductField::Brand, ProductField::Price].map(|field| current.value(field));
    let [FieldValue::Title(title), FieldValue::Brand(brand), FieldValue::Price(price)] = values else { return None };
    (!current.life.is_removed).then_some((title, brand, price.minor))
}

#[test]
fn an_edit_counts_where_it_saw_what_stands() {
    let milk = || created(&[title("Milk"), price(990)], None);
    let both = |title: &str, brand: &str, price| Some((title.to_owned(), brand.to_owned(), price));
    for (edits, want, why) in [
        (vec![milk(), changed(title("Oat"), 1)], both("Oat", "", 990), "it saw it"),
        (vec![milk(), changed(title("Oat"), 1), changed(price(1), 1)], both("Oat", "", 1), "disjoint fields merge"),
        (vec![milk(), changed(title("Oat"), 1), changed(title("Soy"), 1)], both("Oat", "", 990), "the first stays"),
        (vec![milk(), changed(title("Oat"), 1), changed(title("Soy"), 2)], both("Soy", "", 990), "the second saw it"),
        (vec![milk(), changed(title("Oat"), 7)], both("Milk", "", 990), "of a version that never was here"),
        (vec![milk(), changed(brand("Acme"), 1)], both("Milk", "Acme", 990), "nobody had filled it in"),
        (
            vec![milk(), changed(brand("A"), 1), changed(brand("B"), 1)],
            both("Milk", "A", 990),
            "the first filled it in",
        ),
        (
            vec![milk(), changed(title("Oat"), 1), changed(title("Oat"), 1), changed(title("Soy"), 3)],
            both("Soy", "", 990),
            "who said the same saw the same",
        ),
        (vec![milk(), created(&[title("Milk"), price(990)], None)], both("Milk", "", 990), "made twice, alike"),
        (
            vec![milk(), created(&[title("Milch"), brand("Acme"), price(990)], None)],
            both("Milk", "Acme", 990),
            "made twice: what differs stays, what was left out is filled in",
        ),
        (
            vec![milk(), created(&[title("Milk"), price(990)], None), changed(price(1), 2)],
            both("Milk", "", 1),
            "an edit of the second who made it",
        ),
        (vec![milk(), removed(1, &[])], None, "it is gone"),
        (vec![milk(), removed(1, &[]), changed(title("Oat"), 1)], None, "an edit does not bring it back"),
        (
            vec![milk(), removed(1, &[]), created(&[title("Oat"), price(5)], None)],
            None,
            "nor does one who did not know",
        ),
        (
            vec![
                created(&[title("Milk"), brand("Acme"), price(990)], None),
                removed(1, &[]),
                created(&[title("Oat"), price(5)], Some(op(2))),
            ],
            both("Oat", "", 5),
            "who knew makes it anew, and nothing of before is in it",
        ),
        (
            vec![milk(), changed(price(1), 1), removed(1, &[])],
            both("Milk", "", 1),
            "the removal did not know the price",
        ),
        (vec![milk(), changed(price(1), 1), removed(1, &[(ProductField::Price, 2)])], None, "this one did"),
        (
            vec![milk(), removed(1, &[]), removed(1, &[]), created(&[title("Oat"), price(5)], Some(op(3)))],
            both("Oat", "", 5),
            "removed twice",
        ),
    ] {
        assert_eq!(standing(&merged(&edits)), want, "{why}");
    }
}

#[test]
fn an_edit_of_a_product_nobody_heard_of_is_no_product() {
    assert_eq!(merge(None, op(1), &changed(title("Oat"), 9)), None);
    assert_eq!(merge(None, op(1), &removed(9, &[])), None);
}

#[test]
fn what_did_not_count_is_lacking() {
    let current = merged(&[created(&[title("Milk"), price(990)], None), changed(title("Oat"), 1)]);
    assert!(current.lacks(&title("Milk")) && current.lacks(&brand("Acme")));
    assert!(!current.lacks(&title("Oat")) && !current.lacks(&brand("")), "a field nobody filled in is blank");
    assert_eq!((current.version(ProductField::Title), current.version(ProductField::Brand)), (op(2), op(1)));
    let told = current.after(&changed(title("Oat"), 1));
    assert!(told.standing(ProductField::Price).is_none(), "what was not changed is not told");
}

#[test]
fn a_product_reads_back_as_it_was_written() {
    let current = merged(&[
        created(
            &[title("Milk"), price(990), FieldValue::Variant(None), FieldValue::Aliases(vec!["牛奶".into()])],
            None,
        ),
        created(&[title("Milk"), price(990)], None),
    ]);
    let text = serde_json::to_string(&current).unwrap();
    assert_eq!(serde_json::from_str::<Current>(&text).unwrap(), current, "{text}");
}

/// An edit of any one field.
fn any_value() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
        "[ab]{1,2}".prop_map(FieldValue::Title),
        "[ab]{1,2}".prop_map(FieldValue::Brand),
        "[ab]{1,2}".prop_map(FieldValue::Category),
        (0_i64..3).prop_map(price),
        "[ab]{1,2}".prop_map(FieldValue::Barcode),
        prop::collection::vec("[ab]", 1..3).prop_map(FieldValue::Aliases),
        (0_i64..3).prop_map(|minor| FieldValue::Cost(Some(Money::new(minor, Currency::CNY)))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_independent_edits_does_not_matter(
        values in prop::collection::vec(any_value(), 1..7), order in any::<prop::sample::Index>(),
    ) {
        let mut edits: Vec<(u128, FieldValue)> = Vec::new();
        for (number, value) in (2..).zip(values) {
            if edits.iter().all(|(_, other)| other.field() != value.field()) {
                edits.push((number, value));
            }
        }
        let all = |edits: &[(u128, FieldValue)]| {
            let milk = merge(None, op(1), &created(&[title("Milk"), price(990)], None));
            edits.iter().fold(milk.unwrap(), |current, (number, value)| {
                merge(Some(&current), op(*number), &changed(value.clone(), 1)).unwrap()
            })
        };
        let mut turned = edits.clone();
        turned.rotate_left(order.index(edits.len()));
        let mut back = edits.clone();
        back.reverse();
        prop_assert_eq!(all(&edits), all(&turned));
        prop_assert_eq!(all(&edits), all(&back));
    }

    /// Whatever comes in whatever order: what stands was put there by one who had seen what stood before, or said the same.
    #[test]
    fn nothing_is_overwritten_unseen(
        edits in prop::collection::vec((any_value(), 1_u128..8), 1..12),
    ) {
        let mut current = merge(None, op(1), &created(&[title("Milk"), price(990)], None)).unwrap();
        for (number, (value, base)) in (2..).zip(edits) {
            let (before, field) = (current.clone(), value.field());
            current = merge(Some(&before), op(number), &changed(value.clone(), base)).unwrap();
            let is_seen = merge(Some(&before), op(99), &changed(FieldValue::blank(field), base)).unwrap() != before;
            if current.value(field) != before.value(field) {
                prop_assert!(is_seen, "{value:?} on {base} over {:?}", before.standing(field));
            }
            for other in ProductField::ALL.into_iter().filter(|other| *other != field) {
                prop_assert_eq!(current.standing(other), before.standing(other));
            }
        }
    }
}
