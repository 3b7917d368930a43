//! A till's book on paper.

use super::{Look, PaperLanguage, Row};
use crate::till::CashUp;

/// The cash-up of one time that a till was open. `opened` and `closed`: the moments as they are to be read; none while it is
/// open.
pub fn cash_up(book: &CashUp, opened: &str, closed: Option<&str>, words: PaperLanguage) -> Vec<Row> {
    let title = match closed {
        Some(_) => words.pick("日结单", "Cash-up"),
        None => words.pick("当班汇总", "Till report"),
    };
    let mut rows = vec![Row::title(title), Row::pair(words.pick("开班", "Opened"), opened)];
    rows.extend(closed.map(|closed| Row::pair(words.pick("结班", "Closed"), closed)));
    rows.push(Row::Rule);
    for sum in &book.tenders {
        rows.push(Row::bold(words.tender(sum.tender), sum.sold.currency.to_string()));
        rows.push(Row::pair(format!("  {} x{}", words.pick("销售", "sold"), sum.sales), sum.sold.to_string()));
        if sum.returns > 0 {
            let back = words.pick("退货", "returned");
            rows.push(Row::pair(format!("  {back} x{}", sum.returns), format!("-{}", sum.returned)));
        }
    }
    for sum in &book.drawer {
        rows.push(Row::Rule);
        let title = format!("{} {}", words.pick("钱箱", "Drawer"), sum.expected.currency);
        rows.push(Row::Text { text: title, look: Look { bold: true, ..Look::default() } });
        rows.push(Row::pair(words.pick("备用金", "Opening float"), sum.opening.to_string()));
        rows.push(Row::pair(words.pick("现金销售", "Cash sales"), sum.sold.to_string()));
        rows.push(Row::pair(words.pick("现金退款", "Cash returns"), format!("-{}", sum.returned)));
        rows.push(Row::pair(words.pick("存入", "Paid in"), sum.paid_in.to_string()));
        rows.push(Row::pair(words.pick("取出", "Paid out"), format!("-{}", sum.paid_out)));
        rows.push(Row::bold(words.pick("应有", "Expected"), sum.expected.to_string()));
        if let (Some(counted), Some(difference)) = (sum.counted, sum.difference) {
            rows.push(Row::bold(words.pick("实点", "Counted"), counted.to_string()));
            rows.push(Row::bold(words.pick("差额", "Difference"), difference.to_string()));
        }
    }
    if !book.note.is_empty() {
        rows.push(Row::text(format!("{}: {}", words.pick("说明", "Note"), book.note)));
    }
    rows.push(Row::Cut);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Currency, Money, TillId,
        receipt::{PaperWidth, plain},
        till::{DrawerEntry, DrawerKind, TenderKind, close, sum_up},
    };
    use uuid::Uuid;

    #[test]
    fn a_cash_up_says_what_lay_there_and_what_should() {
        let cny = |minor| Money::new(minor, Currency::CNY);
        let entry = |kind, tender, minor| DrawerEntry {
            kind,
            tender,
            amount: cny(minor),
            note: "x".into(),
            order_id: None,
            at_us: 1,
        };
        let entries = [
            entry(DrawerKind::Float, TenderKind::Cash, 10_000),
            entry(DrawerKind::Sale, TenderKind::Cash, 1_580),
            entry(DrawerKind::Returned, TenderKind::Cash, 580),
            entry(DrawerKind::Sale, TenderKind::Qr, 900),
        ];
        let book = sum_up(TillId(Uuid::nil()), 1, &entries).unwrap();
        let open = plain(&cash_up(&book, "08:00", None, PaperLanguage::English), PaperWidth::Narrow);
        assert!(open.contains("Till report") && !open.contains("Counted"), "{open}");
        let closed = close(book, &[cny(10_900)], "找错钱", 2).unwrap();
        let text = plain(&cash_up(&closed, "08:00", Some("20:00"), PaperLanguage::Chinese), PaperWidth::Narrow);
        for (left, right) in
            [("应有", "110.00 CNY"), ("实点", "109.00 CNY"), ("差额", "-1.00 CNY"), ("扫码支付", "CNY")]
        {
            let line = text.lines().find(|line| line.starts_with(left)).unwrap();
            assert!(line.ends_with(right), "{line}");
        }
        assert!(text.contains("退货 x1") && text.contains("说明: 找错钱"), "{text}");
    }
}
