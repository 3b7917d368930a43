//! All words of one show: the fixed ones, the shelf's and the show's own.

use super::clean::is_han;
use super::names;
use super::rules::KeywordRules;
use super::shelf::Shelf;
use super::token::{Class, Cue, Kind};
use super::words::{MEASURED, NUMBERS, WORDS};
use std::collections::{BTreeMap, HashMap};

/// One spelling for texts that mean the same: NFKC, lower case, traditional characters simplified (`hawker_text::fold`).
pub type Fold = fn(&str) -> String;

/// An option value of a product: places of item, axis and value on the shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ValueAt {
    pub item: usize,
    pub axis: usize,
    pub value: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Lexicon {
    words: HashMap<String, Kind>,
    /// The longest word in characters.
    longest: usize,
    pub options: Vec<Vec<ValueAt>>,
    pub names: Vec<Vec<u32>>,
    /// Names of the crew, folded.
    pub staff: Vec<String>,
}

impl Lexicon {
    pub fn new(shelf: &Shelf, rules: &KeywordRules, fold: Fold) -> Self {
        let staff = shelf.staff.iter().map(|name| fold(name)).collect();
        let mut lexicon = Self { words: HashMap::new(), longest: 0, options: Vec::new(), names: Vec::new(), staff };
        lexicon.fixed();
        for name in lexicon.staff.clone() {
            lexicon.put(name, Kind::Filler);
        }
        lexicon.shelf(shelf, fold);
        for word in &rules.claim {
            let word = fold(word);
            let class = match lexicon.words.get(&word) {
                Some(Kind::Claim(class)) => *class,
                _ if word.is_ascii() => Class::Named,
                _ => Class::AsBare,
            };
            // 扣 stays what it is: it only makes 扣n count.
            if lexicon.words.get(&word) != Some(&Kind::Kou) {
                lexicon.put(word, Kind::Key(class));
            }
        }
        lexicon
    }

    fn fixed(&mut self) {
        for (kind, words) in WORDS {
            for word in words.split('|').map(str::trim) {
                self.put(word.to_owned(), *kind);
            }
        }
        let kin = WORDS.iter().filter(|(kind, _)| *kind == Kind::Cue(Cue::Kin)).flat_map(|(_, words)| words.split('|'));
        for word in kin.map(str::trim) {
            for before in ["给", "帮", "送", "送给", "替", "给我", "帮我", "和", "跟"] {
                self.put(format!("{before}{word}"), Kind::Cue(Cue::Recipient));
            }
        }
        // A word of kinship before "give me" is how the host is spoken to.
        for word in ["姐", "姐姐", "大姐", "阿姐", "哥", "哥哥", "妹妹", "妹", "宝贝", "老师"] {
            for claim in ["给我", "帮我留", "给我留", "给我来", "我要", "我来", "我也要", "俾我", "畀我", "帮我拍"]
            {
                self.put(format!("{word}{claim}"), Kind::Claim(Class::AsBare));
            }
        }
        for (value, words, _) in NUMBERS {
            for word in words.split('|') {
                self.put(word.to_owned(), Kind::Num(*value, super::token::Form::Count));
            }
        }
        for (pieces, pairs, words) in MEASURED {
            for word in words.split('|') {
                self.put(word.to_owned(), Kind::Measured(*pieces, *pairs));
            }
        }
    }

    fn shelf(&mut self, shelf: &Shelf, fold: Fold) {
        for (item, goods) in shelf.items.iter().enumerate() {
            for (axis, choice) in goods.options.iter().enumerate() {
                for (value, word) in choice.values.iter().enumerate() {
                    let at = ValueAt { item, axis, value };
                    for word in word.aliases.iter().chain([&word.value]) {
                        self.option(fold(word), at);
                    }
                }
            }
        }
        let named =
            shelf.items.iter().flat_map(|goods| goods.names.iter().map(|name| (fold(name), vec![goods.number])));
        let grouped = shelf.groups.iter().map(|group| (fold(&group.name), group.numbers.clone()));
        let said: Vec<(String, Vec<u32>)> = named.chain(grouped).collect();
        for (name, numbers) in &said {
            self.name(name.clone(), numbers);
        }
        // What people say for a name, where that means nothing else already.
        let mut forms: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (name, numbers) in &said {
            for form in names::forms(name) {
                forms.entry(form).or_default().extend(numbers);
            }
        }
        for (form, numbers) in forms.iter().filter(|(form, _)| !self.words.contains_key(*form)).collect::<Vec<_>>() {
            self.name(form.clone(), numbers);
        }
        let mut heads: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (name, numbers) in &said {
            if let Some(head) = names::head(name) {
                heads.entry(head).or_default().extend(numbers);
            }
        }
        for (head, mut numbers) in
            heads.into_iter().filter(|(head, _)| !self.words.contains_key(head)).collect::<Vec<_>>()
        {
            numbers.sort_unstable();
            numbers.dedup();
            self.names.push(numbers);
            self.put(head, Kind::Head(self.names.len() - 1));
        }
    }

    fn option(&mut self, word: String, at: ValueAt) {
        // Figures alone are numbers until the product they belong to is known.
        if word.chars().all(|c| c.is_ascii_digit()) {
            return;
        }
        if let Some(Kind::Opt(place)) = self.words.get(&word) {
            if let Some(list) = self.options.get_mut(*place).filter(|list| !list.contains(&at)) {
                list.push(at);
            }
            return;
        }
        self.options.push(vec![at]);
        self.put(word, Kind::Opt(self.options.len() - 1));
    }

    fn name(&mut self, word: String, numbers: &[u32]) {
        if let Some(Kind::Name(place)) = self.words.get(&word) {
            if let Some(list) = self.names.get_mut(*place) {
                list.extend(numbers);
                list.sort_unstable();
                list.dedup();
            }
            return;
        }
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        self.names.push(numbers);
        self.put(word, Kind::Name(self.names.len() - 1));
    }

    fn put(&mut self, word: String, kind: Kind) {
        if !word.is_empty() {
            self.longest = self.longest.max(word.chars().count());
            self.words.insert(word, kind);
        }
    }

    /// The longest word that begins at `start`, and its length in characters. Words of letters end where letters end.
    pub fn longest_at(&self, text: &[char], start: usize) -> Option<(Kind, usize)> {
        let letter = |place: usize| text.get(place).is_some_and(|c| c.is_alphabetic() && !is_han(*c));
        let digit = |place: usize| text.get(place).is_some_and(char::is_ascii_digit);
        // "Lx2": the sign of a quantity may stand right behind a word.
        let times = |place: usize| text.get(place) == Some(&'x') && digit(place + 1);
        if start > 0 && letter(start) && letter(start - 1) && !times(start) {
            return None;
        }
        let mut word: String = text.iter().skip(start).take(self.longest).collect();
        let mut length = word.chars().count();
        while length > 0 {
            let inside = (letter(start + length - 1) && letter(start + length) && !times(start + length))
                || (digit(start + length - 1) && digit(start + length));
            if let Some(kind) = (!inside).then(|| self.words.get(&word)).flatten() {
                return Some((*kind, length));
            }
            word.pop();
            length -= 1;
        }
        None
    }
}
