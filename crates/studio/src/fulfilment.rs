//! From paid to delivered: packing, shipping, refunds, and whom it goes to.

use crate::errors::{Outcome, bad_input, internal, not_found};
use crate::export::write_new;
use crate::orders::order_view;
use crate::show_now_us;
use crate::studio::Studio;
use crate::view::{BuyerView, OrderDetail, OrderView};
use hawker_domain::{
    OrderId,
    order::{Order, OrderEvent, OrderMove},
};
use hawker_media::CardLanguage;
use hawker_store::{GoodsBack, PaperLanguage, PrintFont};
use hawker_sync::PlatformClient;
use hawker_wire::{
    ErrorCode, Failure,
    order::{AskBuyers, Buyer},
};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// How long a platform that is just being connected is waited for.
const CONNECTING: Duration = Duration::from_secs(10);
/// Orders the platform answers for at once.
const BUYERS_AT_ONCE: usize = 200;
const ADDRESSES_AWAY: &str = "names and addresses lie at the platform, which is out of reach";
/// Fewer characters of an id's end are too few to mean one order.
const SHORT_ID: usize = 4;

impl Studio {
    /// The order whose id is `text`, or ends in it as lists show it. Errors: `not_found`, `conflict` where several do.
    pub async fn find_order(&self, text: &str) -> Outcome<OrderId> {
        if let Ok(id) = text.trim().parse() {
            return Ok(OrderId(id));
        }
        let wanted = end_of_id(text)?;
        the_one(&self.store().orders_ending_in(&wanted, 2).await?, text)
    }

    /// An order and what happened to it. Errors: `not_found`.
    pub async fn order(&self, id: OrderId) -> Outcome<OrderDetail> {
        let order = self.store().order(id).await?;
        let (moves, returns) = (self.store().order_moves(id).await?, self.store().returns(id).await?);
        Ok(OrderDetail { lines: order.lines.clone(), order: order_view(order), moves, returns })
    }

    /// Takes an order a step further; it reaches the platform and the seller's other devices when there is a network.
    /// `goods_back`: with a refund, the goods come back into the stock. Errors: `not_found`, `conflict` for a step that its
    /// state does not allow, `bad_input`.
    pub async fn move_order(
        &self,
        order_id: OrderId,
        event: OrderEvent,
        note: &str,
        goods_back: bool,
    ) -> Outcome<OrderView> {
        let moved = OrderMove { order_id, event, note: note.trim().to_owned(), at_us: show_now_us() };
        let goods = if goods_back { GoodsBack::Yes } else { GoodsBack::No };
        let order = self.store().move_order(&moved, goods).await?;
        if event == OrderEvent::Refund && goods_back {
            self.stock_moved().await;
        }
        Ok(order_view(order))
    }

    /// Whom an order goes to, in plain; the platform writes down that it was looked at. Errors: `unreachable` without the
    /// platform, `not_found` for an order it has no address of, or that is delivered or refunded.
    pub async fn buyer(&self, id: OrderId) -> Outcome<BuyerView> {
        let found = buyers(&self.platform_client(ADDRESSES_AWAY).await?, &[id]).await?.remove(&id);
        let buyer = found.ok_or_else(|| {
            not_found("address for order", &id.to_string())
                .hint("only an order of the viewer page has one, and only until it is delivered or refunded")
        })?;
        Ok(BuyerView { name: buyer.name, phone: buyer.phone, address: buyer.address })
    }

    /// Writes what is paid and not yet shipped to the new file `path`, with name and address in plain. Errors: as
    /// [`Studio::buyer`], and as [`Studio::export_orders`]; `not_found` for a PDF where no font is installed.
    pub async fn pack_list(&self, path: &Path, form: PackListForm) -> Outcome<PackList> {
        let open = self.store().orders_to_pack().await?;
        let ids: Vec<OrderId> = open.iter().map(|order| order.id).collect();
        let buyers = buyers(&self.platform_client(ADDRESSES_AWAY).await?, &ids).await?;
        let without_address = ids.into_iter().filter(|id| nowhere(buyers.get(id))).collect();
        let list = PackList { orders: open.len(), without_address };
        match form {
            PackListForm::Csv => write_new(path, hawker_store::pack_list(&open, &buyers))?,
            PackListForm::Pdf => {
                let language = match crate::language::language(&self.settings().await?) {
                    CardLanguage::ZhCn => PaperLanguage::Chinese,
                    CardLanguage::En => PaperLanguage::English,
                };
                let print = move || on_paper(&open, &buyers, language);
                let pdf = tokio::task::spawn_blocking(print).await;
                write_new(path, pdf.map_err(|error| internal("the pack list was not printed", error))??)?;
            }
        }
        Ok(list)
    }

    /// The platform as it is signed in at. Errors: `unreachable`, said by `away`.
    pub(crate) async fn platform_client(&self, away: &str) -> Outcome<PlatformClient> {
        let away = || Failure::new(ErrorCode::Unreachable, away).hint("try again when the network is back");
        let mut client = self.ask_client().await?.ok_or_else(away)?;
        let connected = tokio::time::timeout(CONNECTING, client.wait_for(Option::is_some)).await;
        connected.ok().and_then(Result::ok).and_then(|found| found.clone()).ok_or_else(away)
    }
}

/// The order among `ids` whose id is `text`, or ends in it. Errors: as [`Studio::find_order`].
pub(crate) fn one_of(ids: &[OrderId], text: &str) -> Outcome<OrderId> {
    let wanted = end_of_id(text)?.to_ascii_lowercase();
    let found: Vec<OrderId> =
        ids.iter().copied().filter(|id| id.0.simple().to_string().ends_with(&wanted)).take(2).collect();
    the_one(&found, text)
}

fn end_of_id(text: &str) -> Outcome<String> {
    let wanted = text.trim().trim_start_matches('#').replace('-', "");
    if wanted.chars().count() < SHORT_ID {
        return Err(bad_input(format!(
            "\"{text}\" is too short; give the order's last six characters or its whole id"
        )));
    }
    Ok(wanted)
}

fn the_one(found: &[OrderId], text: &str) -> Outcome<OrderId> {
    match found {
        [id] => Ok(*id),
        [_, _, ..] => {
            let failure = Failure::new(ErrorCode::Conflict, format!("several orders end in \"{text}\""));
            Err(failure.hint("give the whole id"))
        }
        [] => Err(not_found("order", text)),
    }
}

/// How a pack list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackListForm {
    /// A table, a row a line of an order.
    Csv,
    /// For the printer: a block an order, with its number as a code.
    Pdf,
}

/// What a pack list came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackList {
    pub orders: usize,
    /// Those of them that the platform knows no address of: they are on the list, and can't be sent by it.
    pub without_address: Vec<OrderId>,
}

/// Blocks: the system's fonts are read, and the PDF is made.
fn on_paper(orders: &[Order], buyers: &HashMap<OrderId, Buyer>, language: PaperLanguage) -> Outcome<Vec<u8>> {
    let (data, index) = hawker_media::print_font().ok_or_else(|| {
        Failure::new(ErrorCode::NotFound, "no font is installed that a PDF could be set in")
            .hint("install one with your characters, fonts-noto-cjk for Chinese, or write a CSV")
    })?;
    hawker_store::pack_list_pdf(orders, buyers, PrintFont { data, index }, language)
        .map_err(|error| Failure::new(ErrorCode::Damaged, error.to_string()))
}

fn nowhere(buyer: Option<&Buyer>) -> bool {
    buyer.is_none_or(|buyer| buyer.address.trim().is_empty())
}

async fn buyers(client: &PlatformClient, ids: &[OrderId]) -> Outcome<HashMap<OrderId, Buyer>> {
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(BUYERS_AT_ONCE) {
        let answer = client.buyers(&AskBuyers { order_ids: some.to_vec() }).await?;
        found.extend(answer.buyers.into_iter().map(|buyer| (buyer.order_id, buyer)));
    }
    Ok(found)
}
