//! What of a shop's title people say: it names the maker, the goods, the pack and often the same again in another language.

use super::clean::is_han;

/// How goods are packed and praised: no name of them.
const NO_NAME: [&str; 24] = [
    "罐装",
    "袋装",
    "盒装",
    "瓶装",
    "桶装",
    "箱装",
    "整箱",
    "整箱装",
    "散装",
    "礼盒装",
    "家庭装",
    "单个装",
    "包邮",
    "正品",
    "官方",
    "新款",
    "新品",
    "爆款",
    "热卖",
    "特价",
    "现货",
    "混色",
    "均码",
    "大码",
];

/// The names within a folded title of several: "山丘牛 全脂纯牛奶 1l hillox whole milk" is 山丘牛, 全脂纯牛奶 and "hillox whole
/// milk". None where the title is one name as it stands. A lone Latin word beside other names is none: it would be "new" and
/// "hot" as often as a maker.
pub(super) fn phrases(title: &str) -> Vec<String> {
    let mut phrases: Vec<String> = Vec::new();
    let mut latin: Vec<&str> = Vec::new();
    let close = |latin: &mut Vec<&str>, phrases: &mut Vec<String>| {
        if latin.len() > 1 {
            phrases.push(latin.join(" "));
        }
        latin.clear();
    };
    for word in title.split(is_gap) {
        let is_measure = word.starts_with(|first: char| first.is_ascii_digit());
        if word.is_empty() {
            continue;
        }
        if is_measure || NO_NAME.contains(&word) {
            close(&mut latin, &mut phrases);
        } else if word.chars().any(is_han) {
            close(&mut latin, &mut phrases);
            if word.chars().count() > 1 {
                phrases.push(word.to_owned());
            }
        } else {
            latin.push(word);
        }
    }
    close(&mut latin, &mut phrases);
    phrases.retain(|phrase| phrase != title);
    phrases
}

fn is_gap(sign: char) -> bool {
    sign.is_whitespace() || "|/,、·()[]【】《》「」+:;!，。（）".contains(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_parted_into_what_people_call_the_goods() {
        for (title, want) in [
            ("山丘牛 全脂纯牛奶 1l hillox whole milk", vec!["山丘牛", "全脂纯牛奶", "hillox whole milk"]),
            ("青屿 茉莉花茶 100g 罐装 qingyu jasmine tea", vec!["青屿", "茉莉花茶", "qingyu jasmine tea"]),
            ("【新款】纯棉t恤(女)包邮", vec!["纯棉t恤"]),
            ("iphone 15 手机壳", vec!["手机壳"]),
            ("ceramic mug 300ml", vec!["ceramic mug"]),
            ("陶瓷马克杯", vec![]),
            ("mini power bank", vec![]),
            ("flask", vec![]),
            ("hot 纯牛奶", vec!["纯牛奶"]),
        ] {
            assert_eq!(phrases(title), want, "{title}");
        }
    }
}
