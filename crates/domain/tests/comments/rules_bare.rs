//! RULES.md, sections 1 to 3: spelling, numbers that mean nothing, bare numbers and options. Each table is beside one
//! pinned product (or none) and the rules of one show.

use crate::support::check;

#[test]
fn section_1_what_looks_the_same_reads_the_same() {
    check(
        "",
        Some(4),
        &[
            ("扣\u{200b}1", "claim 4:1:"),
            ("＋１", "claim 4:1:"),
            ("➕1", "claim 4:1:"),
            ("1️⃣", "claim 4:1:"),
            ("①", "claim 4:1:"),
            ("⑪", "claim 11:1:"),
            ("ＭＩＮＥ", "claim 4:1:"),
            ("MINE 12 RED L", "claim 12:1:红/L"),
            ("我 要 一 个", "claim 4:1:"),
            ("m i n e", "claim 4:1:"),
            ("我.要.两.个", "claim 4:2:"),
            ("٣", "none"),
            ("½", "none"),
            ("Ⅳ", "none"),
            ("x²", "none"),
            ("mіne 4", "question 4:1:"),
            ("sоld", "question 4:1:"),
            ("cаncel", "question"),
            ("我要我要", "claim 4:1:"),
            ("mine mine mine", "claim 4:1:"),
            ("mine 7 mine 7", "claim 7:1:"),
            ("扣1扣1", "claim 4:1:"),
            ("要要要", "claim 4:1:"),
            ("宝宝 我要一个 谢谢", "claim 4:1:"),
            ("@主播 要一个", "claim 4:1:"),
            ("@Lulu mine pls", "claim 4:1:"),
            ("老板来两个哦", "claim 4:2:"),
            ("hi admin, mine po thank you", "claim 4:1:"),
            ("哈哈哈 我要一个", "claim 4:1:"),
            ("🔥🔥🔥1🔥🔥🔥", "claim 4:1:"),
            ("slod 7", "claim 7:1:"),
            ("minee", "claim 4:1:"),
            ("我耍一个", "claim 4:1:"),
            ("口1", "claim 4:1:"),
            ("抠1", "claim 4:1:"),
            ("俩件", "claim 4:2:"),
        ],
    );
}

#[test]
fn section_1_unknown_words_make_a_bare_number_nothing() {
    check(
        "",
        Some(4),
        &[
            ("社畜+1", "none"),
            ("口红 12", "none"),
            ("best of 4", "none"),
            ("来首歌", "none"),
            ("来个福利", "none"),
            ("拿4号看看", "none"),
            ("我要睡了", "none"),
            ("我要4号的券", "none"),
            ("sold out", "none"),
            ("mine is late", "none"),
            ("claim the coupon", "none"),
            ("要疯了", "none"),
            ("来人啊", "none"),
            ("take a break", "none"),
            ("I want to sleep", "none"),
            ("order arrived today", "none"),
            ("save the link", "none"),
            ("hold the camera still", "none"),
            ("我要回家了", "none"),
            ("买房子", "none"),
            ("room 12", "none"),
            ("team 4 wins", "none"),
            ("留个联系方式", "none"),
            ("收个快递", "none"),
            ("拍个照", "none"),
            ("再来一首", "none"),
            ("来点掌声", "none"),
        ],
    );
}

#[test]
fn section_2_numbers_that_are_no_product_are_left_alone() {
    check(
        "",
        Some(4),
        &[
            ("12元", "none"),
            ("$12", "none"),
            ("RM12", "none"),
            ("12 yuan", "none"),
            ("8点", "none"),
            ("12点开播", "none"),
            ("5分钟", "none"),
            ("3天", "none"),
            ("12号发货", "none"),
            ("12号前能到吗", "none"),
            ("4月12号", "none"),
            ("1米65", "none"),
            ("100斤", "none"),
            ("4楼", "none"),
            ("4%", "none"),
            ("4.5", "none"),
            ("-4", "none"),
            ("1111", "none"),
            ("13800000000", "none"),
            ("5 4 3 2 1", "none"),
            ("321", "none"),
            ("第一", "none"),
            ("买1送1", "none"),
            ("玫瑰x10", "none"),
            ("#11sale", "none"),
            ("http://a.example/12", "none"),
            ("4am", "none"),
            ("4号 59 我要一个", "claim 4:1:"),
            ("两个，59是吧", "claim 4:2:"),
            ("168/58", "none"),
            ("165 52", "none"),
            ("4年老粉", "none"),
            ("4g网", "none"),
            ("要4块", "none"),
        ],
    );
    check(
        "",
        Some(12),
        &[
            ("红L 165 52", "claim 12:1:红/L"),
            ("要红色 160 100斤", "question"),
            ("168穿", "none"),
            ("红 L 168穿", "claim 12:1:红/L"),
        ],
    );
    check("", Some(6), &[("两块", "claim 6:2:"), ("要3块", "claim 6:3:"), ("4号两块", "claim 4:1:")]);
}

#[test]
fn section_3_bare_numbers_beside_a_pin() {
    check(
        "",
        Some(4),
        &[
            ("1", "claim 4:1:"),
            ("+1", "claim 4:1:"),
            ("一", "claim 4:1:"),
            ("one", "claim 4:1:"),
            ("扣1", "claim 4:1:"),
            ("+3", "claim 4:3:"),
            ("+20", "claim 4:20:"),
            ("+21", "none"),
            ("7号", "claim 7:1:"),
            ("#7", "claim 7:1:"),
            ("No.7", "claim 7:1:"),
            ("item 7", "claim 7:1:"),
            ("number 7", "claim 7:1:"),
            ("7号链接", "claim 7:1:"),
            ("4", "claim 4:1:"),
            ("扣4", "claim 4:1:"),
            ("7", "question 4:7:|7:1:"),
            ("扣7", "question"),
            ("11", "claim 11:1:"),
            ("扣11", "claim 11:1:"),
            ("88", "question 88:1:"),
            ("111", "question"),
            ("扣88", "question"),
            ("666", "none"),
            ("99", "none"),
            ("0", "none"),
            ("25", "none"),
            ("1 1 1", "none"),
            ("1，1，1", "none"),
            ("two", "claim 4:2:"),
            ("两", "claim 4:2:"),
            ("仨", "claim 4:3:"),
            ("三", "question"),
            ("1?", "question"),
            ("11？", "question"),
            ("x2", "claim 4:2:"),
            ("*2", "claim 4:2:"),
            ("4号 2", "question"),
            ("7号3", "question"),
            ("11+1", "claim 11:1:"),
            ("7+1", "claim 7:1:"),
            ("11+3", "claim 11:3:"),
            ("6+3", "question"),
            ("7*2", "claim 7:2:"),
            ("2*11", "claim 11:2:"),
            ("11x2", "claim 11:2:"),
            ("11×3", "claim 11:3:"),
            ("11*17", "question"),
            ("4、7", "claim 4:1:;7:1:"),
            ("4，7", "claim 4:1:;7:1:"),
            ("4 and 7", "claim 4:1:;7:1:"),
            ("4&7", "claim 4:1:;7:1:"),
            ("4和7", "claim 4:1:;7:1:"),
            ("4号、7号", "claim 4:1:;7:1:"),
            ("#4 #7", "claim 4:1:;7:1:"),
            ("4 7", "question"),
            ("11 17", "claim 11:1:;17:1:"),
            ("10 38", "claim 10:1:38"),
            ("15号28", "claim 15:1:28"),
            ("12", "question 12:1:"),
        ],
    );
}

#[test]
fn section_3_bare_numbers_without_a_pin() {
    check(
        "",
        None,
        &[
            ("1", "question ?:1:"),
            ("+1", "question ?:1:"),
            ("+3", "question ?:3:"),
            ("7号", "claim 7:1:"),
            ("7", "claim 7:1:"),
            ("扣7", "claim 7:1:"),
            ("11", "claim 11:1:"),
            ("88", "question"),
            ("two", "question"),
            ("三", "claim 3:1:"),
            ("x2", "question"),
            ("4、7", "claim 4:1:;7:1:"),
            ("红L", "none"),
            ("7*2", "claim 7:2:"),
            ("我要", "question"),
            ("mine", "question"),
            ("要一个", "question ?:1:"),
            ("🙋", "none"),
        ],
    );
}

#[test]
fn section_3_options_alone_are_of_the_pinned_product() {
    check(
        "",
        Some(12),
        &[
            ("红L", "claim 12:1:红/L"),
            ("L 红色", "claim 12:1:红/L"),
            ("red, L", "claim 12:1:红/L"),
            ("红L两件", "claim 12:2:红/L"),
            ("红", "question 12:1:红"),
            ("x-large blue", "claim 12:1:蓝/XL"),
            ("红L 蓝M", "claim 12:1:红/L;12:1:蓝/M"),
            ("红L+1", "claim 12:1:红/L"),
            ("红L 好看吗", "none"),
        ],
    );
    check(
        "",
        Some(10),
        &[("38", "claim 10:1:38"), ("38码", "claim 10:1:38"), ("38码两双", "claim 10:2:38"), ("41", "none")],
    );
    check("", Some(9), &[("黑+1", "claim 9:1:黑"), ("black x2", "claim 9:2:黑"), ("黑黑黑", "claim 9:1:黑")]);
    check("", Some(4), &[("红", "none"), ("红色", "none")]);
}
