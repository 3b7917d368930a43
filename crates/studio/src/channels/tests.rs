//! Channels played into the owner, with a real store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Batch, ChannelAdapter, ChannelNews, Channels, OwnFeed, RecordedChannel};
use futures_util::future::BoxFuture;
use hawker_domain::{
    ShowId, Sku,
    channel::{
        Alarm, Ask, ChannelComment, ChannelId, ChannelKind, ChannelLimits, CommentKey, LedgerRules, Proof,
        recorded::{RecordedLine, TrafficSpec, Weather},
    },
};
use hawker_store::{KeyPolicy, Store};
use hawker_wire::{
    Failure,
    feed::{FeedEntry, FeedEvent},
};
use std::{collections::BTreeSet, time::Duration};
use tokio::sync::mpsc;
use uuid::Uuid;

/// As patient as a test has time.
const QUICK: LedgerRules = LedgerRules {
    ask_after_ms: 20,
    ask_again_ms: 50,
    ask_again_max_ms: 200,
    ranges_at_once: 16,
    numbers_at_once: 200,
    alarm_after_ms: 700,
    give_up_after_ms: 20_000,
    ranges_max: 256,
    marks_max: 1_024,
};
/// However slow the machine is: nothing waits for it in a run that passes.
const PATIENCE: Duration = Duration::from_secs(60);

async fn store() -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let key = KeyPolicy { passphrase: Some("open sesame".to_owned().into()), use_keychain: false };
    (Store::open(dir.path(), key).await.unwrap(), dir)
}

fn lines(count: u64) -> Vec<RecordedLine> {
    (0..count).map(|n| RecordedLine { at_ms: n * 4, viewer: format!("v{}", n % 7), text: format!("扣{n}") }).collect()
}

async fn next(news: &mut mpsc::Receiver<ChannelNews>) -> ChannelNews {
    tokio::time::timeout(PATIENCE, news.recv()).await.expect("the channel says nothing").expect("the owner is gone")
}

async fn next_comment(news: &mut mpsc::Receiver<ChannelNews>) -> ChannelComment {
    loop {
        if let ChannelNews::Comment { comment, .. } = next(news).await {
            return comment;
        }
    }
}

/// The texts of so many comments, each of which came once.
async fn texts(news: &mut mpsc::Receiver<ChannelNews>, count: usize) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    while texts.len() < count {
        let comment = next_comment(news).await;
        assert!(texts.insert(comment.text.clone()), "{} came twice", comment.text);
    }
    texts
}

#[tokio::test]
async fn comments_of_a_bad_evening_all_reach_the_show_once() {
    let (store, _dir) = store().await;
    let (out, mut news) = mpsc::channel(256);
    let channels = Channels::start(store.clone(), QUICK, out);
    let weather = Weather { delay_ms_max: 300, restart_every: Some(150), ..Weather::rough(7) };
    channels.open(Box::new(RecordedChannel::of(lines(400), weather))).await.unwrap();
    let texts = texts(&mut news, 398).await;
    assert!(texts.contains("扣200") && texts.contains("扣0"));
    channels.stop().await;
    let standing = store.channels().await.unwrap().remove(0);
    assert_eq!((standing.kind, standing.proof, standing.dropped), (ChannelKind::Recorded, Proof::Unproven, 0));
    assert!(standing.tally.taken >= 398 && standing.tally.late > 10 && standing.tally.restarts == 2, "{standing:?}");
}

#[tokio::test]
async fn a_busy_show_gets_later_what_it_had_no_room_for() {
    let (store, _dir) = store().await;
    // Sixteen places are for alarms: thirty comments fit.
    let (out, mut news) = mpsc::channel(46);
    let channels = Channels::start(store.clone(), QUICK, out);
    channels.open(Box::new(RecordedChannel::of(lines(120), Weather { speed: 100.0, ..Weather::FAIR }))).await.unwrap();
    assert_eq!(texts(&mut news, 120).await.len(), 120);
    channels.stop().await;
    let standing = store.channels().await.unwrap().remove(0);
    assert!(standing.dropped > 0, "there was no room for all at once: {standing:?}");
}

fn said(server_seq: u64, text: &str) -> FeedEntry {
    let event = FeedEvent::Chat { show_id: ShowId(Uuid::nil()), from: "小雨".into(), text: text.into(), at: None };
    FeedEntry { server_seq, event }
}

fn other(server_seq: u64) -> FeedEntry {
    FeedEntry { server_seq, event: FeedEvent::Reserved { sku: Sku::new("A").unwrap(), reserved: 1 } }
}

#[tokio::test]
async fn the_own_chat_goes_through_the_same_ledger() {
    let (store, _dir) = store().await;
    let (out, mut news) = mpsc::channel(64);
    let channels = Channels::start(store.clone(), QUICK, out);
    let (feed, chat) = OwnFeed::new(1_000, channels.show_over());
    channels.open(Box::new(chat)).await.unwrap();
    for entry in [said(40, "a"), other(41), said(44, "b"), said(44, "b"), said(45, "c")] {
        assert!(feed.told(&entry));
    }
    for text in ["a", "b", "c"] {
        let comment = next_comment(&mut news).await;
        assert_eq!((comment.text.as_str(), comment.show_id), (text, Some(ShowId(Uuid::nil()))));
    }
    feed.begins_anew();
    assert!(feed.told(&said(1, "d")));
    assert_eq!(next_comment(&mut news).await.text, "d", "another platform counts from 1");
    feed.show_over();
    assert!(feed.told(&said(2, "e")));
    assert_eq!(next_comment(&mut news).await.text, "e", "the platform's own chat does not end with a show");
    channels.stop().await;
    let tally = store.channels().await.unwrap().remove(0).tally;
    assert_eq!((tally.taken, tally.repeats, tally.missing, tally.lost), (5, 1, 0, 0), "{tally:?}");
    assert!(!feed.told(&said(3, "f")), "nobody reads any more");
}

/// A channel that says what it is told to say, and hangs after it.
struct Scripted {
    name: &'static str,
    says: std::vec::IntoIter<u64>,
    remembers: std::ops::Range<u64>,
}

fn number(seq: u64) -> ChannelComment {
    ChannelComment {
        key: CommentKey::Number { numbering: 1, seq },
        name: None,
        viewer: "v".into(),
        text: seq.to_string(),
        at_ms: None,
        show_id: None,
    }
}

impl ChannelAdapter for Scripted {
    fn channel(&self) -> ChannelId {
        ChannelId::new(self.name).unwrap()
    }

    fn limits(&self) -> ChannelLimits {
        ChannelLimits {
            kind: ChannelKind::Foreign,
            proof: Proof::Unproven,
            first_seq: None,
            comments_per_s: None,
            text_chars: 100,
            back_fill_depth: 100,
            reply_chars: None,
            can_list_products: false,
            silent_after_ms: None,
        }
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>, Failure>> {
        Box::pin(async move {
            match self.says.next() {
                Some(seq) => Ok(Some(Batch { comments: vec![number(seq)], ..Batch::default() })),
                None => std::future::pending().await,
            }
        })
    }

    fn back_fill(&mut self, ask: Ask) -> BoxFuture<'_, Result<Vec<ChannelComment>, Failure>> {
        let Ask::Range { first, last, .. } = ask else { panic!("it has numbers") };
        let had = (first..=last).filter(|seq| self.remembers.contains(seq)).map(number).collect();
        Box::pin(async move { Ok(had) })
    }
}

#[tokio::test]
async fn after_a_restart_what_was_said_meanwhile_is_fetched() {
    let (store, _dir) = store().await;
    let scripted = |says: Vec<u64>| Box::new(Scripted { name: "douyin", says: says.into_iter(), remembers: 1..100 });
    let (out, mut news) = mpsc::channel(64);
    let channels = Channels::start(store.clone(), QUICK, out);
    channels.open(scripted(vec![5, 6])).await.unwrap();
    texts(&mut news, 2).await;
    channels.stop().await;
    let (out, mut news) = mpsc::channel(64);
    let channels = Channels::start(store.clone(), QUICK, out);
    channels.open(scripted(vec![6, 9])).await.unwrap();
    let texts = texts(&mut news, 3).await;
    assert_eq!(texts, BTreeSet::from(["7", "8", "9"].map(str::to_owned)), "the six was heard before");
    channels.stop().await;
}

#[tokio::test]
async fn a_channel_that_hangs_holds_up_no_other_and_what_can_not_be_had_is_told() {
    let (store, _dir) = store().await;
    let (out, mut news) = mpsc::channel(64);
    let rules = LedgerRules { give_up_after_ms: 1_500, ..QUICK };
    let channels = Channels::start(store.clone(), rules, out);
    let scripted = |name, says: Vec<u64>| Box::new(Scripted { name, says: says.into_iter(), remembers: 0..0 });
    channels.open(scripted("hangs", vec![])).await.unwrap();
    channels.open(scripted("kuaishou", vec![1, 4])).await.unwrap();
    assert_eq!(texts(&mut news, 2).await.len(), 2);
    let kuaishou = ChannelId::new("kuaishou").unwrap();
    let ChannelNews::Alarm { channel, alarm: Alarm::Missing { count: 2, .. } } = next(&mut news).await else {
        panic!("two are missing");
    };
    assert_eq!(channel, kuaishou);
    assert_eq!(next(&mut news).await, ChannelNews::Alarm { channel, alarm: Alarm::Lost { count: 2 } });
    let why = Scripted { name: "douyin", says: vec![].into_iter(), remembers: 0..0 }.reply("谢谢").await.unwrap_err();
    assert!(why.message.contains("douyin takes no answers"), "{why}");
    channels.stop().await;
}

#[tokio::test]
async fn a_recording_is_read_and_a_bad_line_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("chat.jsonl");
    let spec = |text: &str| format!("recorded:{}{text}", file.display()).parse::<TrafficSpec>().unwrap();
    std::fs::write(&file, "\u{feff}{\"at_ms\":0,\"viewer\":\"小雨\",\"text\":\"扣1\"}\n\n").unwrap();
    let mut channel = RecordedChannel::read(&spec("")).unwrap();
    let batch = channel.next().await.unwrap().unwrap();
    assert_eq!((batch.comments.len(), batch.comments[0].text.as_str()), (1, "扣1"));
    std::fs::write(&file, "{\"at_ms\":0,\"viewer\":\"a\",\"text\":\"b\"}\n{\"text\":1}\n").unwrap();
    let why = RecordedChannel::read(&spec(",seed=3")).err().unwrap().to_string();
    assert!(why.contains("line 2") && why.contains("at_ms"), "{why}");
    std::fs::write(&file, "\n").unwrap();
    assert!(RecordedChannel::read(&spec("")).err().unwrap().to_string().contains("no comment"));
}
