//! Edits of the catalogue that did not count: they stay on a list until somebody settles each.

use crate::errors::Outcome;
use crate::studio::Studio;
use crate::view::{ConflictPage, ConflictView};
use hawker_domain::{
    ConflictId,
    edit::{Conflict, Keep, ListedConflict},
};

impl Studio {
    /// Those that nobody has settled, the oldest first, at most `limit`.
    pub async fn conflicts(&self, limit: u32) -> Outcome<ConflictPage> {
        let (listed, more) = self.store().conflict_page(limit).await?;
        Ok(ConflictPage { conflicts: listed.into_iter().map(view).collect(), more })
    }

    /// Settles one: mine is said anew, theirs stays. Errors: `not_found`, `conflict` where its product is gone.
    pub async fn settle_conflict(&self, id: ConflictId, keep: Keep) -> Outcome<()> {
        self.store().settle_conflict(id, keep).await?;
        self.catalogue_changed(true).await;
        Ok(())
    }
}

fn view(ListedConflict { id, conflict, title, at_us }: ListedConflict) -> ConflictView {
    let Conflict { sku, field, mine, theirs, .. } = conflict;
    let title = title.unwrap_or_else(|| sku.to_string());
    ConflictView { id, sku, title, field, mine, theirs, at_ms: at_us / 1_000 }
}
