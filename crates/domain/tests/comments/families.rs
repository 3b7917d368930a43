//! Families of comments that live shows are full of: Cantonese orders, quantities in words, names in other forms, and
//! what only sounds like an order. Where the rules leave room, these tables say how they are read.

use crate::support::check;

#[test]
fn cantonese_orders_hand_over_to_me() {
    check(
        "",
        Some(4),
        &[
            ("畀一個我", "claim 4:1:"),
            ("俾三個我唔該", "claim 4:3:"),
            ("唔該留返兩個俾我", "claim 4:2:"),
            ("同我留一個", "claim 4:1:"),
            ("嚟兩個", "claim 4:2:"),
            ("落單一個", "claim 4:1:"),
            ("11號俾兩個我", "claim 11:2:"),
            ("唔要11號喇", "cancel 11::"),
            ("俾咗錢未", "none"),
            ("畀咗錢喇", "none"),
            ("俾個like", "none"),
            ("點樣落單", "none"),
        ],
    );
    check("", Some(10), &[("俾對39我", "claim 10:1:39"), ("畀兩對36我唔該", "claim 10:2:36")]);
}

#[test]
fn a_quantity_may_be_said_in_many_ways() {
    check(
        "",
        Some(5),
        &[
            ("mine 17 qty: 3", "claim 17:3:"),
            ("17号 数量3", "claim 17:3:"),
            ("2 of 17", "claim 17:2:"),
            ("2 of the candles please", "claim 17:2:"),
            ("1 of 4 and 2 of 7", "claim 4:1:;7:2:"),
            ("4x1 7x2", "claim 4:1:;7:2:"),
            ("both 4 and 7 mine", "claim 4:1:;7:1:"),
            ("4号俩", "claim 4:2:"),
            ("4号两个118", "claim 4:2:"),
            ("13 black Mx2", "claim 13:2:黑/M"),
            ("13黑M×2", "claim 13:2:黑/M"),
            ("17号 two only lah", "claim 17:2:"),
            ("mine 4 to my order", "claim 4:1:"),
        ],
    );
    check(
        "",
        Some(10),
        &[("36*3", "claim 10:3:36"), ("40×2", "claim 10:2:40"), ("size 36 x2", "claim 10:2:36"), ("10 44", "question")],
    );
    check("", Some(12), &[("2 blue M", "claim 12:2:蓝/M"), ("red L and red M", "claim 12:1:红/L;12:1:红/M")]);
}

#[test]
fn goods_are_called_by_other_forms_of_their_names() {
    check(
        "",
        Some(5),
        &[
            ("3 lucky bags", "claim 88:3:"),
            ("two powerbanks", "claim 11:2:"),
            ("2 hand creams rose", "claim 14:2:玫瑰"),
            ("one steel flask", "claim 4:1:"),
            ("pearl necklaces x2", "claim 111:2:"),
            ("要两条项链", "claim 111:2:"),
            ("来三块皂", "claim 6:3:"),
            ("mine 7 the candle", "question"),
            ("来两双鞋", "question"),
        ],
    );
    check("", Some(10), &[("鞋子37一双", "claim 10:1:37"), ("白鞋37码要一双", "claim 10:1:37")]);
    check("", Some(9), &[("black bag mine", "claim 9:1:黑"), ("nice bag", "none")]);
}

#[test]
fn what_it_is_for_changes_nothing() {
    check(
        "",
        Some(7),
        &[
            ("三盒过年用", "claim 7:3:"),
            ("两盒尝尝", "claim 7:2:"),
            ("来4盒放办公室", "claim 7:4:"),
            ("坚果要3盒 爸妈两盒我一盒", "claim 7:3:"),
            ("要2盒 老婆一盒我一盒", "claim 7:2:"),
            ("要2盒一盒送人一盒自己吃", "claim 7:2:"),
            ("mine 4 can't wait", "claim 4:1:"),
            ("mineeeee 4", "claim 4:1:"),
            ("要两盒给小朋友", "claim 7:2:"),
            ("2 boxes because my kids love nuts", "claim 7:2:"),
            ("我要4号 one forever", "claim 4:1:"),
            ("可以 我要一盒", "claim 7:1:"),
            ("一盒送一盒", "none"),
            ("我要出差了", "none"),
            ("要过年了", "none"),
            ("17 to me please", "claim 17:1:"),
            ("mine 4 looks so good on you", "none"),
            ("mine 4 came broken because of the box", "none"),
        ],
    );
}

#[test]
fn a_price_of_ones_own_asks_for_it() {
    check(
        "",
        Some(4),
        &[
            ("40块给我来一个", "question"),
            ("两个100块我要", "question"),
            ("59块给我来一个", "claim 4:1:"),
            ("两个118块我要", "claim 4:2:"),
            ("两个100块", "none"),
            ("pdd 30一个", "none"),
            ("淘宝才20两个", "none"),
        ],
    );
}

#[test]
fn what_only_sounds_like_an_order_or_a_cancellation_is_none() {
    check(
        "",
        Some(4),
        &[
            ("千万别取消我的", "none"),
            ("don't cancel mine please", "none"),
            ("I never cancelled", "none"),
            ("i don't want mine any more", "cancel"),
            ("how do I order", "none"),
            ("how to claim", "none"),
            ("8老师好", "none"),
            ("6哥来了", "none"),
            ("7*24小时", "none"),
            ("shop.buy(4,2)", "none"),
            ("{\"order\": 4}", "none"),
            ("add(4)", "none"),
            ("buy one get one", "none"),
            ("不是要7 是问7", "none"),
            ("4号多重", "none"),
            ("上一款要一个", "question"),
        ],
    );
}

#[test]
fn options_stand_beside_remarks_only_where_they_are_ordered() {
    check(
        "",
        Some(12),
        &[
            ("蓝+M", "claim 12:1:蓝/M"),
            ("蓝M就好", "claim 12:1:蓝/M"),
            ("color: blue, size: M", "claim 12:1:蓝/M"),
            ("蓝M 我160 50kg", "claim 12:1:蓝/M"),
            ("blue M looks good on you", "none"),
            ("blue M please", "claim 12:1:蓝/M"),
            ("are you wearing blue M", "none"),
        ],
    );
}
