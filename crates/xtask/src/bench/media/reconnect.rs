//! Row 2: the server goes away for 3, 10 and 60 s. How long after it is back does it have a picture again?
//!
//! The server itself tells: it writes down what a publisher sends.

use super::clips;
use crate::bench::figure::{Measured, percentile};
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::bench::parts::timeline::Timeline;
use hawker_marks::Clip;
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// So much is more than the words before a stream: pictures have come.
const PICTURES_BYTES: u64 = 20_000;
const WITHIN: Duration = Duration::from_secs(10);
/// Between two outages.
const LIVE: Duration = Duration::from_secs(5);

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("reconnect")?;
    let data = stage.data(&folder, false)?;
    stage.canvas(&data, Canvas::SMALL)?;
    let outages_s: &[u64] = stage.pick(&[3, 10], &[3, 10, 60, 3, 10, 60, 3, 10]);
    let clip = clips::marked(stage, &Clip::of(40))?;
    let server = RefCell::new(Nginx::start(&folder.join("server"))?);
    let back = RefCell::new(Vec::new());
    let mut command = stage.live(&data);
    stage.without_recognition(&folder, &mut command)?;
    command.args(["--no-platform", "--to", &server.borrow().url("show"), "--source"]).arg(&clip);
    let mut timeline = Timeline::default();
    let mut at = LIVE;
    for outage in outages_s {
        timeline = timeline.at(at, |_| {
            server.borrow_mut().kill();
            Ok(())
        });
        at += Duration::from_secs(*outage);
        timeline = timeline.at(at, |_| {
            back.borrow_mut().push(back_after(&mut server.borrow_mut())?);
            Ok(())
        });
        at += LIVE;
    }
    stage.play(&mut command, at, &mut |show, line| timeline.watch(show, line))?;
    timeline.finish()?;
    let seconds = back.into_inner();
    let value = percentile(&seconds, 1.0).ok_or("no outage was measured")?;
    let each: Vec<String> = outages_s.iter().zip(&seconds).map(|(outage, s)| format!("{outage} s: {s:.2} s")).collect();
    let note = format!("until the server has {PICTURES_BYTES} bytes again; outage of {}", each.join(", "));
    Ok(Measured { value, n: seconds.len() as u64, note: Some(note), ..Measured::default() })
}

/// Starts the server and waits for its first new publisher's pictures. Seconds since it listens.
fn back_after(server: &mut Nginx) -> Result<f64, String> {
    let before = server.publishes().len();
    server.run()?;
    let listens = Instant::now();
    loop {
        if server.publishes().iter().skip(before).any(|publish| publish.size_bytes > PICTURES_BYTES) {
            return Ok(listens.elapsed().as_secs_f64());
        }
        if listens.elapsed() > WITHIN {
            return Err(format!("nobody published again within {} s of the server's return", WITHIN.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
