//! Variants that a shop packs into one row, as rows of their own. Pure.
//!
//! Two ways are read. Taobao's export has a column 销售属性组合 with `price:quantity:code:property:value;property:value;` for each
//! variant, and 销售属性别名 with `property:value:name;` for what the values are called. Spreadsheets made from other shops have
//! `颜色:红色;尺码:L|颜色:蓝色;尺码:M` in the column of the option, and codes, prices and stocks with the same sign between them.
//! Only the first row has what all of them share; the others take it from there, as any variant does.

use super::{
    columns::{Columns, Wrong},
    names::Field,
    table::Row,
};
use hawker_domain::reason::ImportWhy;
use std::{borrow::Cow, collections::HashMap};

/// Variants of one product: Taobao takes some hundred.
const VARIANTS_MAX: usize = 1_000;

/// Between the variants of a packed cell.
const BETWEEN: [char; 2] = ['|', '｜'];

/// One variant of a packed row.
struct Packed {
    sku: String,
    price: Option<String>,
    cost: Option<String>,
    stock: Option<String>,
    option: String,
}

impl Columns {
    /// The rows that a row stands for: itself, or one for each of its variants.
    pub(super) fn unpack(&self, row: Row) -> Vec<Row> {
        let line = row.line;
        let mut cells = match row.cells {
            Ok(cells) => cells,
            Err(wrong) => return vec![Row { line, cells: Err(wrong) }],
        };
        let packed = match self.cell(Field::Packed, &cells) {
            Some(text) if !text.is_empty() => self.taobao(&text, &cells).map(Some),
            _ => self.split(&cells),
        };
        self.name_category(&mut cells);
        match packed {
            Ok(None) => vec![Row { line, cells: Ok(cells) }],
            Err(wrong) => vec![Row { line, cells: Err(wrong) }],
            Ok(Some(variants)) => {
                let of = self.parent(&cells);
                let is_one = variants.len() == 1;
                let rows = variants.into_iter().enumerate();
                rows.map(|(index, variant)| {
                    let mut own = if index == 0 { cells.clone() } else { Vec::new() };
                    self.set(&mut own, Field::Packed, "");
                    if !is_one {
                        // A code on one package is not that of another.
                        self.set(&mut own, Field::Barcode, "");
                    }
                    self.set(&mut own, Field::Sku, &variant.sku);
                    self.set(&mut own, Field::VariantOf, &of);
                    self.set(&mut own, Field::Option, &variant.option);
                    let amounts =
                        [(Field::Price, variant.price), (Field::Cost, variant.cost), (Field::Stock, variant.stock)];
                    for (field, value) in amounts {
                        if let Some(value) = value {
                            self.set(&mut own, field, &value);
                        }
                    }
                    Row { line, cells: Ok(own) }
                })
                .collect()
            }
        }
    }

    /// Errors: it is packed in a way that is not known.
    fn taobao(&self, text: &str, cells: &[String]) -> Result<Vec<Packed>, Wrong> {
        let aliases = [Field::OptionNames, Field::CustomNames].map(|field| self.cell(field, cells).unwrap_or_default());
        let names: HashMap<(&str, &str), &str> = aliases.iter().flat_map(|text| named(text)).collect();
        let parent = self.cell(Field::Sku, cells).unwrap_or_default();
        let mut variants: Vec<(Packed, Vec<&str>)> = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let fields: Vec<&str> = part.split(':').collect();
            let (property, value) = match fields.as_slice() {
                [property, value] => (*property, *value),
                [price, quantity, code @ .., property, value] => {
                    let packed = Packed {
                        sku: code.join(":"),
                        price: Some((*price).to_owned()),
                        cost: self.cell(Field::Cost, cells).map(Cow::into_owned),
                        stock: Some((*quantity).to_owned()),
                        option: String::new(),
                    };
                    variants.push((packed, Vec::new()));
                    (*property, *value)
                }
                _ => return Err(unknown(part)),
            };
            if variants.len() > VARIANTS_MAX {
                return Err(unknown(&format!("more than {VARIANTS_MAX} variants")));
            }
            let (_, options) = variants.last_mut().ok_or_else(|| unknown(part))?;
            let name = names.get(&(property, value)).copied().unwrap_or(value);
            // A name is repeated for each variant that has it: a long one many times is more than any memory.
            if options.len() >= PROPERTIES_MAX || name.len() > NAME_MAX_BYTES {
                return Err(unknown("a variant with too many properties, or too long a name,"));
            }
            options.push(name);
        }
        let finish = |(packed, options): (Packed, Vec<&str>)| {
            let option = options.join(" / ");
            // Many sellers number their products and leave the variants without; the same file gives the same code again.
            let is_bare = packed.sku.trim().is_empty() && !parent.is_empty();
            let sku = if is_bare { format!("{parent}-{}", options.join("-")).replace('/', "-") } else { packed.sku };
            Packed { sku, option, ..packed }
        };
        Ok(variants.into_iter().map(finish).collect())
    }

    /// None: the row is not packed. Errors: the cells have different numbers of variants.
    fn split(&self, cells: &[String]) -> Result<Option<Vec<Packed>>, Wrong> {
        let text = |field| self.cell(field, cells).unwrap_or_default();
        let (skus, options) = (text(Field::Sku), text(Field::Option));
        if !skus.contains(BETWEEN) || !options.contains(BETWEEN) {
            return Ok(None);
        }
        let parts = |text: &str| -> Vec<String> { text.split(BETWEEN).map(|part| part.trim().to_owned()).collect() };
        let (skus, options) = (parts(&skus), parts(&options));
        let [prices, costs, stocks] = [Field::Price, Field::Cost, Field::Stock].map(|field| parts(&text(field)));
        let count = skus.len();
        // One price is that of all of them; one number of pieces is not.
        let has = |list: &[String], one: bool| list.len() == count || (one && list.len() == 1);
        let has_stock = has(&stocks, false) || stocks.concat().is_empty();
        if count > VARIANTS_MAX || options.len() != count || !has(&prices, true) || !has(&costs, true) || !has_stock {
            let message = format!("the row packs {count} codes, and not as many options, prices, costs or stocks");
            return Err(Wrong::new(ImportWhy::BadPacked, &skus.join("|"), message));
        }
        let one_of = |list: &[String], index: usize| list.get(index).or(list.first()).cloned();
        let variants = skus.into_iter().zip(options).enumerate().map(|(index, (sku, option))| Packed {
            sku,
            price: one_of(&prices, index),
            cost: one_of(&costs, index),
            stock: stocks.get(index).cloned(),
            option,
        });
        Ok(Some(variants.collect()))
    }

    /// What the variants of a packed row have in common: what the row says, or its code, or its title.
    fn parent(&self, cells: &[String]) -> String {
        let mut said =
            [Field::VariantOf, Field::Sku, Field::Title].into_iter().filter_map(|field| self.cell(field, cells));
        said.find(|text| !text.is_empty() && !text.contains(BETWEEN)).unwrap_or_default().into_owned()
    }

    /// Taobao gives the number of a category, which tells nobody anything.
    fn name_category(&self, cells: &mut Vec<String>) {
        let is_taobao = self.cell(Field::Packed, cells).is_some();
        let number = |text: Cow<'_, str>| text.bytes().all(|byte| byte.is_ascii_digit());
        if is_taobao && self.cell(Field::Category, cells).is_some_and(number) {
            self.set(cells, Field::Category, "");
        }
    }
}

/// "颜色:红色;尺码:L" says "红色 / L". None: it is no list of properties.
pub(super) fn properties(text: &str) -> Option<String> {
    let parts = text.split([';', '；']).map(str::trim).filter(|part| !part.is_empty());
    let value = |part: &'_ str| {
        let (property, value) = part.split_once([':', '：'])?;
        // "16:9" is a value, and so is an hour.
        let is_name = !property.trim().is_empty() && !property.bytes().any(|byte| byte.is_ascii_digit());
        is_name.then(|| value.trim().to_owned())
    };
    let values: Option<Vec<String>> = parts.map(value).collect();
    values
        .filter(|values| !values.is_empty() && values.iter().all(|value| !value.is_empty()))
        .map(|values| values.join(" / "))
}

/// `property:value:name;` each.
/// Most properties of one variant, and the longest name of one.
const PROPERTIES_MAX: usize = 10;
const NAME_MAX_BYTES: usize = 400;

fn named(text: &str) -> impl Iterator<Item = ((&str, &str), &str)> {
    text.split(';').filter_map(|part| {
        let mut fields = part.trim().splitn(3, ':');
        let (property, value, name) = (fields.next()?, fields.next()?, fields.next()?);
        (!name.trim().is_empty()).then(|| ((property, value), name.trim()))
    })
}

fn unknown(part: &str) -> Wrong {
    let message = format!("\"{part}\" in the packed variants is not price:quantity:code:property:value");
    Wrong::new(ImportWhy::BadPacked, part, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn unpack(header: &[&str], cells: &[&str]) -> Vec<Result<Vec<String>, Wrong>> {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let columns = Columns::new(&row(header)).unwrap();
        columns.unpack(Row { line: 4, cells: Ok(row(cells)) }).into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn what_is_packed_in_an_unknown_way_is_said_and_not_guessed() {
        let header = ["宝贝名称", "商家编码", "宝贝价格", "销售属性组合"];
        for packed in ["1627207:28326;", "12.5", "12.5:3", "12.5:3:A"] {
            let rows = unpack(&header, &["T恤", "T1", "59", packed]);
            let [Err(wrong)] = rows.as_slice() else { panic!("{packed}: {rows:?}") };
            assert_eq!(wrong.code, ImportWhy::BadPacked, "{packed}");
        }
        let many = "1:1:A:2:3;".repeat(VARIANTS_MAX + 1);
        assert!(matches!(unpack(&header, &["T恤", "T1", "59", &many]).as_slice(), [Err(_)]), "bounded");
        assert_eq!(unpack(&header, &["T恤", "T1", "59", ""]).len(), 1, "a product without variants is a row");
    }

    #[test]
    fn a_list_of_properties_is_read_by_its_values() {
        for (text, want) in [
            ("颜色:红色;尺码:L", Some("红色 / L")),
            ("颜色：红色； 尺码：L；", Some("红色 / L")),
            ("红色", None),
            ("16:9", None),
            ("at 12:30", None),
            ("红 / L", None),
            ("颜色:;尺码:L", None),
            ("", None),
        ] {
            assert_eq!(properties(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn cells_that_pack_different_numbers_are_said() {
        let header = ["SKU", "标题", "价格", "库存", "规格"];
        let cells = |skus, prices, stocks, options| unpack(&header, &[skus, "T恤", prices, stocks, options]);
        assert_eq!(cells("A|B", "12|13", "1|2", "红|蓝").len(), 2);
        assert_eq!(cells("A|B", "12", "", "红|蓝").len(), 2, "one price is that of all, no stock is none");
        for rows in
            [cells("A|B|C", "12", "", "红|蓝"), cells("A|B", "1|2|3", "", "红|蓝"), cells("A|B", "1", "7", "红|蓝")]
        {
            let [Err(wrong)] = rows.as_slice() else { panic!("{rows:?}") };
            assert_eq!(wrong.code, ImportWhy::BadPacked);
        }
        assert_eq!(cells("A|B", "12", "", "红").len(), 1, "a code may have such a sign in it");
    }
}
