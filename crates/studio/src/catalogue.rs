//! Products, photos and stock.

use crate::errors::{Outcome, bad_input, not_found};
use crate::offers::not_confirmed;
use crate::studio::Studio;
use crate::view::{ImportReport, ProductDraft, ProductPage, ProductView, RowProblem};
use hawker_domain::{
    Currency, Money, PhotoId, Product, ProductId, Sku,
    offer::Question,
    stock::{MovementReason, StockLevel, StockMovement},
};
use hawker_store::FOUND_MAX;
use std::path::Path;
use uuid::Uuid;

/// Rows a page may ask for at once.
const PAGE_LIMIT: u32 = 500;

impl Studio {
    /// One page of the catalogue that matches `query` (empty: all).
    pub async fn products(&self, query: &str, offset: u32, limit: u32) -> Outcome<ProductPage> {
        let found = self.store().products(query, offset, limit.min(PAGE_LIMIT)).await;
        let (products, total) = found?;
        let mut views = Vec::with_capacity(products.len());
        for product in products {
            views.push(self.product_view(product).await?);
        }
        let or_more = !query.trim().is_empty() && total >= FOUND_MAX;
        Ok(ProductPage { products: views, total, or_more })
    }

    /// Errors: `not_found`.
    pub async fn product(&self, sku: &Sku) -> Outcome<ProductView> {
        let found = self.store().product(sku).await?;
        self.product_view(found.ok_or_else(|| not_found("product", sku.as_str()))?).await
    }

    /// What [`Studio::save_product`] would have to be told yes to; none: nothing. Errors: as there, but for the `conflict`.
    pub async fn question_of_product(&self, draft: ProductDraft) -> Outcome<Option<Question>> {
        Ok(self.read_product(draft).await?.1)
    }

    /// Adds or changes a product. A price that is another now, and below what the product costs or more than 30 % under the one
    /// before, has to be `confirmed`. Errors: `bad_input` naming the field, `conflict` with the question while it is not confirmed.
    pub async fn save_product(&self, draft: ProductDraft, confirmed: bool) -> Outcome<ProductView> {
        let (product, question) = self.read_product(draft).await?;
        if let Some(question) = question.filter(|_| !confirmed) {
            return Err(not_confirmed(question, &product.sku).hint("confirm it if it is meant"));
        }
        self.store().put_product(&product).await?;
        self.catalogue_changed(false).await;
        self.product_view(product).await
    }

    /// What was typed, and what is to be asked about its price.
    async fn read_product(&self, draft: ProductDraft) -> Outcome<(Product, Option<Question>)> {
        let sku = Sku::new(&draft.sku).map_err(|error| bad_input(error.to_string()))?;
        let currency: Currency =
            draft.currency.parse().map_err(|error: hawker_domain::MoneyError| bad_input(error.to_string()))?;
        let amount = |text: &str, name: &str| match Money::parse(text, currency) {
            Ok(amount) if amount.minor < 0 => Err(bad_input(format!("a {name} can't be below zero"))),
            Ok(amount) => Ok(amount),
            Err(error) => Err(bad_input(error.to_string())),
        };
        let price = amount(&draft.price, "price")?;
        let cost = Some(draft.cost.trim()).filter(|text| !text.is_empty());
        let cost = cost.map(|text| amount(text, "cost")).transpose()?;
        if draft.title.trim().is_empty() {
            return Err(bad_input(format!("product {sku} needs a title")));
        }
        let known = self.store().product(&sku).await?;
        // Both as they were: somebody said yes to that, or changes something else now.
        let is_other = known.as_ref().is_none_or(|known| (known.price, known.cost) != (price, cost));
        let question = Question::about(price, known.as_ref().map(|known| known.price), cost).filter(|_| is_other);
        let product = Product {
            id: known.as_ref().map_or_else(|| ProductId(Uuid::now_v7()), |known| known.id),
            aliases: known.as_ref().map(|known| known.aliases.clone()).unwrap_or_default(),
            variant: known.and_then(|known| known.variant),
            sku,
            title: draft.title.trim().to_owned(),
            brand: draft.brand.trim().to_owned(),
            category: draft.category.trim().to_owned(),
            description: draft.description.trim().to_owned(),
            price,
            cost,
            barcode: draft.barcode.trim().to_owned(),
        };
        Ok((product, question))
    }

    /// Errors: `not_found`.
    pub async fn remove_product(&self, sku: &Sku) -> Outcome<()> {
        self.product(sku).await?;
        self.store().remove_product(sku).await?;
        self.catalogue_changed(true).await;
        Ok(())
    }

    /// Reads a catalogue file or folder. A dry run changes nothing. `progress` gets (rows done, rows in
    /// all) and says whether to go on; what landed before it says no stays.
    /// Errors: `bad_input` for a file that is no catalogue, `disk_full`.
    pub async fn import_catalogue(
        &self,
        path: &Path,
        dry_run: bool,
        progress: impl Fn(u64, u64) -> bool + Send + Sync,
    ) -> Outcome<ImportReport> {
        let currency = self.settings().await?.currency.parse().unwrap_or(Currency::CNY);
        let imported = self.store().import_catalogue(path, currency, dry_run, progress).await;
        let report = imported?;
        if !dry_run {
            self.catalogue_changed(report.photos > 0).await;
        }
        Ok(ImportReport {
            dry_run,
            added: report.added,
            updated: report.updated,
            unchanged: report.unchanged,
            photos: report.photos,
            sheet: report.sheet,
            stopped: report.stopped,
            problems: report
                .problems
                .into_iter()
                .map(|problem| RowProblem {
                    row: problem.row,
                    sku: problem.sku,
                    message: problem.message,
                    code: problem.code,
                    about: problem.about,
                })
                .collect(),
        })
    }

    /// Keeps a photo of a product. Errors: `bad_input` for a file that is no picture, `not_found`.
    pub async fn add_photo(&self, sku: &Sku, bytes: &[u8]) -> Outcome<PhotoId> {
        self.product(sku).await?;
        let id = self.store().add_photo(sku, bytes).await?;
        self.catalogue_changed(true).await;
        Ok(id)
    }

    /// A photo as JPEG, whole or at most 256 pixels a side. Errors: `not_found`.
    pub async fn photo(&self, id: PhotoId, thumbnail: bool) -> Outcome<Vec<u8>> {
        let store = self.store();
        let found = if thumbnail { store.thumbnail(id).await } else { store.photo(id).await };
        Ok(found?)
    }

    pub async fn remove_photo(&self, id: PhotoId) -> Outcome<()> {
        self.store().remove_photo(id).await?;
        self.catalogue_changed(true).await;
        Ok(())
    }

    /// Goods came in, came back, or were counted; `delta` is the change. Errors: `bad_input`, `not_found`.
    pub async fn move_stock(&self, sku: &Sku, delta: i64, reason: MovementReason) -> Outcome<ProductView> {
        self.product(sku).await?;
        if reason == MovementReason::Sold {
            return Err(bad_input("a sale is an order; add it under Orders"));
        }
        let movement = StockMovement { sku: sku.clone(), delta, reason, order_id: None };
        self.store().move_stock(&movement).await?;
        self.stock_moved().await;
        self.product(sku).await
    }

    async fn product_view(&self, product: Product) -> Outcome<ProductView> {
        let level: StockLevel = self.store().level(&product.sku).await?;
        let photos = self.store().photos_of(&product.sku).await?;
        let title = product.shown_title().into_owned();
        Ok(ProductView {
            sku: product.sku,
            own_title: Some(product.title).filter(|own| *own != title),
            title,
            variant: product.variant,
            brand: product.brand,
            category: product.category,
            description: product.description,
            price: product.price,
            cost: product.cost,
            barcode: product.barcode,
            on_hand: level.on_hand,
            reserved: level.reserved,
            photos,
        })
    }
}
