//! Side by side, in words. Pure.

use super::cpu::Cost;
use super::hurt::Hurt;
use super::peers::Peer;
use crate::bench::parts::stage::Canvas;
use std::collections::BTreeMap;

/// One program's line.
#[derive(Clone, Debug)]
pub struct Line {
    pub peer: Peer,
    costs: Vec<(Canvas, Result<Cost, String>)>,
    /// From screen to subscriber, milliseconds.
    pub lag: Option<Result<f64, String>>,
    pub hurt: Option<Hurt>,
}

impl Line {
    pub fn cost(&mut self, canvas: Canvas, cost: Result<Cost, String>) {
        self.costs.push((canvas, cost));
    }

    pub fn cost_of(&self, canvas: Canvas) -> Option<Cost> {
        self.costs.iter().find(|(of, _)| *of == canvas)?.1.as_ref().ok().copied()
    }
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    lines: BTreeMap<Peer, Line>,
}

/// What must be known to read the numbers.
const NOT_COMPARABLE: [&str; 5] = [
    "OBS draws by llvmpipe here, on the processor; with a graphics card that part is cheaper. It also draws its own preview \
     window, which ours has not without a window.",
    "The ffmpeg program and gst-launch watch nothing, reconnect nothing and draw a still card; ours redraws the card when it \
     changes, meters the sound and keeps a second of recording safe on the disk.",
    "Decoding is taken off as measured alone in each one's own decoder; OBS is given ffmpeg's, though its own threads differ.",
    "Latency is from a screen, which every one can capture; each captures it in its own way and at its own moments.",
    "Servers are hurt through the same user-space proxy for all; in a short run all of them share the machine for that part.",
];

impl Table {
    /// The line of `peer`, made where there is none.
    pub fn line(&mut self, peer: Peer) -> &mut Line {
        self.lines.entry(peer).or_insert_with(|| Line { peer, costs: Vec::new(), lag: None, hurt: None })
    }

    pub fn of(&self, peer: Peer) -> Option<&Line> {
        self.lines.get(&peer)
    }

    /// Why numbers are missing.
    pub fn failures(&self) -> Vec<String> {
        let failed = |line: &Line| {
            let costs = line.costs.iter().filter_map(|(canvas, cost)| {
                Some(format!("{} at {}: {}", line.peer.name(), canvas.name(), cost.as_ref().err()?))
            });
            costs.collect::<Vec<_>>()
        };
        self.lines.values().flat_map(failed).collect()
    }

    /// The table as text, a line each, with what is not comparable below it.
    pub fn lines(&self) -> Vec<String> {
        let head = ["", "720p30: CPU ms/frame", "MB", "fps", "1080p30: CPU ms/frame", "MB", "fps", "latency ms"];
        let head: Vec<String> = head.map(str::to_owned).to_vec();
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(self.lines.values().map(cells)).collect();
        let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
        let padded = |row: &Vec<String>| {
            let cells = row.iter().enumerate().map(|(at, cell)| format!("{cell:<0$}", width(at).unwrap_or(0)));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let mut lines: Vec<String> = rows.iter().map(padded).collect();
        for line in self.lines.values() {
            if let Some(hurt) = &line.hurt {
                let [killed, stalled, throttled] = &hurt.words;
                lines.push(format!("{}: server killed: {killed}", line.peer.name()));
                lines.push(format!("{}: server stalled: {stalled}", line.peer.name()));
                lines.push(format!("{}: server throttled: {throttled}", line.peer.name()));
            }
        }
        lines.extend(self.failures());
        lines.push("not comparable:".to_owned());
        lines.extend(NOT_COMPARABLE.map(|text| format!("- {text}")));
        lines
    }
}

fn cells(line: &Line) -> Vec<String> {
    let mut cells = vec![line.peer.name().to_owned()];
    for canvas in [Canvas::HD, Canvas::FULL_HD] {
        cells.extend(match line.cost_of(canvas) {
            Some(cost) => [
                format!("{:.2} + {:.2} decoding", cost.ms_per_frame, cost.decode_ms_per_frame),
                format!("{:.0}", cost.rss_mb),
                format!("{:.2}", cost.fps),
            ],
            None => ["-", "-", "-"].map(str::to_owned),
        });
    }
    cells.push(match &line.lag {
        Some(Ok(ms)) => format!("{ms:.0}"),
        Some(Err(why)) => why.clone(),
        None => "-".to_owned(),
    });
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_and_what_failed_is_said() {
        let mut table = Table::default();
        let cost = Cost {
            ms_per_frame: 12.5,
            decode_ms_per_frame: 1.25,
            rss_mb: 120.4,
            fps: 30.0,
            frames: 600,
            ..Cost::default()
        };
        table.line(Peer::Ours).cost(Canvas::HD, Ok(cost));
        table.line(Peer::Obs).cost(Canvas::HD, Err("obs can't be started".to_owned()));
        table.line(Peer::Ours).lag = Some(Ok(45.2));
        let lines = table.lines();
        assert_eq!(
            lines.get(1).and_then(|line| line.find("12.50 + 1.25 decoding")),
            lines.first().and_then(|line| line.find("720p30"))
        );
        assert!(lines.iter().any(|line| line == "OBS at 720p30: obs can't be started"));
        assert!(lines.iter().any(|line| line.contains("llvmpipe")));
        assert_eq!(table.of(Peer::Ours).and_then(|line| line.cost_of(Canvas::FULL_HD)), None);
    }
}
