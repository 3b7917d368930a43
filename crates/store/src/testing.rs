//! Makings of the store's tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::{KeyPolicy, Store};
use hawker_domain::{
    Currency, Money, OrderId, Product, ProductId, Sku,
    order::{Order, OrderLine, OrderSource, OrderState},
};
use image::{
    ExtendedColorType, ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage, codecs::jpeg::JpegEncoder, codecs::png::PngEncoder,
};
use std::{
    ops::Deref,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tempfile::TempDir;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A store in a folder that goes away with it.
pub(crate) struct TestStore {
    store: Store,
    pub(crate) dir: TempDir,
}

impl Deref for TestStore {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

pub(crate) async fn store() -> TestStore {
    let dir = tempfile::tempdir().unwrap();
    TestStore { store: Store::open(dir.path(), passphrase("open sesame")).await.unwrap(), dir }
}

impl TestStore {
    /// Closes, so that everything lies in the main file, and gives the folder.
    pub(crate) async fn into_dir(self) -> TempDir {
        self.store.close().await;
        self.dir
    }
}

pub(crate) async fn open(dir: &Path) -> Result<Store, crate::OpenError> {
    Store::open(dir, passphrase("open sesame")).await
}

pub(crate) fn passphrase(text: &str) -> KeyPolicy {
    KeyPolicy { passphrase: Some(Zeroizing::new(text.to_owned())), use_keychain: false }
}

/// By the machine's clock, as a store has it by default.
pub(crate) fn now_us() -> i64 {
    crate::Clock::default().now_us()
}

/// A clock that a test sets.
#[derive(Clone, Default)]
pub(crate) struct SetClock(Arc<AtomicI64>);

impl SetClock {
    /// `us` ahead of the machine's.
    pub(crate) fn set_ahead(&self, us: i64) {
        self.0.store(us, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> crate::Clock {
        let ahead = self.0.clone();
        crate::Clock::new(move || now_us() + ahead.load(Ordering::SeqCst))
    }
}

/// A store that goes by `clock`.
pub(crate) async fn store_by(clock: &SetClock) -> TestStore {
    let dir = tempfile::tempdir().unwrap();
    let opened = Store::open_by(dir.path(), passphrase("open sesame"), clock.clock()).await;
    TestStore { store: opened.unwrap(), dir }
}

pub(crate) fn sku(text: &str) -> Sku {
    Sku::new(text).unwrap()
}

pub(crate) fn product(sku_text: &str, title: &str) -> Product {
    Product {
        id: ProductId(Uuid::now_v7()),
        sku: sku(sku_text),
        title: title.to_owned(),
        brand: String::new(),
        category: String::new(),
        description: String::new(),
        price: Money::new(1580, Currency::CNY),
        cost: None,
        barcode: String::new(),
        aliases: vec![],
        variant: None,
    }
}

pub(crate) fn order(source: OrderSource, lines: &[(&str, u32)]) -> Order {
    let lines: Vec<OrderLine> = lines
        .iter()
        .map(|(text, qty)| OrderLine {
            sku: sku(text),
            title: format!("title of {text}"),
            qty: *qty,
            unit_price: Money::new(1580, Currency::CNY),
            price_override: None,
        })
        .collect();
    Order {
        id: OrderId(Uuid::now_v7()),
        source,
        state: OrderState::Paid,
        show_id: None,
        at: None,
        total: hawker_domain::order::total(&lines, Currency::CNY).unwrap(),
        lines,
        buyer: "张*".to_owned(),
        placed_at_us: 1_700_000_000_000_000,
        payment: None,
    }
}

pub(crate) fn png(width: u32, height: u32, colour: [u8; 4]) -> Vec<u8> {
    let mut out = Vec::new();
    let picture = RgbaImage::from_pixel(width, height, Rgba(colour));
    PngEncoder::new(&mut out).write_image(&picture, width, height, ExtendedColorType::Rgba8).unwrap();
    out
}

/// A JPEG with an EXIF block that says how the camera was held, and a text as its description.
pub(crate) fn jpeg_with_exif(width: u32, height: u32, orientation: u8, text: &str) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let mut bytes = tag.to_le_bytes().to_vec();
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
        bytes
    };
    // ImageDescription (text behind the directory at 8 + 2 + 24 + 4 = 38), then Orientation.
    tiff.extend(entry(0x010e, 2, text.len() as u32 + 1, 38));
    tiff.extend(entry(0x0112, 3, 1, u32::from(orientation)));
    tiff.extend([0; 4]);
    tiff.extend(text.as_bytes());
    tiff.push(0);
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new(&mut out);
    encoder.set_exif_metadata(tiff).unwrap();
    let picture = RgbImage::from_pixel(width, height, Rgb([90, 120, 30]));
    encoder.write_image(&picture, width, height, ExtendedColorType::Rgb8).unwrap();
    out
}

/// A zip of these entries, packed.
pub(crate) fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook with one sheet and, where given, a list of shared texts.
pub(crate) fn workbook(sheet: &str, strings: Option<&str>) -> Vec<u8> {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let root = format!(
        r#"<Relationships><Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let book = r#"<workbook><sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>"#;
    let sheets = format!(
        r#"<Relationships><Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
    );
    let mut entries: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", sheets.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ];
    entries.extend(strings.map(|strings| ("xl/sharedStrings.xml", strings.as_bytes())));
    zipped(&entries)
}

/// CRC-32 as PNG chunks carry it.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
