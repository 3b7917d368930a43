//! The goods of the demo: what the catalogue says of them and what they look like. Brands are invented.
//! Longer than other files because it is a table: every good with all that is printed on it.

use super::label::{Design, Layout};
use super::motif::Motif;

/// The body of a thing. Lengths in units of 10 cm.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    Carton {
        half: (f32, f32, f32),
    },
    /// Tea tin with a lid of the given colour.
    Tin {
        radius: f32,
        half_height: f32,
        lid: [f32; 3],
    },
    /// Glass jar with a screw lid, filled with the given colour.
    Jar {
        lid: [f32; 3],
        inside: [f32; 3],
    },
    /// Flat-sided bottle with a cap; `depth` 1 = round.
    Bottle {
        radius: f32,
        half_height: f32,
        depth: f32,
        body: [f32; 3],
        cap: [f32; 3],
    },
    Can,
    /// Paper cup with a film lid.
    Cup,
    Pouch {
        half: (f32, f32),
        fat: f32,
    },
    Tube {
        cap: [f32; 3],
    },
    /// Box with so many faces round it.
    Prism {
        sides: usize,
        radius: f32,
        half_height: f32,
        ends: [f32; 3],
    },
    /// Carton for drinks with a gable.
    Gable {
        half: (f32, f32, f32),
        roof: [f32; 3],
    },
    /// Round bottle with a dispenser.
    Pump {
        radius: f32,
        half_height: f32,
        body: [f32; 3],
        head: [f32; 3],
    },
    /// A photograph cut out along the thing's outline: file under assets/demo/cutouts, height in units.
    Cutout {
        file: &'static str,
        height: f32,
    },
}

/// What a thing wears: a label of ours, or its own photograph.
#[derive(Clone, Copy, Debug)]
pub enum Dress {
    Printed(Design),
    Own,
}

/// One thing that can be held up.
#[derive(Clone, Copy, Debug)]
pub struct Good {
    /// Empty for things that are not in the catalogue.
    pub sku: &'static str,
    pub title: &'static str,
    pub brand: &'static str,
    pub category: &'static str,
    pub description: &'static str,
    pub price: &'static str,
    pub stock: u32,
    /// Twelve digits in the restricted range 20–29; the check digit is computed.
    pub code: &'static str,
    pub aliases: &'static str,
    pub shape: Shape,
    pub dress: Dress,
    /// Name of its picture files.
    pub slug: &'static str,
}

const CREAM: [f32; 3] = [0.95, 0.93, 0.88];

pub const fn design(
    layout: Layout,
    palette: [&'static str; 4],
    motif: Motif,
    brand: (&'static str, &'static str),
    name: (&'static str, &'static str),
    line: &'static str,
    size: &'static str,
) -> Dress {
    Dress::Printed(Design {
        layout,
        palette,
        motif,
        brand_zh: brand.0,
        brand_en: brand.1,
        name_zh: name.0,
        name_en: name.1,
        line,
        size,
    })
}

/// The catalogue, in its order.
pub const CATALOGUE: &[Good] = &[
    Good {
        sku: "QY-TEA-JAS",
        title: "青屿 茉莉花茶 100g 罐装 Qingyu Jasmine Tea",
        brand: "青屿 Qingyu",
        category: "茶饮 Tea",
        description: "三窨茉莉绿茶，花香清亮。Green tea scented three times with jasmine.",
        price: "59.00",
        stock: 40,
        code: "200100100101",
        aliases: "茉莉茶;jasmine tea;qingyu",
        slug: "tea-jasmine",
        shape: Shape::Tin { radius: 0.37, half_height: 0.58, lid: [0.16, 0.38, 0.28] },
        dress: design(
            Layout::Upright,
            ["#e9f3e4", "#b9d8c0", "#24634a", "#173a2c"],
            Motif::Jasmine,
            ("青屿", "QINGYU"),
            ("茉莉花茶", "JASMINE"),
            "三窨一提 · 清香",
            "净含量 100g",
        ),
    },
    Good {
        sku: "QY-TEA-OSM",
        title: "青屿 桂花乌龙 100g 罐装 Qingyu Osmanthus Oolong",
        brand: "青屿 Qingyu",
        category: "茶饮 Tea",
        description: "金桂窨制半球乌龙，甜润回甘。Oolong with golden osmanthus.",
        price: "69.00",
        stock: 36,
        code: "200100100102",
        aliases: "桂花茶;osmanthus oolong;qingyu",
        slug: "tea-osmanthus",
        shape: Shape::Tin { radius: 0.37, half_height: 0.58, lid: [0.32, 0.30, 0.13] },
        dress: design(
            Layout::Upright,
            ["#f1f0dc", "#d3d3a4", "#4d5a1f", "#2c3314"],
            Motif::Osmanthus,
            ("青屿", "QINGYU"),
            ("桂花乌龙", "OSMANTHUS"),
            "金桂窨制 · 回甘",
            "净含量 100g",
        ),
    },
    Good {
        sku: "SQ-MILK-1L",
        title: "山丘牛 全脂纯牛奶 1L Hillox Whole Milk",
        brand: "山丘牛 Hillox",
        category: "乳品 Dairy",
        description: "高山牧场纯牛奶，每百毫升蛋白质 3.6 克。Whole milk from hill pastures.",
        price: "16.80",
        stock: 60,
        code: "200100100203",
        aliases: "牛奶;whole milk;hillox",
        slug: "milk",
        shape: Shape::Carton { half: (0.36, 0.92, 0.34) },
        dress: design(
            Layout::Band,
            ["#ffffff", "#cfe8fb", "#1763b6", "#0d2f63"],
            Motif::Cow,
            ("山丘牛", "HILLOX"),
            ("纯牛奶", "WHOLE MILK"),
            "蛋白质 3.6g / 100mL",
            "净含量 1L",
        ),
    },
    Good {
        sku: "LM-CHI-ORI",
        title: "辣么香 原味油辣子 210g Lamoxiang Chilli Crisp Original",
        brand: "辣么香 Lamoxiang",
        category: "调味 Sauces",
        description: "慢火香酥，香辣不燥。Crisp chilli oil, original.",
        price: "18.50",
        stock: 55,
        code: "200100100304",
        aliases: "辣椒酱;老油辣子;chilli crisp original",
        slug: "chilli-original",
        shape: Shape::Jar { lid: [0.78, 0.14, 0.10], inside: [0.42, 0.09, 0.04] },
        dress: design(
            Layout::Badge,
            ["#d8291c", "#a31410", "#c5160f", "#5a1006"],
            Motif::Chilli,
            ("辣么香", "LAMOXIANG"),
            ("原味油辣子", "CHILLI CRISP ORIGINAL"),
            "一勺就香",
            "净含量 210g",
        ),
    },
    Good {
        sku: "LM-CHI-MUS",
        title: "辣么香 香菇油辣子 210g Lamoxiang Chilli Crisp Mushroom",
        brand: "辣么香 Lamoxiang",
        category: "调味 Sauces",
        description: "整粒香菇丁，鲜辣下饭。Crisp chilli oil with shiitake.",
        price: "19.90",
        stock: 50,
        code: "200100100305",
        aliases: "香菇酱;香菇辣酱;chilli crisp mushroom",
        slug: "chilli-mushroom",
        shape: Shape::Jar { lid: [0.78, 0.14, 0.10], inside: [0.40, 0.12, 0.05] },
        dress: design(
            Layout::Badge,
            ["#d33a1c", "#98200f", "#c5160f", "#5a1006"],
            Motif::Mushroom,
            ("辣么香", "LAMOXIANG"),
            ("香菇油辣子", "CHILLI CRISP MUSHROOM"),
            "一勺就香",
            "净含量 210g",
        ),
    },
    Good {
        sku: "YD-LAUN-2",
        title: "云朵洗 深层洁净洗衣液 2kg Cloudwash Laundry Liquid",
        brand: "云朵洗 Cloudwash",
        category: "家清 Home care",
        description: "低泡易漂，留香持久。Low-foam laundry liquid.",
        price: "32.90",
        stock: 28,
        code: "200100100406",
        aliases: "洗衣液;laundry liquid;cloudwash",
        slug: "laundry",
        shape: Shape::Bottle {
            radius: 0.52,
            half_height: 0.92,
            depth: 0.55,
            body: [0.10, 0.36, 0.74],
            cap: [0.97, 0.97, 0.98],
        },
        dress: design(
            Layout::Slant,
            ["#dff2ff", "#8fd0ff", "#0d4fb0", "#0b3a86"],
            Motif::Bubbles,
            ("云朵洗", "CLOUDWASH"),
            ("洗衣液", "LAUNDRY"),
            "深层洁净 · 低泡易漂",
            "净含量 2kg",
        ),
    },
    Good {
        sku: "BH-TOOTH-120",
        title: "薄荷星 亮白牙膏 120g Mintstar Whitening Toothpaste",
        brand: "薄荷星 Mintstar",
        category: "个护 Personal care",
        description: "双重薄荷，清新亮白。Double-mint toothpaste.",
        price: "14.90",
        stock: 45,
        code: "200100100507",
        aliases: "牙膏;toothpaste;mintstar",
        slug: "toothpaste",
        shape: Shape::Carton { half: (0.28, 0.95, 0.22) },
        dress: design(
            Layout::Strip,
            ["#d9fff3", "#7ee0c6", "#008c72", "#00463b"],
            Motif::Star,
            ("薄荷星", "MINTSTAR"),
            ("亮白牙膏", "WHITENING"),
            "双重薄荷 持久清新",
            "120g",
        ),
    },
    Good {
        sku: "NT-HAND-75",
        title: "暖桃 桃子护手霜 75g Warmpeach Hand Cream",
        brand: "暖桃 Warmpeach",
        category: "美妆 Beauty",
        description: "水蜜桃香，滋润不黏。Peach hand cream.",
        price: "25.00",
        stock: 33,
        code: "200100100608",
        aliases: "护手霜;hand cream;warmpeach",
        slug: "hand-cream",
        shape: Shape::Tube { cap: [0.98, 0.80, 0.74] },
        dress: design(
            Layout::Strip,
            ["#ffe9e3", "#ffc2b4", "#f2745f", "#7c2f2a"],
            Motif::Peach,
            ("暖桃", "WARMPEACH"),
            ("护手霜", "HAND CREAM"),
            "水蜜桃香 滋润不黏",
            "75g",
        ),
    },
    Good {
        sku: "CC-CHIP-SEA",
        title: "脆脆山 海盐薯片 135g Crunchill Sea Salt Chips",
        brand: "脆脆山 Crunchill",
        category: "零食 Snacks",
        description: "非油炸波纹薯片，海盐味。Ridged potato chips with sea salt.",
        price: "9.90",
        stock: 60,
        code: "200100100709",
        aliases: "薯片;sea salt chips;crunchill",
        slug: "chips",
        shape: Shape::Pouch { half: (0.62, 0.85), fat: 0.27 },
        dress: design(
            Layout::Slant,
            ["#fff1a8", "#ffd34d", "#1f3f8f", "#1b2b63"],
            Motif::Mountain,
            ("脆脆山", "CRUNCHILL"),
            ("海盐薯片", "SEA SALT"),
            "大波浪 · 真土豆",
            "净含量 135g",
        ),
    },
    Good {
        sku: "QP-POM-330",
        title: "气泡柚 西柚气泡水 330ml Pomelo Fizz",
        brand: "气泡柚 Pomelo Fizz",
        category: "饮料 Drinks",
        description: "零糖西柚气泡水。Sugar-free grapefruit sparkling water.",
        price: "5.50",
        stock: 60,
        code: "200100100810",
        aliases: "气泡水;sparkling water;pomelo fizz",
        slug: "fizz",
        shape: Shape::Can,
        dress: design(
            Layout::Band,
            ["#ffd6dd", "#ff8aa0", "#e5395d", "#7a1230"],
            Motif::Pomelo,
            ("气泡柚", "POMELO FIZZ"),
            ("西柚味", "GRAPEFRUIT"),
            "0 糖 0 脂",
            "330mL",
        ),
    },
    Good {
        sku: "MD-NOOD-BEEF",
        title: "面多多 红烧牛肉杯面 Noodledoo Braised Beef Cup",
        brand: "面多多 Noodledoo",
        category: "速食 Instant food",
        description: "三分钟杯面，红烧牛肉味。Cup noodles, braised beef.",
        price: "6.80",
        stock: 48,
        code: "200100100911",
        aliases: "泡面;杯面;cup noodles",
        slug: "noodles",
        shape: Shape::Cup,
        dress: design(
            Layout::Badge,
            ["#f39a2d", "#b64a12", "#8a1e0b", "#54210c"],
            Motif::Bowl,
            ("面多多", "NOODLEDOO"),
            ("红烧牛肉", "BRAISED BEEF"),
            "三分钟 热腾腾",
            "净含量 92g",
        ),
    },
    Good {
        sku: "MY-SHAM-400",
        title: "木言 松针控油洗发水 400ml Muyan Pine Shampoo",
        brand: "木言 Muyan",
        category: "个护 Personal care",
        description: "松针精华，清爽控油。Pine shampoo for oily hair.",
        price: "45.00",
        stock: 24,
        code: "200100101012",
        aliases: "洗发水;shampoo;muyan",
        slug: "shampoo",
        shape: Shape::Bottle {
            radius: 0.33,
            half_height: 0.98,
            depth: 1.0,
            body: [0.09, 0.20, 0.15],
            cap: [0.82, 0.66, 0.38],
        },
        dress: design(
            Layout::Framed,
            ["#14382b", "#0d261d", "#1d5a43", "#2d2a22"],
            Motif::Pine,
            ("木言", "MUYAN"),
            ("松针洗发", "PINE SHAMPOO"),
            "清爽控油 · 无硅油",
            "400mL",
        ),
    },
    Good {
        sku: "LJ-NUTS-500",
        title: "林间 每日混合坚果 500g Linjian Daily Nuts",
        brand: "林间 Linjian",
        category: "零食 Snacks",
        description: "七种坚果果干，独立小袋。Seven nuts and dried fruits.",
        price: "79.00",
        stock: 30,
        code: "200100101113",
        aliases: "坚果;daily nuts;linjian",
        slug: "nuts",
        shape: Shape::Pouch { half: (0.56, 0.78), fat: 0.22 },
        dress: design(
            Layout::Framed,
            ["#b98a55", "#93653a", "#7a4a1e", "#4a2e14"],
            Motif::Nuts,
            ("林间", "LINJIAN"),
            ("每日坚果", "DAILY NUTS"),
            "七种坚果 独立小袋",
            "净含量 500g",
        ),
    },
    Good {
        sku: "DX-POWER-10",
        title: "电小象 充电宝 10000mAh Voltfant Power Bank",
        brand: "电小象 Voltfant",
        category: "数码 Electronics",
        description: "22.5W 快充移动电源，盒装。Boxed power bank with fast charging.",
        price: "99.00",
        stock: 20,
        code: "200100101214",
        aliases: "充电宝;移动电源;power bank",
        slug: "power-bank",
        shape: Shape::Carton { half: (0.46, 0.80, 0.17) },
        dress: design(
            Layout::Strip,
            ["#3b3f4a", "#17191f", "#ff7a1a", "#f4f4f4"],
            Motif::Bolt,
            ("电小象", "VOLTFANT"),
            ("充电宝", "POWER BANK"),
            "10000mAh · 22.5W 快充",
            "Type-C",
        ),
    },
    photo(
        "XM-CANE-RED",
        ("红白拐杖糖 Candy Cane Red", "candy-cane-red", "candy_cane_red.png", 1.75),
        ("节庆 Festive", "经典薄荷拐杖糖。Peppermint candy cane."),
        ("6.00", 60, "200100102015", "拐杖糖;candy cane"),
    ),
    photo(
        "XM-CANE-MIX",
        ("彩色拐杖糖 Candy Cane Mixed", "candy-cane-mixed", "candy_cane_mixed.png", 1.75),
        ("节庆 Festive", "水果味拐杖糖，红绿黄。Fruit candy cane."),
        ("6.50", 58, "200100102016", "彩色拐杖糖;fruit candy cane"),
    ),
    photo(
        "SD-TREE-30",
        ("桌面圣诞树 30cm Tabletop Christmas Tree", "christmas-tree", "christmas_tree.png", 1.8),
        ("节庆 Festive", "自带彩灯的桌面圣诞树。Small decorated tree."),
        ("128.00", 12, "200100102017", "圣诞树;christmas tree"),
    ),
    photo(
        "YL-STETH-01",
        ("双听头听诊器 Stethoscope", "stethoscope", "stethoscope.png", 1.5),
        ("健康 Health", "双面听头，黑色软管。Dual-head stethoscope."),
        ("158.00", 9, "200100102018", "听诊器;stethoscope"),
    ),
    photo(
        "HB-PIE-01",
        ("英式甜肉派 Mince Pie", "mince-pie", "mince_pie.png", 0.95),
        ("烘焙 Bakery", "现烤果干馅酥皮派。Fruit-filled pastry."),
        ("12.00", 35, "200100102019", "肉馅派;mince pie"),
    ),
    photo(
        "KJ-TURKEY-5",
        ("整只烤火鸡 Roast Turkey", "roast-turkey", "roast_turkey.png", 1.15),
        ("熟食 Deli", "迷迭香慢烤，真空冷链。Slow-roasted turkey."),
        ("268.00", 8, "200100102020", "火鸡;roast turkey"),
    ),
    photo(
        "HX-LOB-800",
        ("鲜活龙虾 800g Live Lobster", "lobster", "lobster.png", 1.45),
        ("生鲜 Fresh", "冷链直达的鲜活龙虾。Live lobster."),
        ("199.00", 15, "200100102021", "龙虾;lobster"),
    ),
    photo(
        "SG-GINGER-500",
        ("山东老姜 500g Ginger", "ginger", "ginger.png", 1.0),
        ("生鲜 Fresh", "辣味足的老姜。Mature ginger."),
        ("8.80", 42, "200100102022", "生姜;ginger"),
    ),
    photo(
        "SG-CHERI-2",
        ("释迦果 2 枚 Cherimoya", "cherimoya", "cherimoya.png", 1.1),
        ("生鲜 Fresh", "软糯香甜的南美番荔枝。Sweet custard apple."),
        ("39.00", 18, "200100102023", "番荔枝;cherimoya"),
    ),
    photo(
        "SG-AVO-4",
        ("牛油果 4 枚 Avocado", "avocado", "avocado.png", 0.85),
        ("生鲜 Fresh", "哈斯品种，开袋即食。Ready-to-eat Hass avocados."),
        ("29.90", 26, "200100102024", "鳄梨;avocado"),
    ),
];

/// Things the host also shows although nobody sells them here.
pub const STRANGERS: &[Good] = &[
    stranger(
        "coffee",
        "wumu coffee pouch",
        Shape::Pouch { half: (0.54, 0.80), fat: 0.25 },
        design(
            Layout::Upright,
            ["#41434a", "#1d1e22", "#c9a063", "#e9dcc3"],
            Motif::Bean,
            ("乌木", "EBON"),
            ("深烘咖啡", "DARK ROAST"),
            "意式拼配",
            "454g",
        ),
    ),
    stranger("fire-truck", "toy fire truck", Shape::Cutout { file: "fire_truck.png", height: 0.78 }, Dress::Own),
    stranger(
        "mask",
        "face mask box",
        Shape::Carton { half: (0.52, 0.70, 0.12) },
        design(
            Layout::Band,
            ["#eee6ff", "#b9a4ee", "#6a45c4", "#2e1b66"],
            Motif::Drop,
            ("水镜", "MIROIR"),
            ("补水面膜", "SHEET MASK"),
            "玻尿酸 · 5 片装",
            "25mL x 5",
        ),
    ),
    stranger(
        "energy",
        "energy drink can",
        Shape::Can,
        design(
            Layout::Slant,
            ["#2a2f33", "#0d0f12", "#84c41c", "#c9f25a"],
            Motif::Bolt,
            ("闪能", "THUNDR"),
            ("能量饮料", "ENERGY"),
            "牛磺酸 · 咖啡因",
            "250mL",
        ),
    ),
    stranger(
        "soy",
        "soy milk carton",
        Shape::Carton { half: (0.34, 0.82, 0.30) },
        design(
            Layout::Framed,
            ["#7fae4e", "#4d7d2b", "#3a651c", "#33421c"],
            Motif::Wave,
            ("豆田", "BEANFIELD"),
            ("有机豆奶", "SOY MILK"),
            "非转基因大豆",
            "1L",
        ),
    ),
];

const fn photo(
    sku: &'static str,
    name: (&'static str, &'static str, &'static str, f32),
    about: (&'static str, &'static str),
    trade: (&'static str, u32, &'static str, &'static str),
) -> Good {
    Good {
        sku,
        title: name.0,
        slug: name.1,
        shape: Shape::Cutout { file: name.2, height: name.3 },
        brand: "货郎严选 Hawker Select",
        category: about.0,
        description: about.1,
        price: trade.0,
        stock: trade.1,
        code: trade.2,
        aliases: trade.3,
        dress: Dress::Own,
    }
}

const fn stranger(slug: &'static str, title: &'static str, shape: Shape, dress: Dress) -> Good {
    Good {
        sku: "",
        title,
        slug,
        shape,
        dress,
        brand: "",
        category: "",
        description: "",
        price: "0",
        stock: 0,
        code: "299900000000",
        aliases: "",
    }
}

/// The colour of unprinted card.
pub const CARD: [f32; 3] = CREAM;

#[cfg(test)]
mod tests {
    use super::super::barcode::with_check_digit;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_skus_and_slugs_are_unique_and_codes_lie_in_the_restricted_range() {
        let mut seen = HashSet::new();
        for good in CATALOGUE {
            let code = with_check_digit(good.code);
            assert!(code.len() == 13 && code.starts_with('2'), "{} has a restricted EAN-13", good.sku);
            assert!(
                seen.insert(code) && seen.insert(good.sku.to_owned()) && seen.insert(good.slug.to_owned()),
                "{} repeats something",
                good.sku
            );
            assert!((5..=60).contains(&good.stock), "{} has a stock that can be shown", good.sku);
        }
        assert!((12..=24).contains(&CATALOGUE.len()));
    }

    #[test]
    fn strangers_have_no_sku() {
        assert!(STRANGERS.len() >= 3 && STRANGERS.iter().all(|s| s.sku.is_empty()));
    }
}
