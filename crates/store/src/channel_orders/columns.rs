//! Which column of an export of orders means what. Pure.

use super::states::{Said, state_of};
use crate::import::{
    columns::{AS_TEXT, is_shortened, plain},
    source::Header,
};
use hawker_domain::{Currency, Money, Sku, channel};
use hawker_text::fold;

/// Most pieces of one line: more is a slip or another column.
const QTY_MAX: u32 = 99_999;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    OrderNo,
    Sku,
    Qty,
    Price,
    Currency,
    Title,
    PaidAt,
    Buyer,
    State,
    AfterSale,
}

/// Names of columns, folded: our own, and those of exports of Douyin, Kuaishou, Taobao and Shopify. Of several that are there the one
/// that stands first here counts.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::OrderNo,
        &["order no", "order number", "order id", "order", "主订单编号", "订单编号", "订单号", "主订单号", "name"],
    ),
    (
        Field::Sku,
        &["sku", "lineitem sku", "商家编码", "sku编码", "规格编码", "商家sku编码", "外部系统编号", "商品编码", "货号"],
    ),
    (Field::Qty, &["qty", "quantity", "lineitem quantity", "商品数量", "购买数量", "成交数量", "数量"]),
    (Field::Price, &["price", "unit price", "lineitem price", "商品单价", "单价", "商品价格", "价格"]),
    (Field::Currency, &["currency", "币种", "货币"]),
    (Field::Title, &["title", "lineitem name", "选购商品", "商品名称", "商品标题", "宝贝标题", "标题"]),
    (Field::PaidAt, &["paid at", "支付完成时间", "订单付款时间", "付款时间", "支付时间", "订单支付时间"]),
    (
        Field::Buyer,
        &["buyer", "billing name", "shipping name", "收件人", "收货人", "收货人姓名", "买家会员名", "买家昵称", "买家"],
    ),
    (Field::State, &["state", "status", "financial status", "订单状态", "交易状态"]),
    (Field::AfterSale, &["after sale", "refund status", "售后状态", "退款状态"]),
];

const REQUIRED: &[(Field, &str)] = &[
    (Field::OrderNo, "order no (订单编号)"),
    (Field::Sku, "sku (商家编码)"),
    (Field::Qty, "qty (商品数量)"),
    (Field::Price, "price (商品单价)"),
];

pub(super) struct OrderColumns(Vec<(Field, usize)>);

impl Header for OrderColumns {
    fn of(cells: &[String]) -> Result<Self, String> {
        let names: Vec<String> =
            cells.iter().map(|name| fold(name.trim_start_matches('\u{feff}')).replace('_', " ")).collect();
        let place = |known: &[&str]| known.iter().find_map(|known| names.iter().position(|name| name == known));
        let columns: Vec<(Field, usize)> =
            NAMES.iter().filter_map(|(field, known)| Some((*field, place(known)?))).collect();
        let has = |wanted: Field| columns.iter().any(|(field, _)| *field == wanted);
        let missing: Vec<&str> = REQUIRED.iter().filter(|(field, _)| !has(*field)).map(|(_, name)| *name).collect();
        if missing.is_empty() { Ok(Self(columns)) } else { Err(missing.join(", ")) }
    }

    fn wants(&self, index: usize) -> bool {
        self.0.iter().any(|(_, at)| *at == index)
    }
}

/// A row that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) sku: Sku,
    pub(super) qty: u32,
    pub(super) price: Money,
    /// Empty: the file has none.
    pub(super) title: String,
}

/// What a row says of its order as a whole; none where its cell is empty, as it is in all rows of an order but the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OfOrder {
    pub(super) state: Option<Said>,
    pub(super) paid_at: Option<String>,
    pub(super) buyer: Option<String>,
}

impl OrderColumns {
    /// The order's number. Errors: what stands there is none.
    pub(super) fn order_no(&self, cells: &[String]) -> Result<String, String> {
        let text = self.cell(Field::OrderNo, cells).unwrap_or_default();
        // Exports write an apostrophe so that spreadsheets keep the digits.
        let text = text.trim_start_matches('\'').trim();
        if is_shortened(text) {
            return Err(format!("the order number {text} was shortened by a spreadsheet; {AS_TEXT}"));
        }
        channel::order_no(text).map_err(|why| why.to_string())
    }

    pub(super) fn line(&self, cells: &[String], usual: Currency) -> Result<Line, String> {
        let filled = |field| self.cell(field, cells).filter(|text| !text.is_empty());
        let sku = filled(Field::Sku).unwrap_or_default();
        let sku = sku.trim_start_matches('\'');
        if is_shortened(sku) {
            return Err(format!("the sku {sku} was shortened by a spreadsheet; {AS_TEXT}"));
        }
        let sku = Sku::new(sku).map_err(|why| why.to_string())?;
        let qty = pieces(&filled(Field::Qty).unwrap_or_default())?;
        let currency = match filled(Field::Currency) {
            Some(code) => code.parse().map_err(|why: hawker_domain::MoneyError| why.to_string())?,
            None => usual,
        };
        let text = filled(Field::Price).ok_or("the price is empty; write what one piece cost")?;
        let price = Money::parse(&fold(&text), currency).map_err(|why| why.to_string())?;
        if price.minor < 0 {
            return Err(format!("the price {text} is below zero"));
        }
        Ok(Line { sku, qty, price, title: filled(Field::Title).unwrap_or_default() })
    }

    /// Errors: a word for the state that is not known.
    pub(super) fn of_order(&self, cells: &[String]) -> Result<OfOrder, String> {
        let filled = |field| self.cell(field, cells).filter(|text| !text.is_empty());
        let state = state_of(filled(Field::State).as_deref(), filled(Field::AfterSale).as_deref())?;
        Ok(OfOrder { state, paid_at: filled(Field::PaidAt), buyer: filled(Field::Buyer) })
    }

    /// True where an order without a time of payment is not paid: nothing else says so.
    pub(super) fn time_says_paid(&self) -> bool {
        let has = |wanted: Field| self.0.iter().any(|(field, _)| *field == wanted);
        has(Field::PaidAt) && !has(Field::State)
    }

    fn cell(&self, field: Field, cells: &[String]) -> Option<String> {
        let (_, at) = self.0.iter().find(|(known, _)| *known == field)?;
        Some(cells.get(*at).map(|cell| plain(cell.trim()).into_owned()).unwrap_or_default())
    }
}

fn pieces(text: &str) -> Result<u32, String> {
    let folded = fold(text);
    let whole = folded.split_once('.').map_or(folded.as_str(), |(whole, fraction)| {
        if fraction.bytes().all(|digit| digit == b'0') { whole } else { folded.as_str() }
    });
    match whole.parse() {
        Ok(count @ 1..=QTY_MAX) => Ok(count),
        _ if text.is_empty() => Err("the quantity is empty; write how many were sold".to_owned()),
        _ => Err(format!("\"{text}\" is no number of pieces; write 1 to {QTY_MAX}")),
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
    fn the_exports_of_the_platforms_are_understood() {
        for (header, cells) in [
            (
                &[
                    "主订单编号",
                    "子订单编号",
                    "选购商品",
                    "商品数量",
                    "商家编码",
                    "商品单价",
                    "订单状态",
                    "售后状态",
                    "支付完成时间",
                    "收件人",
                ][..],
                &["\t6917", "6918", "红茶", "2", "A", "15.80", "待发货", "-", "2026-01-31 18:00:00", "张小雨"][..],
            ),
            (&["订单编号", "商品名称", "SKU编码", "商品数量", "单价"], &["'6917", "红茶", "A", "2.0", "¥15.80"]),
            (
                &[
                    "Name",
                    "Paid at",
                    "Lineitem quantity",
                    "Lineitem name",
                    "Lineitem price",
                    "Lineitem sku",
                    "Currency",
                ],
                &["6917", "2026-01-31 18:00:00 +0800", "2", "红茶", "15.80", "A", "CNY"],
            ),
            (&["order_no", "sku", "qty", "price", "title"], &["=\"6917\"", "A", "２", "15.8", "红茶"]),
        ] {
            let columns = OrderColumns::of(&row(header)).unwrap();
            let cells = row(cells);
            assert_eq!(columns.order_no(&cells).as_deref(), Ok("6917"), "{header:?}");
            let line = columns.line(&cells, Currency::CNY).unwrap();
            let price = Money::new(1580, Currency::CNY);
            assert_eq!(line, Line { sku: Sku::new("A").unwrap(), qty: 2, price, title: "红茶".into() }, "{header:?}");
        }
        assert_eq!(OrderColumns::of(&row(&["订单编号", "数量"])).err().unwrap(), "sku (商家编码), price (商品单价)");
    }

    #[test]
    fn a_cell_that_can_not_be_right_says_what_to_write() {
        let columns = OrderColumns::of(&row(&["order no", "sku", "qty", "price"])).unwrap();
        for (cells, want) in [
            (["1", "", "1", "1"], "the sku is empty"),
            (["1", "a/b", "1", "1"], "control character"),
            (["1", "6.9E+12", "1", "1"], "shortened"),
            (["1", "A", "", "1"], "quantity is empty"),
            (["1", "A", "0", "1"], "write 1 to"),
            (["1", "A", "1.5", "1"], "no number of pieces"),
            (["1", "A", "-1", "1"], "no number of pieces"),
            (["1", "A", "1", ""], "price is empty"),
            (["1", "A", "1", "12,5"], "no amount"),
            (["1", "A", "1", "$3"], "no amount"),
            (["1", "A", "1", "-3"], "below zero"),
            (["1", "A", "1", "=1+1"], "no amount"),
        ] {
            let why = columns.line(&row(&cells), Currency::CNY).unwrap_err();
            assert!(why.contains(want), "{cells:?}: {why}");
        }
        assert!(columns.order_no(&row(&["6.91769E+18"])).unwrap_err().contains("shortened"));
        assert!(columns.order_no(&row(&[" "])).is_err());
    }
}
