//! `hawker card`: what the card of the pinned product shows.

use crate::args::{CardTemplateName, CardWish};
use crate::execute::{CommandError, Session};
use hawker_domain::card::{CardChoice, CardKind};
use hawker_studio::{Waiting, view::Settings};

pub async fn run(wish: &CardWish, session: &Session<'_>) -> Result<(), CommandError> {
    let kind = match wish.kind {
        CardTemplateName::Price => CardKind::Price,
        CardTemplateName::Stock => CardKind::Stock,
        CardTemplateName::Countdown => CardKind::Countdown,
        CardTemplateName::SizeChart => CardKind::SizeChart,
    };
    let chosen = |settings: Settings| {
        let card = CardChoice { kind, qr: wish.qr, minutes: wish.minutes.unwrap_or(settings.card.minutes) };
        Ok(Settings { card, ..settings })
    };
    session.studio.change_settings(Waiting::Stay, chosen).await?;
    Ok(())
}
