//! Comments that were recorded before, told again as a bad network would tell them: some lost, some twice, some late. Pure: the
//! same seed makes the same traffic.

use super::{Ask, ChannelComment, CommentKey};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, str::FromStr};

/// One line of a recording, JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedLine {
    /// Milliseconds since the beginning.
    pub at_ms: u64,
    pub viewer: String,
    pub text: String,
}

/// What becomes of comments on their way. Shares are of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weather {
    pub seed: u64,
    /// Not told, unless they are asked for.
    pub lose: f64,
    /// Told twice.
    pub repeat: f64,
    /// Told later, so that others overtake them.
    pub delay: f64,
    pub delay_ms_max: u64,
    /// The numbers begin anew after so many comments.
    pub restart_every: Option<u64>,
    /// How much faster than it was.
    pub speed: f64,
}

impl Weather {
    /// As it was.
    pub const FAIR: Self =
        Self { seed: 0, lose: 0.0, repeat: 0.0, delay: 0.0, delay_ms_max: 0, restart_every: None, speed: 1.0 };

    /// Everything at once, somewhat worse than the networks of a market.
    pub fn rough(seed: u64) -> Self {
        Self { seed, lose: 0.02, repeat: 0.02, delay: 0.05, delay_ms_max: 3_000, restart_every: Some(500), speed: 1.0 }
    }
}

/// Which recording is told, and how: `recorded:FILE[,seed=N][,lose=P][,repeat=P][,delay=P][,restart=N][,speed=X]`. With a seed it
/// is [`Weather::rough`], what is named beside it is set.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficSpec {
    pub file: PathBuf,
    pub weather: Weather,
}

/// Why a text names no traffic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrafficError {
    #[error("{0:?} names no comments; write recorded:FILE, and behind it if you like ,seed=7")]
    NoFile(String),
    #[error("{value:?} is no {name}; {wants}")]
    Bad { name: String, value: String, wants: &'static str },
}

impl FromStr for TrafficSpec {
    type Err = TrafficError;
    fn from_str(text: &str) -> Result<Self, TrafficError> {
        let no_file = || TrafficError::NoFile(text.to_owned());
        let mut rest = text.strip_prefix("recorded:").ok_or_else(no_file)?;
        let mut settings = Vec::new();
        // From the end: a file's name may have a comma as well.
        while let Some((before, setting)) = rest.rsplit_once(',') {
            match setting.split_once('=') {
                Some((name @ ("seed" | "lose" | "repeat" | "delay" | "restart" | "speed"), value)) => {
                    settings.push((name, value));
                    rest = before;
                }
                _ => break,
            }
        }
        if rest.trim().is_empty() {
            return Err(no_file());
        }
        let mut weather = Weather::FAIR;
        settings.sort_by_key(|(name, _)| *name != "seed");
        for (name, value) in settings {
            set(&mut weather, name, value)?;
        }
        Ok(Self { file: PathBuf::from(rest), weather })
    }
}

fn set(weather: &mut Weather, name: &str, value: &str) -> Result<(), TrafficError> {
    let bad = |wants| TrafficError::Bad { name: name.to_owned(), value: value.to_owned(), wants };
    let share =
        || value.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| bad("give a share of 0 to 1"));
    match name {
        "seed" => *weather = Weather::rough(value.parse().map_err(|_| bad("give a whole number"))?),
        "lose" => weather.lose = share()?,
        "repeat" => weather.repeat = share()?,
        "delay" => {
            (weather.delay, weather.delay_ms_max) = (share()?, weather.delay_ms_max.max(3_000));
        }
        "restart" => {
            let every = value.parse().ok().filter(|every| *every > 0);
            weather.restart_every = Some(every.ok_or_else(|| bad("give a number of comments"))?);
        }
        _ => {
            let speed = value.parse().ok().filter(|speed| (0.01..=1_000.0).contains(speed));
            weather.speed = speed.ok_or_else(|| bad("give a number of 0.01 to 1000"))?;
        }
    }
    Ok(())
}

/// A comment on its way: which one, and when it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Delivery {
    pub at_ms: u64,
    /// Its place in the recording.
    pub index: usize,
}

/// A recording with its weather.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// Every comment with the time it was said.
    said: Vec<(u64, ChannelComment)>,
    deliveries: Vec<Delivery>,
    chance: Chance,
    lose: f64,
}

impl Traffic {
    pub fn of(lines: Vec<RecordedLine>, weather: Weather) -> Self {
        let mut chance = Chance(weather.seed);
        let mut said: Vec<(u64, ChannelComment)> = Vec::with_capacity(lines.len());
        let mut lines: Vec<RecordedLine> = lines;
        lines.sort_by_key(|line| line.at_ms);
        let (mut numbering, mut seq) = (1, 0);
        for line in lines {
            seq += 1;
            if weather.restart_every.is_some_and(|every| seq > every) {
                (numbering, seq) = (numbering + 1, 1);
            }
            let at_ms = (line.at_ms as f64 / weather.speed) as u64;
            let key = CommentKey::Number { numbering, seq };
            let comment =
                ChannelComment { key, name: None, viewer: line.viewer, text: line.text, at_ms: None, show_id: None };
            said.push((at_ms, comment));
        }
        let mut deliveries = Vec::with_capacity(said.len());
        for (index, (said_ms, _)) in said.iter().enumerate() {
            let later = |chance: &mut Chance| said_ms + chance.below(weather.delay_ms_max.saturating_add(1));
            if chance.roll() >= weather.lose {
                let is_late = chance.roll() < weather.delay;
                deliveries.push(Delivery { at_ms: if is_late { later(&mut chance) } else { *said_ms }, index });
            }
            if chance.roll() < weather.repeat {
                deliveries.push(Delivery { at_ms: later(&mut chance), index });
            }
        }
        deliveries.sort_by_key(|delivery| delivery.at_ms);
        Self { said, deliveries, chance, lose: weather.lose }
    }

    /// What is told, in its order; the end of it is the end of the recording.
    pub fn deliveries(&self) -> &[Delivery] {
        &self.deliveries
    }

    pub fn comment(&self, index: usize) -> Option<&ChannelComment> {
        self.said.get(index).map(|(_, comment)| comment)
    }

    pub fn len(&self) -> usize {
        self.said.len()
    }

    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// What the recording answers to a question at `now_ms`: what was said until then, but for what is lost this time as well.
    pub fn answer(&mut self, ask: Ask, now_ms: u64) -> Vec<ChannelComment> {
        let until = self.said.partition_point(|(said_ms, _)| *said_ms <= now_ms);
        let so_far = self.said.get(..until).unwrap_or_default();
        let wanted: Vec<&ChannelComment> = match ask {
            Ask::Newest { count } => {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                so_far.iter().skip(so_far.len().saturating_sub(count)).map(|(_, comment)| comment).collect()
            }
            Ask::Range { numbering, first, last } => {
                let place = |number| so_far.partition_point(|(_, comment)| number_of(comment) < number);
                let (from, to) = (place((numbering, first)), place((numbering, last.saturating_add(1))));
                so_far.get(from..to).unwrap_or_default().iter().map(|(_, comment)| comment).collect()
            }
        };
        let (chance, lose) = (&mut self.chance, self.lose);
        wanted.into_iter().filter(|_| chance.roll() >= lose).cloned().collect()
    }
}

/// They grow with the place in the recording.
fn number_of(comment: &ChannelComment) -> (u64, u64) {
    match comment.key {
        CommentKey::Number { numbering, seq } => (numbering, seq),
        CommentKey::Name(_) => (0, 0),
    }
}

/// Numbers by a seed (SplitMix64). Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
#[derive(Clone, Debug)]
struct Chance(u64);

impl Chance {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.number() % end.max(1)
    }

    /// 0 up to, not with, 1.
    fn roll(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: u64) -> Vec<RecordedLine> {
        (0..count).map(|n| RecordedLine { at_ms: n * 10, viewer: "a".into(), text: n.to_string() }).collect()
    }

    #[test]
    fn a_recording_is_named_with_its_weather() {
        let spec = |text: &str| text.parse::<TrafficSpec>();
        assert_eq!(
            spec("recorded:a,b.jsonl").unwrap(),
            TrafficSpec { file: "a,b.jsonl".into(), weather: Weather::FAIR }
        );
        assert_eq!(spec("recorded:/x/c.jsonl,seed=7").unwrap().weather, Weather::rough(7));
        let wet = spec("recorded:c.jsonl,lose=0.5,restart=3,seed=7").unwrap().weather;
        assert_eq!(
            wet,
            Weather { lose: 0.5, restart_every: Some(3), ..Weather::rough(7) },
            "what is named is set last"
        );
        for text in [
            "c.jsonl",
            "recorded:",
            "recorded:,seed=1",
            "recorded:c,lose=2",
            "recorded:c,seed=x",
            "recorded:c,restart=0",
            "recorded:c,speed=0",
        ] {
            assert!(spec(text).is_err(), "{text}");
        }
    }

    #[test]
    fn in_fair_weather_it_is_told_as_it_was() {
        let traffic = Traffic::of(lines(20), Weather::FAIR);
        let told: Vec<_> = traffic.deliveries().iter().map(|one| (one.at_ms, one.index)).collect();
        assert_eq!(told, (0..20).map(|n| (n * 10, n as usize)).collect::<Vec<_>>());
        let fast = Traffic::of(lines(20), Weather { speed: 10.0, ..Weather::FAIR });
        assert_eq!(fast.deliveries().last().unwrap().at_ms, 19);
    }

    #[test]
    fn the_same_seed_loses_the_same_and_another_one_others() {
        let told = |seed| Traffic::of(lines(2_000), Weather::rough(seed)).deliveries().to_vec();
        assert_eq!(told(3), told(3));
        assert_ne!(told(3), told(4));
        let indices: Vec<usize> = told(3).iter().map(|one| one.index).collect();
        let lost = (0..2_000).filter(|index| !indices.contains(index)).count();
        assert!((10..90).contains(&lost), "{lost} of 2,000 lost");
        assert!(indices.windows(2).any(|pair| pair[0] > pair[1]), "some overtake others");
    }

    #[test]
    fn what_is_asked_for_comes_as_far_as_it_was_said() {
        let mut traffic = Traffic::of(lines(20), Weather { restart_every: Some(8), ..Weather::FAIR });
        let texts = |comments: Vec<ChannelComment>| comments.into_iter().map(|one| one.text).collect::<Vec<_>>();
        let range = Ask::Range { numbering: 2, first: 3, last: 9 };
        assert_eq!(texts(traffic.answer(range, 120)), ["10", "11", "12"]);
        assert_eq!(texts(traffic.answer(range, 1_000)), ["10", "11", "12", "13", "14", "15"]);
        assert_eq!(texts(traffic.answer(Ask::Newest { count: 2 }, 1_000)), ["18", "19"]);
    }
}
