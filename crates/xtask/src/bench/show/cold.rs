//! From starting `hawker-cli live` to the first byte at a destination: the program, the clip, the encoder, the connection.

use super::super::figure::{Measured, percentile};
use crate::bench::parts::stage::Stage;
use crate::run::live::{LiveShow, Next};
use std::io::Read;
use std::net::TcpListener;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

const WITHIN: Duration = Duration::from_secs(30);

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let starts = stage.pick(5, 10);
    let seconds = (0..starts).map(|_| one(stage)).collect::<Result<Vec<f64>, String>>()?;
    let value = percentile(&seconds, 0.5).ok_or("no start was measured")?;
    let worst = percentile(&seconds, 1.0).unwrap_or(value);
    let note = format!("median of processes started anew on fresh data, slowest {worst:.2} s; the file cache is warm");
    Ok(Measured { value, n: starts, note: Some(note), ..Measured::default() })
}

fn one(stage: &Stage) -> Result<f64, String> {
    let clip = stage.clip()?;
    let data = stage.data(&stage.folder("cold")?, true)?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let url = format!("rtmp://{}/live/bench", listener.local_addr().map_err(|error| error.to_string())?);
    let (sender, first_byte) = sync_channel(1);
    std::thread::spawn(move || {
        // The studio first looks whether anybody is there, by a connection that it closes without a byte.
        for mut stream in listener.incoming().flatten() {
            let mut byte = [0];
            if stream.read_exact(&mut byte).is_ok() {
                // Nobody listens any more once the time is up.
                let _ = sender.send(Instant::now());
                return;
            }
        }
    });
    let mut command = stage.live(&data);
    command.args(["--no-platform", "--to", &url, "--source"]).arg(&clip);
    let started = Instant::now();
    let mut show = LiveShow::start(&mut command).map_err(|trouble| trouble.to_string())?;
    while started.elapsed() < WITHIN {
        if let Ok(at) = first_byte.recv_timeout(Duration::from_millis(20)) {
            return Ok(at.duration_since(started).as_secs_f64());
        }
        if matches!(show.next(Duration::ZERO), Next::Ended) {
            return Err("the show ended before it sent anything".to_owned());
        }
    }
    Err(format!("nothing was sent within {} s", WITHIN.as_secs()))
}
