//! Which column of a table means what, and a row's cells as a draft of a product. Pure.

use super::{
    list::list,
    names::{Field, NAMES},
    packed,
    source::Header,
};
use hawker_domain::{
    Currency, Money, MoneyError, Product, ProductId, Sku, SkuError, Variant, reason::ImportWhy, ungrouped,
};
use hawker_text::fold;
use std::borrow::Cow;
use std::collections::HashMap;

/// What is wrong with a row: as a code with what it is about, and in words that say what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) code: ImportWhy,
    pub(crate) about: String,
    pub(crate) message: String,
}

impl Wrong {
    pub(crate) fn new(code: ImportWhy, about: &str, message: impl Into<String>) -> Self {
        Self { code, about: about.to_owned(), message: message.into() }
    }
}

/// Where each field stands in a row.
pub(super) struct Columns(HashMap<Field, usize>);

impl Header for Columns {
    fn of(cells: &[String]) -> Result<Self, String> {
        Self::new(cells)
    }

    fn wants(&self, index: usize) -> bool {
        self.0.values().any(|at| *at == index)
    }
}

/// One row, checked. A field that has no column (or, for price, cost and stock, an empty cell) is none and leaves what is
/// stored alone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) sku: Sku,
    pub(super) title: String,
    pub(super) brand: Option<String>,
    pub(super) category: Option<String>,
    pub(super) description: Option<String>,
    pub(super) price: Option<Money>,
    /// What it costs where nothing is stored yet and `price` is none.
    pub(super) new_price: Result<Money, Wrong>,
    /// What a piece costs the seller.
    pub(super) cost: Option<Money>,
    pub(super) barcode: Option<String>,
    pub(super) aliases: Option<Vec<String>>,
    /// None: there is no column for it. Some of none: it is no variant.
    pub(super) variant: Option<Option<Variant>>,
    pub(super) stock: Option<i64>,
    pub(super) images: Option<Vec<String>>,
}

impl Columns {
    /// Errors: the names of required columns that the header lacks.
    pub(super) fn new(header: &[String]) -> Result<Self, String> {
        let mut columns = HashMap::new();
        for (index, name) in header.iter().enumerate() {
            let name = fold(name.trim_start_matches('\u{feff}')).replace('_', " ");
            // Of two columns with one meaning the first counts.
            if let Some((field, _)) = NAMES.iter().find(|(_, names)| names.contains(&name.as_str())) {
                columns.entry(*field).or_insert(index);
            }
        }
        if columns.contains_key(&Field::Packed) {
            // Where they are put when they are unpacked.
            columns.entry(Field::VariantOf).or_insert(header.len());
            columns.entry(Field::Option).or_insert(header.len() + 1);
        }
        let required = [(Field::Sku, "sku (货号)"), (Field::Title, "title (商品名)")];
        let missing: Vec<_> =
            required.iter().filter(|(field, _)| !columns.contains_key(field)).map(|(_, name)| *name).collect();
        if missing.is_empty() { Ok(Self(columns)) } else { Err(missing.join(", ")) }
    }

    /// The code that stands on the package; none where no column has it.
    pub(super) fn barcode<'a>(&self, cells: &'a [String]) -> Option<Cow<'a, str>> {
        self.cell(Field::Barcode, cells)
    }

    /// True when rows name their photos.
    pub(super) fn has_images(&self) -> bool {
        self.0.contains_key(&Field::Images)
    }

    /// The SKU cell as it stands, for naming a row that can't be read.
    pub(super) fn sku_text(&self, cells: &[String]) -> Option<String> {
        self.cell(Field::Sku, cells).filter(|text| !text.is_empty()).map(Cow::into_owned)
    }

    /// The product a row is a variant of, as it stands there. Empty: of none.
    pub(super) fn variant_of<'a>(&self, cells: &'a [String]) -> Cow<'a, str> {
        self.cell(Field::VariantOf, cells).unwrap_or_default()
    }

    /// Puts `value` where the field stands, if there is a column for it.
    pub(super) fn set(&self, cells: &mut Vec<String>, field: Field, value: &str) {
        let Some(at) = self.0.get(&field).copied() else { return };
        if cells.len() <= at {
            cells.resize(at + 1, String::new());
        }
        if let Some(cell) = cells.get_mut(at) {
            value.clone_into(cell);
        }
    }

    /// True where a row has a title of its own.
    pub(super) fn has_title(&self, cells: &[String]) -> bool {
        self.cell(Field::Title, cells).is_some_and(|title| !title.is_empty())
    }

    /// What a row is a variant of, and how it is called. None: the table lacks a column for either. A shop's handle alone is of
    /// every product there and makes none a variant.
    fn variant(&self, cells: &[String]) -> Option<Option<Variant>> {
        let of = self.cell(Field::VariantOf, cells)?;
        let options = [Field::Option, Field::SecondOption, Field::ThirdOption];
        if !options.iter().any(|field| self.0.contains_key(field)) {
            return None;
        }
        let named = options.into_iter().filter_map(|field| self.cell(field, cells));
        // What a shop writes where a product has no variants.
        let named = named.filter(|option| !option.is_empty() && option != "Default Title");
        let named = named.map(|option| packed::properties(&option).unwrap_or_else(|| option.into_owned()));
        Some(Variant::new(&of, &named.collect::<Vec<_>>().join(" / ")))
    }

    /// Reads a row. `first`: the first row of the product it is a variant of; a row without a title goes on with what that one
    /// says. `usual`: the currency of prices without one. Errors: the first thing that is wrong with it.
    pub(super) fn draft(&self, cells: &[String], first: Option<&[String]>, usual: Currency) -> Result<Draft, Wrong> {
        let text = |field| self.cell(field, cells).map(Cow::into_owned);
        let filled = |field| self.cell(field, cells).filter(|text| !text.is_empty());
        let head = first.filter(|first| *first != cells);
        let first = first.filter(|_| filled(Field::Title).is_none());
        let shared = |field| filled(field).or_else(|| self.cell(field, first.unwrap_or(cells)));
        let sku = sku(&filled(Field::Sku).unwrap_or_default())?;
        let title = shared(Field::Title).filter(|title| !title.is_empty());
        let title = title.ok_or_else(|| Wrong::new(ImportWhy::NoTitle, "", "the title is empty"))?;
        let title = title.into_owned();
        let says_currency = if filled(Field::Currency).is_some() { cells } else { first.unwrap_or(cells) };
        let currency = self.currency(says_currency, usual)?;
        let price = self.price(cells, currency)?;
        // Cells of prices are merged also where each row has its title.
        let new_price = match head {
            Some(head) if filled(Field::Currency).is_some() => self.price_of_first(head, currency, usual),
            Some(head) => self.price_of_first(head, self.currency(head, usual).unwrap_or(currency), usual),
            None => Ok(Money::new(0, usual)),
        };
        let cost = self.amount(Field::Cost, cells, currency)?;
        let stock = filled(Field::Stock).map(|text| pieces(&text)).transpose()?;
        let barcode = text(Field::Barcode);
        if let Some(code) = barcode.as_deref().filter(|code| is_shortened(code)) {
            let message = format!("the barcode {code} was shortened by a spreadsheet; {AS_TEXT}");
            return Err(Wrong::new(ImportWhy::BadBarcode, code, message));
        }
        Ok(Draft {
            sku,
            title,
            brand: shared(Field::Brand).map(Cow::into_owned),
            category: shared(Field::Category).map(Cow::into_owned),
            description: shared(Field::Description).map(Cow::into_owned),
            price,
            new_price,
            cost,
            barcode,
            aliases: shared(Field::Aliases).map(|text| list(&text)),
            variant: self.variant(cells),
            stock,
            images: self.cell(Field::Images, cells).map(|text| list(&text)),
        })
    }

    /// Errors: what the row has there is no currency.
    fn currency(&self, cells: &[String], usual: Currency) -> Result<Currency, Wrong> {
        let Some(code) = self.cell(Field::Currency, cells).filter(|code| !code.is_empty()) else { return Ok(usual) };
        code.parse::<Currency>().map_err(|why: MoneyError| Wrong::new(ImportWhy::BadCurrency, &code, why.to_string()))
    }

    /// None: the cell is empty. Errors: what it has is no price.
    fn price(&self, cells: &[String], currency: Currency) -> Result<Option<Money>, Wrong> {
        self.amount(Field::Price, cells, currency)
    }

    /// Of a price or a cost. None: the cell is empty. Errors: what it has is neither.
    fn amount(&self, field: Field, cells: &[String], currency: Currency) -> Result<Option<Money>, Wrong> {
        let Some(text) = self.cell(field, cells).filter(|text| !text.is_empty()) else { return Ok(None) };
        let (code, name) =
            if field == Field::Cost { (ImportWhy::BadCost, "cost") } else { (ImportWhy::BadPrice, "price") };
        match Money::parse(&fold(&text), currency) {
            Ok(amount) if amount.minor >= 0 => Ok(Some(amount)),
            Ok(_) => Err(Wrong::new(code, &text, format!("the {name} {text} is below zero"))),
            Err(why) => Err(Wrong::new(code, &text, why.to_string())),
        }
    }

    /// What a row in `currency` costs that leaves that to the first row of its product. An amount in another currency is
    /// no price in this one. Errors: the first row has none either.
    fn price_of_first(&self, first: &[String], currency: Currency, usual: Currency) -> Result<Money, Wrong> {
        let price = self.currency(first, usual).and_then(|of_first| self.price(first, of_first));
        // What is wrong with the first row is reported there.
        let price = price.ok().flatten().filter(|price| price.currency == currency);
        price.ok_or_else(|| {
            let message = format!("the price is empty, and the first row of the product has none in {currency}");
            Wrong::new(ImportWhy::BadPrice, "", message)
        })
    }

    /// None: there is no column for it.
    pub(super) fn cell<'a>(&self, field: Field, cells: &'a [String]) -> Option<Cow<'a, str>> {
        let index = *self.0.get(&field)?;
        Some(cells.get(index).map(|cell| plain(cell.trim())).unwrap_or_default())
    }
}

/// What to do about digits that are gone.
pub(crate) const AS_TEXT: &str = "format the column as text and fill it in again";

/// "6.90123E+12": what a spreadsheet makes of a long number when it writes a CSV. The digits are gone.
pub(crate) fn is_shortened(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.split_once(['E', 'e']).and_then(|(number, power)| Some((number, power.strip_prefix('+')?)));
    number.is_some_and(|(number, power)| {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        digits(power) && digits(fraction) && digits(whole) && whole.len() == 1
    })
}

/// Spreadsheets write `="0123"` to keep leading zeros; a quote within is doubled.
pub(crate) fn plain(cell: &str) -> Cow<'_, str> {
    match cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) if inside.contains("\"\"") => Cow::Owned(inside.replace("\"\"", "\"")),
        Some(inside) => Cow::Borrowed(inside),
        None => Cow::Borrowed(cell),
    }
}

fn sku(text: &str) -> Result<Sku, Wrong> {
    if is_shortened(text) {
        let message = format!("the sku {text} was shortened by a spreadsheet; {AS_TEXT}");
        return Err(Wrong::new(ImportWhy::BadSku, text, message));
    }
    Sku::new(text).map_err(|why| {
        let code = match why {
            SkuError::Empty => ImportWhy::NoSku,
            SkuError::TooLong(_) | SkuError::BadCharacter(_) => ImportWhy::BadSku,
        };
        Wrong::new(code, text, why.to_string())
    })
}

fn pieces(text: &str) -> Result<i64, Wrong> {
    let wrong = |message: String| Wrong::new(ImportWhy::BadStock, text, message);
    let folded = fold(text);
    let whole = folded.split_once('.').map_or(folded.as_str(), |(whole, fraction)| {
        if fraction.bytes().all(|digit| digit == b'0') { whole } else { folded.as_str() }
    });
    // "1,5" is no fifteen.
    let whole = ungrouped(whole).unwrap_or_default();
    match whole.parse::<i64>() {
        Ok(count) if (0..=1_000_000_000).contains(&count) => Ok(count),
        Ok(_) => Err(wrong(format!("the stock {text} is out of range; write 0 to 1,000,000,000"))),
        Err(_) => Err(wrong(format!("the stock \"{text}\" is no whole number"))),
    }
}

impl Draft {
    /// The product after this row: `known` with the row's fields over it, or a new one under `id`. Errors: it is new and
    /// nothing says at what price, or its cost is in another currency than its price.
    pub(super) fn onto(self, known: Option<&Product>, id: ProductId) -> Result<Product, Wrong> {
        let keep = |new: Option<String>, old: fn(&Product) -> &String| {
            new.or_else(|| known.map(|product| old(product).clone())).unwrap_or_default()
        };
        let price = match self.price.or(known.map(|product| product.price)) {
            Some(price) => price,
            None => self.new_price?,
        };
        let cost = match self.cost {
            Some(cost) if cost.currency != price.currency => {
                let message = format!("the cost {cost} is in another currency than the price {price}");
                return Err(Wrong::new(ImportWhy::BadCost, &cost.to_string(), message));
            }
            Some(cost) => Some(cost),
            // What it cost says nothing of a price that is in another currency from now on.
            None => known.filter(|product| product.price.currency == price.currency).and_then(|product| product.cost),
        };
        Ok(Product {
            id: known.map_or(id, |product| product.id),
            title: self.title,
            brand: keep(self.brand, |product| &product.brand),
            category: keep(self.category, |product| &product.category),
            description: keep(self.description, |product| &product.description),
            price,
            cost,
            barcode: keep(self.barcode, |product| &product.barcode),
            aliases: self.aliases.or_else(|| known.map(|product| product.aliases.clone())).unwrap_or_default(),
            variant: self.variant.unwrap_or_else(|| known.and_then(|product| product.variant.clone())),
            sku: self.sku,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn headers_are_understood_in_chinese_english_and_odd_spelling() {
        for header in
            [&["SKU", "Title", "Price"], &["货号", "商品名", "价格"], &["\u{feff}Ｓｋｕ ", "宝贝標題", "variant_price"]]
        {
            let columns = Columns::new(&row(header)).unwrap();
            let draft = columns.draft(&row(&["A1", "Milk", "12.50"]), None, Currency::CNY).unwrap();
            assert_eq!((draft.sku.as_str(), draft.price.unwrap().minor), ("A1", 1250), "{header:?}");
        }
        assert_eq!(Columns::new(&row(&["price"])).err().unwrap(), "sku (货号), title (商品名)");
    }

    #[test]
    fn a_bad_cell_says_what_to_write() {
        let columns = Columns::new(&row(&["sku", "title", "price", "stock"])).unwrap();
        use ImportWhy::*;
        for (cells, code, about, want) in [
            (["", "t", "1", "1"], NoSku, "", "the sku is empty"),
            (["a/b", "t", "1", "1"], BadSku, "a/b", "the sku \"a/b\" contains a control character or \"/\""),
            (["A", "", "1", "1"], NoTitle, "", "the title is empty"),
            (["A", "t", "cheap", "1"], BadPrice, "cheap", "\"cheap\" is no amount; write it like 15.80"),
            (["A", "t", "-1", "1"], BadPrice, "-1", "the price -1 is below zero"),
            (["A", "t", "1", "many"], BadStock, "many", "the stock \"many\" is no whole number"),
            (["A", "t", "1", "1.5"], BadStock, "1.5", "the stock \"1.5\" is no whole number"),
            (["A", "t", "1", "-3"], BadStock, "-3", "the stock -3 is out of range; write 0 to 1,000,000,000"),
        ] {
            assert_eq!(columns.draft(&row(&cells), None, Currency::CNY).unwrap_err(), Wrong::new(code, about, want));
        }
    }

    #[test]
    fn a_code_that_lost_its_digits_is_said_and_one_that_looks_alike_is_taken() {
        for (text, want) in [
            ("6.90123E+12", true),
            ("6.90123e+12", true),
            ("7E+12", true),
            ("E+1", false),
            ("1E5", false),
            ("A1E+2", false),
        ] {
            assert_eq!(is_shortened(text), want, "{text}");
        }
        let columns = Columns::new(&row(&["sku", "title", "barcode"])).unwrap();
        let wrong = |cells: [&str; 3]| columns.draft(&row(&cells), None, Currency::CNY).unwrap_err();
        assert_eq!(wrong(["A", "t", "6.90123E+12"]).code, ImportWhy::BadBarcode);
        assert_eq!(wrong(["6.90123E+12", "t", ""]).code, ImportWhy::BadSku);
    }

    #[test]
    fn spreadsheet_habits_are_read() {
        let columns = Columns::new(&row(&["sku", "title", "price", "stock", "images"])).unwrap();
        let draft = columns
            .draft(&row(&["=\"007\"", "t", "￥1,280.00", "１２.0", "a.jpg；b.jpg; "]), None, Currency::CNY)
            .unwrap();
        assert_eq!(draft.sku.as_str(), "007");
        assert_eq!(draft.price.unwrap().minor, 128_000);
        assert_eq!(draft.stock, Some(12));
        assert_eq!(draft.images.unwrap(), ["a.jpg", "b.jpg"]);
    }

    #[test]
    fn a_column_that_is_not_there_leaves_the_field_alone() {
        let known = Product {
            id: ProductId(uuid::Uuid::nil()),
            sku: Sku::new("A").unwrap(),
            title: "old".into(),
            brand: "Brand".into(),
            category: "x".into(),
            description: String::new(),
            price: Money::new(500, Currency::CNY),
            cost: Some(Money::new(300, Currency::CNY)),
            barcode: String::new(),
            aliases: vec!["alias".into()],
            variant: Variant::new("style 7", "red"),
        };
        let columns = Columns::new(&row(&["sku", "title", "category", "price"])).unwrap();
        let draft = columns.draft(&row(&["A", "new", "", ""]), None, Currency::CNY).unwrap();
        let after = draft.onto(Some(&known), ProductId(uuid::Uuid::max())).unwrap();
        assert_eq!((after.title.as_str(), after.brand.as_str(), after.category.as_str()), ("new", "Brand", ""));
        assert_eq!((after.price.minor, after.id, after.aliases.len()), (500, known.id, 1));
        assert_eq!(after.cost, known.cost);
        assert_eq!(after.variant, known.variant);
        let columns = Columns::new(&row(&["sku", "title", "handle"])).unwrap();
        let draft = columns.draft(&row(&["A", "new", "style-7"]), None, Currency::CNY).unwrap();
        let after = draft.onto(Some(&known), known.id).unwrap();
        assert_eq!(after.variant, known.variant, "no column names an option");
        let columns = Columns::new(&row(&["sku", "title", "variant_of", "option"])).unwrap();
        let draft = columns.draft(&row(&["A", "new", "", ""]), None, Currency::CNY).unwrap();
        let after = draft.onto(Some(&known), known.id).unwrap();
        assert_eq!(after.variant, None, "an empty cell says it is none");
    }

    #[test]
    fn what_a_piece_costs_is_read_in_the_currency_of_its_price() {
        let draft = |header: [&str; 5], cells: [&str; 5]| {
            let columns = Columns::new(&row(&header)).unwrap();
            columns.draft(&row(&cells), None, Currency::CNY)
        };
        for name in ["Cost", "cost price", "Cost per item", "成本", "成本价", "进价"] {
            let read = draft(["sku", "title", "price", name, "currency"], ["A", "t", "9", "1,280.00", "EUR"]).unwrap();
            assert_eq!(read.cost, Some(Money::new(128_000, Currency::EUR)), "{name}");
        }
        let header = ["sku", "title", "price", "cost", "currency"];
        for cost in ["cheap", "-1"] {
            let wrong = draft(header, ["A", "t", "9", cost, ""]).unwrap_err();
            assert_eq!((wrong.code, wrong.about.as_str()), (ImportWhy::BadCost, cost));
        }
        let (id, eur) = (ProductId(uuid::Uuid::nil()), Money::new(500, Currency::EUR));
        let known = draft(header, ["A", "t", "9", "5", "EUR"]).unwrap().onto(None, id).unwrap();
        assert_eq!(known.cost, Some(eur));
        let again = draft(header, ["A", "t", "8", "", "EUR"]).unwrap().onto(Some(&known), id).unwrap();
        assert_eq!(again.cost, Some(eur), "an empty cell leaves it");
        let yuan = draft(header, ["A", "t", "70", "", "CNY"]).unwrap().onto(Some(&known), id).unwrap();
        assert_eq!(yuan.cost, None, "euros say nothing of a price in yuan");
        let wrong = draft(header, ["A", "t", "", "40", "CNY"]).unwrap().onto(Some(&known), id).unwrap_err();
        assert_eq!((wrong.code, wrong.about.as_str()), (ImportWhy::BadCost, "40.00 CNY"));
    }
}
