//! Row 6: processor time for one published frame, of ours and of what else a person could run, with the same clip, card,
//! encoder settings, server and recording. In turns on the same machine. What decoding the clip costs in each one's own
//! decoder is measured apart and taken off: a camera's picture needs none. Ours decodes in a process of its own; what that
//! costs above plain decoding is counted to us, and told in the note.

use super::clips;
use super::overload::fps;
use super::peers::{Job, Peer, Shown};
use super::table::{Line, Table};
use super::{hurt, lag};
use crate::bench::figure::{Measured, Peer as Beside};
use crate::bench::parts::ffmpeg::{Count, Counter};
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::process::{cpu_ms, cpu_ms_of, rss_mb};
use crate::bench::parts::stage::{Canvas, Stage};
use crate::exec::say;
use serde::Serialize;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The row's bars: against ffmpeg in the larger size, and against the plain pipeline in both.
const FULL_HD: f64 = 1.05;
const GST: f64 = 1.05;
/// A stream that is not there by then never will be.
const LIVE_WITHIN: Duration = Duration::from_secs(40);
/// The argument our decoding process is started with.
const DECODER: &str = "decode-source";
const SETTLE: Duration = Duration::from_secs(4);

/// What one of them took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Without decoding.
    pub ms_per_frame: f64,
    pub decode_ms_per_frame: f64,
    /// What a decoding process of its own took, decoding included.
    pub apart_ms_per_frame: f64,
    pub rss_mb: f64,
    pub fps: f64,
    pub frames: u64,
}

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let mut table = Table::default();
    for canvas in [Canvas::HD, Canvas::FULL_HD] {
        let decode = Decode::measure(stage, canvas)?;
        for (peer, cost) in in_turns(stage, canvas, decode) {
            table.line(peer).cost(canvas, cost);
        }
    }
    say("measuring: latency from a screen, and servers that are killed, stalled and throttled");
    for peer in Peer::ALL {
        table.line(peer).lag = Some(lag::measure(stage, peer));
    }
    for (peer, hurt) in hurt::measure(stage) {
        table.line(peer).hurt = hurt;
    }
    table.lines().iter().for_each(say);
    figure(&table)
}

fn figure(table: &Table) -> Result<Measured, String> {
    let cost = |peer: Peer, canvas: Canvas| table.of(peer).and_then(|line: &Line| line.cost_of(canvas));
    let ratio = |peer: Peer, canvas: Canvas| {
        let (ours, theirs) = (cost(Peer::Ours, canvas)?, cost(peer, canvas)?);
        Some(ours.ms_per_frame / theirs.ms_per_frame)
    };
    let failures = table.failures();
    let value = ratio(Peer::Ffmpeg, Canvas::HD).ok_or_else(|| failures.join("; "))?;
    let others = [
        ("ffmpeg at 1080p30", ratio(Peer::Ffmpeg, Canvas::FULL_HD), FULL_HD),
        ("gst-launch at 720p30", ratio(Peer::GstLaunch, Canvas::HD), GST),
        ("gst-launch at 1080p30", ratio(Peer::GstLaunch, Canvas::FULL_HD), GST),
    ];
    let words = others.map(|(name, ratio, bar)| match ratio {
        Some(ratio) => format!("{ratio:.2} x {name} (bar {bar})"),
        None => format!("{name} NOT measured"),
    });
    let against_obs = match ratio(Peer::Obs, Canvas::HD) {
        Some(ratio) => {
            format!("{ratio:.2} x OBS at 720p30, which draws by llvmpipe here and is cheaper with a graphics card")
        }
        None => "OBS NOT measured".to_owned(),
    };
    let failed = if failures.is_empty() { String::new() } else { format!("; FAILED: {}", failures.join("; ")) };
    let theirs = cost(Peer::Ffmpeg, Canvas::HD).unwrap_or_default();
    let without = |canvas: Canvas| {
        let (ours, theirs) = (cost(Peer::Ours, canvas)?, cost(Peer::Ffmpeg, canvas)?);
        let apart_ms = ours.apart_ms_per_frame - ours.decode_ms_per_frame;
        Some(format!("{:.2} x at {}", (ours.ms_per_frame - apart_ms) / theirs.ms_per_frame, canvas.name()))
    };
    let without: Vec<String> = [Canvas::HD, Canvas::FULL_HD].into_iter().filter_map(without).collect();
    let without = format!("without what our decoding process takes above plain decoding {}", without.join(", "));
    Ok(Measured {
        value,
        n: cost(Peer::Ours, Canvas::HD).map_or(0, |cost| cost.frames),
        peer: Some(Beside { name: "ffmpeg CLI at 720p30, CPU ms per frame".to_owned(), value: theirs.ms_per_frame }),
        table: Some(table.json()),
        note: Some(format!("{}; {without}; {against_obs}{failed}", words.join(", "))),
        // Peers are part of the row: one without a number in one place breaks it.
        broken: others.iter().any(|(_, ratio, bar)| ratio.is_none_or(|ratio| ratio > *bar)) || !failures.is_empty(),
        incomplete: !failures.is_empty(),
    })
}

fn window(stage: &Stage) -> Duration {
    Duration::from_secs(stage.pick(25, 60))
}

/// The clip's scenes differ in what they cost, and not everybody is on air after the same time: it comes round once in a
/// window. Long enough for the slowest to begin, since not everybody starts it anew.
fn clip(stage: &Stage, canvas: Canvas) -> Result<PathBuf, String> {
    let round = window(stage);
    clips::rounds(stage, canvas, round.as_secs(), (LIVE_WITHIN + SETTLE + round * 2).as_secs())
}

/// One after the other and again from the first, so that what the machine does beside it falls on all of them.
fn in_turns(stage: &Stage, canvas: Canvas, decode: Decode) -> Vec<(Peer, Result<Cost, String>)> {
    let turns = stage.pick(3, 5);
    let mut costs = Peer::ALL.map(|peer| (peer, Ok(Vec::new())));
    for number in 1..=turns {
        // What the one before leaves behind falls on another one each time.
        costs.rotate_left(1);
        for (peer, costs) in &mut costs {
            say(format!("measuring: {} at {}, {number} of {turns}", peer.name(), canvas.name()));
            if let Ok(known) = costs {
                match turn(stage, *peer, canvas) {
                    Ok(cost) => known.push(cost),
                    Err(why) => *costs = Err(why),
                }
            }
        }
    }
    costs.into_iter().map(|(peer, costs)| (peer, costs.map(|costs| least(&costs, decode.of(peer))))).collect()
}

/// The cheapest of several turns: what else runs on the machine, or on the one below it, only adds. Of memory the most, of
/// the rate the lowest; decoding is taken off.
fn least(turns: &[Cost], decode_ms_per_frame: f64) -> Cost {
    let cheapest = turns.iter().min_by(|a, b| a.ms_per_frame.total_cmp(&b.ms_per_frame)).copied().unwrap_or_default();
    Cost {
        ms_per_frame: cheapest.ms_per_frame - decode_ms_per_frame,
        decode_ms_per_frame,
        apart_ms_per_frame: cheapest.apart_ms_per_frame,
        rss_mb: turns.iter().map(|cost| cost.rss_mb).fold(0.0, f64::max),
        fps: turns.iter().map(|cost| cost.fps).fold(f64::MAX, f64::min),
        frames: turns.iter().map(|cost| cost.frames).sum(),
    }
}

fn turn(stage: &Stage, peer: Peer, canvas: Canvas) -> Result<Cost, String> {
    let window = window(stage);
    let folder = stage.folder(&format!("cpu-{peer:?}-{}", canvas.name()))?;
    let server = Nginx::start(&folder.join("server"))?;
    let job = Job {
        stage,
        folder,
        canvas,
        shown: Shown::Clip(clip(stage, canvas)?),
        card: clips::card(stage, canvas)?,
        url: server.url("show"),
    };
    let counter = Counter::start(&server.url("show"))?;
    let mut running = job.start(peer)?;
    let mut counts: Vec<Count> = Vec::new();
    let asked = Instant::now();
    while counts.last().is_none_or(|count| count.frames < 30) {
        if running.is_over() || asked.elapsed() > LIVE_WITHIN {
            return Err(format!("{} published nothing: {}", peer.name(), running.last_words()));
        }
        std::thread::sleep(Duration::from_millis(50));
        counts.extend(counter.counts());
    }
    std::thread::sleep(SETTLE);
    let gone = || format!("{} ended while it was measured", peer.name());
    let decoding = |pid: u32| if peer == Peer::Ours { cpu_ms_of(pid, DECODER) } else { 0.0 };
    let (from, before_ms) = (Instant::now(), cpu_ms(running.pid()).ok_or_else(gone)?);
    let apart_before_ms = decoding(running.pid());
    std::thread::sleep(window);
    let (to, after_ms) = (Instant::now(), cpu_ms(running.pid()).ok_or_else(gone)?);
    let apart_ms = decoding(running.pid()) - apart_before_ms;
    let rss = rss_mb(running.pid()).ok_or_else(gone)?;
    counts.extend(counter.counts());
    let fps =
        fps(&counts, from, to).filter(|fps| *fps > 1.0).ok_or_else(|| format!("{} stopped publishing", peer.name()))?;
    drop(running.end());
    let frames = fps * to.duration_since(from).as_secs_f64();
    Ok(Cost {
        ms_per_frame: (after_ms - before_ms) / frames,
        apart_ms_per_frame: apart_ms / frames,
        rss_mb: rss,
        fps,
        frames: frames as u64,
        ..Cost::default()
    })
}

const DECODING_TURNS: usize = 2;

/// Decoding the clip as it plays, and nothing else. Milliseconds a frame.
#[derive(Clone, Copy, Debug)]
struct Decode {
    gst: f64,
    ffmpeg: f64,
}

impl Decode {
    fn measure(stage: &Stage, canvas: Canvas) -> Result<Self, String> {
        let clip = clip(stage, canvas)?;
        let window = window(stage);
        let mut gst = Command::new("gst-launch-1.0");
        // This sink says that it reads pictures as they lie, as everybody does who makes something of them; for one that does
        // not a decoder copies each first.
        let line = format!(
            "filesrc location={} ! decodebin name=d d. ! queue ! video/x-raw ! fakevideosink sync=true d. ! queue \
             ! audio/x-raw ! fakesink sync=true",
            clip.display()
        );
        gst.arg("-q").args(line.split_whitespace());
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-nostdin", "-loglevel", "error", "-re", "-i"]).arg(&clip).args(["-f", "null", "-"]);
        let cheapest = |command: &mut Command| {
            let turns = (0..DECODING_TURNS).map(|_| playing(command, canvas, window)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, String>(turns.into_iter().fold(f64::MAX, f64::min))
        };
        Ok(Self { gst: cheapest(&mut gst)?, ffmpeg: cheapest(&mut ffmpeg)? })
    }

    /// OBS decodes with the same library as the ffmpeg program; ours stands on GStreamer.
    fn of(self, peer: Peer) -> f64 {
        match peer {
            Peer::Ours | Peer::GstLaunch => self.gst,
            Peer::Ffmpeg | Peer::Obs => self.ffmpeg,
        }
    }
}

fn playing(command: &mut Command, canvas: Canvas, window: Duration) -> Result<f64, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|error| format!("{name} can't be started: {error}"))?;
    std::thread::sleep(SETTLE);
    let before = cpu_ms(child.id());
    std::thread::sleep(window);
    let after = cpu_ms(child.id());
    let over = matches!(child.try_wait(), Ok(Some(_)));
    let _ = (child.kill(), child.wait());
    match (before, after) {
        (Some(before), Some(after)) if !over => Ok((after - before) / (window.as_secs_f64() * f64::from(canvas.fps))),
        _ => Err(format!("{name} could not play the clip")),
    }
}
