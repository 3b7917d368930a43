//! The till: how it is set up, its book, payments that are matched, goods that come back, what is printed.

use crate::errors::{Outcome, bad_input, not_found};
use crate::export::write_new;
use crate::language::language;
use crate::orders::order_view;
use crate::printer::Printer;
use crate::show_now_us;
use crate::studio::Studio;
use crate::view::{NewReturn, OrderView, TillSetup, TillView, UnverifiedView};
use hawker_domain::{
    Currency, Money, OrderId, Sku,
    failure::FailureWhy,
    order::Order,
    receipt::{PaperLanguage, PaperWidth, ReceiptHead, Row, cash_up, escpos, plain, receipt},
    till::{CashUp, DrawerKind, PaymentMatch, Proof, SaleReturn, TenderKind},
};
use hawker_media::CardLanguage;
use hawker_store::{StatementOptions, StatementReport};
use hawker_wire::Failure;
use std::path::Path;
use time::{OffsetDateTime, UtcOffset};

/// Where all but the rules is kept.
const SETUP: &str = "till.setup";
/// A closed till is looked up for a year; the export of orders goes further back.
const BOOKS: u32 = 366;
/// Most characters of a shop's name on paper.
const SHOP_MAX: usize = 60;

impl Studio {
    pub async fn till_setup(&self) -> Outcome<TillSetup> {
        let setup: TillSetup = self.store().setting(SETUP).await?.unwrap_or_default();
        Ok(TillSetup { rules: self.store().till_rules().await?, ..setup })
    }

    /// Errors: `bad_input` for a floor above the price, or for what is no printer.
    pub async fn set_till_setup(&self, setup: TillSetup) -> Outcome<TillSetup> {
        let setup = TillSetup { printer: setup.printer.trim().to_owned(), shop: setup.shop.trim().to_owned(), ..setup };
        if !setup.printer.is_empty() {
            setup.printer.parse::<Printer>()?;
        }
        if setup.shop.chars().count() > SHOP_MAX {
            return Err(bad_input(format!(
                "the shop's name is too long for a receipt; {SHOP_MAX} characters are the most"
            )));
        }
        self.store().set_till_rules(&setup.rules).await?;
        self.store().put_setting(SETUP, &setup).await?;
        Ok(setup)
    }

    pub async fn till(&self) -> Outcome<TillView> {
        let store = self.store();
        let unverified = store.open_payments().await?.into_iter().map(|payment| UnverifiedView {
            order_id: payment.order_id,
            amount: payment.amount,
            at_ms: payment.at_us / 1_000,
        });
        Ok(TillView {
            open: store.open_book().await?,
            entries: store.book_entries().await?,
            books: store.books(BOOKS).await?,
            unverified: unverified.collect(),
        })
    }

    /// Opens the till with what lies in the drawer. Errors: `conflict` where it is open, `bad_input`.
    pub async fn open_till(&self, floats: &[Money]) -> Outcome<CashUp> {
        Ok(self.store().open_till(floats, show_now_us()).await?)
    }

    /// Cash in or out without goods. Errors: `conflict` where the till is closed, `bad_input`.
    pub async fn move_cash(&self, kind: DrawerKind, amount: Money, note: &str) -> Outcome<CashUp> {
        if !matches!(kind, DrawerKind::PayIn | DrawerKind::PayOut) {
            return Err(bad_input("cash goes in or out by hand; sales and returns are written down by themselves"));
        }
        Ok(self.store().move_cash(kind, amount, note, show_now_us()).await?)
    }

    /// Closes the till by what was counted. Errors: `conflict` where it is closed; `bad_input` for a currency that was not counted, or a
    /// difference without a note.
    pub async fn close_till(&self, counted: &[Money], note: &str) -> Outcome<CashUp> {
        Ok(self.store().close_till(counted, note, show_now_us()).await?)
    }

    /// Somebody found the payment of a sale at the provider. Errors: `not_found`, `conflict`, `bad_input`.
    pub async fn match_payment(&self, order_id: OrderId, reference: &str) -> Outcome<OrderView> {
        let proof = Proof::Hand { reference: reference.trim().to_owned() };
        let found = PaymentMatch { order_id, proof, at_us: show_now_us() };
        Ok(order_view(self.store().match_payment(&found).await?))
    }

    /// Matches a provider's statement with the payments that wait. Errors: `not_found`, `bad_input` for a file that is none.
    pub async fn match_statement(&self, path: &Path, options: StatementOptions) -> Outcome<StatementReport> {
        Ok(self.store().match_statement(path, options, show_now_us()).await?)
    }

    /// Takes goods of a sale back at the table. Errors: `not_found`; `bad_input` for more than was sold.
    pub async fn take_back(&self, wanted: NewReturn) -> Outcome<OrderView> {
        let order = self.store().order(wanted.order_id).await?;
        let amount = SaleReturn::cost(&order, &wanted.lines).map_err(|why| bad_input(why.to_string()))?;
        let back = SaleReturn {
            return_id: wanted.return_id,
            order_id: wanted.order_id,
            lines: wanted.lines,
            goods_back: wanted.goods_back,
            tender: wanted.tender,
            amount,
            reason: wanted.reason.trim().to_owned(),
            at_us: show_now_us(),
        };
        let order = self.store().take_back(&back).await?;
        if back.goods_back {
            self.stock_moved().await;
        }
        Ok(order_view(order))
    }

    /// The receipt of an order as text. `utc_offset_s`: how far the clock that is read here is ahead of UTC; none: UTC, and it says
    /// so. Errors: `not_found`.
    pub async fn receipt_text(&self, id: OrderId, utc_offset_s: Option<i32>) -> Outcome<String> {
        let (rows, width) = self.receipt_rows(id, utc_offset_s, false).await?;
        Ok(plain(&rows, width))
    }

    /// Prints the receipt of an order; `printer`: another one than that of the setup. `opens_drawer`: also opens the cash drawer.
    /// Errors: `not_found`; `bad_input` without a printer; `unreachable`, with the sale kept.
    pub async fn print_receipt(
        &self,
        id: OrderId,
        printer: Option<&str>,
        utc_offset_s: Option<i32>,
        opens_drawer: bool,
    ) -> Outcome<()> {
        let printer = self.printer(printer).await?;
        let (rows, width) = self.receipt_rows(id, utc_offset_s, opens_drawer).await?;
        printer.send(&escpos::bytes(&rows, width)).await
    }

    async fn receipt_rows(
        &self,
        id: OrderId,
        utc_offset_s: Option<i32>,
        opens_drawer: bool,
    ) -> Outcome<(Vec<Row>, PaperWidth)> {
        let order = self.store().order(id).await?;
        let setup = self.till_setup().await?;
        let when = when(order.placed_at_us, utc_offset_s);
        let opens_drawer = opens_drawer && is_cash(&order);
        let head = ReceiptHead { shop: setup.shop.clone(), when, language: self.paper_language().await?, opens_drawer };
        Ok((receipt(&order, &head), width_of(&setup)))
    }

    /// A book as text. Errors: as [`Studio::receipt_text`].
    pub async fn book_text(&self, book: &CashUp, utc_offset_s: Option<i32>) -> Outcome<String> {
        let (rows, width) = self.book_rows(book, utc_offset_s).await?;
        Ok(plain(&rows, width))
    }

    /// Prints a book. Errors: as [`Studio::print_receipt`].
    pub async fn print_book(&self, book: &CashUp, printer: Option<&str>, utc_offset_s: Option<i32>) -> Outcome<()> {
        let printer = self.printer(printer).await?;
        let (rows, width) = self.book_rows(book, utc_offset_s).await?;
        printer.send(&escpos::bytes(&rows, width)).await
    }

    /// Writes a book to the new file `path` as CSV. Errors: as [`Studio::export_orders`].
    pub fn export_book(&self, book: &CashUp, path: &Path) -> Outcome<()> {
        write_new(path, hawker_store::book_csv(book))
    }

    async fn book_rows(&self, book: &CashUp, utc_offset_s: Option<i32>) -> Outcome<(Vec<Row>, PaperWidth)> {
        let opened = when(book.opened_at_us, utc_offset_s);
        let closed = book.closed_at_us.map(|at_us| when(at_us, utc_offset_s));
        let rows = cash_up(book, &opened, closed.as_deref(), self.paper_language().await?);
        Ok((rows, width_of(&self.till_setup().await?)))
    }

    async fn printer(&self, named: Option<&str>) -> Outcome<Printer> {
        if let Some(named) = named {
            return named.parse();
        }
        let setup = self.till_setup().await?;
        if setup.printer.is_empty() {
            return Err(bad_input("no receipt printer is set up")
                .hint("name one, as tcp://192.168.1.9:9100, or set it with `hawker till setup --printer`")
                .because(FailureWhy::NoPrinter));
        }
        setup.printer.parse()
    }

    async fn paper_language(&self) -> Outcome<PaperLanguage> {
        Ok(match language(&self.settings().await?) {
            CardLanguage::ZhCn => PaperLanguage::Chinese,
            CardLanguage::En => PaperLanguage::English,
        })
    }

    /// An amount as it is typed: "200.00" in the currency of the settings, or "EUR=50". Errors: `bad_input`.
    pub async fn typed_money(&self, text: &str) -> Outcome<Money> {
        let money = match text.split_once('=') {
            Some((currency, amount)) => currency.parse().and_then(|currency: Currency| Money::parse(amount, currency)),
            None => self.settings().await?.currency.parse().and_then(|currency: Currency| Money::parse(text, currency)),
        };
        money.map_err(|why| bad_input(why.to_string()))
    }

    /// A price as it is typed, in the currency that a product is sold in. Errors: `not_found`, `bad_input`.
    pub async fn typed_price(&self, sku: &str, text: &str) -> Outcome<Money> {
        let sku = Sku::new(sku).map_err(|why| bad_input(why.to_string()))?;
        let product = self.store().product(&sku).await?.ok_or_else(|| not_found("product", sku.as_str()))?;
        Money::parse(text, product.price.currency).map_err(|why| bad_input(why.to_string()))
    }
}

fn is_cash(order: &Order) -> bool {
    order.payment.as_ref().is_some_and(|payment| payment.tender == TenderKind::Cash)
}

fn width_of(setup: &TillSetup) -> PaperWidth {
    if setup.wide_paper { PaperWidth::Wide } else { PaperWidth::Narrow }
}

/// "2026-01-31 18:00" by the clock of the place, or in UTC, which then stands behind it.
fn when(at_us: i64, utc_offset_s: Option<i32>) -> String {
    let offset = utc_offset_s.and_then(|seconds| UtcOffset::from_whole_seconds(seconds).ok());
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_us) * 1_000);
    let moment = moment.ok().and_then(|moment| moment.checked_to_offset(offset.unwrap_or(UtcOffset::UTC)));
    let moment = moment.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let zone = if offset.is_some() { "" } else { " UTC" };
    format!("{} {:02}:{:02}{zone}", moment.date(), moment.hour(), moment.minute())
}

/// Seconds ahead of UTC of "+08:00", "-03:30" or "Z". Errors: `bad_input`.
pub fn utc_offset(text: &str) -> Result<i32, Failure> {
    let wrong = || bad_input(format!("\"{text}\" is no offset; write it like +08:00"));
    if matches!(text, "Z" | "z" | "UTC") {
        return Ok(0);
    }
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(wrong()),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let (hours, minutes): (i32, i32) = (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
    // Source: the time zone database; Kiritimati is furthest ahead.
    if (0..=14).contains(&hours) && (0..60).contains(&minutes) {
        Ok(sign * (hours * 3_600 + minutes * 60))
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_offset_is_hours_and_minutes() {
        for (text, want) in [("+08:00", Some(28_800)), ("-03:30", Some(-12_600)), ("+8", Some(28_800)), ("Z", Some(0))]
        {
            assert_eq!(utc_offset(text).ok(), want, "{text}");
        }
        for text in ["", "8", "08:00", "+15:00", "+08:60", "+-8", "+8:00:00", "＋8"] {
            assert!(utc_offset(text).unwrap_err().message.contains("+08:00"), "{text}");
        }
    }

    #[test]
    fn a_moment_without_an_offset_says_that_it_is_utc() {
        assert_eq!(when(1_700_000_000_000_000, Some(28_800)), "2023-11-15 06:13");
        assert_eq!(when(1_700_000_000_000_000, None), "2023-11-14 22:13 UTC");
        assert_eq!(when(i64::MAX, None), "1970-01-01 00:00 UTC", "a moment that is none prints all the same");
    }
}
