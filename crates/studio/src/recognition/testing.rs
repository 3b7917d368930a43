//! Makings of the tests of recognition: a real store on a folder of its own, and what products look like.
#![allow(clippy::unwrap_used)]

use crate::config::{Parts, StudioConfig};
use hawker_domain::{Currency, PhotoId, Sku};
use hawker_store::{KeyPolicy, Store};
use hawker_vision::PhotoVectors;
use hawker_vision::embed::{LOOK_LEN, Look};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::runtime::{Handle, Runtime};
use zeroize::Zeroizing;

pub struct Bench {
    pub store: Store,
    pub handle: Handle,
    pub folder: TempDir,
    /// Last: the store's connections are its tasks.
    _runtime: Runtime,
}

fn key() -> KeyPolicy {
    KeyPolicy { passphrase: Some(Zeroizing::new("open sesame".to_owned())), use_keychain: false }
}

pub fn sku(text: &str) -> Sku {
    Sku::new(text).unwrap()
}

pub fn numbered(n: usize) -> Sku {
    sku(&format!("P{n:05}"))
}

impl Bench {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = runtime.block_on(Store::open(folder.path(), key())).unwrap();
        Self { store, handle: runtime.handle().clone(), folder, _runtime: runtime }
    }

    /// Closes the store and opens it again.
    pub fn restart(&mut self) {
        self.handle.block_on(self.store.close());
        self.store = self.handle.block_on(Store::open(self.folder.path(), key())).unwrap();
    }

    /// Products P00000 and so on, and then these.
    pub fn stock(&self, count: usize, more: &[&str]) {
        let skus = (0..count).map(numbered).chain(more.iter().map(|text| sku(text)));
        let rows: String = skus.map(|sku| format!("{sku},{sku},9.90\n")).collect();
        let csv = self.folder.path().join("goods.csv");
        std::fs::write(&csv, "sku,title,price\n".to_owned() + &rows).unwrap();
        let import = self.store.import_catalogue(&csv, Currency::CNY, false, |_, _| true);
        self.handle.block_on(import).unwrap();
    }

    /// A photo of a product; another `shade` is another photo.
    pub fn photo(&self, sku: &Sku, shade: u8) -> PhotoId {
        let mut jpeg = Vec::new();
        let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([shade, 90, 30]));
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&picture).unwrap();
        self.handle.block_on(self.store.add_photo(sku, &jpeg)).unwrap()
    }

    pub fn photo_of(&self, sku: &Sku, file: &str) -> PhotoId {
        let jpeg = std::fs::read(root().join("assets/demo/photos").join(file)).unwrap();
        self.handle.block_on(self.store.add_photo(sku, &jpeg)).unwrap()
    }

    pub fn put(&self, photo: PhotoId, vectors: &PhotoVectors) {
        let bytes = vectors.to_bytes();
        let keeping = self.store.put_vector(photo, vectors.model_id(), &bytes);
        self.handle.block_on(keeping).unwrap();
    }

    pub fn config(&self) -> StudioConfig {
        StudioConfig {
            data_dir: self.folder.path().to_owned(),
            models_dir: root().join("models"),
            onnxruntime: None,
            platform_program: None,
            decoder: None,
            passphrase: None,
            use_keychain: false,
            parts: Parts::All,
            preview_when_idle: false,
        }
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What the n-th product looks like: two of sixty traits that many share, with a disturbance of its own.
pub fn look(n: usize, disturbance: usize) -> Look {
    let value = |i: usize| {
        let trait_of = |kind: usize| if (i * 31 + 7) % 61 == kind { 8.0 } else { 0.0 };
        let own = ((i * 2_654_435_761 + disturbance * 40_503) % 1_000) as f32 / 800.0;
        1.0 + trait_of(n % 60) + 0.6 * trait_of(n / 60 % 60) + own
    };
    Look::from_blocks((0..LOOK_LEN).map(value).collect()).unwrap()
}

pub fn vectors(model: &str, n: usize) -> PhotoVectors {
    PhotoVectors::new(model, vec![look(n, n * 7), look(n, n * 11 + 3)])
}
