//! The system's fonts, read once: there are hundreds of files. What they can draw, and how wide it becomes.

use resvg::usvg::{self, fontdb};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

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

/// Characters remembered with their font. Far more than a show's texts hold; what a stranger's text adds is bounded.
const KNOWN_MAX: usize = 8_192;

const REGULAR: u16 = 400;
const BOLD: u16 = 700;

/// A set of fonts, and the family that texts are set in.
pub(crate) struct Fonts {
    files: Arc<fontdb::Database>,
    family: String,
    known: Mutex<HashMap<(char, bool), Option<Glyph>>>,
    /// Characters that the log has already named.
    reported: Mutex<HashSet<char>>,
}

/// Where a character is drawn from. `advance` is its width as a share of the letters' size.
#[derive(Clone, Copy)]
struct Glyph {
    face: fontdb::ID,
    advance: f32,
}

impl Fonts {
    /// The fonts installed on this machine.
    pub fn system() -> &'static Self {
        static FONTS: OnceLock<Fonts> = OnceLock::new();
        FONTS.get_or_init(|| {
            let mut files = fontdb::Database::new();
            files.load_system_fonts();
            Self::of(files)
        })
    }

    /// The fonts of `files`.
    pub fn of(files: fontdb::Database) -> Self {
        let has = |family: &str| files.faces().any(|face| face.families.iter().any(|(name, _)| name == family));
        let chosen = FAMILIES.iter().find(|family| has(family)).map(|f| (*f).to_owned());
        let any = || files.faces().next().and_then(|face| face.families.first().map(|(name, _)| name.clone()));
        let family = chosen.or_else(any).unwrap_or_default();
        Self { files: Arc::new(files), family, known: Mutex::default(), reported: Mutex::default() }
    }

    /// Family that texts are set in; empty where there is no font.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The file of the usual face of the family, and its number in it; none where there is no font. For what is printed.
    pub fn usual_face(&self) -> Option<(Vec<u8>, u32)> {
        let families = [fontdb::Family::Name(&self.family)];
        let query = fontdb::Query { families: &families, weight: fontdb::Weight(REGULAR), ..fontdb::Query::default() };
        self.files.with_face_data(self.files.query(&query)?, |data, index| (data.to_vec(), index))
    }

    /// How an SVG is read: with these fonts, and without following any reference out of it.
    pub fn options(&self) -> usvg::Options<'_> {
        usvg::Options {
            fontdb: self.files.clone(),
            font_family: self.family.clone(),
            font_resolver: usvg::FontResolver {
                select_font: usvg::FontResolver::default_font_selector(),
                select_fallback: Box::new(|c, used, files| {
                    let bold = used.first().and_then(|id| files.face(*id)).is_some_and(|face| face.weight.0 >= BOLD);
                    self.glyph(c, bold).map(|glyph| glyph.face).filter(|id| !used.contains(id))
                }),
            },
            resources_dir: None,
            image_href_resolver: usvg::ImageHrefResolver {
                resolve_data: Box::new(|_, _, _| None),
                resolve_string: Box::new(|_, _| None),
            },
            ..usvg::Options::default()
        }
    }

    /// Width of `text` on one line, pixels: the sum of its letters' own widths.
    pub fn width(&self, text: &str, size: f32, bold: bool) -> f32 {
        text.chars().map(|c| self.advance(c, size, bold)).sum()
    }

    /// Width of one character, pixels. One that no font has is taken for a usual one.
    pub fn advance(&self, c: char, size: f32, bold: bool) -> f32 {
        let usual = if is_wide(c) { 1.0 } else { 0.56 };
        size * self.glyph(c, bold).map_or(usual, |glyph| glyph.advance)
    }

    /// The characters of `text` that no font can draw, each once.
    pub fn undrawable(&self, text: &str) -> Vec<char> {
        let mut out = Vec::new();
        for c in text.chars().filter(|c| !c.is_whitespace() && !is_unseen(*c)) {
            if !out.contains(&c) && self.glyph(c, false).is_none() {
                out.push(c);
            }
        }
        out
    }

    /// `text` as it can be drawn: one space for any white space, nothing unseen, at most `most` characters, and nothing
    /// that would come out as an empty box. What no font has is left out, and the log says so once.
    pub fn drawable(&self, text: &str, most: usize) -> String {
        let missing = self.undrawable(text);
        if !missing.is_empty() {
            self.report(&missing);
        }
        let mut out = String::new();
        for c in text.chars().filter(|c| !missing.contains(c)).take(most) {
            match c {
                c if c.is_whitespace() || c.is_control() => {
                    if !out.is_empty() && !out.ends_with(' ') {
                        out.push(' ');
                    }
                }
                c if is_unseen(c) && !is_joiner(c) || is_joiner(c) && self.glyph(c, false).is_none() => {}
                c => out.push(c),
            }
        }
        out.truncate(out.trim_end().len());
        out
    }

    fn report(&self, missing: &[char]) {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let new: String = missing.iter().filter(|c| reported.len() < KNOWN_MAX && reported.insert(**c)).collect();
        if !new.is_empty() {
            tracing::warn!(
                characters = new,
                "no installed font can draw these characters, so they are left out of the picture; install a font that has \
                 them (fonts-noto-cjk for Chinese)"
            );
        }
    }

    /// The glyph that `c` is drawn with; none if no font has it.
    fn glyph(&self, c: char, bold: bool) -> Option<Glyph> {
        if let Some(glyph) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&(c, bold)) {
            return *glyph;
        }
        let found = self.find(c, bold);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert((c, bold), found);
        found
    }

    /// The family's own face first, as the renderer does; then the families of the list, then whatever is upright.
    fn find(&self, c: char, bold: bool) -> Option<Glyph> {
        let weight = fontdb::Weight(if bold { BOLD } else { REGULAR });
        let of_family = |family: &str| {
            let families = [fontdb::Family::Name(family)];
            let query = fontdb::Query { families: &families, weight, ..fontdb::Query::default() };
            self.files.query(&query).and_then(|id| self.glyph_in(id, c))
        };
        let upright = || {
            let mut faces: Vec<_> = self.files.faces().filter(|face| face.style == fontdb::Style::Normal).collect();
            faces.sort_by_key(|face| face.weight.0.abs_diff(weight.0));
            faces.into_iter().find_map(|face| self.glyph_in(face.id, c))
        };
        of_family(&self.family).or_else(|| FAMILIES.iter().find_map(|family| of_family(family))).or_else(upright)
    }

    fn glyph_in(&self, id: fontdb::ID, c: char) -> Option<Glyph> {
        self.files.with_face_data(id, |data, index| {
            let face = ttf_parser::Face::parse(data, index).ok()?;
            let glyph = face.glyph_index(c)?;
            let advance = f32::from(face.glyph_hor_advance(glyph)?) / f32::from(face.units_per_em());
            Some(Glyph { face: id, advance })
        })?
    }
}

/// Han, kana, hangul and full-width forms take a whole square, and a line may break beside them.
pub(crate) fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f000..=0x3ffff)
}

/// Joiners, selectors and controls, which have no look of their own: nobody misses them.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || is_override(c)
        || matches!(u32::from(c), 0x200b..=0x200d | 0xfe00..=0xfe0f | 0xfeff | 0xfff9..=0xfffb | 0xfffe..=0xffff | 0xe0000..=0xe0fff)
}

/// Joins letters of some scripts, or keeps them apart; it belongs to the spelling there.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Marks that turn the direction of writing round: with them a price could be made to read backwards.
fn is_override(c: char) -> bool {
    matches!(u32::from(c), 0x200e..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A machine that has fonts, but none with Chinese.
    fn without_chinese() -> Fonts {
        let mut files = fontdb::Database::new();
        files.load_system_fonts();
        let chinese: Vec<_> = files
            .faces()
            .filter(|face| {
                let has =
                    |data: &[u8], index| ttf_parser::Face::parse(data, index).unwrap().glyph_index('中').is_some();
                files.with_face_data(face.id, has).unwrap()
            })
            .map(|face| face.id)
            .collect();
        chinese.into_iter().for_each(|id| files.remove_face(id));
        assert!(!files.is_empty(), "this machine has a Latin font beside the Chinese one");
        Fonts::of(files)
    }

    #[test]
    fn chinese_and_latin_are_measured_by_the_fonts_own_widths() {
        let fonts = Fonts::system();
        assert!((fonts.width("特级橄榄油", 20.0, false) - 100.0).abs() < 0.1, "a Han character is a square");
        let (narrow, broad) = (fonts.width("iiii", 20.0, false), fonts.width("MMMM", 20.0, false));
        assert!(narrow * 2.0 < broad, "{narrow} and {broad}: letters differ");
        assert!(fonts.width("Olive", 20.0, true) > fonts.width("Olive", 20.0, false), "bold is wider");
        let digits = ('0'..='9').map(|c| fonts.advance(c, 20.0, true)).collect::<Vec<_>>();
        assert!(digits.windows(2).all(|two| two[0] == two[1]), "a clock does not tremble: {digits:?}");
    }

    #[test]
    fn what_no_font_can_draw_is_left_out_and_named() {
        let fonts = without_chinese();
        assert_eq!(fonts.undrawable("仅剩 3 件 left 剩"), ['仅', '剩', '件'], "each once");
        assert_eq!(fonts.drawable("仅剩 3 件 left", 100), "3 left");
        assert!(Fonts::system().undrawable("仅剩 3 件 Noch 3 da – où? Ещё").is_empty());
        let none = Fonts::of(fontdb::Database::new());
        assert_eq!((none.undrawable("ab").len(), none.drawable("ab", 9)), (2, String::new()));
    }

    #[test]
    fn controls_and_marks_that_turn_the_writing_round_are_dropped() {
        let drawable = |text: &str| Fonts::system().drawable(text, 20);
        assert_eq!(drawable("a\u{0}b\u{1b}[31m\tc\u{202e}99.1\u{fe0f}"), "a b [31m c99.1");
        assert_eq!(drawable("  橄榄油 \r\n\n Olive\u{3000}oil  "), "橄榄油 Olive oil");
        assert_eq!(drawable(&"长".repeat(1_000)), "长".repeat(20), "and the length is bounded");
    }
}
