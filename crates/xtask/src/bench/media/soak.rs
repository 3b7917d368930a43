//! Row 11: a long show at reduced size. Does memory grow?

use super::clips;
use crate::bench::figure::Measured;
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::process::rss_mb;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::run::live::summary;
use hawker_marks::Clip;
use std::time::{Duration, Instant};

const SIZE: Canvas = Canvas { width: 320, height: 180, fps: 15, bitrate_bps: 300_000 };
const LOOK: Duration = Duration::from_secs(2);

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("soak")?;
    let data = stage.data(&folder, false)?;
    stage.canvas(&data, SIZE)?;
    let (seconds, warm_s) = stage.pick((360, 180.0), (7_200, 600.0));
    let clip = clips::marked(stage, &Clip { width: 320, height: 180, fps: 15, flash_every: 15, ..Clip::of(60) })?;
    let server = Nginx::start(&folder.join("server"))?;
    let mut command = stage.live(&data);
    stage.without_recognition(&folder, &mut command)?;
    command.args(["--no-platform", "--to", &server.url("show"), "--source"]).arg(clip);
    command.arg("--record").arg(folder.join("show.mkv"));
    let mut looks: Vec<(f64, f64)> = Vec::new();
    let mut last: Option<Instant> = None;
    let began = Instant::now();
    let played = stage.play(&mut command, Duration::from_secs(seconds), &mut |show, _| {
        if last.is_none_or(|at| at.elapsed() >= LOOK) {
            last = Some(Instant::now());
            looks.extend(rss_mb(show.pid()).map(|mb| (began.elapsed().as_secs_f64(), mb)));
        }
    })?;
    let summary = summary(&played.lines).ok_or("the show printed no summary")?;
    // While it ends it rewraps the recording: that is no show any more.
    let end_s = summary.on_air_s;
    let warm: Vec<(f64, f64)> = looks.into_iter().filter(|(at, _)| (warm_s..end_s).contains(at)).collect();
    let slope = growth_mb_per_h(&warm).ok_or("memory is read from /proc, which this system lacks")?;
    let middle = warm.iter().map(|(_, mb)| mb).sum::<f64>() / warm.len() as f64;
    let reconnects: u32 = summary.outputs.iter().map(|output| output.reconnects).sum();
    let note = format!(
        "{middle:.1} MB after {warm_s:.0} s of warm-up, over {:.0} s; {} frames, {reconnects} reconnects",
        end_s - warm_s,
        summary.frames.encoded
    );
    Ok(Measured { value: slope, n: warm.len() as u64, note: Some(note), broken: reconnects > 0, ..Measured::default() })
}

/// Growth by the middles of the first and last third: single looks jump by what an allocator keeps.
fn growth_mb_per_h(looks: &[(f64, f64)]) -> Option<f64> {
    let third = looks.len() / 3;
    let middle = |part: &[(f64, f64)]| {
        let mut mb: Vec<f64> = part.iter().map(|look| look.1).collect();
        mb.sort_by(f64::total_cmp);
        let at_s = part.iter().map(|look| look.0).sum::<f64>() / part.len() as f64;
        Some((at_s, *mb.get(mb.len() / 2)?))
    };
    let (first, last) = (middle(looks.get(..third)?)?, middle(looks.get(looks.len() - third..)?)?);
    Some((last.1 - first.1) / (last.0 - first.0) * 3600.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn growth_is_seen_through_jumps_and_flat_is_flat() {
        let looks = |slope: f64| -> Vec<(f64, f64)> {
            (0..300)
                .map(|n| (f64::from(n) * 2.0, 90.0 + slope * f64::from(n) * 2.0 / 3600.0 + f64::from(n % 3 * 2)))
                .collect()
        };
        assert!((growth_mb_per_h(&looks(6.0)).unwrap() - 6.0).abs() < 0.3);
        assert!(growth_mb_per_h(&looks(0.0)).unwrap().abs() < 1e-9);
        assert_eq!(growth_mb_per_h(&[]), None);
    }
}
