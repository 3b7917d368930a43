//! Offers.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_domain::{OfferId, offer::Question};
use hawker_studio::view::{NewOffer, OfferView};
use tauri::State;

#[tauri::command]
pub async fn offers_list(cockpit: State<'_, Cockpit>) -> Answer<Vec<OfferView>> {
    cockpit.studio().await?.offers().await
}

/// What somebody has to say yes to before it can be made; none: nothing.
#[tauri::command]
pub async fn offer_question(cockpit: State<'_, Cockpit>, offer: NewOffer) -> Answer<Option<Question>> {
    cockpit.studio().await?.question_of_offer(offer.into()).await
}

#[tauri::command]
pub async fn offer_add(cockpit: State<'_, Cockpit>, offer: NewOffer, confirmed: bool) -> Answer<OfferView> {
    cockpit.studio().await?.add_offer(offer.into(), confirmed).await
}

#[tauri::command]
pub async fn offer_end(cockpit: State<'_, Cockpit>, id: OfferId) -> Answer<OfferView> {
    cockpit.studio().await?.end_offer(&id.to_string()).await
}
