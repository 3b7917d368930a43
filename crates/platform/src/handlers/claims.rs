//! `/api/v1/…/claims`: the seller's rules, a viewer's own claims, and the pay link.

use crate::{
    error::ApiError,
    extract::{Body, Caller, Path, Seller, Viewer},
    limits::Kind,
    services::claims,
    state::App,
};
use axum::{Json, extract::State, http::StatusCode};
use hawker_domain::{ClaimId, ShowId};
use hawker_wire::{
    claim::{AskClaims, ClaimPayUrl, ClaimToPay, OwnClaims, PayLink, PutClaimRules},
    viewer::Reservation,
};
use std::sync::Arc;

pub async fn put_rules(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Path(show): Path<ShowId>,
    Body(form): Body<PutClaimRules>,
) -> Result<StatusCode, ApiError> {
    claims::put_rules(&app, seller, show, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn pay_link(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Path(claim): Path<ClaimId>,
) -> Result<Json<ClaimPayUrl>, ApiError> {
    claims::pay_url(&app, seller, claim).await.map(Json)
}

pub async fn own(
    State(app): State<Arc<App>>,
    caller: Caller,
    viewer: Viewer,
    Path(show): Path<ShowId>,
    Body(ask): Body<AskClaims>,
) -> Result<Json<OwnClaims>, ApiError> {
    caller.spend(&app, Kind::Behaviour)?;
    claims::own(&app, show, viewer.token()?, ask).await.map(Json)
}

pub async fn look(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(form): Body<PayLink>,
) -> Result<Json<ClaimToPay>, ApiError> {
    caller.spend(&app, Kind::Behaviour)?;
    claims::look(&app, &form.link).await.map(Json)
}

pub async fn hold(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(form): Body<PayLink>,
) -> Result<Json<Reservation>, ApiError> {
    caller.spend(&app, Kind::Buy)?;
    claims::hold(&app, &form.link).await.map(Json)
}
