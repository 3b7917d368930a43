//! What a till prints: a receipt, a cash-up. First as rows that know no printer, then as text ([`plain`]) or as the bytes of
//! a receipt printer ([`escpos::bytes`]).
//!
//! Pure: the moment is given as the text it is to stand as, since only the caller knows the local clock.

mod book;
pub mod escpos;
mod layout;

pub use book::cash_up;
pub use layout::plain;

use crate::{
    Money,
    order::Order,
    till::{TenderKind, TillRole},
};

/// Columns of the paper: 58 mm has 32, 80 mm has 48.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaperWidth {
    #[default]
    Narrow,
    Wide,
}

impl PaperWidth {
    pub fn columns(self) -> usize {
        match self {
            Self::Narrow => 32,
            Self::Wide => 48,
        }
    }

    /// The paper of so many columns.
    pub fn of(columns: usize) -> Option<Self> {
        [Self::Narrow, Self::Wide].into_iter().find(|width| width.columns() == columns)
    }
}

/// The language of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaperLanguage {
    #[default]
    English,
    Chinese,
}

impl PaperLanguage {
    fn pick(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    fn tender(self, tender: TenderKind) -> &'static str {
        match tender {
            TenderKind::Cash => self.pick("现金", "Cash"),
            TenderKind::Qr => self.pick("扫码支付", "QR payment"),
            TenderKind::Card => self.pick("刷卡", "Card"),
        }
    }

    /// Who stands at the till.
    pub fn role(self, role: TillRole) -> &'static str {
        match role {
            TillRole::Owner => self.pick("店主", "owner"),
            TillRole::Seller => self.pick("店员", "seller"),
        }
    }
}

/// How a row looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub centred: bool,
    pub bold: bool,
    /// Twice as high.
    pub tall: bool,
}

/// One thing on the paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Broken into lines where it is too long.
    Text { text: String, look: Look },
    /// The right side keeps its line; the left is broken before it.
    Pair { left: String, right: String, look: Look },
    /// A line across.
    Rule,
    /// A QR code.
    Code(String),
    /// The paper is cut.
    Cut,
    /// The drawer springs open.
    OpenDrawer,
}

impl Row {
    fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), look: Look::default() }
    }

    fn title(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), look: Look { centred: true, bold: true, tall: true } }
    }

    fn pair(left: impl Into<String>, right: impl Into<String>) -> Self {
        Self::Pair { left: left.into(), right: right.into(), look: Look::default() }
    }

    fn bold(left: impl Into<String>, right: impl Into<String>) -> Self {
        Self::Pair { left: left.into(), right: right.into(), look: Look { bold: true, ..Look::default() } }
    }
}

/// What stands on a receipt beside the order itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptHead {
    /// May be empty.
    pub shop: String,
    /// When it was sold, as it is to be read.
    pub when: String,
    pub language: PaperLanguage,
    /// The drawer is to open: there is change to give.
    pub opens_drawer: bool,
}

/// The receipt of an order.
pub fn receipt(order: &Order, head: &ReceiptHead) -> Vec<Row> {
    let words = head.language;
    let mut rows = Vec::new();
    if head.opens_drawer {
        rows.push(Row::OpenDrawer);
    }
    if !head.shop.trim().is_empty() {
        rows.push(Row::title(head.shop.trim()));
    }
    rows.push(Row::Text {
        text: words.pick("销售小票", "Receipt").to_owned(),
        look: Look { centred: true, ..Look::default() },
    });
    rows.push(Row::text(&head.when));
    rows.push(Row::Rule);
    for line in &order.lines {
        rows.push(Row::text(&line.title));
        let sum = line.unit_price.times(line.qty).map_or_else(|_| "?".to_owned(), amount);
        rows.push(Row::pair(format!("  {} x {}", line.qty, amount(line.unit_price)), sum));
        if let Some(instead) = &line.price_override {
            let shown = words.pick("原价", "shown at");
            rows.push(Row::text(format!("  {shown} {} ({})", amount(instead.shown), instead.reason)));
        }
    }
    rows.push(Row::Rule);
    rows.push(Row::bold(words.pick("合计", "Total"), order.total.to_string()));
    if let Some(payment) = &order.payment {
        rows.push(Row::pair(words.tender(payment.tender), payment.received.unwrap_or(payment.amount).to_string()));
        if let Some(change) = payment.change.filter(|change| change.minor > 0) {
            rows.push(Row::pair(words.pick("找零", "Change"), change.to_string()));
        }
        if !payment.is_verified() {
            rows.push(Row::text(words.pick("付款待核对", "payment not verified yet")));
        }
    }
    rows.push(Row::Rule);
    rows.push(Row::Code(order.id.to_string()));
    rows.push(Row::text(format!("{} {}", words.pick("订单", "Order"), order.id)));
    rows.push(Row::Text {
        text: words.pick("谢谢惠顾", "Thank you").to_owned(),
        look: Look { centred: true, ..Look::default() },
    });
    rows.push(Row::Cut);
    rows
}

/// "15.80": the number alone.
fn amount(money: Money) -> String {
    money.to_string().split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        Currency, OrderId, Sku,
        order::{OrderLine, OrderSource, OrderState},
        till::{PaymentTaken, PriceOverride},
    };
    use uuid::Uuid;

    /// Tea of a Chinese name, one of two lines at a lower price, paid in cash with change.
    pub(crate) fn tea() -> Order {
        let cny = |minor| Money::new(minor, Currency::CNY);
        let line = |title: &str, qty, minor, price_override| OrderLine {
            sku: Sku::new("TEA").unwrap(),
            title: title.into(),
            qty,
            unit_price: cny(minor),
            price_override,
        };
        let damaged = PriceOverride { shown: cny(2_000), reason: "盒子破损".into() };
        Order {
            id: OrderId(Uuid::from_u128(7)),
            source: OrderSource::Venue,
            state: OrderState::Paid,
            show_id: None,
            at: None,
            lines: vec![
                line("西湖龙井特级明前绿茶礼盒装两百五十克", 2, 15_800, None),
                line("Café crème\u{1b}@", 1, 1_800, Some(damaged)),
            ],
            total: cny(33_400),
            buyer: String::new(),
            placed_at_us: 0,
            payment: PaymentTaken::take(TenderKind::Cash, cny(33_400), Some(cny(40_000))).ok(),
        }
    }

    pub(crate) fn head(language: PaperLanguage) -> ReceiptHead {
        ReceiptHead { shop: "小雨茶铺".into(), when: "2026-01-31 18:00".into(), language, opens_drawer: true }
    }

    #[test]
    fn a_receipt_reads_the_same_on_narrow_and_wide_paper() {
        let rows = receipt(&tea(), &head(PaperLanguage::Chinese));
        let narrow = plain(&rows, PaperWidth::Narrow);
        assert_eq!(
            narrow,
            "            小雨茶铺
            销售小票
2026-01-31 18:00
--------------------------------
西湖龙井特级明前绿茶礼盒装两百五
十克
  2 x 158.00              316.00
Café crème @
  1 x 18.00                18.00
  原价 20.00 (盒子破损)
--------------------------------
合计                  334.00 CNY
现金                  400.00 CNY
找零                   66.00 CNY
--------------------------------
[00000000-0000-0000-0000-
000000000007]
订单 00000000-0000-0000-0000-
000000000007
            谢谢惠顾
"
        );
        let wide = plain(&rows, PaperWidth::Wide);
        assert!(wide.contains("西湖龙井特级明前绿茶礼盒装两百五十克\n"), "{wide}");
        assert!(wide.contains("合计                                  334.00 CNY\n"), "{wide}");
        let english = plain(&receipt(&tea(), &head(PaperLanguage::English)), PaperWidth::Narrow);
        for words in ["Receipt", "Total", "Cash", "Change", "shown at 20.00", "Thank you"] {
            assert!(english.contains(words), "{words}: {english}");
        }
    }

    #[test]
    fn a_payment_that_nobody_has_seen_says_so() {
        let order = Order { payment: PaymentTaken::take(TenderKind::Qr, tea().total, None).ok(), ..tea() };
        let text = plain(&receipt(&order, &head(PaperLanguage::English)), PaperWidth::Narrow);
        assert!(text.contains("payment not verified yet") && !text.contains("Change"), "{text}");
        let text = plain(&receipt(&Order { payment: None, ..tea() }, &head(PaperLanguage::English)), PaperWidth::Wide);
        assert!(!text.contains("verified") && text.contains("Total"), "{text}");
    }

    #[test]
    fn paper_has_32_or_48_columns() {
        assert_eq!([32, 48, 40].map(PaperWidth::of), [Some(PaperWidth::Narrow), Some(PaperWidth::Wide), None]);
    }
}
