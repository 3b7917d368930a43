//! A run-through in words, in the host's language. Pure.

use super::news::News;
use hawker_studio::Speech;
use hawker_studio::view::{
    AdviceView, AlikeView, ReportedView, RunThroughReportView, ShownView, TroubleView, UnwatchedView, VerdictView,
};
use std::fmt::Write;

pub fn text(news: &News, speech: Speech) -> String {
    match news {
        News::GettingReady => speech.pick("识别正在准备…", "recognition gets ready…").to_owned(),
        News::Asked { nth, all, sku, title } => {
            let name = named(title, sku.as_str());
            format!("{nth}/{all}  {}{name}   [{}]", speech.pick("请举起：", "hold up: "), keys(speech))
        }
        News::Verdict(shown) => line(shown, speech),
        News::Trouble { why } => format!("  … {}", trouble(*why, speech)),
        News::Unwatched { why } => format!("  … {}", unwatched(*why, speech)),
        News::Watched => speech.pick("  … 识别又在看画面了", "  … recognition looks at the picture again").to_owned(),
        News::NotUnderstood { typed } => {
            let (typed, keys) = (typed.trim(), keys(speech));
            speech.either(format!("  不认识“{typed}”   [{keys}]"), format!("  “{typed}” means nothing   [{keys}]"))
        }
        News::Learned { sku, is_it: true } => {
            speech.either(format!("  已学会：这是 {sku}"), format!("  learned: this is {sku}"))
        }
        News::Learned { sku, is_it: false } => {
            speech.either(format!("  已学会：这不是 {sku}"), format!("  learned: this is not {sku}"))
        }
        News::Refused(failure) => format!("  {failure}"),
        News::Report(found) => report(found, speech),
    }
}

fn keys(speech: Speech) -> &'static str {
    speech.pick(
        "回车 下一件 · b 再来 · s 跳过 · y 就是它 · q 结束",
        "Enter next · b back · s skip · y this is it · q end",
    )
}

fn named(title: &str, sku: &str) -> String {
    if title.is_empty() { sku.to_owned() } else { format!("{title} ({sku})") }
}

fn line(shown: &ShownView, speech: Speech) -> String {
    format!("  {}: {}", named(&shown.title, shown.sku.as_str()), verdict(shown, speech))
}

fn verdict(shown: &ShownView, speech: Speech) -> String {
    let seconds = |ms: u64| format!("{:.1}", ms as f64 / 1000.0);
    let said = match &shown.verdict {
        None if shown.skipped => return speech.pick("跳过", "skipped").to_owned(),
        None => return speech.pick("没有举起", "not held up").to_owned(),
        Some(VerdictView::Recognised { after_ms }) => {
            let s = seconds(*after_ms);
            speech.either(format!("认出，用时 {s} 秒"), format!("recognised after {s} s"))
        }
        Some(VerdictView::TakenFor { sku, title, after_ms }) => {
            let (name, s) = (named(title, sku.as_str()), seconds(*after_ms));
            speech.either(format!("{s} 秒后被认成 {name}"), format!("taken for {name} after {s} s"))
        }
        Some(VerdictView::Suggested) => speech.pick("拿不准：只提示了它", "unsure: suggested only").to_owned(),
        Some(VerdictView::SuggestedAs { sku, title }) => {
            let name = named(title, sku.as_str());
            speech.either(format!("拿不准：提示成 {name}"), format!("unsure: suggested as {name}"))
        }
        Some(VerdictView::Unknown) => speech.pick("看到了，但认不出", "seen, but not known").to_owned(),
        Some(VerdictView::NotSeen { why: None }) => speech.pick("没有看到商品", "nothing was seen").to_owned(),
        Some(VerdictView::NotSeen { why: Some(why) }) => {
            format!("{}{}", speech.pick("没有看清：", "not seen: "), trouble(*why, speech))
        }
    };
    if shown.taught { format!("{said}{}", speech.pick("；已学习", "; learned")) } else { said }
}

fn trouble(why: TroubleView, speech: Speech) -> &'static str {
    match why {
        TroubleView::TooDark => speech.pick("太暗", "too dark"),
        TroubleView::Blurred => speech.pick("模糊", "blurred"),
        TroubleView::TooFar => speech.pick("太远", "too far"),
    }
}

fn unwatched(why: UnwatchedView, speech: Speech) -> &'static str {
    match why {
        UnwatchedView::NoPicture => speech.pick("没有画面", "the source gives no picture"),
        UnwatchedView::Loading => speech.pick("识别还在准备", "recognition gets ready"),
        UnwatchedView::Off => speech.pick("识别没有运行", "recognition is off"),
        UnwatchedView::Busy => speech.pick("识别有一会儿没看画面了", "recognition has not looked for a while"),
    }
}

/// So many in English.
fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

fn report(found: &RunThroughReportView, speech: Speech) -> String {
    let mut text = String::new();
    for ReportedView { shown, photos } in &found.products {
        let advice: Vec<String> =
            photos.iter().flat_map(|photos| &photos.advice).map(|advice| self::advice(advice, speech)).collect();
        let advice = if advice.is_empty() { String::new() } else { format!("\t{}", advice.join("; ")) };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}\t{}{advice}", named(&shown.title, shown.sku.as_str()), verdict(shown, speech));
    }
    for AlikeView { a, b, held, photos, .. } in &found.look_alikes {
        let zh = format!("{a} 和 {b} 容易认混（举起 {held} 次，照片 {photos} 张）");
        let (times, pictures) = (counted(*held, "time", "times"), counted(*photos, "photo", "photos"));
        let en = format!("{a} and {b} are taken for each other ({times} held up, {pictures})");
        let _ = writeln!(text, "{}", speech.either(zh, en));
    }
    let RunThroughReportView { held, recognised, rate_percent: rate, least_percent: least, most_percent: most, .. } =
        found;
    let zh = format!("举起 {held} 件，认出 {recognised} 件；预计认出 {rate} %（{least}–{most} %）");
    let were = if *held == 1 { "was" } else { "were" };
    let en = format!("{recognised} of {held} held up {were} recognised; expect {rate} % ({least} to {most} %)");
    text + &speech.either(zh, en)
}

fn advice(advice: &AdviceView, speech: Speech) -> String {
    match advice {
        AdviceView::NoPhoto => speech.pick("没有照片", "has no photo").to_owned(),
        AdviceView::MorePhotos { have, enough } => {
            speech.either(format!("照片 {have} 张，至少要 {enough} 张"), format!("{have} of {enough} photos"))
        }
        AdviceView::TakenFor { sku, .. } => {
            speech.either(format!("照片和 {sku} 容易认混"), format!("its photos look like {sku}"))
        }
        AdviceView::TooDark { count } => {
            speech.either(format!("{count} 张照片太暗"), counted(*count, "photo is too dark", "photos are too dark"))
        }
        AdviceView::Blurred { count } => {
            speech.either(format!("{count} 张照片模糊"), counted(*count, "photo is blurred", "photos are blurred"))
        }
        AdviceView::TooSmall { count } => {
            speech.either(format!("{count} 张照片太小"), counted(*count, "photo is too small", "photos are too small"))
        }
        AdviceView::SamePhoto { sku, .. } => {
            speech.either(format!("和 {sku} 用了同一张照片"), format!("has the same photo as {sku}"))
        }
        AdviceView::Scattered => speech.pick("照片之间差别太大", "its photos are far apart").to_owned(),
    }
}
