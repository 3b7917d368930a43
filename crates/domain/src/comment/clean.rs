//! Before reading: what looks the same is written the same.
//!
//! Rules, section 1: zero-width characters and direction marks go, full-width forms, circled digits and keycaps become
//! ASCII, emoji are blanks, letters typed apart are joined, other scripts' digits are no numbers.

/// A comment as the grammar reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cleaned {
    pub text: Vec<char>,
    /// A Latin word holds letters of another alphabet.
    pub disguised: bool,
}

/// Stands for what is content but neither word nor number: "Ⅳ", "½", "٣".
const CONTENT: char = '¤';
/// More of one comment is not read; what stands behind it counts as content.
const LONGEST: usize = 1_000;

/// `text` cleaned; `fold` is [`super::Fold`].
pub(super) fn clean(text: &str, fold: fn(&str) -> String) -> Cleaned {
    let mut kept = String::with_capacity(text.len().min(4 * LONGEST));
    let mut long = false;
    for (place, character) in text.chars().enumerate() {
        if place >= LONGEST {
            long = true;
            break;
        }
        sign(character, &mut kept);
    }
    if long {
        kept.push(CONTENT);
    }
    let folded: Vec<char> = fold(&kept).chars().map(quote).collect();
    Cleaned { disguised: is_disguised(&folded), text: joined(&folded) }
}

fn quote(character: char) -> char {
    match character {
        '’' | '‘' | '`' | '´' => '\'',
        '–' | '—' | '−' => '-',
        '\n' | '\r' => ';',
        other => other,
    }
}

fn sign(character: char, kept: &mut String) {
    match character {
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' => {}
        '\u{fe00}'..='\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}' => {}
        '\n' | '\r' => kept.push(';'),
        '➕' | '﹢' => kept.push('+'),
        '✖' | '✕' | '×' | '╳' => kept.push('*'),
        '➖' => kept.push('-'),
        '🔟' => kept.push_str("10"),
        '①'..='⑳' => circled(character, '①', kept),
        '❶'..='❿' => circled(character, '❶', kept),
        '➀'..='➉' => circled(character, '➀', kept),
        '➊'..='➓' => circled(character, '➊', kept),
        '🙋' | '✋' | '🤚' => kept.push_str(if character == '🙋' { " 🙋 " } else { " ✋ " }),
        '²' | '³' | '¹' | '¼'..='¾' | '\u{2070}'..='\u{209f}' | '\u{2150}'..='\u{218b}' => kept.push(CONTENT),
        '№' => kept.push_str("no."),
        _ if is_picture(character) => kept.push_str(" ~ "),
        _ if character.is_numeric() && !is_number_here(character) => kept.push(CONTENT),
        _ => kept.push(character),
    }
}

fn circled(character: char, first: char, kept: &mut String) {
    let value = u32::from(character) - u32::from(first) + 1;
    if kept.ends_with(|last: char| last.is_ascii_digit()) {
        kept.push(' ');
    }
    kept.push_str(&value.to_string());
}

fn is_number_here(character: char) -> bool {
    character.is_ascii_digit()
        || matches!(character, '\u{ff10}'..='\u{ff19}' | '\u{1d7ce}'..='\u{1d7ff}' | '〇' | '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}')
}

/// Emoji, dingbats and the like: noise wherever they stand.
fn is_picture(character: char) -> bool {
    matches!(character,
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{2190}'..='\u{21ff}'
        | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{25ff}' | '\u{e0020}'..='\u{e007f}' | '\u{200d}' | '\u{3030}' | '\u{303d}' | '\u{2122}')
}

/// "mіne" with a Cyrillic letter: a run of letters of which some are Latin and some Cyrillic or Greek.
fn is_disguised(text: &[char]) -> bool {
    text.split(|c| !c.is_alphabetic() || is_han(*c)).any(|word| {
        word.iter().any(char::is_ascii_alphabetic)
            && word.iter().any(|c| matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{530}'..='\u{58f}'))
    })
}

pub(super) fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '〇')
}

/// The Latin letter a Cyrillic or Greek one is mistaken for.
pub(super) fn latin_look(character: char) -> char {
    match character {
        'а' | 'α' => 'a',
        'в' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'һ' => 'h',
        'і' | 'ι' | 'ї' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' => 'm',
        'п' | 'η' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        other => other,
    }
}

/// Three or more characters (four or more letters) typed apart by one blank or dot are one run: "我 要 一 个", "m.i.n.e".
fn joined(text: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&first) = text.get(at) {
        let end = run(text, at);
        let count = (end - at).div_ceil(2);
        if count >= if is_han(first) { 3 } else { 4 } {
            out.extend(text.iter().skip(at).take(end - at).step_by(2));
            at = end;
        } else {
            // What stands before `end` has been looked at: a short run is taken over as a whole.
            out.extend(text.iter().skip(at).take((end - at).max(1)));
            at = end.max(at + 1);
        }
    }
    out
}

fn run(text: &[char], start: usize) -> usize {
    let script = |c: char| if is_han(c) { 1 } else { i32::from(c.is_ascii_lowercase()) * 2 };
    let Some(&first) = text.get(start) else { return start };
    let alone = |place: usize| {
        let before = place.checked_sub(1).and_then(|p| text.get(p)).copied().unwrap_or(' ');
        let after = text.get(place + 1).copied().unwrap_or(' ');
        (script(before) == 0 && !before.is_ascii_digit()) && (script(after) == 0 && !after.is_ascii_digit())
    };
    if script(first) == 0 || !alone(start) {
        return start + 1;
    }
    let Some(&apart) =
        text.get(start + 1).filter(|c| matches!(c, ' ' | '.' | '-' | '_' | '·' | '。' | '*' | ',' | '~'))
    else {
        return start + 1;
    };
    let mut end = start + 1;
    while text.get(end) == Some(&apart)
        && text.get(end + 1).is_some_and(|c| script(*c) == script(first))
        && alone(end + 1)
    {
        end += 2;
    }
    end
}
