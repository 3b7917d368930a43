//! RULES.md, sections 4 to 6 and 8: orders in words, questions for the desk, cancellations, and rules of a show. Each table is
//! beside one pinned product (or none) and the rules of one show.

use crate::support::check;

#[test]
fn section_4_claim_words() {
    check(
        "",
        Some(4),
        &[
            ("我要", "claim 4:1:"),
            ("来一个", "claim 4:1:"),
            ("帮我留一个", "claim 4:1:"),
            ("拍一个", "claim 4:1:"),
            ("下单", "claim 4:1:"),
            ("锁一个", "claim 4:1:"),
            ("畀我一個", "claim 4:1:"),
            ("攞兩個", "claim 4:2:"),
            ("mine", "claim 4:1:"),
            ("I'll have one", "claim 4:1:"),
            ("give me two", "claim 4:2:"),
            ("put me down for 2 pcs", "claim 4:2:"),
            ("dibs", "claim 4:1:"),
            ("chope", "claim 4:1:"),
            ("nak dua", "claim 4:2:"),
            ("pabili isa", "claim 4:1:"),
            ("再来一件", "claim 4:1:"),
            ("多要一件", "claim 4:1:"),
            ("加一件", "claim 4:1:"),
            ("another one pls", "claim 4:1:"),
            ("要了", "claim 4:1:"),
            ("sold 7", "claim 7:1:"),
            ("mine 1", "question"),
            ("order 7", "claim 7:1:"),
            ("要12", "question 12:1:"),
            ("要11", "claim 11:1:"),
            ("要2", "question"),
            ("want 2", "question"),
            ("要1", "claim 4:1:"),
            ("can I have 4 please", "claim 4:1:"),
            ("7号两盒", "claim 7:2:"),
            ("两盒7号", "claim 7:2:"),
            ("12 红 L 2", "claim 12:2:红/L"),
            ("一打", "claim 4:12:"),
            ("half a dozen", "claim 4:6:"),
            ("a couple", "claim 4:2:"),
            ("a pair", "claim 4:2:"),
            ("8号黑一双", "claim 8:1:黑"),
            ("socks black a pair", "claim 8:1:黑"),
            ("要几件", "question"),
            ("a few please", "question"),
            ("要30个", "question"),
            ("要0个", "none"),
            ("6 soaps", "claim 6:6:"),
            ("2 flasks", "claim 4:2:"),
            ("马克杯两个", "claim 1:2:"),
            ("保温杯", "none"),
            ("杯子要一个", "claim 4:1:"),
            ("裙子要一件", "question"),
            ("4号蜡烛要一个", "question"),
            ("12 绿 L", "question"),
            ("12号 紫色 L 要一件", "question"),
            ("红色的马克杯要一个", "question"),
            ("要25号", "question ?:1:"),
            ("25号两个", "question"),
            ("red L 12", "claim 12:1:红/L"),
            ("12红L", "claim 12:1:红/L"),
            ("第4个要", "question"),
            ("给我妈要一个", "claim 4:1:"),
            ("one for my sister", "claim 4:1:"),
            ("她要12", "none"),
            ("我妈要12", "none"),
            ("要一个 包邮吗", "claim 4:1:"),
            ("要两个 什么时候发", "claim 4:2:"),
            ("两个 一个给我妈", "claim 4:2:"),
        ],
    );
}

#[test]
fn section_4_several_items() {
    check(
        "",
        Some(4),
        &[
            ("4号一个 7号两盒", "claim 4:1:;7:2:"),
            ("要4号和7号", "claim 4:1:;7:1:"),
            ("mine 4, 7 and 11", "claim 4:1:;7:1:;11:1:"),
            ("4号要一个7号要两个", "claim 4:1:;7:2:"),
            ("拿两个4号一个7号", "claim 4:2:;7:1:"),
            ("4和7各两个", "claim 4:2:;7:2:"),
            ("4 and 7, 2 each", "claim 4:2:;7:2:"),
            ("one each of 4 and 7", "claim 4:1:;7:1:"),
            ("2 each of 4 and 7", "claim 4:2:;7:2:"),
            ("4x2, 7x1", "claim 4:2:;7:1:"),
            ("4号*2 7号*1", "claim 4:2:;7:1:"),
            ("#4 x2 #7 x1", "claim 4:2:;7:1:"),
            ("4x2, 25x1", "none"),
            ("4号和7号都要", "claim 4:1:;7:1:"),
            ("全要", "question"),
            ("all of them", "question"),
            ("12号红黑各一件 L", "question"),
            ("12红蓝各一件 L", "claim 12:1:红/L;12:1:蓝/L"),
            ("8号三个颜色各一双", "claim 8:1:白;8:1:黑;8:1:灰"),
            ("tote both colours, one each", "claim 9:1:本白;9:1:黑"),
            ("4号两个 再加一个", "claim 4:3:"),
            ("4号一个 再来两个7号", "claim 4:1:;7:2:"),
            ("12红L 13黑M", "claim 12:1:红/L;13:1:黑/M"),
            ("mine 12 red L, 4", "claim 12:1:红/L;4:1:"),
            ("12号红L和4号", "claim 12:1:红/L;4:1:"),
            ("4号要一个 12号要一件", "question"),
        ],
    );
}

#[test]
fn section_5_questions_for_the_desk() {
    check(
        "",
        Some(4),
        &[
            ("可以给我留一个4号吗", "question"),
            ("can I get 4?", "question"),
            ("有的话要一件", "question"),
            ("4号还有吗 我要", "question"),
            ("便宜10块就要", "question"),
            ("想要4号", "question"),
            ("可能要", "question"),
            ("maybe mine 4", "question"),
            ("probably take 7", "question"),
            ("好想要但没钱", "none"),
            ("刚才那个改成L", "question"),
            ("改2件", "question"),
            ("change my 12 to blue", "question"),
            ("4不要了 换7", "question 7:1:"),
            ("补货了给我留一个", "question"),
            ("🙋", "question"),
            ("🙋 11", "claim 11:1:"),
            ("同上", "question"),
            ("4或者7", "question"),
            ("要4号还是7号呢", "question"),
            ("mine?", "question"),
            ("能便宜点吗 要两个", "question"),
        ],
    );
}

#[test]
fn section_6_cancellations() {
    check(
        "",
        Some(4),
        &[
            ("不要了", "cancel"),
            ("取消", "cancel"),
            ("撤单", "cancel"),
            ("退单", "cancel"),
            ("算了不要", "cancel"),
            ("唔要喇", "cancel"),
            ("cancel", "cancel"),
            ("never mind", "cancel"),
            ("release my 7", "cancel 7::"),
            ("don't want 12 anymore", "cancel 12::"),
            ("take me off", "cancel"),
            ("4号不要了", "cancel 4::"),
            ("cancel mine 12", "cancel 12::"),
            ("12号红L不要了", "cancel 12::红/L"),
            ("怎么取消", "none"),
            ("为什么取消我的单", "none"),
            ("退货怎么弄", "none"),
            ("我要退款", "none"),
            ("能取消吗", "question"),
            ("cancel 4, mine 7", "question"),
        ],
    );
}

#[test]
fn section_8_rules_of_the_show() {
    check(
        "claim=来一单",
        Some(7),
        &[
            ("来一单", "claim 7:1:"),
            ("来一单 两盒", "claim 7:2:"),
            ("来一单4号", "claim 4:1:"),
            ("要一盒", "question"),
            ("mine 4", "question"),
            ("1", "none"),
            ("+2", "none"),
            ("扣1", "none"),
            ("4号两个", "none"),
            ("不要了", "cancel"),
        ],
    );
    check(
        "claim=mine|sold|扣",
        Some(4),
        &[
            ("mine", "claim 4:1:"),
            ("扣1", "claim 4:1:"),
            ("扣11", "claim 11:1:"),
            ("扣7", "question"),
            ("1", "none"),
            ("要11", "question"),
            ("sold 11", "claim 11:1:"),
        ],
    );
    check(
        "bare=off",
        Some(4),
        &[
            ("1", "none"),
            ("+1", "none"),
            ("4号", "none"),
            ("4、7", "none"),
            ("x2", "none"),
            ("要一个", "claim 4:1:"),
            ("两个", "claim 4:2:"),
            ("7号两盒", "claim 7:2:"),
            ("12红L", "claim 12:1:红/L"),
            ("要11", "claim 11:1:"),
        ],
    );
    check("bare=off", Some(12), &[("红L", "none"), ("红", "none")]);
    check(
        "bare=quantity",
        Some(4),
        &[
            ("3", "claim 4:3:"),
            ("扣3", "claim 4:3:"),
            ("11", "claim 4:11:"),
            ("25", "none"),
            ("88", "none"),
            ("7号", "claim 7:1:"),
            ("要3", "claim 4:3:"),
            ("+2", "claim 4:2:"),
            ("mine 7", "claim 7:1:"),
        ],
    );
    check(
        "bare=number",
        Some(4),
        &[
            ("3", "claim 3:1:"),
            ("1", "claim 1:1:"),
            ("扣1", "claim 1:1:"),
            ("88", "claim 88:1:"),
            ("111", "claim 111:1:"),
            ("+1", "claim 4:1:"),
            ("+3", "claim 4:3:"),
            ("要3", "claim 3:1:"),
            ("25", "none"),
        ],
    );
}
