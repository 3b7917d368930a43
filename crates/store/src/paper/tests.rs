#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use crate::testing::order;
use hawker_domain::order::OrderSource;

/// A font with Chinese as the systems have it that tests run on; `xtask setup` installs it on Linux.
fn font() -> PrintFont {
    let known = [
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/google-noto-sans-cjk-vf-fonts/NotoSansCJK-VF.ttc",
        "/System/Library/Fonts/PingFang.ttc",
        "C:\\Windows\\Fonts\\msyh.ttc",
    ];
    let data = known.iter().find_map(|path| std::fs::read(path).ok());
    PrintFont { data: data.unwrap_or_else(|| panic!("no font with Chinese; install fonts-noto-cjk")), index: 0 }
}

fn buyer(order_id: OrderId) -> Buyer {
    Buyer {
        order_id,
        name: "林小雨".to_owned(),
        phone: "13800138000".to_owned(),
        address: "上海市静安区南京西路 1266 号\n恒隆广场 2 座 1801".to_owned(),
    }
}

/// The text of each page as poppler, which is not ours, reads it; without its spaces: readers of PDF put those where they like.
fn read(pdf: &[u8]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("list.pdf");
    std::fs::write(&path, pdf).unwrap();
    let run = std::process::Command::new("pdftotext").args(["-enc", "UTF-8"]).arg(&path).arg("-").output();
    let run = run.unwrap_or_else(|why| panic!("pdftotext does not start; install poppler-utils: {why}"));
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap();
    let pages = text.strip_suffix('\u{c}').unwrap_or(&text).split('\u{c}');
    pages.map(|page| page.chars().filter(|c| !c.is_whitespace()).collect()).collect()
}

#[test]
fn a_pack_list_on_paper_can_be_read_and_searched() {
    let (sold, nowhere) = (order(OrderSource::Page, &[("红-L", 2), ("A", 1)]), order(OrderSource::Page, &[("B", 3)]));
    let buyers = HashMap::from([(sold.id, buyer(sold.id))]);
    for (language, missing) in
        [(PaperLanguage::Chinese, "没有收货地址"), (PaperLanguage::English, "Noaddress:askthebuyer")]
    {
        let pdf = pack_list_pdf(&[sold.clone(), nowhere.clone()], &buyers, font(), language).unwrap();
        let pages = read(&pdf);
        assert_eq!(pages.len(), 1);
        let id = sold.id.to_string();
        for wanted in [
            "林小雨13800138000",
            "上海市静安区南京西路1266号",
            "恒隆广场2座1801",
            "2×titleof红-L(红-L)",
            "1×titleofA(A)",
            &format!("#{}", &id[id.len() - 6..]),
            missing,
        ] {
            assert!(pages[0].contains(wanted), "{wanted} in {pages:?}");
        }
        assert!(pdf.len() < 200_000, "only the characters that are used are in it: {} bytes", pdf.len());
    }
}

#[test]
fn no_order_is_cut_by_the_end_of_a_page() {
    let orders: Vec<Order> = (0..40).map(|_| order(OrderSource::Page, &[("A", 1), ("B", 2)])).collect();
    let buyers = orders.iter().map(|order| (order.id, buyer(order.id))).collect();
    let pages = read(&pack_list_pdf(&orders, &buyers, font(), PaperLanguage::English).unwrap());
    assert!((5..=8).contains(&pages.len()), "{} pages", pages.len());
    for page in &pages {
        assert_eq!(page.matches("Order#").count(), page.matches("2×titleofB(B)").count(), "{page}");
    }
    assert_eq!(pages.iter().map(|page| page.matches("Order#").count()).sum::<usize>(), 40);
    let nothing = pack_list_pdf(&[], &HashMap::new(), font(), PaperLanguage::English).unwrap();
    assert_eq!(read(&nothing), [""], "an empty page says that there is nothing");
}

#[test]
fn an_order_that_is_longer_than_a_page_goes_on_with_all_its_goods() {
    let skus: Vec<String> = (0..120).map(|number| format!("S{number:03}")).collect();
    let lines: Vec<(&str, u32)> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
    let long = order(OrderSource::Page, &lines);
    // Whoever buys writes the address, in as many lines as they like.
    for address_lines in [1, 70] {
        let address = (0..address_lines).map(|number| format!("{number} 号楼\n")).collect();
        let buyers = HashMap::from([(long.id, Buyer { address, ..buyer(long.id) })]);
        let whole = Block::of(&long, buyers.get(&long.id), PaperLanguage::English.words());
        let count = whole.beside.len() + whole.below.len();
        let parts = whole.parted();
        assert!(parts.iter().all(|part| part.height() <= ROOM), "{address_lines} lines of address");
        assert_eq!(parts.iter().map(|part| part.beside.len() + part.below.len()).sum::<usize>(), count);
        let pages = read(&pack_list_pdf(std::slice::from_ref(&long), &buyers, font(), PaperLanguage::English).unwrap());
        assert_eq!(pages.len(), parts.len());
        let paper = pages.concat();
        for sku in &skus {
            assert!(paper.contains(&format!("1×titleof{sku}({sku})")), "{sku} is on the paper: {paper}");
        }
        assert!(paper.contains(&format!("({}/{})", pages.len(), pages.len())), "{paper}");
    }
}

#[test]
fn the_goods_stand_below_the_code_where_there_is_no_address() {
    let block = Block::of(&order(OrderSource::Page, &[("A", 1)]), None, PaperLanguage::English.words());
    assert!(block.head() >= CODE && block.height() > CODE, "a long title would run into the code");
    assert_eq!(block.parted().len(), 1);
}

#[test]
fn lines_break_at_spaces_and_between_chinese_characters() {
    let table: [(&str, f32, &[&str]); 6] = [
        ("", 9.0, &[]),
        ("one two three", 5.0, &["one two", "three"]),
        ("一二三四五", 2.0, &["一二", "三四", "五"]),
        ("abcdefghij", 3.2, &["abcde", "fghij"]),
        ("号 one", 2.5, &["号", "one"]),
        ("a\tb\nc", 9.0, &["a b c"]),
    ];
    for (text, width, want) in table {
        assert_eq!(wrapped(text, width), want, "{text}");
    }
}

#[test]
fn what_is_no_font_is_refused() {
    let none = PrintFont { data: b"no font".to_vec(), index: 0 };
    assert!(matches!(pack_list_pdf(&[], &HashMap::new(), none, PaperLanguage::English), Err(PaperError::Font)));
}
