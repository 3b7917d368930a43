//! A show's events as lines for a person, in the host's language. Pure.
//!
//! Reasons are told in the cockpit's words, see [`Speech`]; what only a line of text needs is worded here.

use hawker_domain::{Money, reason::NoticeWhy, tag::TagState};
use hawker_studio::Speech;
use hawker_wire::{
    ErrorCode, Failure,
    live::{LiveEvent, LiveLine, OutputState, RecordingSummary, SourceState, Summary},
};

/// One event as a line.
pub fn sentence(line: &LiveLine, speech: Speech) -> String {
    format!("{:>7.1}s  {}", line.t_ms.0 as f64 / 1000.0, text(&line.event, speech))
}

fn text(event: &LiveEvent, speech: Speech) -> String {
    match event {
        LiveEvent::OnAir { viewer_url, .. } => match viewer_url {
            Some(url) => format!("{}{url}", speech.pick("已开播：", "on air: ")),
            None => speech.pick("已开播", "on air").to_owned(),
        },
        LiveEvent::Source { id, state, why, why_code } => {
            let state = match state {
                SourceState::Lost => speech.pick("画面断开", "lost"),
                SourceState::Back => speech.pick("画面已恢复", "back"),
            };
            let why = speech.why("why.source", why_code.as_ref(), why.as_deref());
            format!("{} {id} {state}{}", speech.pick("来源", "source"), because(why, speech))
        }
        LiveEvent::Output { name, url, state, why, why_code, .. } => {
            let why = speech.why("why.output", why_code.as_ref(), why.as_deref());
            format!("{name} ({url}) {}{}", output(*state, speech), because(why, speech))
        }
        LiveEvent::Tag { sku, state, confidence, .. } => {
            let state = match state {
                TagState::Suggested => speech.pick("待确认", "suggested"),
                TagState::Pinned => speech.pick("已固定", "pinned"),
                TagState::Retracted => speech.pick("已撤下", "retracted"),
            };
            format!("{sku} {state} ({:.0} %)", confidence * 100.0)
        }
        LiveEvent::Learned { sku, is_it: true, .. } => {
            speech.either(format!("已学会：这是 {sku}"), format!("learned: this is {sku}"))
        }
        LiveEvent::Learned { sku, is_it: false, .. } => {
            speech.either(format!("已学会：这不是 {sku}"), format!("learned: this is not {sku}"))
        }
        LiveEvent::Order { lines, total_minor, currency, .. } => {
            let lines: Vec<String> = lines.iter().map(|line| format!("{} x {}", line.qty, line.sku)).collect();
            let (lines, total) = (lines.join(", "), Money::new(*total_minor, *currency));
            speech.either(format!("新订单：{lines}，共 {total}"), format!("order: {lines} for {total}"))
        }
        LiveEvent::Chat { from, text, channel: None } => format!("{from}: {text}"),
        LiveEvent::Chat { from, text, channel: Some(channel) } => format!("[{channel}] {from}: {text}"),
        LiveEvent::Notice { code, why_code, about, message, hint, reason } => {
            let own = format!("{message}{}", because(hint.clone(), speech));
            // The cockpit's sentence names a key of the window.
            if *why_code == Some(NoticeWhy::RecordingDiskFull) {
                let what = about.as_deref().map(|canvas| format!("{canvas} 的")).unwrap_or_default();
                let again = format!("磁盘已满，{what}录制已停止：请清理空间，再用 hawker show record 录制；直播继续");
                return speech.either(again, own);
            }
            let code: Option<ErrorCode> = serde_json::from_value(code.as_str().into()).ok();
            // A code that this version does not know has no title; its words stand.
            let Some(code) = code.or(why_code.map(|_| ErrorCode::Internal)) else { return own };
            let failure = Failure { hint: hint.clone(), reason: reason.clone(), ..Failure::new(code, message) };
            speech.notice(why_code.as_ref(), about.as_deref(), &failure).unwrap_or(own)
        }
        LiveEvent::Summary(summary) => ended(summary, speech),
    }
}

fn output(state: OutputState, speech: Speech) -> String {
    // A destination that is live has no sentence of its own in the cockpit: it shows its bitrate there.
    let own = match state {
        OutputState::Live => speech.pick("推流中", "live"),
        OutputState::Connecting => "connecting",
        OutputState::Reconnecting => "reconnecting",
        OutputState::Failed => "failed",
        OutputState::Ended => "ended",
    };
    speech.why("output", Some(&state), Some(own)).unwrap_or_default()
}

fn ended(summary: &Summary, speech: Speech) -> String {
    let recording = summary.recording.as_ref().map(|recording| recorded(recording, speech)).unwrap_or_default();
    let (seconds, frames) = (summary.on_air_s, summary.frames.encoded);
    let (pins, orders) = (summary.pins, summary.orders);
    let ended = speech.either(
        format!("直播结束，共 {seconds:.1} 秒：{frames} 帧，固定 {pins} 次，{orders} 笔订单"),
        format!("ended after {seconds:.1} s: {frames} frames, {pins} pins, {orders} orders"),
    );
    format!("{ended}{recording}")
}

fn recorded(recording: &RecordingSummary, speech: Speech) -> String {
    let more = match recording.parts.len() {
        0 | 1 => String::new(),
        parts => speech.either(format!("，另有 {} 个文件", parts - 1), format!(" and {} more parts", parts - 1)),
    };
    let clips = recording
        .clips
        .as_ref()
        .map(|folder| speech.either(format!("，商品讲解片段在 {folder}"), format!(", clips of the pins in {folder}")));
    let missing = match recording.lost_pictures {
        0 => String::new(),
        pictures => speech.either(
            format!("，缺 {pictures} 帧：磁盘太慢"),
            format!(", {pictures} pictures are missing: the disk was too slow"),
        ),
    };
    let upright = recording.upright.as_ref().map(|upright| recorded(upright, speech)).unwrap_or_default();
    let (to, clips) = (speech.pick("，录像：", ", recorded to "), clips.unwrap_or_default());
    let problem = because(recording.problem.clone(), speech);
    format!("{to}{}{more}{clips}{problem}{missing}{upright}", recording.path)
}

fn because(why: Option<String>, speech: Speech) -> String {
    why.map(|why| speech.either(format!("（{why}）"), format!(" ({why})"))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    /// What is said of an event in Chinese and in English.
    fn said(mut event: serde_json::Value) -> [String; 2] {
        event["t_ms"] = json!(12_500);
        let line: LiveLine = serde_json::from_value(event).unwrap();
        [Speech::Chinese, Speech::English].map(|speech| sentence(&line, speech).trim().to_owned())
    }

    #[test]
    fn a_reason_is_said_in_the_words_of_the_cockpit_or_with_its_particulars_in_english() {
        let id = "0198f3b0-0000-7000-8000-000000000001";
        let output = json!({
            "event": "output", "id": id, "name": "Douyin", "url": "rtmp://live.example/app/***", "canvas": "16:9",
            "state": "reconnecting", "why": "connection refused by 192.0.2.1", "why_code": "unreachable",
        });
        let [chinese, english] = said(output);
        assert_eq!(chinese, "12.5s  Douyin (rtmp://live.example/app/***) 重连中（没有回应，请检查网络）");
        assert_eq!(
            english,
            "12.5s  Douyin (rtmp://live.example/app/***) reconnecting (connection refused by 192.0.2.1)"
        );
        let lost =
            json!({"event": "source", "id": "camera \"desk\"", "state": "lost", "why": "x", "why_code": "silent"});
        let [chinese, english] = said(lost);
        assert!(chinese.contains("画面断开（") && !chinese.contains("（x）"), "{chinese}");
        assert_eq!(english, "12.5s  source camera \"desk\" lost (x)");
    }

    #[test]
    fn a_notice_names_what_it_is_about_and_its_words_are_those_of_the_reader() {
        let lowered = json!({
            "event": "notice", "code": "internal", "why_code": "overload", "about": "电脑繁忙，帧率降到 20",
            "message": "this computer is busy: 20 frames a second",
        });
        let [chinese, english] = said(lowered);
        assert_eq!(chinese, "12.5s  电脑繁忙，帧率降到 20");
        assert_eq!(english, "12.5s  this computer is busy: 20 frames a second");
        let mic = json!({
            "event": "notice", "code": "source_unavailable", "why_code": "one_mic_lost", "about": "USB mic",
            "message": "no sound from the microphone USB mic: gone", "hint": "plug it in",
        });
        let [chinese, english] = said(mic);
        assert!(chinese.contains("“USB mic”断开") && !chinese.contains("gone"), "{chinese}");
        assert_eq!(english, "12.5s  no sound from the microphone USB mic: gone (plug it in)");
    }

    #[test]
    fn a_refusal_of_others_keeps_their_words_and_a_code_alone_has_a_title() {
        let refused = json!({
            "event": "notice", "code": "forbidden", "why_code": "show_refused", "message": "account is closed",
        });
        let [chinese, _] = said(refused);
        assert!(chinese.contains("平台拒绝了这场直播") && chinese.ends_with("（account is closed）"), "{chinese}");
        let plain = json!({"event": "notice", "code": "disk_full", "message": "no room in /data", "hint": "free some"});
        let [chinese, english] = said(plain);
        assert!(chinese.contains("磁盘已满") && chinese.contains("no room in /data"), "{chinese}");
        assert_eq!(english, "12.5s  no room in /data (free some)");
        let busy = json!({
            "event": "notice", "code": "source_unavailable", "message": "camera \"desk\" is in use",
            "reason": {"why": "source_busy", "thing": {"kind": "camera", "name": "desk"}},
        });
        let [chinese, english] = said(busy);
        assert_eq!(chinese, "12.5s  其他程序正在使用摄像头“desk”：请关闭那个程序再试");
        assert_eq!(english, "12.5s  camera \"desk\" is in use");
    }

    #[test]
    fn what_a_show_came_to_is_said_in_both_languages() {
        let summary = json!({
            "event": "summary", "on_air_s": 61.25, "pins": 2, "orders": 3, "outputs": [], "cpu_ms_per_frame": 4.0,
            "viewer_url": null, "recording": null,
            "frames": {"captured": 1, "composed": 1, "encoded": 1830, "dropped": {}, "by_canvas": {}},
        });
        let [chinese, english] = said(summary);
        assert!(chinese.contains("1830 帧") && chinese.contains("3 笔订单"), "{chinese}");
        assert!(english.ends_with("1830 frames, 2 pins, 3 orders"), "{english}");
    }
}
