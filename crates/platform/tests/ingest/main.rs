//! The embedded ingest from the outside: real encoders, a publisher under the test's control, and viewers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod encoders;
mod node;
mod publisher;
mod viewer;

use node::{Node, TOKEN};
use publisher::Publisher;
use viewer::{FlvViewer, Tag};

use hawker_platform::ingest::{IngestLimits, ShowClock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Child;

/// What every viewer relies upon, whoever publishes.
fn check_stream(tags: &[Tag]) {
    assert_eq!(tags[0].kind, 18, "onMetaData comes first");
    let first = tags.iter().find(|tag| tag.is_media()).unwrap();
    assert!(first.is_keyframe(), "a decoder can begin with the first picture");
    assert_eq!(tags[0].show_base_ms(), Some(f64::from(first.time_ms)), "the base is the first media tag's show time");
    for pair in tags.windows(2) {
        assert!(pair[0].time_ms <= pair[1].time_ms, "time goes back: {} after {}", pair[1].time_ms, pair[0].time_ms);
    }
}

async fn watch_encoder(encoder: Child, node: &Node) {
    node.reported(true, 1).await;
    let mut viewer = FlvViewer::open(node).await;
    let tags = viewer.until(|tag| tag.is_keyframe() && tag.time_ms > 2_500).await;
    check_stream(&tags);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen.flv");
    std::fs::write(&file, &viewer.file).unwrap();
    let (streams, complaints) = encoders::probe(&file).await;
    assert!(streams.contains("h264|320|240"), "{streams}");
    assert!(streams.contains("aac|44100"), "{streams}");
    assert_eq!(complaints, "");
    drop(encoder);
    node.reported(false, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffmpeg_is_watched() {
    let node = Node::start().await;
    watch_encoder(encoders::ffmpeg(&node.publish_url(TOKEN)), &node).await;
    assert_eq!(node.hub.stats(node.show).unwrap().clock, ShowClock::Counted);
}

#[tokio::test(flavor = "multi_thread")]
async fn gstreamers_rtmp2sink_is_watched() {
    let node = Node::start().await;
    watch_encoder(encoders::gstreamer(&node.publish_url(TOKEN)), &node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_refused_in_words_every_encoder_understands() {
    let node = Node::start().await;
    assert_eq!(Publisher::connect(&node, "wrong").await.err().as_deref(), Some("NetStream.Publish.Denied"));
    for encoder in [encoders::ffmpeg(&node.publish_url("wrong")), encoders::gstreamer(&node.publish_url("wrong"))] {
        let output = encoders::given_up(encoder).await;
        let words = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success(), "{words}");
        assert!(words.to_lowercase().contains("refused") || words.to_lowercase().contains("denied"), "{words}");
    }
    assert!(node.doorman.reports.borrow().is_empty(), "a show that was never claimed isn't given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_publisher_is_refused_and_the_first_goes_on() {
    let node = Node::start().await;
    let mut first = Publisher::connect(&node, TOKEN).await.unwrap();
    first.configs().await;
    first.keyframe(0, Some(1_000)).await;
    let mut viewer = FlvViewer::open(&node).await;
    viewer.until(Tag::is_keyframe).await;
    assert_eq!(Publisher::connect(&node, TOKEN).await.err().as_deref(), Some("NetStream.Publish.Denied"));
    first.frame(40).await;
    assert_eq!(viewer.until(Tag::is_video).await.last().unwrap().time_ms, 1_040);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_viewer_begins_with_the_last_keyframe() {
    let node = Node::start().await;
    let mut publisher = Publisher::connect(&node, TOKEN).await.unwrap();
    publisher.configs().await;
    let mut early = FlvViewer::open(&node).await;
    for step in 0..20_u32 {
        if step % 8 == 0 {
            publisher.keyframe(step * 40, Some(u64::from(0x0200_0000 + step * 40))).await;
        } else {
            publisher.frame(step * 40).await;
        }
        publisher.audio(step * 40, &[0xaf, 1, 0x21]).await;
    }
    let end = 0x0200_0000 + 19 * 40;
    check_stream(&early.until(|tag| tag.kind == 8 && tag.time_ms == end).await);
    let mut late = FlvViewer::open(&node).await;
    let tags = late.until(|tag| tag.kind == 8 && tag.time_ms == end).await;
    check_stream(&tags);
    let pictures: Vec<u32> = tags.iter().filter(|tag| tag.is_video()).map(|tag| tag.time_ms).collect();
    assert_eq!(pictures[0], 0x0200_0000 + 16 * 40, "and with its 32-bit time whole");
    assert_eq!(pictures.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_comes_back_finds_its_viewers_and_the_show_time_goes_on() {
    let node = Node::start().await;
    let mut publisher = Publisher::connect(&node, TOKEN).await.unwrap();
    publisher.configs().await;
    publisher.keyframe(70, Some(60_000)).await;
    let mut viewer = FlvViewer::open(&node).await;
    viewer.until(Tag::is_keyframe).await;
    drop(publisher);
    node.reported(false, 1).await;
    let mut publisher = Publisher::connect(&node, TOKEN).await.unwrap();
    publisher.configs().await;
    publisher.keyframe(0, Some(63_500)).await;
    publisher.frame(40).await;
    let tags = viewer.until(Tag::is_video).await;
    assert_eq!(tags.last().unwrap().time_ms, 63_500, "the same viewer goes on in show time");
    assert_eq!(viewer.next().await.unwrap().time_ms, 63_540);
    assert_eq!(*node.doorman.reports.borrow(), [(node.show, true), (node.show, false), (node.show, true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_show_ends_its_streams() {
    let node = Node::start().await;
    let mut publisher = Publisher::connect(&node, TOKEN).await.unwrap();
    publisher.configs().await;
    publisher.keyframe(0, None).await;
    let mut viewer = FlvViewer::open(&node).await;
    viewer.until(Tag::is_keyframe).await;
    node.hub.end(node.show);
    assert_eq!(viewer.next().await, None);
    assert_eq!(reqwest::get(node.flv_url()).await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn video_that_no_viewer_can_play_is_refused_with_the_reason() {
    let node = Node::start().await;
    let mut publisher = Publisher::connect(&node, TOKEN).await.unwrap();
    publisher.video(0, &[0x90, b'h', b'v', b'c', b'1', 0, 0]).await;
    node.reported(false, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_half_open_and_slow_strangers_do_not_disturb_a_running_show() {
    // The show's own encoder has to keep it too, on a computer as busy as it may be.
    let limits = IngestLimits { publish_deadline: Duration::from_secs(2), ..IngestLimits::default() };
    let node = Node::start_within(limits).await;
    let mut publisher = Publisher::connect(&node, TOKEN).await.unwrap();
    publisher.configs().await;
    publisher.keyframe(0, Some(0)).await;
    let mut viewer = FlvViewer::open(&node).await;
    viewer.until(Tag::is_keyframe).await;

    let mut strangers = tokio::task::JoinSet::new();
    for n in 0..60_u32 {
        strangers.spawn(stranger(node.rtmp, n));
    }
    // As many steps as it takes until the last stranger is gone, so the show is watched all along.
    let mut sent = 0_u32;
    let mut clock = tokio::time::interval(Duration::from_millis(10));
    while !strangers.is_empty() {
        tokio::select! {
            gone = strangers.join_next() => { gone.unwrap().unwrap(); }
            _ = clock.tick() => {
                sent += 1;
                publisher.frame(sent * 10).await;
                let tag = viewer.next().await.unwrap();
                assert_eq!(tag.time_ms, sent * 10, "the show goes on without a gap");
            }
        }
    }
    assert!(sent > 20, "the strangers were there during the show ({sent} frames)");
    assert_eq!(*node.doorman.reports.borrow(), [(node.show, true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_through_the_ingest_takes_milliseconds() {
    let node = Node::start().await;
    let mut publisher = Publisher::connect(&node, TOKEN).await.unwrap();
    publisher.configs().await;
    publisher.keyframe(0, Some(0)).await;
    let mut viewer = FlvViewer::open(&node).await;
    viewer.until(Tag::is_keyframe).await;
    let mut took = Vec::new();
    for n in 1..=300_u32 {
        let sent = std::time::Instant::now();
        publisher.frame(n * 40).await;
        assert_eq!(viewer.next().await.unwrap().time_ms, n * 40);
        took.push(sent.elapsed());
    }
    took.sort();
    let (median, worst) = (took[took.len() / 2], took[took.len() - 1]);
    assert!(median < Duration::from_millis(20), "median {median:?}, worst {worst:?}");
}

/// One of five kinds of bad publisher; ends when the ingest has closed the connection.
async fn stranger(ingest: std::net::SocketAddr, n: u32) {
    let mut socket = TcpStream::connect(ingest).await.unwrap();
    let sent = match n % 5 {
        // Says nothing.
        0 => Ok(()),
        // No handshake at all.
        1 => socket.write_all(b"GET / HTTP/1.1\r\n\r\n").await,
        // Begins a handshake and stops.
        2 => socket.write_all(&[3; 700]).await,
        // Shakes hands, then garbage.
        3 => {
            publisher::shake_hands(&mut socket).await;
            socket.write_all(&(0..60_000_u32).map(|i| (i.wrapping_mul(n + 7) >> 3) as u8).collect::<Vec<_>>()).await
        }
        // Shakes hands, then claims a message of 16 MB.
        _ => {
            publisher::shake_hands(&mut socket).await;
            socket.write_all(&[3, 0, 0, 0, 0xff, 0xff, 0xff, 20, 0, 0, 0, 0]).await
        }
    };
    // A connection that is closed on the way is what we want.
    let _ = sent;
    let mut buffer = [0; 4096];
    while matches!(socket.read(&mut buffer).await, Ok(read) if read > 0) {}
}
