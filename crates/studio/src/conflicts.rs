//! Edits of the catalogue that did not count: they stay on a list until somebody settles each.

use crate::errors::Outcome;
use crate::studio::Studio;
use crate::view::ConflictView;
use hawker_domain::{
    ConflictId,
    edit::{Keep, ListedConflict},
};

impl Studio {
    /// Those that nobody has settled, the oldest first.
    pub async fn conflicts(&self) -> Outcome<Vec<ConflictView>> {
        let mut views = Vec::new();
        for ListedConflict { id, conflict, at_us } in self.store().conflicts().await? {
            let product = self.store().product(&conflict.sku).await?;
            let title = product.map_or_else(|| conflict.sku.to_string(), |product| product.shown_title().into_owned());
            let (sku, field, mine, theirs) = (conflict.sku, conflict.field, conflict.mine, conflict.theirs);
            views.push(ConflictView { id, sku, title, field, mine, theirs, at_ms: at_us / 1_000 });
        }
        Ok(views)
    }

    /// Settles one: mine is said anew, theirs stays. Errors: `not_found`, `conflict` where its product is gone.
    pub async fn settle_conflict(&self, id: ConflictId, keep: Keep) -> Outcome<()> {
        self.store().settle_conflict(id, keep).await?;
        self.catalogue_changed(true).await;
        Ok(())
    }
}
