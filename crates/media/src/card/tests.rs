//! Cards as pictures: compared by what they show, not by their bytes.
#![allow(clippy::unwrap_used)]

use super::{
    Card, CardLanguage, CardTemplate, Ingredients, SizeChart,
    fonts::Fonts,
    layout,
    paint::{Painted, paint_card},
    panel::Canvas,
    qr,
};
use bytes::Bytes;
use hawker_domain::ShowMs;
use resvg::usvg;
use std::{
    io::Cursor,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
};

const CANVASES: [(u32, u32); 6] = [(1280, 720), (1920, 1080), (720, 1280), (720, 720), (960, 720), (320, 240)];
const LINK: &str = "https://shop.example.com/watch/019a3f2c-7b1e-7d40-9c55-2f1e0a6b7c8d/OIL-500?t=1234567";

fn red_photo() -> Bytes {
    let mut out = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(90, 60, image::Rgb([250, 10, 10]))
        .write_to(&mut out, image::ImageFormat::Jpeg)
        .unwrap();
    out.into_inner().into()
}

fn chart(rows: usize) -> SizeChart {
    let row = |at: usize| vec![format!("{at}XL 加大"), "88–92".into(), String::new(), "104 and a long remark".into()];
    let columns = ["尺码 Size", "胸围 Bust", "腰围 Waist", "衣长 Length"].map(str::to_owned).to_vec();
    SizeChart { columns, rows: (0..rows).map(row).collect() }
}

fn templates() -> [CardTemplate; 6] {
    [
        CardTemplate::Price,
        CardTemplate::Stock,
        CardTemplate::Countdown { ends_at: ShowMs(200_000_000) },
        CardTemplate::Countdown { ends_at: ShowMs(0) },
        CardTemplate::SizeChart { chart: chart(5) },
        CardTemplate::SizeChart { chart: chart(30) },
    ]
}

fn card(title: &str) -> Card {
    Card {
        title: title.into(),
        price: "¥1,239.90".into(),
        old_price: Some("¥1,599.00".into()),
        stock_left: Some(3),
        photo_jpeg: Some(red_photo()),
        ..Card::default()
    }
}

fn painted(card: &Card, width: u32, height: u32) -> Painted {
    paint_card(card, ShowMs(0), width, height).picture.unwrap()
}

/// Red, green, blue, alpha.
fn at(painted: &Painted, x: u32, y: u32) -> [u8; 4] {
    let i = ((y * painted.width + x) * 4) as usize;
    [painted.bgra[i + 2], painted.bgra[i + 1], painted.bgra[i], painted.bgra[i + 3]]
}

/// The smallest box around the pixels in which two pictures of one size differ: left, top, right, bottom.
fn difference(a: &Painted, b: &Painted) -> Option<[u32; 4]> {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let differing =
        (0..a.height).flat_map(|y| (0..a.width).map(move |x| (x, y))).filter(|(x, y)| at(a, *x, *y) != at(b, *x, *y));
    differing.fold(None, |found: Option<[u32; 4]>, (x, y)| {
        let [l, t, r, b] = found.unwrap_or([x, y, x, y]);
        Some([l.min(x), t.min(y), r.max(x), b.max(y)])
    })
}

#[test]
fn a_card_has_see_through_ground_and_an_opaque_photo() {
    let card = painted(&card(""), 1280, 720);
    for (x, y) in [(0, 0), (card.width - 1, 0), (0, card.height - 1), (card.width - 1, card.height - 1)] {
        assert_eq!(at(&card, x, y)[3], 0, "corners are round");
    }
    let [red, green, blue, alpha] = at(&card, card.width - 30, 10);
    assert_eq!(alpha, 209, "the ground lets 18 % through");
    // Over a known background: what the compositor will make of it.
    for background in [0.0, 128.0, 255.0] {
        let over = |v: u8| f32::from(v) * 209.0 / 255.0 + background * (1.0 - 209.0 / 255.0);
        let expected = [20.0, 23.0, 28.0].map(|own: f32| own * 0.82 + background * 0.18);
        for (got, expected) in [red, green, blue].map(over).into_iter().zip(expected) {
            assert!((got - expected).abs() < 1.5, "over {background}: {got}, not {expected}");
        }
    }
    let photo = at(&card, 80, 80);
    assert!(photo[0] > 240 && photo[2] < 20 && photo[3] == 255, "{photo:?}");
}

#[test]
fn words_stand_in_their_box_and_nowhere_else() {
    let long = "特级初榨橄榄油 Extra Virgin Olive Oil 500 ml ".repeat(6);
    for template in [CardTemplate::Price, CardTemplate::Stock, CardTemplate::Countdown { ends_at: ShowMs(90_000) }] {
        for (width, height) in CANVASES {
            let of = |title: &str| painted(&Card { template: template.clone(), ..card(title) }, width, height);
            let unit = width.min(height) as f32 / 720.0;
            let [left, top, right, bottom] = difference(&of(&long), &of("")).expect("a title is seen");
            let edge = of("").width as f32 - 18.0 * unit;
            assert!(
                left as f32 > 150.0 * unit && right as f32 <= edge,
                "{template:?} {width}x{height}: {left}–{right}"
            );
            assert!(top as f32 > 14.0 * unit && bottom as f32 <= 118.0 * unit, "{template:?}: {top}–{bottom}");
            assert!((right - left) as f32 > 200.0 * unit, "it uses the room: {left}–{right}");
        }
    }
}

#[test]
fn every_card_stays_on_its_canvas_and_out_of_the_middle() {
    for (width, height) in CANVASES {
        for template in templates() {
            for (language, link) in
                [(CardLanguage::ZhCn, None), (CardLanguage::En, Some("https://a.example/1".to_owned()))]
            {
                let card = Card { template: template.clone(), language, link, ..card("橄榄油") };
                let painted = painted(&card, width, height);
                let what = format!("{:?} {language:?} {painted:?} on {width}x{height}", card.template);
                assert!(painted.at.0 > 0 && painted.at.1 > 0, "{what}");
                let (right, bottom) = (painted.at.0 as u32 + painted.width, painted.at.1 as u32 + painted.height);
                assert!(right < width && bottom < height, "{what}");
                let clear = right <= width.div_ceil(3) + 1 || painted.at.1 as u32 + 1 >= height * 2 / 3;
                assert!(clear, "the host's hands are in the middle: {what}");
            }
        }
    }
}

#[test]
fn an_upright_canvas_keeps_its_lowest_tenth_free() {
    let painted = painted(&card("橄榄油"), 720, 1280);
    assert!(painted.at.1 as u32 + painted.height <= 1280 - 128);
    assert!(painted.width <= 648);
}

#[test]
fn the_code_of_every_card_is_read_back_at_full_and_at_half_size() {
    for (width, height) in [(1280, 720), (1920, 1080), (720, 1280)] {
        for template in templates() {
            let card = Card { template, link: Some(LINK.into()), ..card("橄榄油") };
            let painted = painted(&card, width, height);
            for half in [false, true] {
                let what = format!("{:?} on {width}x{height}, half size: {half}", card.template);
                assert_eq!(scan(&painted, half), [LINK], "{what}");
            }
        }
    }
}

/// What a reader finds in the card, over a grey picture.
fn scan(painted: &Painted, half: bool) -> Vec<String> {
    let luma = |x: u32, y: u32| {
        let [r, g, b, a] = at(painted, x, y).map(f32::from);
        ((0.3 * r + 0.59 * g + 0.11 * b) * a / 255.0 + 128.0 * (1.0 - a / 255.0)) as u8
    };
    let mut picture = image::GrayImage::from_fn(painted.width, painted.height, |x, y| image::Luma([luma(x, y)]));
    if half {
        let (width, height) = (painted.width / 2, painted.height / 2);
        picture = image::imageops::resize(&picture, width, height, image::imageops::FilterType::Triangle);
    }
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| picture.get_pixel(x as u32, y as u32).0[0]);
    prepared.detect_grids().iter().filter_map(|grid| Some(grid.decode().ok()?.1)).collect()
}

#[test]
fn a_link_too_long_to_be_legible_gets_no_code() {
    let link = format!("https://shop.example.com/{}", "x".repeat(900));
    let without = painted(&card("橄榄油"), 1280, 720);
    let with = painted(&Card { link: Some(link.clone()), ..card("橄榄油") }, 1280, 720);
    assert_eq!(with, without, "and no empty square either");
    let side = Canvas { width: 1280, height: 720 }.code_side();
    assert!(matches!(qr::Code::of(&link, side), Err(qr::QrError::TooDense { bytes: 925, .. })));
    assert!(matches!(qr::Code::of(&"x".repeat(5_000), side), Err(qr::QrError::Encode(_))));
}

#[test]
fn a_photo_that_is_none_leaves_no_hole() {
    for photo in [&b"no jpeg"[..], b"", b"\xff\xd8\xff\xe0 torn"] {
        let with = painted(&Card { photo_jpeg: Some(Bytes::from_static(photo)), ..card("橄榄油") }, 1280, 720);
        assert_eq!(with, painted(&Card { photo_jpeg: None, ..card("橄榄油") }, 1280, 720));
    }
}

#[test]
fn the_price_of_before_is_struck_through() {
    let of = |old: Option<&str>| {
        painted(&Card { old_price: old.map(str::to_owned), photo_jpeg: None, ..card("T") }, 1280, 720)
    };
    let [left, top, right, bottom] = difference(&of(Some("¥99.00")), &of(None)).unwrap();
    assert!(left > 150 && top > 110 && bottom < 160, "beside the price: {left},{top} to {right},{bottom}");
    let row_of_ink = |y: u32| (left..=right).all(|x| at(&of(Some("¥99.00")), x, y)[0] > 90);
    assert!((top..=bottom).any(row_of_ink), "a line runs through from one end to the other");
    assert_eq!(of(Some("")), of(None));
}

#[test]
fn a_clock_looks_different_when_it_said_it_would() {
    let card = Card { template: CardTemplate::Countdown { ends_at: ShowMs(61_500) }, ..card("橄榄油") };
    let drawn = |now: u64| paint_card(&card, ShowMs(now), 1280, 720);
    let first = drawn(0);
    assert_eq!(first.next_change, Some(ShowMs(500)));
    assert_eq!(first.picture, drawn(499).picture);
    let [_, top, _, bottom] = difference(&first.picture.unwrap(), &drawn(500).picture.unwrap()).unwrap();
    assert!(top >= 50 && bottom <= 110, "only the clock changes: rows {top} to {bottom}");
    assert_eq!(drawn(61_500).next_change, None);
    assert_eq!(drawn(61_500).picture, drawn(u64::MAX).picture, "it stays over");
}

#[test]
fn what_is_not_known_is_not_shown() {
    let price = painted(&Card { stock_left: None, ..card("橄榄油") }, 1280, 720);
    for template in [CardTemplate::Stock, CardTemplate::SizeChart { chart: SizeChart::default() }] {
        assert_eq!(painted(&Card { template, stock_left: None, ..card("橄榄油") }, 1280, 720), price);
    }
}

/// The tree of a card's SVG, and how often something asked for a file or a picture meanwhile.
fn parsed(svg: &str) -> (usvg::Tree, u32) {
    let asked = Arc::new(AtomicU32::new(0));
    let (data, string) = (asked.clone(), asked.clone());
    let mut options = Fonts::system().options();
    options.image_href_resolver = usvg::ImageHrefResolver {
        resolve_data: Box::new(move |_, _, _| {
            data.fetch_add(1, SeqCst);
            None
        }),
        resolve_string: Box::new(move |_, _| {
            string.fetch_add(1, SeqCst);
            None
        }),
    };
    let tree = usvg::Tree::from_str(svg, &options).unwrap();
    (tree, asked.load(SeqCst))
}

#[test]
fn markup_in_a_title_is_drawn_as_words_and_fetches_nothing() {
    let hostile = [
        "<image href=\"file:///etc/passwd\"/>",
        "</text><image href=\"http://x/y.png\"/>&\u{0}\u{1b}",
        "]]><!ENTITY x SYSTEM \"file:///etc/passwd\">&x;",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><use href=\"a.svg#b\"/></svg>",
        "\" onload=\"x\" style='fill:url(http://x/)'",
        "&lt;b&gt;&#60;",
    ];
    for words in hostile {
        for template in templates() {
            let chart = SizeChart { columns: vec![words.into(); 3], rows: vec![vec![words.into(); 3]] };
            let template = if let CardTemplate::SizeChart { .. } = template {
                CardTemplate::SizeChart { chart }
            } else {
                template
            };
            let words = words.to_owned();
            let card = Card { price: words.clone(), live_label: Some(words.clone()), template, ..card(&words) };
            let canvas = Canvas { width: 1280, height: 720 };
            let parts = Ingredients::of(&card, true, None, Fonts::system());
            let svg = layout::lay_out(&parts, &card.template, ShowMs(0), canvas, Fonts::system()).svg;
            let document = usvg::roxmltree::Document::parse(&svg).unwrap();
            let ours = ["svg", "g", "rect", "text", "path"];
            let foreign = document.descendants().find(|n| n.is_element() && !ours.contains(&n.tag_name().name()));
            assert!(foreign.is_none(), "{foreign:?} in {svg}");
            let attributes = document.descendants().flat_map(|n| n.attributes());
            assert!(attributes.clone().all(|a| !["href", "style", "onload"].contains(&a.name())), "{svg}");
            let (tree, asked) = parsed(&svg);
            assert_eq!((asked, tree.linear_gradients().len(), tree.patterns().len()), (0, 0, 0), "{svg}");
        }
        let with = painted(&Card { photo_jpeg: None, ..card(words) }, 1280, 720);
        let without = painted(&Card { photo_jpeg: None, ..card("") }, 1280, 720);
        assert!(difference(&with, &without).is_some(), "{words} is seen as it was written");
    }
    let (_, asked) =
        parsed("<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"a.png\" width=\"9\" height=\"9\"/></svg>");
    assert_eq!(asked, 1, "a reference would have been noticed");
}
