//! What people say for a product's name: in the plural, without the words before it.

use super::clean::is_han;
use super::title::phrases;

/// Other forms of a folded name that mean the same: the names within a title, plurals and singulars, last words.
pub(super) fn forms(name: &str) -> Vec<String> {
    let phrases = phrases(name);
    if phrases.is_empty() {
        return forms_of_one(name);
    }
    let mut forms: Vec<String> = phrases.iter().flat_map(|phrase| forms_of_one(phrase)).collect();
    forms.extend(phrases);
    forms
}

fn forms_of_one(name: &str) -> Vec<String> {
    let spelled = name.replace('-', " ");
    let words: Vec<&str> = spelled.split_whitespace().collect();
    let mut forms = Vec::new();
    if name.chars().any(is_han) {
        // 不锈钢保温杯 -> 保温杯.
        let characters: Vec<char> = name.chars().collect();
        let tails = (1..characters.len().saturating_sub(1)).filter_map(|start| characters.get(start..));
        let tails = tails.filter(|tail| tail.first() != Some(&'整'));
        forms.extend(tails.map(|tail| tail.iter().collect::<String>()));
        // 小白鞋 -> 鞋子.
        forms
            .extend(characters.last().filter(|last| "鞋裤裙袜杯帽靴".contains(**last)).map(|last| format!("{last}子")));
        return forms;
    }
    for start in 0..words.len().saturating_sub(1) {
        let tail = words.get(start..).unwrap_or_default().join(" ");
        forms.extend(numerus(&tail));
        forms.push(tail);
        // "canvas bag" of a canvas tote bag.
        if let (Some(first), Some(last)) = (words.get(start), words.last()) {
            let short = format!("{first} {last}");
            forms.extend(numerus(&short));
            forms.push(short);
        }
    }
    forms.extend(numerus(name));
    if words.len() > 1 {
        let glued = words.concat();
        forms.extend(numerus(&glued));
        forms.push(glued);
    }
    forms.retain(|form| form != name);
    forms
}

/// The one character or word that a name ends in: 皂, "bag". It names the goods only behind their quantity.
pub(super) fn head(name: &str) -> Option<String> {
    let last = name.chars().last()?;
    if is_han(last) {
        return (!"子色".contains(last)).then(|| last.to_string());
    }
    name.split([' ', '-']).next_back().filter(|word| word.len() > 2 && word.len() < name.len()).map(str::to_owned)
}

/// "bank" -> "banks", "boxes" -> "box".
fn numerus(name: &str) -> Vec<String> {
    if !name.is_ascii() || name.len() < 3 {
        return Vec::new();
    }
    let mut forms = Vec::new();
    let hisses = |word: &str| ["s", "x", "ch", "sh"].iter().any(|end| word.ends_with(end));
    if let Some(stem) = name.strip_suffix("ies") {
        forms.extend([format!("{stem}y"), format!("{stem}ie")]);
    } else if let Some(stem) = name.strip_suffix("es").filter(|stem| hisses(stem)) {
        forms.push(stem.to_owned());
    } else if let Some(stem) = name.strip_suffix('s').filter(|stem| !stem.ends_with('s')) {
        forms.push(stem.to_owned());
    } else if hisses(name) {
        forms.push(format!("{name}es"));
    } else if let Some(stem) = name.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        forms.push(format!("{stem}ies"));
    } else {
        forms.push(format!("{name}s"));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_in_the_plural_and_by_its_last_words() {
        for (name, form) in [
            ("mini power bank", "power banks"),
            ("nut boxes", "nut box"),
            ("canvas tote bag", "canvas bag"),
            ("scrunchies", "scrunchie"),
            ("lucky bag", "lucky bags"),
            ("power bank", "powerbanks"),
            ("不锈钢保温杯", "保温杯"),
        ] {
            assert!(forms(name).iter().any(|other| other == form), "{name} is also {form}: {:?}", forms(name));
        }
        assert_eq!(head("手工皂"), Some("皂".to_owned()));
        assert_eq!(head("dress"), None, "the whole name is no head of itself");
    }
}
