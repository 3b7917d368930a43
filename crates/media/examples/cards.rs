//! Draws every card, text and picture layer on a gradient and writes them as PNG files, to be looked at.
//! `cargo run -p hawker-media --example cards -- FOLDER`

use hawker_domain::{
    ShowMs,
    overlay::{Colour, TextAlign, TextEdge, TextLayer, TextWeight},
};
use hawker_media::{Card, CardLanguage, CardTemplate, Painted, SizeChart, Spot, paint_card, paint_picture, paint_text};
use image::{Rgb, RgbImage};
use std::{error::Error, io::Cursor, path::Path, time::Instant};

const SHAPES: [(&str, u32, u32); 3] = [("720p", 1280, 720), ("1080p", 1920, 1080), ("tall", 720, 1280)];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "cards".to_owned());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for (shape, width, height) in SHAPES {
        for (language, words) in [(CardLanguage::ZhCn, "zh"), (CardLanguage::En, "en")] {
            for (name, card) in cards(language)? {
                let mut picture = background(width, height);
                let began = Instant::now();
                let drawn = paint_card(&card, ShowMs(0), width, height);
                let ms = began.elapsed().as_secs_f32() * 1000.0;
                let painted = drawn.picture.ok_or("no picture")?;
                blend(&mut picture, &painted);
                picture.save(folder.join(format!("{name}-{words}-{shape}.png")))?;
                eprintln!("{name}-{words}-{shape}: {painted:?}, {ms:.1} ms");
            }
        }
        layers(width, height)?.save(folder.join(format!("layers-{shape}.png")))?;
    }
    Ok(())
}

fn cards(language: CardLanguage) -> Result<Vec<(&'static str, Card)>, Box<dyn Error>> {
    let zh = language == CardLanguage::ZhCn;
    let said = |chinese: &str, english: &str| if zh { chinese.to_owned() } else { english.to_owned() };
    let link = Some("https://shop.example.com/watch/019a3f2c-7b1e-7d40-9c55-2f1e0a6b7c8d/OIL-500?t=1234567".to_owned());
    let full = Card {
        title: said(
            "西班牙特级初榨橄榄油 500 毫升 家庭装礼盒",
            "Spanish extra virgin olive oil, 500 ml, family gift box",
        ),
        price: said("¥39.90", "$12.80"),
        old_price: Some(said("¥59.00", "$18.00")),
        stock_left: Some(3),
        photo_jpeg: Some(photo()?.into()),
        live_label: Some(said("新品", "New")),
        link: link.clone(),
        language,
        ..Card::default()
    };
    let bare = Card { old_price: None, stock_left: None, live_label: None, link: None, ..full.clone() };
    let countdown = |ends_at| CardTemplate::Countdown { ends_at: ShowMs(ends_at) };
    let chart = CardTemplate::SizeChart { chart: chart(zh) };
    Ok(vec![
        ("price", bare.clone()),
        ("price-short", Card { title: said("燕麦奶", "Oat milk"), ..bare.clone() }),
        ("price-full", Card { link: None, ..full.clone() }),
        ("price-code", full.clone()),
        (
            "price-code-long",
            Card {
                price: said("¥12,990.00", "$12,990.00"),
                old_price: Some(said("¥15,800.00", "$15,800.00")),
                ..full.clone()
            },
        ),
        ("price-gone", Card { stock_left: Some(0), photo_jpeg: None, link: None, ..full.clone() }),
        ("stock", Card { template: CardTemplate::Stock, link: None, live_label: None, ..full.clone() }),
        ("stock-many", Card { template: CardTemplate::Stock, stock_left: Some(1_240), ..full.clone() }),
        ("stock-none", Card { template: CardTemplate::Stock, stock_left: Some(0), link: None, ..full.clone() }),
        ("countdown", Card { template: countdown(754_000), link: None, ..full.clone() }),
        ("countdown-days", Card { template: countdown(200_000_000), live_label: None, ..full.clone() }),
        ("countdown-hurry", Card { template: countdown(7_300), live_label: None, link: None, ..full.clone() }),
        ("countdown-over", Card { template: countdown(0), live_label: None, link: None, ..full.clone() }),
        (
            "sizes",
            Card {
                template: chart.clone(),
                title: said("男士纯棉短袖衬衫", "Men's cotton shirt"),
                link: None,
                ..full.clone()
            },
        ),
        (
            "sizes-code",
            Card {
                template: chart, title: said("男士纯棉短袖衬衫", "Men's cotton shirt, short sleeves"), ..full
            },
        ),
    ])
}

fn chart(zh: bool) -> SizeChart {
    let columns = if zh {
        ["尺码", "胸围", "腰围", "衣长", "体重 kg"]
    } else {
        ["Size", "Bust", "Waist", "Length", "Weight kg"]
    };
    let rows = [
        ["S", "88", "72", "66", "45–52"],
        ["M", "92", "76", "68", "52–58"],
        ["L", "96", "80", "70", "58–65"],
        ["XL", "100", "84", "72", "65–72"],
        ["XXL", "104", "88", "74", "72–80"],
    ];
    let row = |row: [&str; 5]| row.map(str::to_owned).to_vec();
    SizeChart { columns: columns.map(str::to_owned).to_vec(), rows: rows.map(row).to_vec() }
}

fn layers(width: u32, height: u32) -> Result<RgbImage, Box<dyn Error>> {
    let mut picture = background(width, height);
    let yellow = Colour::opaque(0xff, 0xd1, 0x66);
    let ground = Some("#14171cd0".parse()?);
    let texts = [
        (0.05, TextLayer { text: "今晚八点 全场五折 Tonight 8 pm".into(), colour: yellow, ..TextLayer::default() }),
        (
            0.2,
            TextLayer {
                text: "Outlined words 描边文字".into(),
                edge: TextEdge::Outline,
                align: TextAlign::Centre,
                ..TextLayer::default()
            },
        ),
        (
            0.35,
            TextLayer {
                text: "关注主播，领取优惠券。Follow the host and get a coupon; it is valid until midnight.\n\n第二段"
                    .into(),
                size: 0.035,
                weight: TextWeight::Regular,
                edge: TextEdge::None,
                ground,
                ..TextLayer::default()
            },
        ),
        (
            0.7,
            TextLayer {
                text: "右对齐\nright".into(),
                align: TextAlign::Right,
                colour: Colour::BLACK,
                ..TextLayer::default()
            },
        ),
    ];
    for (y, mut layer) in texts {
        // Shares are of the height, and an upright canvas is narrow.
        layer.size *= width.min(height) as f32 / height as f32;
        let began = Instant::now();
        let spot = Spot { x: 0.05, y, width: 0.6, height: 0.3 };
        let painted = paint_text(&layer, spot, width, height).ok_or("no words")?;
        eprintln!("text {painted:?}, {:.1} ms", began.elapsed().as_secs_f32() * 1000.0);
        blend(&mut picture, &painted);
    }
    let spot = Spot { x: 0.7, y: 0.1, width: 0.25, height: 0.25 };
    let began = Instant::now();
    blend(&mut picture, &paint_picture(&photo()?, spot, width, height)?);
    eprintln!("picture {:.1} ms", began.elapsed().as_secs_f32() * 1000.0);
    Ok(picture)
}

/// A bottle on a light table.
fn photo() -> Result<Vec<u8>, image::ImageError> {
    let picture = RgbImage::from_fn(600, 600, |x, y| {
        let (dx, dy) = ((x as f32 - 300.0).abs(), y as f32);
        let width = if dy < 180.0 { 34.0 } else { (34.0 + (dy - 180.0) * 0.6).min(110.0) };
        match (dx < width && (60.0..560.0).contains(&dy), (300.0..440.0).contains(&dy)) {
            (true, true) => Rgb([244, 232, 190]),
            (true, false) => Rgb([86, (120.0 - dx * 0.4) as u8, 40]),
            _ => Rgb([236, 233, (228.0 - dy * 0.05) as u8]),
        }
    });
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Jpeg)?;
    Ok(out.into_inner())
}

/// From a dark corner to a bright one, as a room is.
fn background(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let v = (x * 150 / width + y * 80 / height) as u8;
        Rgb([v.saturating_add(20), v.saturating_add(15), v])
    })
}

fn blend(picture: &mut RgbImage, painted: &Painted) {
    for (at, pixel) in painted.bgra.as_chunks::<4>().0.iter().enumerate() {
        let (x, y) = (at as i32 % painted.width as i32 + painted.at.0, at as i32 / painted.width as i32 + painted.at.1);
        if let Some(target) =
            u32::try_from(x).ok().zip(u32::try_from(y).ok()).and_then(|(x, y)| picture.get_pixel_mut_checked(x, y))
        {
            let [b, g, r, a] = pixel.map(u32::from);
            let over = |own: u32, below: u8| ((own * a + u32::from(below) * (255 - a)) / 255) as u8;
            target.0 = [over(r, target.0[0]), over(g, target.0[1]), over(b, target.0[2])];
        }
    }
}
