//! What recognition knows of the catalogue: what the host's corrections taught it, and how well it will do.

use crate::errors::{Outcome, internal, not_found};
use crate::studio::Studio;
use crate::view::{LessonView, RehearsalScope, RehearsalView};
use hawker_domain::{LessonId, Sku, failure::FailureWhy};
use hawker_vision::priority::{GivesWayTo, give_way};
use hawker_vision::rehearsal::{MOST_PRODUCTS, Rehearsal};
use hawker_wire::{ErrorCode, Failure, FailureReason};
use std::collections::HashMap;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Rehearses on a thread of its own, as one that gives way does so to its end.
pub(crate) async fn beside<T: Send + 'static>(run: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    let (found, result) = oneshot::channel();
    let run = move || {
        give_way(GivesWayTo::Stream);
        let _ = found.send(run());
    };
    let thread = std::thread::Builder::new().name("rehearsal".into()).spawn(run);
    thread.map_err(|error| internal("the rehearsal did not start", error))?;
    result.await.map_err(|error| internal("the rehearsal broke off", error))?
}

/// The titles of all products that a lesson is about.
fn titled(lesson: &hawker_store::Lesson, titles: &HashMap<Sku, String>) -> String {
    let skus = std::iter::once(&lesson.sku).chain(&lesson.variants);
    skus.filter_map(|sku| titles.get(sku)).map(String::as_str).collect::<Vec<_>>().join(", ")
}

impl Studio {
    /// Every lesson, newest first.
    pub async fn lessons(&self) -> Outcome<Vec<LessonView>> {
        let lessons = self.store().lessons().await?;
        let products = self.store().all_products().await?;
        let mut titles: HashMap<_, _> =
            products.into_iter().map(|product| (product.sku.clone(), product.shown_title().into_owned())).collect();
        let about = |lesson: &hawker_store::Lesson, sku: &Sku| lesson.sku == *sku || lesson.variants.contains(sku);
        titles.retain(|sku, _| lessons.iter().any(|lesson| about(lesson, sku)));
        let view = |lesson: hawker_store::Lesson| LessonView {
            lesson_id: lesson.id,
            title: titled(&lesson, &titles),
            sku: lesson.sku,
            is_it: lesson.is_it,
            has_crop: lesson.has_crop,
            made_at_us: lesson.made_at_us,
        };
        Ok(lessons.into_iter().map(view).collect())
    }

    /// What was held up when a lesson was given, as JPEG. Errors: `not_found`, also where no picture was kept.
    pub async fn lesson_crop(&self, id: LessonId) -> Outcome<Vec<u8>> {
        Ok(self.store().lesson_crop(id).await?)
    }

    /// Takes a lesson back: it counts no more. Errors: `not_found`.
    pub async fn forget_lesson(&self, id: LessonId) -> Outcome<()> {
        self.store().remove_lesson(id).await?;
        self.lessons_changed().await;
        Ok(())
    }

    /// How well these products will be recognised; none: those of the running order, or the whole catalogue where there is
    /// none. `all`: the whole catalogue. Errors: `already_live`, `not_found`, `bad_input` for more than 500, `model_unavailable`.
    pub async fn rehearse(&self, skus: Vec<Sku>, all: bool) -> Outcome<Rehearsal> {
        let (_, skus) = self.to_rehearse(skus, all).await?;
        self.rehearse_all_of(skus).await
    }

    pub(crate) async fn to_rehearse(&self, skus: Vec<Sku>, all: bool) -> Outcome<(RehearsalScope, Vec<Sku>)> {
        let products = self.store().all_products().await?;
        let known = |sku: &Sku| products.iter().any(|product| product.sku == *sku);
        if let Some(unknown) = skus.iter().find(|sku| !known(sku)) {
            return Err(not_found("product", unknown.as_str()));
        }
        let order: Vec<Sku> = self.store().setting(crate::settings::RUNNING_ORDER).await?.unwrap_or_default();
        let order: Vec<Sku> = order.into_iter().filter(known).collect();
        let (scope, skus) = match (skus.is_empty(), order.is_empty()) {
            (false, _) => (RehearsalScope::Named, skus),
            (true, false) if !all => (RehearsalScope::Order, order),
            (true, _) => (RehearsalScope::All, products.into_iter().map(|product| product.sku).collect()),
        };
        if skus.len() > MOST_PRODUCTS {
            let why = format!("{} products are too many to be rehearsed at once", skus.len());
            let hint = format!("name up to {MOST_PRODUCTS}, or set a running order: `hawker catalog order`");
            let reason = FailureReason::from(FailureWhy::TooManyToRehearse);
            let reason = reason.with("found", skus.len()).with("most", MOST_PRODUCTS);
            return Err(Failure::new(ErrorCode::BadInput, why).hint(hint).because(reason));
        }
        Ok((scope, skus))
    }

    /// With a second set of models: a show has no memory to spare for that. Errors: `already_live`, too.
    pub(crate) async fn rehearse_all_of(&self, skus: Vec<Sku>) -> Outcome<Rehearsal> {
        if self.snapshots().borrow().show.is_running() {
            return Err(crate::show::on_air());
        }
        let (config, store, handle) = (self.config().clone(), self.store().clone(), Handle::current());
        beside(move || crate::recognition::rehearsal::run(&config, &handle, &store, skus)).await
    }

    /// The same with the products' names, for a person to look at.
    pub async fn rehearsal(&self, skus: Vec<Sku>) -> Outcome<RehearsalView> {
        let (scope, skus) = self.to_rehearse(skus, false).await?;
        let found = self.rehearse_all_of(skus).await?;
        let products = self.store().all_products().await?;
        let titles =
            products.into_iter().map(|product| (product.sku.clone(), product.shown_title().into_owned())).collect();
        Ok(RehearsalView::new(scope, found, &titles))
    }

    /// Takes all lessons back; how many there were.
    pub async fn forget_all_lessons(&self) -> Outcome<u64> {
        let count = self.store().remove_all_lessons().await?;
        self.lessons_changed().await;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_lesson_names_every_variant_that_it_is_about() {
        let sku = |name: &str| Sku::new(name).unwrap();
        let titles = ["RED", "BLUE"].map(|name| (sku(name), format!("Mug {name}"))).into();
        let lesson = |sku: Sku, variants: Vec<Sku>| hawker_store::Lesson {
            id: LessonId(uuid::Uuid::nil()),
            sku,
            variants,
            is_it: false,
            has_crop: false,
            made_at_us: 0,
        };
        assert_eq!(titled(&lesson(sku("RED"), vec![sku("BLUE")]), &titles), "Mug RED, Mug BLUE");
        assert_eq!(titled(&lesson(sku("RED"), vec![sku("gone")]), &titles), "Mug RED");
    }
}
