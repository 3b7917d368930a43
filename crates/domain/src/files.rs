//! The files a person may choose, by their endings: one list for every dialog and for whoever reads them.

/// Still pictures, also photos of a product.
pub const PICTURES: &[&str] = &["jpg", "jpeg", "png", "webp"];

/// Clips.
pub const CLIPS: &[&str] =
    &["mp4", "m4v", "mov", "mkv", "webm", "ts", "m2ts", "mts", "mpg", "mpeg", "avi", "flv", "ogv"];

/// Tables of a catalogue.
pub const TABLES: &[&str] = &["csv", "tsv", "xlsx"];

/// True for a name that ends in one of these, in capitals or not.
pub fn ends_in(name: &std::path::Path, endings: &[&str]) -> bool {
    let ending = name.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.iter().any(|one| one.eq_ignore_ascii_case(ending)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn an_ending_counts_in_capitals_too_and_a_name_without_one_is_none() {
        for (name, is_picture) in
            [("shelf.JPG", true), ("a.b.webp", true), ("clip.mp4", false), ("jpg", false), (".png", false), ("", false)]
        {
            assert_eq!(ends_in(Path::new(name), PICTURES), is_picture, "{name}");
        }
        assert!(ends_in(Path::new("tape.MPG"), CLIPS));
        assert!(!CLIPS.iter().any(|ending| PICTURES.contains(ending)), "no file is both");
    }
}
