//! The catalogue and the orders as tables for other programs. What is written of the catalogue is what import reads.

use crate::{Store, StoreError, import::list};
use hawker_domain::{
    Money, OrderId, Product, Sku,
    order::{Order, OrderState},
    person::PersonName,
    stock::StockLevel,
    till::CashUp,
};
use hawker_wire::order::Buyer;
use std::collections::HashMap;

/// Spreadsheets take UTF-8 for what it is only by this mark.
const BYTE_ORDER_MARK: char = '\u{feff}';

impl Store {
    /// The whole catalogue as CSV, in the order it was entered; importing it again changes nothing.
    pub async fn export_catalogue(&self) -> Result<String, StoreError> {
        Ok(catalogue_csv(&self.all_products().await?, &self.levels().await?))
    }

    /// Every order as CSV, the newest first, a row for each line of it. Buyers are masked.
    pub async fn export_orders(&self) -> Result<String, StoreError> {
        Ok(orders_csv(&self.orders(u32::MAX).await?))
    }
}

fn catalogue_csv(products: &[Product], levels: &HashMap<Sku, StockLevel>) -> String {
    let header = [
        "sku",
        "title",
        "brand",
        "category",
        "description",
        "price",
        "cost",
        "currency",
        "stock",
        "barcode",
        "aliases",
        "variant_of",
        "option",
    ];
    let rows = products.iter().map(|product| {
        let on_hand = levels.get(&product.sku).map_or(0, |level| level.on_hand);
        vec![
            product.sku.to_string(),
            product.title.clone(),
            product.brand.clone(),
            product.category.clone(),
            product.description.clone(),
            amount(product.price),
            // The currency beside them is that of the price.
            product.cost.filter(|cost| cost.currency == product.price.currency).map(amount).unwrap_or_default(),
            product.price.currency.to_string(),
            // A shortfall is no count that anybody could have made; it is left to the ledger.
            if on_hand < 0 { String::new() } else { on_hand.to_string() },
            product.barcode.clone(),
            list::written(&product.aliases),
            product.variant.as_ref().map_or_else(String::new, |variant| variant.of.clone()),
            product.variant.as_ref().map_or_else(String::new, |variant| variant.option.clone()),
        ]
    });
    table(&header, rows)
}

fn orders_csv(orders: &[Order]) -> String {
    let header = [
        "order",
        "placed_at",
        "source",
        "state",
        "show",
        "sku",
        "title",
        "quantity",
        "unit_price",
        "currency",
        "order_total",
        "buyer",
        "shown_price",
        "price_reason",
        "paid_by",
        "payment_reference",
    ];
    let rows = orders.iter().flat_map(|order| {
        order.lines.iter().map(|line| {
            vec![
                order.id.to_string(),
                utc(order.placed_at_us),
                word(&order.source),
                word::<OrderState>(&order.state),
                order.show_id.map(|id| id.to_string()).unwrap_or_default(),
                line.sku.to_string(),
                line.title.clone(),
                line.qty.to_string(),
                amount(line.unit_price),
                line.unit_price.currency.to_string(),
                amount(order.total),
                // Kept masked; masked again, so that no path brings a whole name out.
                PersonName::new(order.buyer.as_str()).masked(),
                line.price_override.as_ref().map(|instead| amount(instead.shown)).unwrap_or_default(),
                line.price_override.as_ref().map(|instead| instead.reason.clone()).unwrap_or_default(),
                order.payment.as_ref().map(|payment| word(&payment.tender)).unwrap_or_default(),
                reference(order).unwrap_or_default().to_owned(),
            ]
        })
    });
    table(&header, rows)
}

/// The provider's number of an order's payment.
fn reference(order: &Order) -> Option<&str> {
    order.payment.as_ref()?.verified_by.as_ref()?.reference()
}

/// What is to be packed as CSV, a row a line of an order, with the buyers in plain. For whoever was shown them; nothing of it is
/// kept here.
pub fn pack_list(orders: &[Order], buyers: &HashMap<OrderId, Buyer>) -> String {
    let header = [
        "order",
        "placed_at",
        "state",
        "name",
        "phone",
        "address",
        "sku",
        "title",
        "quantity",
        "order_total",
        "currency",
    ];
    let rows = orders.iter().flat_map(|order| {
        let buyer = buyers.get(&order.id);
        let of = move |part: fn(&Buyer) -> &String| buyer.map(|buyer| part(buyer).clone()).unwrap_or_default();
        order.lines.iter().map(move |line| {
            vec![
                order.id.to_string(),
                utc(order.placed_at_us),
                word::<OrderState>(&order.state),
                of(|buyer| &buyer.name),
                of(|buyer| &buyer.phone),
                of(|buyer| &buyer.address),
                line.sku.to_string(),
                line.title.clone(),
                line.qty.to_string(),
                amount(order.total),
                order.total.currency.to_string(),
            ]
        })
    });
    table(&header, rows)
}

/// The book of a till as CSV: what each tender brought, then what lies in the drawer, a row a tender or a currency.
pub fn book_csv(book: &CashUp) -> String {
    let header = [
        "till",
        "opened_at",
        "closed_at",
        "what",
        "currency",
        "sales",
        "sold",
        "returns",
        "returned",
        "opening",
        "paid_in",
        "paid_out",
        "expected",
        "counted",
        "over",
        "short",
        "note",
    ];
    let of_till = || {
        let closed = book.closed_at_us.map(utc).unwrap_or_default();
        vec![book.till_id.to_string(), utc(book.opened_at_us), closed]
    };
    let tenders = book.tenders.iter().map(|sum| {
        let counts = [word(&sum.tender), sum.sold.currency.to_string(), sum.sales.to_string(), amount(sum.sold)];
        let back = [sum.returns.to_string(), amount(sum.returned)];
        let rest = std::iter::repeat_n(String::new(), 8);
        of_till().into_iter().chain(counts).chain(back).chain(rest).collect::<Vec<String>>()
    });
    let drawer = book.drawer.iter().map(|sum| {
        let above = |minor: i64| match minor {
            ..=0 => String::new(),
            minor => amount(Money::new(minor, sum.expected.currency)),
        };
        // Two columns: spreadsheets take a number below zero for a formula.
        let difference = sum.difference.map_or(0, |difference| difference.minor);
        let cells = [
            "drawer".to_owned(),
            sum.expected.currency.to_string(),
            String::new(),
            amount(sum.sold),
            String::new(),
            amount(sum.returned),
            amount(sum.opening),
            amount(sum.paid_in),
            amount(sum.paid_out),
            amount(sum.expected),
            sum.counted.map(amount).unwrap_or_default(),
            above(difference),
            above(difference.saturating_neg()),
            book.note.clone(),
        ];
        of_till().into_iter().chain(cells).collect::<Vec<String>>()
    });
    table(&header, tenders.chain(drawer))
}

/// "15.80": the number alone.
fn amount(money: Money) -> String {
    money.to_string().split(' ').next().unwrap_or_default().to_owned()
}

/// The name an enum has on the wire.
fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// "2026-01-31T23:59:59Z" of microseconds since 1970.
pub fn utc(micros: i64) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
    let text = time.ok().map(|time| time.replace_nanosecond(0).unwrap_or(time));
    text.and_then(|time| time.format(&time::format_description::well_known::Rfc3339).ok()).unwrap_or_default()
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    text.push_str(&header.join(","));
    text.push_str("\r\n");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| quoted(&as_text(cell))).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// Spreadsheets run what begins like a formula and cut the zeros that a number begins with; `="0123"` is text to them, and
/// import reads it back.
fn as_text(cell: &str) -> String {
    let is_formula = cell.starts_with(FORMULA_SIGNS);
    let is_long_number = cell.len() > 1
        && cell.bytes().all(|byte| byte.is_ascii_digit())
        && (cell.starts_with('0') || cell.len() > SPREADSHEET_DIGITS);
    if is_formula || is_long_number { format!("=\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// What a formula begins with, in full width too, and the blanks that a spreadsheet passes over before one.
/// Source: OWASP, "CSV Injection".
const FORMULA_SIGNS: [char; 10] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r'];

/// Numbers with more digits are rounded by spreadsheets.
const SPREADSHEET_DIGITS: usize = 11;

fn quoted(cell: &str) -> String {
    let plain = !cell.contains(['"', ',', ';', '\t', '\n', '\r']) && cell.trim() == cell;
    if plain { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_text_to_a_spreadsheet_and_comes_back_as_it_was() {
        for (cell, want) in [
            ("Milk", "Milk"),
            ("Milk, 1 l", "\"Milk, 1 l\""),
            ("5\" pipe", "\"5\"\" pipe\""),
            ("a\nb", "\"a\nb\""),
            ("15.80", "15.80"),
            ("0123", "\"=\"\"0123\"\"\""),
            ("6901234567890", "\"=\"\"6901234567890\"\"\""),
            ("=HYPERLINK(1)", "\"=\"\"=HYPERLINK(1)\"\"\""),
            ("-5", "\"=\"\"-5\"\"\""),
            ("+1", "\"=\"\"+1\"\"\""),
            ("@SUM(1)", "\"=\"\"@SUM(1)\"\"\""),
            ("\t=1", "\"=\"\"\t=1\"\"\""),
            ("\r=1", "\"=\"\"\r=1\"\"\""),
            ("＝1", "\"=\"\"＝1\"\"\""),
            ("0", "0"),
        ] {
            assert_eq!(quoted(&as_text(cell)), want, "{cell}");
        }
    }

    #[test]
    fn a_moment_is_written_in_utc() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(1_767_225_599_999_999), "2025-12-31T23:59:59Z");
    }
}
