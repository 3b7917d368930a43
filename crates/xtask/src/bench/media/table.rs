//! Side by side, in words. Pure.

use super::cpu::Cost;
use super::hurt::{Harm, Hurt};
use super::peers::Peer;
use crate::bench::parts::stage::Canvas;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One program's line.
#[derive(Clone, Debug)]
pub struct Line {
    pub peer: Peer,
    costs: Vec<(Canvas, Result<Cost, String>)>,
    /// From screen to subscriber, milliseconds.
    pub lag: Option<Result<f64, String>>,
    pub hurt: Hurt,
}

impl Line {
    pub fn cost(&mut self, canvas: Canvas, cost: Result<Cost, String>) {
        self.costs.push((canvas, cost));
    }

    pub fn cost_of(&self, canvas: Canvas) -> Option<Cost> {
        self.told(canvas)?.as_ref().ok().copied()
    }

    fn told(&self, canvas: Canvas) -> Option<&Result<Cost, String>> {
        Some(&self.costs.iter().find(|(of, _)| *of == canvas)?.1)
    }

    /// Each thing that is missing, with why.
    fn failures(&self) -> Vec<String> {
        let name = self.peer.name();
        let costs = SIZES.map(|canvas| Some(format!("{name} at {}: {}", canvas.name(), why(self.told(canvas))?)));
        let hurts =
            Harm::ALL.map(|harm| Some(format!("{name}, server {}: {}", harm.name(), why(self.hurt.get(&harm))?)));
        let lag = why(self.lag.as_ref()).map(|why| format!("latency of {name}: {why}"));
        costs.into_iter().chain([lag]).chain(hurts).flatten().collect()
    }

    fn json(&self) -> Value {
        let of = |key: &str, value: Value| (key.to_owned(), value);
        let costs = SIZES.map(|canvas| of(&canvas.name(), either(self.told(canvas))));
        let hurts = Harm::ALL.map(|harm| of(&format!("server_{}", harm.name()), either(self.hurt.get(&harm))));
        let own = [of("name", json!(self.peer.name())), of("latency_ms", either(self.lag.as_ref()))];
        Value::Object(own.into_iter().chain(costs).chain(hurts).collect())
    }
}

/// Sizes in which all are measured.
pub const SIZES: [Canvas; 2] = [Canvas::HD, Canvas::FULL_HD];

/// Why there is no value.
fn why<T>(value: Option<&Result<T, String>>) -> Option<&str> {
    match value {
        None => Some("not measured"),
        Some(Err(why)) => Some(why),
        Some(Ok(_)) => None,
    }
}

/// A value, or an object that says why there is none.
fn either<T: Serialize>(value: Option<&Result<T, String>>) -> Value {
    match (why(value), value) {
        (None, Some(Ok(value))) => json!(value),
        (why, _) => json!({"failed": why}),
    }
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    lines: BTreeMap<Peer, Line>,
}

/// What must be known to read the numbers.
const NOT_COMPARABLE: [&str; 7] = [
    "OBS draws by llvmpipe here, on the processor; with a graphics card that part is cheaper. It also draws its own preview \
     window, which ours has not without a window.",
    "The ffmpeg program and gst-launch watch nothing, reconnect nothing and draw a still card; ours redraws the card when it \
     changes, meters the sound and keeps a second of recording safe on the disk.",
    "Decoding is taken off as measured alone in each one's own decoder; OBS is given ffmpeg's, though its own threads differ.",
    "ffmpeg is told to encode in slices, as the others do: left to itself it encodes pictures side by side, which takes less \
     processor and sends them later.",
    "Of each one's turns the cheapest counts, so that what else the machine did counts for nobody.",
    "Latency is from a screen, which every one can capture; each captures it in its own way and at its own moments.",
    "Servers are hurt through the same user-space proxy for all; in a short run all of them share the machine for that part.",
];

impl Table {
    /// The line of `peer`, made where there is none.
    pub fn line(&mut self, peer: Peer) -> &mut Line {
        self.lines.entry(peer).or_insert_with(|| Line { peer, costs: Vec::new(), lag: None, hurt: Hurt::new() })
    }

    pub fn of(&self, peer: Peer) -> Option<&Line> {
        self.lines.get(&peer)
    }

    /// Everything that any of the programs lacks, with why; a program without a line lacks all.
    pub fn failures(&self) -> Vec<String> {
        let failures = |peer: Peer| match self.lines.get(&peer) {
            Some(line) => line.failures(),
            None => vec![format!("{}: not measured", peer.name())],
        };
        Peer::ALL.into_iter().flat_map(failures).collect()
    }

    /// The table as it is kept.
    pub fn json(&self) -> Value {
        json!({"programs": self.lines.values().map(Line::json).collect::<Vec<_>>(), "not_comparable": NOT_COMPARABLE})
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
            for (harm, words) in &line.hurt {
                let words = words.as_ref().unwrap_or_else(|why| why);
                lines.push(format!("{}: server {}: {words}", line.peer.name(), harm.name()));
            }
        }
        lines.extend(self.failures().into_iter().map(|why| format!("FAILED: {why}")));
        lines.push("not comparable:".to_owned());
        lines.extend(NOT_COMPARABLE.map(|text| format!("- {text}")));
        lines
    }
}

fn cells(line: &Line) -> Vec<String> {
    let mut cells = vec![line.peer.name().to_owned()];
    for canvas in SIZES {
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
        Some(Err(_)) | None => "-".to_owned(),
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
        assert!(lines.iter().any(|line| line == "FAILED: OBS at 720p30: obs can't be started"));
        assert!(lines.iter().any(|line| line.contains("llvmpipe")));
        assert_eq!(table.of(Peer::Ours).and_then(|line| line.cost_of(Canvas::FULL_HD)), None);
    }

    /// All four with everything.
    fn whole() -> Table {
        let mut table = Table::default();
        for peer in Peer::ALL {
            let line = table.line(peer);
            for canvas in SIZES {
                line.cost(canvas, Ok(Cost { ms_per_frame: 12.5, rss_mb: 120.0, ..Cost::default() }));
            }
            line.lag = Some(Ok(45.2));
            line.hurt = Harm::ALL.into_iter().map(|harm| (harm, Ok("back after 0.3 s".to_owned()))).collect();
        }
        table
    }

    #[test]
    fn whatever_one_peer_lacks_is_a_failure() {
        assert_eq!(whole().failures(), Vec::<String>::new());
        let no = || Err("it ended".to_owned());
        type Lack = (&'static str, fn(&mut Line));
        let lacks: [Lack; 6] = [
            ("OBS at 720p30: not measured", |line| line.costs.retain(|(canvas, _)| *canvas != Canvas::HD)),
            ("OBS at 1080p30: not measured", |line| line.costs.retain(|(canvas, _)| *canvas != Canvas::FULL_HD)),
            ("latency of OBS: it ended", |line| line.lag = Some(Err("it ended".to_owned()))),
            ("latency of OBS: not measured", |line| line.lag = None),
            ("OBS, server killed: not measured", |line| drop(line.hurt.remove(&Harm::Killed))),
            ("OBS, server stalled: not measured", |line| drop(line.hurt.remove(&Harm::Stalled))),
        ];
        for (words, lack) in lacks {
            let mut table = whole();
            lack(table.line(Peer::Obs));
            assert_eq!(table.failures(), [words]);
        }
        let mut table = whole();
        table.line(Peer::GstLaunch).hurt.insert(Harm::Throttled, no());
        assert_eq!(table.failures(), ["gst-launch, server throttled: it ended"]);
        table.lines.remove(&Peer::Obs);
        assert!(table.failures().contains(&"OBS: not measured".to_owned()));
    }

    #[test]
    fn all_of_it_is_kept() {
        let mut table = whole();
        table.line(Peer::Obs).lag = Some(Err("it ended".to_owned()));
        let json = table.json();
        let programs = json["programs"].as_array().map_or(&[][..], Vec::as_slice);
        assert_eq!(programs.len(), 4);
        for program in programs {
            for canvas in SIZES {
                let cost = &program[canvas.name()];
                assert_eq!((&cost["ms_per_frame"], &cost["rss_mb"]), (&json!(12.5), &json!(120.0)));
            }
            for harm in ["server_killed", "server_stalled", "server_throttled"] {
                assert_eq!(program[harm], "back after 0.3 s");
            }
        }
        let latency = |name: &str| {
            let of = programs.iter().find(|program| program["name"] == name);
            of.map(|program| program["latency_ms"].clone())
        };
        assert_eq!(latency("hawker"), Some(json!(45.2)));
        assert_eq!(latency("OBS"), Some(json!({"failed": "it ended"})));
    }
}
