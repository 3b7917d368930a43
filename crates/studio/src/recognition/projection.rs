//! The catalogue behind the show, kept in the store over a restart: read where it was made before, and made of vectors only for
//! products that are new or changed.

use super::filling::GoesOn;
use super::gallery::{aside, stored_photos_of};
use crate::errors::Outcome;
use futures_util::StreamExt;
use hawker_domain::{PhotoId, Sku};
use hawker_store::{BasisId, Projected, Store};
use hawker_vision::Behind;
use std::collections::HashSet;
use std::pin::pin;
use tokio::runtime::Handle;

/// A catalogue that is ready, and how it came to be.
#[derive(Debug)]
pub struct Filled {
    pub behind: Behind,
    /// Products whose rows were read, and those whose vectors were.
    pub read: usize,
    pub made: usize,
}

/// Where it is kept.
#[derive(Clone, Copy)]
pub struct Shelf<'a> {
    pub handle: &'a Handle,
    pub store: &'a Store,
    pub model: &'a str,
}

/// All products that have vectors. `fresh`: of the products shown now, see [`hawker_vision::Gallery::behind`]. None: it was told
/// not to go on. Blocking; takes a second for 100,000 that were kept, a minute where they were not.
pub fn fill(shelf: Shelf<'_>, fresh: Behind, goes_on: GoesOn<'_>) -> Outcome<Option<Filled>> {
    let Shelf { handle, store, model } = shelf;
    let kept = kept(shelf, &fresh)?;
    let mut basis = kept.as_ref().map(|(id, _)| *id);
    let mut behind = kept.map_or(fresh, |(_, behind)| behind);
    let mut again = HashSet::new();
    if let Some(basis) = basis {
        let mut rows = pin!(store.projection(basis));
        while let Some(row) = handle.block_on(rows.next()) {
            let (sku, numbers) = row?;
            if !behind.put_row(sku.clone(), &numbers) {
                tracing::warn!(%sku, "the kept row of a product is damaged and made again");
                again.insert(sku);
            }
            if !goes_on() {
                return Ok(None);
            }
        }
    }
    let were_read = behind.len();
    let mut missing = handle.block_on(store.products_to_project(model, basis))?;
    missing.extend(again);
    // The axes are found with the first of them: the shown ones are among their samples already.
    let shown: HashSet<Sku> = behind.fitted_on().iter().cloned().collect();
    missing.sort_by_key(|sku| shown.contains(sku));
    let made = missing.len();
    let mut settling: Vec<(Sku, Vec<PhotoId>)> = Vec::new();
    let mut left = missing.into_iter().peekable();
    while let Some(sku) = left.next() {
        if !goes_on() {
            return Ok(None);
        }
        let (photos, vectors): (Vec<_>, Vec<_>) = stored_photos_of(handle, store, model, &sku)?.into_iter().unzip();
        behind.queue(sku.clone(), &vectors);
        settling.push((sku, photos));
        if behind.is_full() || left.peek().is_none() {
            if !behind.settle_while(goes_on) && !goes_on() {
                return Ok(None);
            }
            keep(shelf, &behind, &mut basis, std::mem::take(&mut settling));
        }
    }
    Ok(Some(Filled { behind, read: were_read, made }))
}

/// What was kept with a basis that still fits.
fn kept(Shelf { handle, store, model }: Shelf<'_>, fresh: &Behind) -> Outcome<Option<(BasisId, Behind)>> {
    let Some((id, bytes)) = handle.block_on(store.projection_basis(model))? else { return Ok(None) };
    match Behind::from_basis(&bytes) {
        Ok(behind) if behind.fits(fresh) => Ok(Some((id, behind))),
        Ok(_) => Ok(None),
        Err(error) => {
            tracing::warn!("{error}");
            Ok(None)
        }
    }
}

/// Keeps what was settled, and the basis before the first of it. What can't be kept is made again at the next start.
fn keep(shelf: Shelf<'_>, behind: &Behind, basis: &mut Option<BasisId>, settled: Vec<(Sku, Vec<PhotoId>)>) {
    let rows = settled.into_iter().filter_map(|(sku, photos)| {
        let numbers = behind.row(&sku)?;
        Some(Projected { sku, photos, numbers })
    });
    let (rows, bytes) = (rows.collect::<Vec<_>>(), if basis.is_none() { behind.basis() } else { None });
    let (store, model, known) = (shelf.store.clone(), shelf.model.to_owned(), *basis);
    let kept = aside(shelf.handle, async move {
        let basis = match (known, bytes) {
            (Some(basis), _) => basis,
            (None, Some(bytes)) => store.put_projection_basis(&model, &bytes).await?,
            (None, None) => return Ok(None),
        };
        store.put_projected(&model, basis, &rows).await?;
        Ok::<_, hawker_store::StoreError>(Some(basis))
    });
    match kept {
        Ok(Ok(kept)) => *basis = kept,
        Ok(Err(error)) => tracing::warn!("a part of the catalogue behind the show is not kept: {error}"),
        Err(failure) => tracing::warn!("{failure}"),
    }
}

#[cfg(test)]
#[path = "projection_tests.rs"]
mod tests;
