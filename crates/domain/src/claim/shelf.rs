//! The products of a show as its comments mean them: from SKUs to the grammar's numbers and options, and back.

use super::{ClaimLine, LINES_MAX, TakenBack};
use crate::{
    Sku, Variant,
    comment::{Axis, AxisValue, CommentLine, Confidence, Fold, Grammar, KeywordRules, Open, Reading, Shelf, ShelfItem},
};
use std::collections::BTreeMap;

/// Products without a place in the running order are numbered from here on: a number that nobody writes, so that they are
/// meant by name or by being pinned alone.
const UNNUMBERED: u32 = 10_001;

/// One product as the show sells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Goods {
    pub sku: Sku,
    pub title: String,
    pub aliases: Vec<String>,
    pub variant: Option<Variant>,
    pub price_minor: i64,
    /// It has a place in the running order, which is the number the host calls it by.
    pub is_numbered: bool,
}

/// What a comment comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Claim {
        lines: Vec<ClaimLine>,
        confidence: Confidence,
    },
    Question {
        why: Open,
        ways: Vec<Vec<ClaimLine>>,
    },
    /// Without lines the viewer's last order.
    Cancel {
        lines: Vec<TakenBack>,
    },
    Nothing,
}

/// The shelf of one show. Variants of one product have one number; the comment has to say which it means.
#[derive(Clone, Debug)]
pub struct ClaimShelf {
    grammar: Grammar,
    items: Vec<Item>,
}

#[derive(Clone, Debug)]
struct Item {
    number: u32,
    /// Each SKU with the option values that tell it from the others.
    forms: Vec<(Sku, Vec<String>)>,
}

impl ClaimShelf {
    /// `goods` in the order of the show. `staff`: names to which speaking is speaking to the host.
    pub fn new(goods: &[Goods], staff: Vec<String>, rules: &KeywordRules, fold: Fold) -> Self {
        let (mut items, mut shelf) = (Vec::new(), Vec::new());
        for (number, forms) in numbered(&grouped(goods)) {
            let (values, options) = options(&forms);
            shelf.push(ShelfItem {
                number,
                names: names(&forms),
                options,
                in_pairs: false,
                in_lumps: false,
                price_minor: forms.first().map_or(0, |first| first.price_minor),
            });
            items.push(Item { number, forms: forms.iter().map(|goods| goods.sku.clone()).zip(values).collect() });
        }
        let shelf = Shelf { items: shelf, groups: Vec::new(), staff };
        Self { grammar: Grammar::new(shelf, rules, fold), items }
    }

    /// The number the host calls a product by; none where it has no place in the running order.
    pub fn number(&self, sku: &Sku) -> Option<u32> {
        self.item_of(sku).map(|item| item.number).filter(|number| *number < UNNUMBERED)
    }

    /// What `text` asks for while `pinned` is on the viewer's card. `is_open`: it is not known which variant is shown there.
    pub fn read(&self, text: &str, pinned: Option<&Sku>, is_open: bool) -> Heard {
        let pinned = pinned.and_then(|sku| self.item_of(sku));
        // Variants that the shelf does not know as such: "1" would mean the one that happens to name the pin.
        let unclear = pinned.filter(|item| is_open && item.forms.len() == 1).map(|item| item.number);
        match self.grammar.read(text, pinned.map(|item| item.number)) {
            Reading::Claim { lines, .. }
                if lines.iter().any(|line| line.number.is_some() && line.number == unclear) =>
            {
                Heard::Question { why: Open::Option, ways: Vec::new() }
            }
            Reading::Claim { lines, confidence } => match self.lines(&lines) {
                Some(lines) => Heard::Claim { lines, confidence },
                // A combination that is not sold, or too much for one claim.
                None => Heard::Question { why: Open::Option, ways: Vec::new() },
            },
            Reading::Question { why, readings } => {
                Heard::Question { why, ways: readings.iter().filter_map(|lines| self.lines(lines)).collect() }
            }
            Reading::Cancel { lines } => {
                let taken: Vec<TakenBack> = lines.iter().filter_map(|line| self.taken_back(line)).collect();
                // Something else was named: that is not the last order.
                if taken.is_empty() && !lines.is_empty() { Heard::Nothing } else { Heard::Cancel { lines: taken } }
            }
            Reading::None => Heard::Nothing,
        }
    }

    fn item_of(&self, sku: &Sku) -> Option<&Item> {
        self.items.iter().find(|item| item.forms.iter().any(|(form, _)| form == sku))
    }

    fn item(&self, number: Option<u32>) -> Option<&Item> {
        self.items.iter().find(|item| Some(item.number) == number)
    }

    /// Each product once; none where one of them is none of the shelf's.
    fn lines(&self, lines: &[CommentLine]) -> Option<Vec<ClaimLine>> {
        let mut sums: Vec<ClaimLine> = Vec::new();
        for line in lines {
            let item = self.item(line.number)?;
            let (sku, _) = item.forms.iter().find(|(_, values)| *values == line.options)?;
            let qty = line.quantity?;
            match sums.iter_mut().find(|known| known.sku == *sku) {
                Some(known) => known.qty = known.qty.saturating_add(qty),
                None => sums.push(ClaimLine { sku: sku.clone(), qty }),
            }
        }
        (!sums.is_empty() && sums.len() <= LINES_MAX).then_some(sums)
    }

    fn taken_back(&self, line: &CommentLine) -> Option<TakenBack> {
        let item = self.item(line.number)?;
        let fits = |values: &[String]| line.options.iter().all(|said| values.contains(said));
        let skus = item.forms.iter().filter(|(_, values)| fits(values)).map(|(sku, _)| sku.clone()).collect();
        Some(TakenBack { skus, qty: line.quantity })
    }
}

/// Variants of one product together, where its first one stands.
fn grouped(goods: &[Goods]) -> Vec<Vec<&Goods>> {
    let mut groups: Vec<Vec<&Goods>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for one in goods {
        let of = one.variant.as_ref().map(|variant| variant.of.as_str());
        match of.and_then(|of| places.get(of)).and_then(|place| groups.get_mut(*place)) {
            Some(group) => group.push(one),
            None => {
                if let Some(of) = of {
                    places.insert(of, groups.len());
                }
                groups.push(vec![one]);
            }
        }
    }
    groups
}

fn numbered<'a>(groups: &[Vec<&'a Goods>]) -> Vec<(u32, Vec<&'a Goods>)> {
    let (mut next, mut beyond) = (1, UNNUMBERED);
    let number = |group: &Vec<&'a Goods>| {
        let counter = if group.iter().any(|goods| goods.is_numbered) { &mut next } else { &mut beyond };
        let number = *counter;
        *counter += 1;
        (number, group.clone())
    };
    groups.iter().map(number).collect()
}

/// Titles without their option, and what several forms are called alike.
fn names(forms: &[&Goods]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut put = |name: &str| {
        if !name.trim().is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    for goods in forms {
        let cut = goods.variant.as_ref().and_then(|variant| variant.cut_from(&goods.title));
        put(cut.as_deref().unwrap_or(&goods.title));
        for alias in &goods.aliases {
            if forms.len() == 1 || forms.iter().filter(|other| other.aliases.contains(alias)).count() > 1 {
                put(alias);
            }
        }
    }
    names
}

/// What tells the forms of a product apart: for each form its values, and the axes they are on. "红 / L" is two values where
/// all options have two, and all of them differ; else the whole option is one.
fn options(forms: &[&Goods]) -> (Vec<Vec<String>>, Vec<Axis>) {
    if forms.len() < 2 {
        return (forms.iter().map(|_| Vec::new()).collect(), Vec::new());
    }
    let option = |goods: &Goods| goods.variant.as_ref().map_or_else(String::new, |variant| variant.option.clone());
    let whole: Vec<Vec<String>> = forms.iter().map(|goods| vec![option(goods)]).collect();
    let parted: Vec<Vec<String>> = forms.iter().map(|goods| parts(&option(goods))).collect();
    let is_even = parted.iter().all(|parts| Some(parts.len()) == parted.first().map(Vec::len));
    let is_distinct = parted.iter().enumerate().all(|(at, parts)| !parted.iter().take(at).any(|other| other == parts));
    let values = if is_even && is_distinct { parted } else { whole };
    let axes: Vec<Vec<String>> = (0..values.first().map_or(0, Vec::len)).map(|at| column(&values, at)).collect();
    // Where there is no choice nothing has to be said.
    let asked: Vec<usize> = (0..axes.len()).filter(|at| axes.get(*at).is_some_and(|axis| axis.len() > 1)).collect();
    let kept = |row: &Vec<String>| asked.iter().filter_map(|at| row.get(*at).cloned()).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = values.iter().map(kept).collect();
    let is_single = asked.len() == 1;
    let own = |value: &str| -> Vec<String> {
        // A name of one form alone says which form it is.
        let form = rows.iter().zip(forms).find(|(row, _)| row.iter().any(|own| own == value)).map(|(_, goods)| goods);
        let shared = |alias: &String| forms.iter().filter(|other| other.aliases.contains(alias)).count() > 1;
        form.filter(|_| is_single)
            .map(|goods| goods.aliases.iter().filter(|alias| !shared(alias)).cloned().collect())
            .unwrap_or_default()
    };
    let axis = |at: &usize| Axis {
        values: axes
            .get(*at)
            .into_iter()
            .flatten()
            .map(|value| AxisValue { value: value.clone(), aliases: own(value) })
            .collect(),
    };
    let axes = asked.iter().map(axis).collect();
    (rows, axes)
}

fn column(rows: &[Vec<String>], at: usize) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in rows.iter().filter_map(|row| row.get(at)) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    values
}

fn parts(option: &str) -> Vec<String> {
    let signs = ['/', '／', '|', '·', ',', '，', ';', '；'];
    let by_sign: Vec<String> =
        option.split(signs).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if by_sign.len() > 1 { by_sign } else { option.split_whitespace().map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn goods(sku: &str, title: &str, variant: Option<(&str, &str)>) -> Goods {
        Goods {
            sku: Sku::new(sku).unwrap(),
            title: title.to_owned(),
            aliases: Vec::new(),
            variant: variant.and_then(|(of, option)| Variant::new(of, option)),
            price_minor: 5_900,
            is_numbered: true,
        }
    }

    /// 1: a mug; 2: a shirt in four forms, of which the fifth is not sold; 3: a flask in two colours, one of which has a name of its own; then a bowl
    /// that has no number.
    fn shelf() -> ClaimShelf {
        let mut all = vec![
            goods("MUG", "马克杯", None),
            goods("TEE-RM", "圆领T恤 红 / M", Some(("tee", "红 / M"))),
            goods("TEE-RL", "圆领T恤 红 / L", Some(("tee", "红 / L"))),
            goods("TEE-BL", "圆领T恤 蓝 / L", Some(("tee", "蓝 / L"))),
            goods("FLASK-B", "Flask black", Some(("flask", "black"))),
            goods("FLASK-W", "Flask white", Some(("flask", "white"))),
            goods("BOWL", "青花碗", None),
        ];
        all[5].aliases = vec!["snow".to_owned(), "thermos".to_owned()];
        all[4].aliases = vec!["thermos".to_owned()];
        all[6].is_numbered = false;
        ClaimShelf::new(&all, vec!["Lulu".to_owned()], &KeywordRules::default(), hawker_text::fold)
    }

    fn claim(lines: &[(&str, u32)]) -> Option<Vec<ClaimLine>> {
        Some(lines.iter().map(|(sku, qty)| ClaimLine { sku: Sku::new(sku).unwrap(), qty: *qty }).collect())
    }

    #[test]
    fn comments_mean_the_products_of_the_show() {
        let shelf = shelf();
        for (text, pinned, want) in [
            ("1", Some("MUG"), claim(&[("MUG", 1)])),
            ("+1+1", Some("MUG"), claim(&[("MUG", 1)])),
            ("要2件", Some("MUG"), claim(&[("MUG", 2)])),
            ("1", Some("BOWL"), claim(&[("BOWL", 1)])),
            ("青花碗两个", None, claim(&[("BOWL", 2)])),
            ("2号 红L 一件", None, claim(&[("TEE-RL", 1)])),
            ("红M", Some("TEE-BL"), claim(&[("TEE-RM", 1)])),
            ("mine 3 white", None, claim(&[("FLASK-W", 1)])),
            ("mine 3 snow", None, claim(&[("FLASK-W", 1)])),
            ("thermos white 2 pcs", None, claim(&[("FLASK-W", 2)])),
            ("2号 蓝M 一件", None, None),
            ("1", Some("TEE-RL"), None),
            ("1", None, None),
        ] {
            let pinned = pinned.map(|sku| Sku::new(sku).unwrap());
            let got = shelf.read(text, pinned.as_ref(), false);
            match (&got, &want) {
                (Heard::Claim { lines, .. }, Some(want)) => assert_eq!(lines, want, "{text}"),
                (Heard::Question { .. }, None) => {}
                _ => panic!("{text} with {pinned:?} pinned was read as {got:?}"),
            }
        }
        assert_eq!(shelf.read("好看", None, false), Heard::Nothing);
        assert_eq!(shelf.number(&Sku::new("FLASK-W").unwrap()), Some(3));
        assert_eq!(shelf.number(&Sku::new("BOWL").unwrap()), None, "what has no place has no number");
    }

    #[test]
    fn goods_are_called_by_any_name_in_a_shop_s_title() {
        let titles = [
            ("MILK", "山丘牛 全脂纯牛奶 1L Hillox Whole Milk"),
            ("TEA-J", "青屿 茉莉花茶 100g 罐装 Qingyu Jasmine Tea"),
            ("TEA-O", "青屿 桂花乌龙 100g 罐装 Qingyu Osmanthus Oolong"),
        ];
        let all: Vec<Goods> = titles.map(|(sku, title)| goods(sku, title, None)).into();
        let shelf = ClaimShelf::new(&all, vec!["Hawker".to_owned()], &KeywordRules::default(), hawker_text::fold);
        for (text, want) in [
            ("要2件全脂纯牛奶", claim(&[("MILK", 2)])),
            ("要2件牛奶", claim(&[("MILK", 2)])),
            ("山丘牛来一件", claim(&[("MILK", 1)])),
            ("2 whole milk please", claim(&[("MILK", 2)])),
            ("茉莉花茶要一罐", claim(&[("TEA-J", 1)])),
            ("乌龙要两罐", claim(&[("TEA-O", 2)])),
            ("青屿要两罐", None),
        ] {
            match (shelf.read(text, None, false), want) {
                (Heard::Claim { lines, .. }, Some(want)) => assert_eq!(lines, want, "{text}"),
                (Heard::Question { .. }, None) => {}
                (got, want) => panic!("{text} was read as {got:?}, not {want:?}"),
            }
        }
        for text in ["全脂纯牛奶好喝吗", "牛奶过敏能喝吗", "罐装的吗"] {
            assert!(!matches!(shelf.read(text, None, false), Heard::Claim { .. }), "{text}");
        }
    }

    #[test]
    fn a_pin_of_which_nobody_knows_the_variant_makes_a_question() {
        let shelf = shelf();
        let mug = Sku::new("MUG").unwrap();
        let open = shelf.read("1", Some(&mug), true);
        assert_eq!(open, Heard::Question { why: Open::Option, ways: Vec::new() });
        assert!(matches!(shelf.read("青花碗两个", Some(&mug), true), Heard::Claim { .. }), "another product is clear");
        let red = shelf.read("红M", Some(&Sku::new("TEE-BL").unwrap()), true);
        assert!(matches!(red, Heard::Claim { .. }), "the comment says which: {red:?}");
    }

    #[test]
    fn a_cancellation_names_the_variants_it_takes_back() {
        let shelf = shelf();
        let skus = |names: &[&str]| names.iter().map(|name| Sku::new(name).unwrap()).collect::<Vec<_>>();
        for (text, want) in [
            ("2号不要了", vec![TakenBack { skus: skus(&["TEE-RM", "TEE-RL", "TEE-BL"]), qty: None }]),
            ("cancel mine 3", vec![TakenBack { skus: skus(&["FLASK-B", "FLASK-W"]), qty: None }]),
            ("不要了", vec![]),
        ] {
            assert_eq!(shelf.read(text, None, false), Heard::Cancel { lines: want }, "{text}");
        }
    }
}
