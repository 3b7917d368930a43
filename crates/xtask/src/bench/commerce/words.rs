//! What the titles of a generated catalogue are made of. No character of the Chinese here is read in two ways, so how a title sounds
//! is known.

/// A word with its sound, where it is Chinese, and what an English title calls it.
#[derive(Debug)]
pub struct Word {
    pub zh: &'static str,
    /// A sound for each character.
    pub sounds: &'static [&'static str],
    pub en: &'static str,
}

/// A kind of goods, with its category and the sizes it is sold in.
#[derive(Debug)]
pub struct Goods {
    pub word: Word,
    pub category: &'static str,
    pub sizes: &'static [&'static str],
}

const fn word(zh: &'static str, sounds: &'static [&'static str], en: &'static str) -> Word {
    Word { zh, sounds, en }
}

const fn goods(category: &'static str, sizes: &'static [&'static str], word: Word) -> Goods {
    Goods { word, category, sizes }
}

const DRINK: &[&str] = &["250ml", "330ml", "500ml", "1L", "1.5L", "6x250ml", "12x330ml"];
const FOOD: &[&str] = &["50g", "100g", "200g", "250g", "500g", "1kg", "3x120g"];
const CLOTHES: &[&str] = &["XS", "S", "M", "L", "XL", "XXL"];
const THINGS: &[&str] = &["小号 small", "中号 medium", "大号 large", "12cm", "24cm", "3件 set of 3"];

pub const GOODS: &[Goods] = &[
    goods("饮料 Drinks", DRINK, word("牛奶", &["niu", "nai"], "Milk")),
    goods("饮料 Drinks", DRINK, word("绿茶", &["lv", "cha"], "Green Tea")),
    goods("饮料 Drinks", DRINK, word("咖啡", &["ka", "fei"], "Coffee")),
    goods("饮料 Drinks", DRINK, word("果汁", &["guo", "zhi"], "Juice")),
    goods("饮料 Drinks", DRINK, word("豆浆", &["dou", "jiang"], "Soy Drink")),
    goods("饮料 Drinks", DRINK, word("苏打水", &["su", "da", "shui"], "Soda Water")),
    goods("食品 Food", FOOD, word("饼干", &["bing", "gan"], "Biscuits")),
    goods("食品 Food", FOOD, word("面条", &["mian", "tiao"], "Noodles")),
    goods("食品 Food", FOOD, word("大米", &["da", "mi"], "Rice")),
    goods("食品 Food", FOOD, word("蜂蜜", &["feng", "mi"], "Honey")),
    goods("食品 Food", FOOD, word("酱油", &["jiang", "you"], "Soy Sauce")),
    goods("食品 Food", FOOD, word("巧克力", &["qiao", "ke", "li"], "Chocolate")),
    goods("食品 Food", FOOD, word("坚果", &["jian", "guo"], "Nuts")),
    goods("食品 Food", FOOD, word("火腿", &["huo", "tui"], "Ham")),
    goods("护理 Care", DRINK, word("洗发水", &["xi", "fa", "shui"], "Shampoo")),
    goods("护理 Care", DRINK, word("沐浴露", &["mu", "yu", "lu"], "Shower Gel")),
    goods("护理 Care", FOOD, word("牙膏", &["ya", "gao"], "Toothpaste")),
    goods("护理 Care", FOOD, word("面膜", &["mian", "mo"], "Face Mask")),
    goods("服装 Clothing", CLOTHES, word("衬衫", &["chen", "shan"], "Shirt")),
    goods("服装 Clothing", CLOTHES, word("外套", &["wai", "tao"], "Jacket")),
    goods("服装 Clothing", CLOTHES, word("毛衣", &["mao", "yi"], "Sweater")),
    goods("服装 Clothing", CLOTHES, word("连衣裙", &["lian", "yi", "qun"], "Dress")),
    goods("服装 Clothing", CLOTHES, word("袜子", &["wa", "zi"], "Socks")),
    goods("家居 Home", THINGS, word("水杯", &["shui", "bei"], "Cup")),
    goods("家居 Home", THINGS, word("毛巾", &["mao", "jin"], "Towel")),
    goods("家居 Home", THINGS, word("枕头", &["zhen", "tou"], "Pillow")),
    goods("家居 Home", THINGS, word("台灯", &["tai", "deng"], "Desk Lamp")),
    goods("家居 Home", THINGS, word("花瓶", &["hua", "ping"], "Vase")),
    goods("电子 Electronics", THINGS, word("耳机", &["er", "ji"], "Headphones")),
    goods("电子 Electronics", THINGS, word("键盘", &["jian", "pan"], "Keyboard")),
    goods("电子 Electronics", THINGS, word("音箱", &["yin", "xiang"], "Speaker")),
    goods("玩具 Toys", THINGS, word("积木", &["ji", "mu"], "Building Blocks")),
];

pub const QUALITIES: &[Word] = &[
    word("有机", &["you", "ji"], "Organic"),
    word("经典", &["jing", "dian"], "Classic"),
    word("新鲜", &["xin", "xian"], "Fresh"),
    word("清爽", &["qing", "shuang"], "Crisp"),
    word("柔软", &["rou", "ruan"], "Soft"),
    word("浓香", &["nong", "xiang"], "Rich"),
    word("轻便", &["qing", "bian"], "Light"),
    word("原味", &["yuan", "wei"], "Original"),
    word("草莓", &["cao", "mei"], "Strawberry"),
    word("柠檬", &["ning", "meng"], "Lemon"),
    word("茉莉", &["mo", "li"], "Jasmine"),
    word("薄荷", &["bo", "he"], "Mint"),
    word("红色", &["hong", "se"], "Red"),
    word("蓝色", &["lan", "se"], "Blue"),
    word("白色", &["bai", "se"], "White"),
    word("儿童", &["er", "tong"], "Kids"),
    word("家庭", &["jia", "ting"], "Family"),
    word("旅行", &["lv", "xing"], "Travel"),
    word("手工", &["shou", "gong"], "Handmade"),
    word("进口", &["jin", "kou"], "Imported"),
];

/// Two of them are a Chinese brand.
pub const BRAND_ZH: &[(&str, &str)] = &[
    ("青", "qing"),
    ("屿", "yu"),
    ("山", "shan"),
    ("海", "hai"),
    ("云", "yun"),
    ("月", "yue"),
    ("松", "song"),
    ("竹", "zhu"),
    ("梅", "mei"),
    ("兰", "lan"),
    ("泉", "quan"),
    ("溪", "xi"),
    ("江", "jiang"),
    ("湖", "hu"),
    ("星", "xing"),
    ("辰", "chen"),
    ("晨", "chen"),
    ("光", "guang"),
    ("雨", "yu"),
    ("雪", "xue"),
    ("风", "feng"),
    ("鹿", "lu"),
    ("鹤", "he"),
    ("马", "ma"),
    ("龙", "long"),
    ("凤", "feng"),
    ("金", "jin"),
    ("玉", "yu"),
    ("石", "shi"),
    ("岭", "ling"),
    ("谷", "gu"),
    ("田", "tian"),
    ("禾", "he"),
    ("麦", "mai"),
    ("森", "sen"),
    ("林", "lin"),
    ("野", "ye"),
    ("北", "bei"),
    ("南", "nan"),
    ("东", "dong"),
];

/// Beginnings and ends of an English brand, with one syllable between.
pub const BRAND_BEGINS: &[&str] = &[
    "Al", "Bra", "Cor", "Dal", "El", "Fen", "Gar", "Hol", "Is", "Jun", "Kel", "Lor", "Mar", "Nor", "Or", "Pel", "Quin",
    "Ros", "Sil", "Tor", "Ul", "Ver", "Wes", "Yar", "Zen",
];
pub const BRAND_MIDDLES: &[&str] = &["a", "be", "di", "go", "la", "mi", "no", "ra", "ti", "vo"];
pub const BRAND_ENDS: &[&str] = &["field", "ford", "gate", "land", "more", "ton", "well", "wick", "wood", "worth"];
