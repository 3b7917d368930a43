#![allow(clippy::unwrap_used)]
use super::*;
use crate::read::Quad;

fn line(text: &str, confidence: f32) -> Line {
    Line { text: text.to_owned(), confidence, quad: Quad([(0.0, 0.0); 4]) }
}

fn reading(lines: &[&str], codes: &[&str]) -> Reading {
    let lines = lines.iter().map(|text| line(text, 0.95)).collect();
    Reading { lines, codes: codes.iter().map(|code| (*code).to_owned()).collect(), ..Reading::default() }
}

fn skus() -> Vec<Sku> {
    ["TEA", "OOLONG", "MILK", "CHILLI"].map(|text| Sku::new(text).unwrap()).to_vec()
}

fn lexicon() -> Lexicon {
    let named = |title: &str, brand: &str, aliases: &[&str], barcode: &str| Names {
        title: title.to_owned(),
        brand: brand.to_owned(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        barcode: barcode.to_owned(),
        ..Names::default()
    };
    let names = [
        named("青屿 茉莉花茶 100g 罐装 Qingyu Jasmine Tea", "青屿 Qingyu", &["茉莉茶"], "2001001001018"),
        named("青屿 桂花乌龙 100g 罐装 Qingyu Osmanthus Oolong", "青屿 Qingyu", &["桂花茶"], "2001001001025"),
        named("山丘牛 全脂纯牛奶 1L Hillox Whole Milk", "山丘牛 Hillox", &["牛奶"], "036000291452"),
        named("辣么香 原味油辣子 210g", "辣么香", &[], "SELLER-77"),
    ];
    Lexicon::build(&skus(), &skus().into_iter().zip(names).collect())
}

/// The product for which the words speak most, if they do.
fn said(lines: &[&str]) -> Option<String> {
    let words = lexicon().evidence(&reading(lines, &[])).words;
    let best = words.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).filter(|(_, worth)| **worth > 0.5)?;
    Some(skus()[best.0].to_string())
}

#[test]
fn words_are_known_in_both_languages_and_with_a_reader_s_mistakes() {
    let cases: [(&[&str], Option<&str>); 12] = [
        (&["JASMINE TEA"], Some("TEA")),
        (&["JASM1NE"], Some("TEA")),
        (&["JASMlNE"], Some("TEA")),
        (&["GreenJASMINEfresh"], Some("TEA")),
        (&["0SMANTHUS"], Some("OOLONG")),
        (&["茉莉花茶"], Some("TEA")),
        (&["高山桂花烏龍茶"], Some("OOLONG")),
        (&["全脂純牛奶"], Some("MILK")),
        (&["ＨＩＬＬＯＸ"], Some("MILK")),
        (&["原味油竦子"], Some("CHILLI")),
        (&["SALE", "50%", "新品"], None),
        (&[], None),
    ];
    for (lines, want) in cases {
        assert_eq!(said(lines).as_deref(), want, "{lines:?}");
    }
}

#[test]
fn a_brand_tells_its_products_from_others_but_not_from_each_other() {
    let words = lexicon().evidence(&reading(&["青屿", "QINGYU"], &[])).words;
    assert_eq!(words[0], words[1]);
    assert!(words[0] > 1.0 && words[2] == 0.0, "{words:?}");
}

#[test]
fn more_words_say_more_but_never_more_than_the_most() {
    let words = |lines: &[&str]| lexicon().evidence(&reading(lines, &[])).words[0];
    let (one, two) = (words(&["jasmine"]), words(&["jasmine", "茉莉花茶"]));
    let many = words(&["jasmine", "茉莉花茶", "青屿", "qingyu", "茉莉茶", "罐装"]);
    assert!(0.0 < one && one < two && two < many && many <= MOST, "{one} {two} {many}");
    assert!(words(&["jas"]) == 0.0, "a scrap says nothing");
}

#[test]
fn what_was_read_doubtfully_says_less() {
    let says = |confidence: f32| {
        let reading = Reading { lines: vec![line("Oolong", confidence)], ..Reading::default() };
        lexicon().evidence(&reading).words[1]
    };
    assert!(says(0.5) < says(0.9));
}

#[test]
fn a_code_names_its_product_however_it_is_written() {
    let cases = [
        ("2001001001018", Some(0)),
        ("0036000291452", Some(2)),
        ("36000291452", Some(2)),
        ("seller-77", Some(3)),
        ("https://example.com/01/02001001001025?x=1", Some(1)),
        ("https://example.com/TEA", None),
        ("TEA", None),
        ("OOLONG", Some(1)),
        ("4006381333931", None),
    ];
    for (code, want) in cases {
        assert_eq!(lexicon().evidence(&reading(&[], &[code])).code, want, "{code}");
    }
}

#[test]
fn the_same_code_on_two_products_names_neither() {
    let names = |sku: &Sku| (sku.clone(), Names { barcode: "2001001001018".to_owned(), ..Names::default() });
    let lexicon = Lexicon::build(&skus(), &skus().iter().take(2).map(names).collect());
    assert_eq!(lexicon.evidence(&reading(&[], &["2001001001018"])).code, None);
}

#[test]
fn what_stands_on_a_products_photos_is_a_name_of_it_too() {
    let printed = |photos: &[&str]| Names {
        printed: photos.iter().map(|text| vec![line(text, 0.95), line("dim", 0.5)]).collect(),
        ..Names::default()
    };
    let names = [("MILK", printed(&["MELLANMJÖLK", "MELLANMJOLK 1,5%"])), ("TEA", printed(&["GRÄDDFIL"]))];
    let names = names.into_iter().map(|(sku, names)| (Sku::new(sku).unwrap(), names)).collect();
    let lexicon = Lexicon::build(&skus(), &names);
    let worth = |text: &str, product: usize| lexicon.evidence(&reading(&[text], &[])).words[product];
    assert!(worth("mellanmjolk", 2) > worth("GRADDFIL", 0), "what stood on two photos is surer");
    assert!(worth("GRADDFIL", 0) > 0.5);
}

#[test]
fn a_catalogue_without_names_says_nothing() {
    let lexicon = Lexicon::build(&skus(), &HashMap::new());
    assert!(lexicon.evidence(&reading(&["jasmine"], &[])).words.iter().all(|worth| *worth == 0.0));
}

#[test]
fn a_name_is_found_over_a_gap_but_not_backwards() {
    let lexicon = lexicon();
    let most = |text: &str| lexicon.evidence(&reading(&[text], &[])).words.into_iter().fold(0.0, f32::max);
    assert!(most("jasmine") > 0.0);
    assert_eq!(most("jas mine"), most("jasmine"), "a gap that was seen within it");
    assert_eq!(most("mine jas"), 0.0);
}

#[test]
fn variants_share_their_words_however_unevenly_they_are_filled_in_and_have_their_option_alone() {
    let option = |title: &str, brand: &str, option: &str| Names {
        title: title.to_owned(),
        brand: brand.to_owned(),
        variant_of: "shampoo".to_owned(),
        option: option.to_owned(),
        ..Names::default()
    };
    let names = [
        option("Forest shampoo peppermint", "Hillside", "Peppermint / 200 ml"),
        option("Forest shampoo", "", "Rosemary / 200 ml"),
        Names { title: "Whole milk".to_owned(), ..Names::default() },
        Names { title: "Chilli".to_owned(), ..Names::default() },
    ];
    let lexicon = Lexicon::build(&skus(), &skus().into_iter().zip(names).collect());
    let words = |text: &str| lexicon.evidence(&reading(&[text], &[])).words;
    for shared in ["HILLSIDE", "FOREST", "SHAMPOO"] {
        let words = words(shared);
        assert!(words[0] == words[1] && words[0] > 1.0 && words[2] == 0.0, "{shared}: {words:?}");
    }
    let (mint, rosemary) = (words("PEPPERMINT"), words("ROSEMARY"));
    assert!(mint[0] > 1.5 && mint[1] == 0.0, "it stands in a title, too, and still is of one alone: {mint:?}");
    assert!(rosemary[1] > 1.5 && rosemary[0] == 0.0, "{rosemary:?}");
}

#[test]
fn a_word_of_an_option_that_stands_on_a_sibling_too_tells_no_variant() {
    let of = |names: Names, option: &str| Names { variant_of: "tea".into(), option: option.into(), ..names };
    let titled = |title: &str| Names { title: title.into(), ..Names::default() };
    let branded = |brand: &str| Names { brand: brand.into(), ..titled("Tea") };
    let printed = |text: &str| Names { printed: vec![vec![line(text, 0.95)]], ..titled("Tea") };
    let aliased = |alias: &str| Names { aliases: vec![alias.into()], ..titled("Tea") };
    // Two variants, what is read, and the one it tells.
    let table = [
        (of(titled("Tea"), "Scarlet"), of(titled("Tea"), "Azure"), "SCARLET", Some(0)),
        (of(titled("Tea Scarlet"), "Scarlet"), of(titled("Tea Azure"), "Azure"), "SCARLET", Some(0)),
        (of(titled("Tea Scarlet"), "Scarlet"), of(titled("Tea Scarlet"), "Azure"), "SCARLET", None),
        (of(branded("Scarlet"), "Scarlet"), of(branded("Scarlet"), "Azure"), "SCARLET", None),
        (of(titled("Tea"), "Scarlet"), of(aliased("Scarlet tea"), "Azure"), "SCARLET", None),
        (of(titled("Tea"), "Scarlet"), of(printed("Scarlet"), "Azure"), "SCARLET", None),
        (of(titled("Tea"), "Scarlet"), of(printed("Scarlet"), "Azure"), "AZURE", Some(1)),
        (of(titled("茶"), "红色"), of(titled("红色经典茶"), "蓝色"), "红色", None),
    ];
    for (first, second, text, want) in table {
        let skus = &skus()[..2];
        let case = format!("{first:?} {second:?} {text}");
        let lexicon = Lexicon::build(skus, &skus.iter().cloned().zip([first, second]).collect());
        let told = lexicon.evidence(&reading(&[text], &[])).told;
        let lead = told[0] - told[1];
        let found = (lead.abs() > 0.5).then(|| usize::from(lead < 0.0));
        assert_eq!(found, want, "{case}: {told:?}");
    }
}

#[test]
fn in_a_small_catalogue_and_among_many_of_one_colour_an_option_tells_a_variant_in_full() {
    let of = |style: &str, option: &str| Names {
        title: format!("{style} shirt"),
        variant_of: style.to_owned(),
        option: option.to_owned(),
        ..Names::default()
    };
    let styles = ["Aster", "Birch", "Cedar", "Daisy", "Elder"];
    for count in [1, 5] {
        let all = styles.iter().take(count).flat_map(|style| [of(style, "Scarlet"), of(style, "Azure")]);
        let skus: Vec<Sku> = (0..2 * count).map(|n| Sku::new(&format!("S{n}")).unwrap()).collect();
        let lexicon = Lexicon::build(&skus, &skus.iter().cloned().zip(all).collect());
        let read = lexicon.evidence(&reading(&["SCARLET"], &[]));
        assert!(read.told[0] > 2.0 && read.told[1] == 0.0, "{count}: {read:?}");
        assert!(read.words[0] < read.told[0], "{count}: {read:?}");
        let title = lexicon.evidence(&reading(&["ASTER"], &[]));
        assert_eq!(title.told, title.words, "a word all variants share tells none of them");
    }
}

#[test]
fn a_product_is_one_however_many_variants_it_has() {
    let lamp = |option: &str| Names {
        title: "Lantern".into(),
        variant_of: "l".into(),
        option: option.into(),
        ..Names::default()
    };
    let other = |title: &str| Names { title: title.into(), ..Names::default() };
    let worth = |lamps: Vec<Names>| {
        let all: Vec<Names> = lamps.into_iter().chain(["Kettle", "Teapot", "Saucer"].map(other)).collect();
        let skus: Vec<Sku> = (0..all.len()).map(|n| Sku::new(&format!("S{n}")).unwrap()).collect();
        let lexicon = Lexicon::build(&skus, &skus.iter().cloned().zip(all).collect());
        lexicon.evidence(&reading(&["LANTERN"], &[])).words[0]
    };
    let many = worth((0..9).map(|n| lamp(&format!("colour {n}"))).collect());
    assert_eq!(many, worth(vec![other("Lantern")]));
}

fn called(text: &str, barcode: &str) -> Names {
    let printed = vec![vec![line(text, 0.9), line("净含量500g", 0.9)]];
    Names {
        title: text.to_owned(), brand: "青屿".to_owned(), barcode: barcode.to_owned(), printed, ..Names::default()
    }
}

#[test]
fn products_that_come_and_give_way_leave_the_lexicon_of_those_that_are_there() {
    let goods = [
        ("P0", called("茉莉花茶 Jasmine Tea", "2001001001018")),
        ("P1", called("全脂纯牛奶 Whole Milk", "2001001001018")),
        ("P2", called("海盐薯片 Sea Salt Chips Extraordinary", "2001001005078")),
        ("P3", called("桂花乌龙茶 Osmanthus Oolong Tea", "SELLER-77")),
        ("P4", called("冰糖葫芦山楂什锦口味", "")),
    ];
    let names: HashMap<Sku, Names> = goods.into_iter().map(|(sku, names)| (Sku::new(sku).unwrap(), names)).collect();
    let sku = |n: usize| Sku::new(&format!("P{n}")).unwrap();
    // The products after each step; P9 bears no names.
    let steps = ["0", "01", "012", "0121", "31", "314", "2 0", "40213", "4 9 013", "0", ""];
    let (mut lexicon, mut before) = (Lexicon::default(), 0);
    let shown = ["JASMINE tea", "海盐薯片", "extraordlnary", "净含量500g 青屿", "山楂什锦", "桂花烏龍", "Milk SALT"];
    let shown = reading(&shown, &["2001001001018", "2001001005078", "SELLER-77"]);
    for step in steps {
        let mut there: Vec<Sku> = Vec::new();
        for n in step.chars().filter_map(|c| c.to_digit(10)) {
            let sku = sku(n as usize);
            there.extend(Some(sku).filter(|sku| !there.contains(sku)));
        }
        lexicon.arrange(&there, &names);
        let fresh = Lexicon::build(&there, &names);
        assert_eq!(lexicon.evidence(&shown), fresh.evidence(&shown), "{there:?}");
        assert_eq!(lexicon.terms.content(), fresh.terms.content(), "{there:?}");
        assert_eq!((lexicon.codes.len(), lexicon.order.len()), (fresh.codes.len(), there.len()), "{there:?}");
        before = before.max(there.len());
        assert!(lexicon.kept.len() <= before, "places of those that went are used again");
    }
}

#[test]
fn a_product_comes_and_goes_between_variants_and_variants_come_and_go() {
    let shirt = |option: &str| Names {
        title: "Forest shirt".to_owned(),
        variant_of: "shirt".to_owned(),
        option: option.to_owned(),
        ..Names::default()
    };
    let goods = [
        ("A", shirt("Scarlet")),
        ("B", shirt("Azure")),
        ("P", called("茉莉花茶 Jasmine Tea", "2001001001018")),
        ("Q", called("Forest honey", "2001001005078")),
        ("R", Names { variant_of: "lamp".to_owned(), option: "Scarlet".to_owned(), ..called("Lantern", "") }),
    ];
    let names: HashMap<Sku, Names> = goods.into_iter().map(|(sku, names)| (Sku::new(sku).unwrap(), names)).collect();
    let shown = reading(&["FOREST shirt", "SCARLET", "jasmine honey LANTERN"], &["2001001005078"]);
    let mut lexicon = Lexicon::default();
    for step in ["AB", "APB", "AQPB", "AQPBR", "AQR", "PQ", "PAQB", "QAB", "B"] {
        let there: Vec<Sku> = step.chars().map(|c| Sku::new(&c.to_string()).unwrap()).collect();
        lexicon.arrange(&there, &names);
        let fresh = Lexicon::build(&there, &names);
        assert_eq!(lexicon.evidence(&shown), fresh.evidence(&shown), "{step}");
    }
}

#[test]
fn a_word_is_found_by_any_of_its_pieces_and_at_the_end_of_a_line() {
    let names = |title: &str| Names { title: title.to_owned(), ..Names::default() };
    let all = [("TEA", names("Extraordinary")), ("MILK", names("冰糖葫芦山楂什锦"))];
    let all = all.into_iter().map(|(sku, names)| (Sku::new(sku).unwrap(), names)).collect();
    let lexicon = Lexicon::build(&skus(), &all);
    let worth = |text: &str, product: usize| lexicon.evidence(&reading(&[text], &[])).words[product];
    for text in ["extraordinary", "the new extraordlnany", "exxxaordinary", "extraoXXinary"] {
        assert!(worth(text, 0) > 0.5, "{text}");
    }
    assert_eq!(worth("exXraorXinXry", 0), 0.0, "three mistakes are too many");
    assert!(worth("正宗老冰糖葫芦山楂什锦", 2) > 0.5);
}
