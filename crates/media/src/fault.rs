//! Failures made on purpose, for drills and tests: how they are written down. Pure.
//!
//! `camera-lost@10s:3s,network-stall@20s:9s,network-drop@30s,disk-full@60s,cpu@70s:5s`: what, when (show time), and where
//! it takes a while, how long. `bandwidth@40s:900k:20s` says how much still passes before it says how long, `canvas-lost@10s:9:16`
//! of which canvas the encoder fails until it is given up.

use hawker_domain::CanvasShape;
use std::{fmt, str::FromStr, time::Duration};

/// What is made to fail. Each is the real thing as far as the parts behind it can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The source goes silent, as an unplugged camera does, and cannot be reached for this long.
    CameraLost(Duration),
    /// No byte leaves for any destination for this long; the connections stay.
    NetworkStall(Duration),
    /// Every destination's connection is cut.
    NetworkDrop,
    /// No more than this many bits a second leave for any destination, for a while or the rest of the show.
    Bandwidth(u64, Option<Duration>),
    /// The recording finds no room.
    DiskFull,
    /// The disk of the recording takes nothing for this long, as one that is broken, asleep or across a network.
    DiskStall(Duration),
    /// The encoder of every canvas fails, as when the graphics driver is reset.
    EncoderLost,
    /// The encoder of this canvas fails again and again, until the canvas is given up.
    CanvasLost(CanvasShape),
    /// Another program takes every core for this long.
    Cpu(Duration),
}

/// A fault and the show time at which it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultAt {
    pub at: Duration,
    pub fault: Fault,
}

/// Faults in the order they come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan(pub Vec<FaultAt>);

/// Why a text is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFault {
    #[error("\"{0}\" is no fault; write WHAT@WHEN[:HOW LONG], such as camera-lost@10s:3s")]
    Form(String),
    #[error(
        "\"{0}\" can't be made to fail; there are camera-lost, network-stall, network-drop, bandwidth, disk-full, \
         disk-stall, encoder-lost, canvas-lost and cpu"
    )]
    What(String),
    #[error("\"{0}\" is no time; write it like 10s, 1.5s or 500ms, at most a day")]
    Time(String),
    #[error("\"{0}\" is no rate; write bits a second like bandwidth@40s:900k or bandwidth@40s:1.5M:20s")]
    Rate(String),
    #[error("\"{0}\" is no canvas; write canvas-lost@10s:16:9 or canvas-lost@10s:9:16")]
    Canvas(String),
    #[error("\"{0}\" comes at once and takes no time; leave the {1} away")]
    NoLength(String, String),
}

/// How long what takes a while takes when nothing is said.
const USUALLY: Duration = Duration::from_secs(5);
/// Longer shows than this are not drilled.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl FaultPlan {
    /// Takes out what is due at show time `now`.
    pub fn due(&mut self, now: Duration) -> Vec<Fault> {
        let count = self.0.iter().take_while(|planned| planned.at <= now).count();
        self.0.drain(..count).map(|planned| planned.fault).collect()
    }
}

impl FromStr for FaultPlan {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Self, BadFault> {
        let mut faults = text.split(',').map(|part| one(part.trim())).collect::<Result<Vec<_>, _>>()?;
        faults.sort_by_key(|planned| planned.at);
        Ok(Self(faults))
    }
}

fn one(text: &str) -> Result<FaultAt, BadFault> {
    let (what, when) = text.split_once('@').ok_or_else(|| BadFault::Form(text.to_owned()))?;
    let (at, length) = match when.split_once(':') {
        Some((at, length)) => (time(at)?, Some(length)),
        None => (time(when)?, None),
    };
    let lasting = || length.map_or(Ok(USUALLY), time);
    let fault = match what.trim() {
        "camera-lost" => Fault::CameraLost(lasting()?),
        "network-stall" => Fault::NetworkStall(lasting()?),
        "bandwidth" => {
            let (bits, length) = length
                .unwrap_or_default()
                .split_once(':')
                .map_or_else(|| (length.unwrap_or_default(), None), |(bits, length)| (bits, Some(length)));
            Fault::Bandwidth(rate(bits)?, length.map(time).transpose()?)
        }
        "canvas-lost" => Fault::CanvasLost(canvas(length.unwrap_or_default())?),
        "cpu" => Fault::Cpu(lasting()?),
        "disk-stall" => Fault::DiskStall(lasting()?),
        "network-drop" => at_once(Fault::NetworkDrop, text, length)?,
        "encoder-lost" => at_once(Fault::EncoderLost, text, length)?,
        "disk-full" => at_once(Fault::DiskFull, text, length)?,
        other => return Err(BadFault::What(other.to_owned())),
    };
    Ok(FaultAt { at, fault })
}

fn at_once(fault: Fault, text: &str, length: Option<&str>) -> Result<Fault, BadFault> {
    match length {
        Some(length) => Err(BadFault::NoLength(text.to_owned(), format!(":{length}"))),
        None => Ok(fault),
    }
}

fn canvas(text: &str) -> Result<CanvasShape, BadFault> {
    let all = [CanvasShape::Landscape, CanvasShape::Portrait];
    let named = all.into_iter().find(|shape| shape.as_str() == text.trim());
    named.ok_or_else(|| BadFault::Canvas(text.to_owned()))
}

/// Bits a second, `900k` or `1.5M`; at least one.
fn rate(text: &str) -> Result<u64, BadFault> {
    let bad = || BadFault::Rate(text.to_owned());
    let trimmed = text.trim();
    let (number, unit) = match trimmed.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1e3),
        None => trimmed.strip_suffix(['m', 'M']).map_or((trimmed, 1.0), |number| (number, 1e6)),
    };
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let bits = number.parse::<f64>().ok().filter(|_| plain).ok_or_else(bad)? * unit;
    if (1.0..=1e12).contains(&bits) { Ok(bits as u64) } else { Err(bad()) }
}

fn time(text: &str) -> Result<Duration, BadFault> {
    let bad = || BadFault::Time(text.to_owned());
    let trimmed = text.trim();
    let (number, unit_s) = match trimmed.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (trimmed.strip_suffix('s').unwrap_or(trimmed), 1.0),
    };
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = number.parse::<f64>().ok().filter(|_| plain).ok_or_else(bad)? * unit_s;
    Duration::try_from_secs_f64(seconds).ok().filter(|time| *time <= LONGEST).ok_or_else(bad)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CameraLost(away) => write!(f, "camera-lost:{away:?}"),
            Self::NetworkStall(length) => write!(f, "network-stall:{length:?}"),
            Self::NetworkDrop => f.write_str("network-drop"),
            Self::Bandwidth(bps, None) => write!(f, "bandwidth:{bps}"),
            Self::Bandwidth(bps, Some(length)) => write!(f, "bandwidth:{bps}:{length:?}"),
            Self::DiskFull => f.write_str("disk-full"),
            Self::DiskStall(length) => write!(f, "disk-stall:{length:?}"),
            Self::EncoderLost => f.write_str("encoder-lost"),
            Self::CanvasLost(shape) => write!(f, "canvas-lost:{shape}"),
            Self::Cpu(length) => write!(f, "cpu:{length:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn a_plan_is_read_as_it_is_written() {
        let at = |seconds, fault| FaultAt { at: S(seconds), fault };
        let table = [
            ("network-drop@30s", vec![at(30, Fault::NetworkDrop)]),
            ("camera-lost@10s:3s", vec![at(10, Fault::CameraLost(S(3)))]),
            ("bandwidth@40s:900k", vec![at(40, Fault::Bandwidth(900_000, None))]),
            ("bandwidth@40s:1.5M:20s", vec![at(40, Fault::Bandwidth(1_500_000, Some(S(20))))]),
            ("bandwidth@40s:64000", vec![at(40, Fault::Bandwidth(64_000, None))]),
            ("disk-stall@5s:12s", vec![at(5, Fault::DiskStall(S(12)))]),
            ("encoder-lost@5s", vec![at(5, Fault::EncoderLost)]),
            ("canvas-lost@5s:9:16", vec![at(5, Fault::CanvasLost(CanvasShape::Portrait))]),
            ("canvas-lost@5s: 16:9", vec![at(5, Fault::CanvasLost(CanvasShape::Landscape))]),
            ("camera-lost@10", vec![at(10, Fault::CameraLost(S(5)))]),
            (
                "disk-full@60s, camera-lost@10s:3s,network-stall@20s:9s,cpu@70s:1500ms",
                vec![
                    at(10, Fault::CameraLost(S(3))),
                    at(20, Fault::NetworkStall(S(9))),
                    at(60, Fault::DiskFull),
                    at(70, Fault::Cpu(Duration::from_millis(1500))),
                ],
            ),
        ];
        for (text, want) in table {
            assert_eq!(text.parse::<FaultPlan>().unwrap(), FaultPlan(want), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_plan_says_what_to_write() {
        let table = [
            ("", BadFault::Form(String::new())),
            ("disk-full", BadFault::Form("disk-full".into())),
            ("fire@3s", BadFault::What("fire".into())),
            ("disk-full@soon", BadFault::Time("soon".into())),
            ("disk-full@-3s", BadFault::Time("-3s".into())),
            ("disk-full@1e20s", BadFault::Time("1e20s".into())),
            ("disk-full@99999999999s", BadFault::Time("99999999999s".into())),
            ("disk-full@NaN", BadFault::Time("NaN".into())),
            ("bandwidth@4s", BadFault::Rate(String::new())),
            ("bandwidth@4s:20s", BadFault::Rate("20s".into())),
            ("bandwidth@4s:0", BadFault::Rate("0".into())),
            ("bandwidth@4s:-5k", BadFault::Rate("-5k".into())),
            ("bandwidth@4s:900k:soon", BadFault::Time("soon".into())),
            ("canvas-lost@1s", BadFault::Canvas(String::new())),
            ("canvas-lost@1s:4:3", BadFault::Canvas("4:3".into())),
            ("cpu@1s:", BadFault::Time(String::new())),
            ("network-drop@3s:4s", BadFault::NoLength("network-drop@3s:4s".into(), ":4s".into())),
            ("network-drop@3s,", BadFault::Form(String::new())),
        ];
        for (text, want) in table {
            assert_eq!(text.parse::<FaultPlan>().unwrap_err(), want, "{text}");
        }
    }

    #[test]
    fn what_is_due_comes_once_and_in_order() {
        let mut plan: FaultPlan = "disk-full@2s,network-drop@1s,cpu@1s:1s".parse().unwrap();
        assert!(plan.due(Duration::from_millis(999)).is_empty());
        assert_eq!(plan.due(S(1)), [Fault::NetworkDrop, Fault::Cpu(S(1))]);
        assert!(plan.due(S(1)).is_empty());
        assert_eq!(plan.due(S(60)), [Fault::DiskFull]);
    }
}
