//! The fields of a product that are edited one by one.

use crate::{Currency, Money, Product, Variant};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A field of a product. Photos are none of them: they lie beside the product, on the device that took them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProductField {
    Title,
    Brand,
    Category,
    Description,
    Price,
    Barcode,
    Aliases,
    Variant,
    Cost,
}

impl ProductField {
    pub const ALL: [Self; 9] = [
        Self::Title,
        Self::Brand,
        Self::Category,
        Self::Description,
        Self::Price,
        Self::Barcode,
        Self::Aliases,
        Self::Variant,
        Self::Cost,
    ];
}

/// A field and what stands in it. Another field is a new version of the payload: an older platform must not pass over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "field", content = "value", rename_all = "snake_case")]
pub enum FieldValue {
    Title(String),
    Brand(String),
    Category(String),
    Description(String),
    Price(Money),
    Barcode(String),
    Aliases(Vec<String>),
    Variant(Option<Variant>),
    Cost(Option<Money>),
}

impl FieldValue {
    pub fn field(&self) -> ProductField {
        match self {
            Self::Title(_) => ProductField::Title,
            Self::Brand(_) => ProductField::Brand,
            Self::Category(_) => ProductField::Category,
            Self::Description(_) => ProductField::Description,
            Self::Price(_) => ProductField::Price,
            Self::Barcode(_) => ProductField::Barcode,
            Self::Aliases(_) => ProductField::Aliases,
            Self::Variant(_) => ProductField::Variant,
            Self::Cost(_) => ProductField::Cost,
        }
    }

    /// What stands in a field of `product`.
    pub fn of(product: &Product, field: ProductField) -> Self {
        match field {
            ProductField::Title => Self::Title(product.title.clone()),
            ProductField::Brand => Self::Brand(product.brand.clone()),
            ProductField::Category => Self::Category(product.category.clone()),
            ProductField::Description => Self::Description(product.description.clone()),
            ProductField::Price => Self::Price(product.price),
            ProductField::Barcode => Self::Barcode(product.barcode.clone()),
            ProductField::Aliases => Self::Aliases(product.aliases.clone()),
            ProductField::Variant => Self::Variant(product.variant.clone()),
            ProductField::Cost => Self::Cost(product.cost),
        }
    }

    /// What stands in a field that nobody filled in.
    pub fn blank(field: ProductField) -> Self {
        match field {
            ProductField::Title => Self::Title(String::new()),
            ProductField::Brand => Self::Brand(String::new()),
            ProductField::Category => Self::Category(String::new()),
            ProductField::Description => Self::Description(String::new()),
            ProductField::Price => Self::Price(Money::new(0, Currency::CNY)),
            ProductField::Barcode => Self::Barcode(String::new()),
            ProductField::Aliases => Self::Aliases(Vec::new()),
            ProductField::Variant => Self::Variant(None),
            ProductField::Cost => Self::Cost(None),
        }
    }

    /// True where nobody filled in anything. A price always is something, also nothing.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Title(text)
            | Self::Brand(text)
            | Self::Category(text)
            | Self::Description(text)
            | Self::Barcode(text) => text.is_empty(),
            Self::Price(_) => false,
            Self::Aliases(aliases) => aliases.is_empty(),
            Self::Variant(variant) => variant.is_none(),
            Self::Cost(cost) => cost.is_none(),
        }
    }

    /// Puts the value into its field.
    pub fn put_into(self, product: &mut Product) {
        match self {
            Self::Title(text) => product.title = text,
            Self::Brand(text) => product.brand = text,
            Self::Category(text) => product.category = text,
            Self::Description(text) => product.description = text,
            Self::Price(price) => product.price = price,
            Self::Barcode(text) => product.barcode = text,
            Self::Aliases(aliases) => product.aliases = aliases,
            Self::Variant(variant) => product.variant = variant,
            Self::Cost(cost) => product.cost = cost,
        }
    }

    /// Roughly the bytes it takes on its way.
    pub fn size_bytes(&self) -> usize {
        let text = match self {
            Self::Title(text)
            | Self::Brand(text)
            | Self::Category(text)
            | Self::Description(text)
            | Self::Barcode(text) => text.len(),
            Self::Price(_) | Self::Cost(_) => 16,
            Self::Aliases(aliases) => aliases.iter().map(|alias| alias.len() + 3).sum(),
            Self::Variant(variant) => variant.as_ref().map_or(0, |variant| variant.of.len() + variant.option.len()),
        };
        text + 100
    }
}
