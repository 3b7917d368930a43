//! Edits of the catalogue, as the platform tells what came of them.

use crate::ops::{OpEnvelope, OpPayload, Read};
use hawker_domain::{
    OpId, Sku,
    edit::{Current, ProductEdit, merge},
};
use serde::{Deserialize, Serialize};

/// A product as it stands after a change; of one that was changed, the fields that were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditedProduct {
    pub sku: Sku,
    pub current: Current,
}

/// What came of the edits of `op`: each with the product after it. `told` has those that are not just what the edit says of a
/// product nobody had. None: the op can't be read by this version.
pub fn outcome(op: &OpEnvelope, told: &[EditedProduct]) -> Option<Vec<(ProductEdit, Current)>> {
    let Read::Known(OpPayload::ProductEdited { edits }) = op.read() else { return None };
    let current = |edit: &ProductEdit| {
        let told = told.iter().find(|product| product.sku == *edit.sku());
        told.map(|product| product.current.clone()).or_else(|| merge(None, op.op_id, edit))
    };
    let outcome = edits.into_iter().filter_map(|edit| current(&edit).map(|current| (edit, current)));
    Some(outcome.collect())
}

/// Of what came of a change, what has to be told beside the change itself.
pub fn to_tell(op: OpId, outcome: Vec<(ProductEdit, Current)>) -> Vec<EditedProduct> {
    let is_news = |(edit, current): &(ProductEdit, Current)| merge(None, op, edit).as_ref() != Some(current);
    let told = |(edit, current): (ProductEdit, Current)| EditedProduct {
        sku: edit.sku().clone(),
        current: current.after(&edit),
    };
    outcome.into_iter().filter(is_news).map(told).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::feed::FeedEvent;
    use hawker_domain::{
        Currency, DeviceId, Money,
        edit::{FieldChange, FieldValue, ProductField},
    };
    use uuid::Uuid;

    fn id(number: u128) -> OpId {
        OpId(Uuid::from_u128(number))
    }

    fn op(op_id: OpId, edits: &[ProductEdit]) -> OpEnvelope {
        OpEnvelope {
            op_id,
            device_id: DeviceId(Uuid::nil()),
            epoch: 1,
            seq: 1,
            payload_version: 1,
            payload: serde_json::to_string(&OpPayload::ProductEdited { edits: edits.to_vec() }).unwrap(),
            hash: String::new(),
            signature: String::new(),
        }
    }

    fn created(sku: &str, title: &str) -> ProductEdit {
        ProductEdit::Created {
            sku: Sku::new(sku).unwrap(),
            base_version: None,
            values: vec![FieldValue::Title(title.to_owned()), FieldValue::Price(Money::new(990, Currency::CNY))],
        }
    }

    fn titled(sku: &str, title: &str, base_version: Option<OpId>) -> ProductEdit {
        let change = FieldChange { value: FieldValue::Title(title.to_owned()), base_version };
        ProductEdit::Changed { sku: Sku::new(sku).unwrap(), changes: vec![change] }
    }

    #[test]
    fn edits_look_like_this_on_the_wire() {
        let price = FieldChange { value: FieldValue::Price(Money::new(1280, Currency::CNY)), base_version: None };
        let variant = FieldChange { value: FieldValue::Variant(None), base_version: Some(id(3)) };
        let edits = [
            created("MILK", "纯牛奶"),
            ProductEdit::Changed { sku: Sku::new("TEA").unwrap(), changes: vec![price, variant] },
            ProductEdit::Removed {
                sku: Sku::new("RICE").unwrap(),
                base_version: Some(id(1)),
                fields: [(ProductField::Title, id(2))].into(),
            },
        ];
        let payload = OpPayload::ProductEdited { edits: edits.to_vec() };
        insta::assert_snapshot!(serde_json::to_string_pretty(&payload).unwrap());
        assert_eq!(op(id(9), &edits).read(), Read::Known(payload));
    }

    #[test]
    fn what_came_of_edits_looks_like_this_on_the_wire() {
        let milk = merge(None, id(1), &created("MILK", "牛奶")).unwrap();
        let milk = merge(Some(&milk), id(2), &created("MILK", "牛奶")).unwrap();
        let op = OpEnvelope { payload: "{}".to_owned(), ..op(id(2), &[]) };
        let event = FeedEvent::ProductsEdited {
            op,
            products: vec![EditedProduct { sku: Sku::new("MILK").unwrap(), current: milk }],
        };
        let text = serde_json::to_string_pretty(&event).unwrap();
        insta::assert_snapshot!(text);
        assert_eq!(serde_json::from_str::<FeedEvent>(&text).unwrap(), event);
    }

    #[test]
    fn a_product_nobody_had_is_told_by_its_change_alone() {
        let tea = merge(None, id(1), &created("TEA", "茶")).unwrap();
        let edits = [created("MILK", "牛奶"), titled("TEA", "绿茶", Some(id(1)))];
        let milk = merge(None, id(2), &edits[0]).unwrap();
        let tea = merge(Some(&tea), id(2), &edits[1]).unwrap();
        let title = |text: &str| FieldValue::Title(text.to_owned());
        let all: Vec<_> = edits.iter().cloned().zip([milk, tea]).collect();
        let told = to_tell(id(2), all.clone());
        assert_eq!(told.iter().map(|product| product.sku.as_str()).collect::<Vec<_>>(), ["TEA"]);
        let heard = outcome(&op(id(2), &edits), &told).unwrap();
        assert_eq!(heard[0], all[0]);
        let tea = &heard[1].1;
        assert_eq!((tea.value(ProductField::Title), tea.version(ProductField::Title)), (title("绿茶"), id(2)));
        assert!(tea.standing(ProductField::Price).is_none(), "what was not edited is not told again");
    }
}
