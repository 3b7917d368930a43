//! The system's fonts, read once: there are hundreds of files.

use resvg::usvg::{self, fontdb};
use std::sync::{Arc, OnceLock};

/// Families tried in this order; the first that is installed carries Latin and Chinese alike.
const FAMILIES: &[&str] = &[
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "Noto Sans",
    "DejaVu Sans",
    "Arial",
];

fn database() -> &'static (Arc<fontdb::Database>, String) {
    static FONTS: OnceLock<(Arc<fontdb::Database>, String)> = OnceLock::new();
    FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        let has = |family: &str| fonts.faces().any(|face| face.families.iter().any(|(name, _)| name == family));
        let chosen = FAMILIES.iter().find(|family| has(family)).map(|f| (*f).to_owned());
        let any = || fonts.faces().next().and_then(|face| face.families.first().map(|(name, _)| name.clone()));
        let family = chosen.or_else(any).unwrap_or_default();
        (Arc::new(fonts), family)
    })
}

/// Family that texts are set in; empty where the system has no font.
pub(super) fn family() -> &'static str {
    &database().1
}

/// How an SVG is read: with the system's fonts, and without following any reference out of it.
pub(super) fn options() -> usvg::Options<'static> {
    let (fonts, family) = database();
    usvg::Options {
        fontdb: fonts.clone(),
        font_family: family.clone(),
        resources_dir: None,
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    }
}

/// Width of `text` at `size`, pixels, by each character's advance; close enough to break lines by.
pub(super) fn width(text: &str, size: f32) -> f32 {
    text.chars().map(|c| if is_wide(c) { size } else { size * 0.56 }).sum()
}

/// Han, kana, hangul and full-width forms take a whole square.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f000..=0x3ffff)
}
