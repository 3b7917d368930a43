//! What each does when its server is killed, stalled and throttled: when the stream is back, and what the recording lost.

use super::clips;
use super::peers::{Job, Peer, Shown};
use crate::bench::figure::Mode;
use crate::bench::parts::ffmpeg;
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::bench::parts::throttle::Throttle;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

const LIVE_WITHIN: Duration = Duration::from_secs(40);
/// More than the words before a stream.
const PICTURES_BYTES: u64 = 20_000;
const BEFORE: Duration = Duration::from_secs(4);
const KILLED: Duration = Duration::from_secs(3);
const STALLED: Duration = Duration::from_secs(8);
const BACK_WITHIN: Duration = Duration::from_secs(15);
/// A recording that is shorter than the show by less was only begun later.
const SLACK_S: f64 = 1.0;

/// What is done to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    Killed,
    Stalled,
    Throttled,
}

impl Harm {
    pub const ALL: [Self; 3] = [Self::Killed, Self::Stalled, Self::Throttled];

    pub fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Stalled => "stalled",
            Self::Throttled => "throttled",
        }
    }
}

/// What became of one of them: a phrase for each harm, or why there is none.
pub type Hurt = BTreeMap<Harm, Result<String, String>>;

/// All of them. At reduced size they run beside each other when time is short: none of this is a matter of speed.
pub fn measure(stage: &Stage) -> Vec<(Peer, Hurt)> {
    let one = |peer: Peer| (peer, Harm::ALL.into_iter().map(|harm| (harm, try_out(stage, peer, harm))).collect());
    if stage.mode == Mode::Full {
        return Peer::ALL.map(one).to_vec();
    }
    // Made once: four at a time would each encode it.
    let _ = (clips::demo(stage, Canvas::SMALL, 86), clips::card(stage, Canvas::SMALL));
    std::thread::scope(|scope| {
        let threads: Vec<_> = Peer::ALL.map(|peer| scope.spawn(move || one(peer))).into_iter().collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

fn try_out(stage: &Stage, peer: Peer, harm: Harm) -> Result<String, String> {
    let canvas = Canvas::SMALL;
    let folder = stage.folder(&format!("hurt-{peer:?}-{harm:?}"))?;
    let mut server = Nginx::start(&folder.join("server"))?;
    let way = Throttle::to(server.port())?;
    let job = Job {
        stage,
        folder: folder.clone(),
        canvas,
        shown: Shown::Clip(clips::demo(stage, canvas, 86)?),
        card: clips::card(stage, canvas)?,
        url: way.url("show"),
    };
    let mut running = job.start(peer)?;
    let asked = Instant::now();
    while !server.publishes().iter().any(|publish| publish.size_bytes > PICTURES_BYTES) {
        if running.is_over() || asked.elapsed() > LIVE_WITHIN {
            return Err(running.last_words());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let live = Instant::now();
    std::thread::sleep(BEFORE);
    let before = server.publishes().len();
    let stream = match harm {
        Harm::Killed => {
            server.kill();
            std::thread::sleep(KILLED);
            server.run()?;
            back(&server, before, &mut running)
        }
        Harm::Stalled => {
            server.stop()?;
            std::thread::sleep(STALLED);
            server.go_on();
            goes_on(&way, &mut running)
        }
        Harm::Throttled => {
            way.limit(Some(u64::from(canvas.bitrate_bps) / 3));
            std::thread::sleep(STALLED);
            way.limit(None);
            goes_on(&way, &mut running)
        }
    };
    std::thread::sleep(Duration::from_secs(2));
    let (over, wall_s) = (running.is_over(), live.elapsed().as_secs_f64());
    let recording = running.end();
    let words = format!("{}; {}", stream.words(), recorded(recording.as_deref(), wall_s, over));
    // What a peer can't do is its line of the table; what ours can't is a failure.
    if peer == Peer::Ours && (!matches!(stream, Stream::Goes(_)) || over) { Err(words) } else { Ok(words) }
}

/// What became of the stream once the server was well again.
#[derive(Clone, Debug, PartialEq)]
enum Stream {
    Goes(String),
    Ended,
    Gone(String),
}

impl Stream {
    fn words(&self) -> &str {
        match self {
            Self::Goes(words) | Self::Gone(words) => words,
            Self::Ended => "ends",
        }
    }
}

/// Until the server has pictures of a new publisher.
fn back(server: &Nginx, before: usize, running: &mut super::peers::Running) -> Stream {
    let published = || server.publishes().iter().skip(before).any(|publish| publish.size_bytes > PICTURES_BYTES);
    await_stream("back", running, published)
}

/// Until bytes flow again.
fn goes_on(way: &Throttle, running: &mut super::peers::Running) -> Stream {
    let passed = way.passed_bytes();
    await_stream("goes on", running, || way.passed_bytes() > passed + PICTURES_BYTES)
}

fn await_stream(what: &str, running: &mut super::peers::Running, flows: impl Fn() -> bool) -> Stream {
    let since = Instant::now();
    while since.elapsed() < BACK_WITHIN {
        if flows() {
            return Stream::Goes(format!("{what} after {:.1} s", since.elapsed().as_secs_f64()));
        }
        if running.is_over() {
            return Stream::Ended;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Stream::Gone(format!("not {what} within {} s", BACK_WITHIN.as_secs()))
}

/// What the recording lost: a hole in its time, or time that it fell behind.
fn recorded(recording: Option<&Path>, wall_s: f64, over: bool) -> String {
    let Some(recording) = recording else { return "no recording".to_owned() };
    let Ok(packets) = ffmpeg::packets(recording) else { return "recording can't be read".to_owned() };
    let length_s = packets.last().map_or(0.0, |last| last.0) - packets.first().map_or(0.0, |first| first.0);
    let (gap_s, behind_s) = (ffmpeg::longest_gap_ms(&packets) / 1000.0, wall_s - length_s);
    let lost_s = if gap_s > 0.1 { gap_s.max(behind_s) } else { behind_s };
    match (over, lost_s > SLACK_S || gap_s > 0.1) {
        (true, _) => format!("recording ends, too, {:.1} s early", behind_s.max(0.0)),
        (false, true) => format!("recording lost {lost_s:.1} s"),
        (false, false) => "recording whole".to_owned(),
    }
}
