//! The form in which a camera delivers, as a person reads, writes and chooses it: `mjpeg-1280x720-30`.

use gstreamer as gst;
use std::{fmt, str::FromStr};

/// A coding, a size and a rate; what is left out is the program's own choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CameraFormat {
    /// One of `mjpeg`, `h264`, `h265`, or the layout of raw pictures, as `yuy2` and `nv12`; lower case.
    pub coding: Option<String>,
    /// Width and height, pixels.
    pub size: Option<(u32, u32)>,
    /// Pictures a second, rounded.
    pub fps: Option<u32>,
}

/// Codings that are not raw, and what GStreamer calls them.
const CODED: &[(&str, &str)] = &[("mjpeg", "image/jpeg"), ("h264", "video/x-h264"), ("h265", "video/x-h265")];
/// Layouts of raw pictures that cameras deliver.
const RAW: &[&str] = &[
    "yuy2", "uyvy", "yvyu", "nv12", "nv21", "i420", "yv12", "y42b", "rgb", "bgr", "rgbx", "bgrx", "rgba", "bgra",
    "gray8",
];

/// Pictures a second that a camera may be asked for.
const RATES: std::ops::RangeInclusive<u32> = 1..=1_000;

/// Not the form of a picture.
#[derive(Debug, PartialEq, Eq)]
pub struct NoFormat;

impl FromStr for CameraFormat {
    type Err = NoFormat;

    /// Reads its parts in any order. Errors: a part that is none, one that is there twice, a rate outside 1 to 1000, or a rate
    /// alone, which could be the number in a camera's name.
    fn from_str(text: &str) -> Result<Self, NoFormat> {
        let mut format = Self::default();
        for part in text.split('-') {
            let part = part.to_ascii_lowercase();
            let twice = if let Ok(fps) = part.parse() {
                format.fps.replace(fps).is_some() || !RATES.contains(&fps)
            } else if let Some((width, height)) = part.split_once('x').filter(|(width, _)| is_number(width)) {
                let side = |text: &str| text.parse::<u32>().ok().filter(|side| *side > 0).ok_or(NoFormat);
                format.size.replace((side(width)?, side(height)?)).is_some()
            } else if RAW.contains(&part.as_str()) || CODED.iter().any(|(name, _)| *name == part) {
                format.coding.replace(part).is_some()
            } else {
                return Err(NoFormat);
            };
            if twice {
                return Err(NoFormat);
            }
        }
        if format.coding.is_none() && format.size.is_none() { Err(NoFormat) } else { Ok(format) }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for CameraFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.size.map(|(width, height)| format!("{width}x{height}"));
        let parts = [self.coding.clone(), size, self.fps.map(|fps| fps.to_string())];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("-"))
    }
}

impl CameraFormat {
    /// What it is in GStreamer's words; without a coding raw pictures first, then motion JPEG.
    pub(super) fn caps(&self) -> Vec<gst::Caps> {
        let names = match self.coding.as_deref() {
            None => vec![("video/x-raw", None), ("image/jpeg", None)],
            Some(coding) => match CODED.iter().find(|(name, _)| *name == coding) {
                Some((_, media)) => vec![(*media, None)],
                None => vec![("video/x-raw", Some(coding.to_uppercase()))],
            },
        };
        let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let caps = names.into_iter().map(|(media, layout)| {
            let mut caps = gst::Caps::builder(media);
            if let Some(layout) = layout {
                caps = caps.field("format", layout);
            }
            if let Some((width, height)) = self.size {
                caps = caps.field("width", whole(width)).field("height", whole(height));
            }
            if let Some(fps) = self.fps {
                // 29.97 is called 30.
                let [from, to] =
                    [-500, 500].map(|off| gst::Fraction::new(whole(fps).saturating_mul(1_000) + off, 1_000));
                caps = caps.field("framerate", gst::FractionRange::new(from, to));
            }
            caps.build()
        });
        caps.collect()
    }

    /// Everything that `offered` names, the largest first and, of one size, raw before coded; each with its highest rate.
    pub(crate) fn all_of(offered: &gst::CapsRef) -> Vec<Self> {
        let mut all: Vec<Self> = offered.iter().flat_map(of_structure).collect();
        all.sort_by_key(|format| {
            (std::cmp::Reverse((format.area(), format.fps)), format.is_coded(), format.coding.clone())
        });
        let mut kept: Vec<Self> = Vec::new();
        for format in all {
            if !kept.iter().any(|known| (&known.coding, known.size) == (&format.coding, format.size)) {
                kept.push(format);
            }
        }
        kept.sort_by_key(|format| (std::cmp::Reverse(format.area()), format.is_coded()));
        kept
    }

    fn area(&self) -> u64 {
        self.size.map_or(0, |(width, height)| u64::from(width) * u64::from(height))
    }

    fn is_coded(&self) -> bool {
        self.coding.as_deref().is_some_and(|coding| CODED.iter().any(|(name, _)| *name == coding))
    }
}

/// One for each layout that a structure lists; none for what is no picture.
fn of_structure(structure: &gst::StructureRef) -> Vec<CameraFormat> {
    let media = structure.name().as_str();
    let codings: Vec<String> = match CODED.iter().find(|(_, name)| *name == media) {
        Some((coding, _)) => vec![(*coding).to_owned()],
        None if media == "video/x-raw" => {
            match (structure.get::<String>("format"), structure.get::<gst::List>("format")) {
                (Ok(one), _) => vec![one.to_lowercase()],
                (_, Ok(several)) => {
                    several.iter().filter_map(|one| one.get::<String>().ok()).map(|one| one.to_lowercase()).collect()
                }
                _ => Vec::new(),
            }
        }
        None => Vec::new(),
    };
    let side = |name: &str| structure.get::<i32>(name).ok().and_then(|side| u32::try_from(side).ok());
    let (size, fps) = (side("width").zip(side("height")), highest_rate(structure));
    let known = codings
        .into_iter()
        .filter(|coding| RAW.contains(&coding.as_str()) || CODED.iter().any(|(name, _)| name == coding));
    known.map(|coding| CameraFormat { coding: Some(coding), size, fps }).collect()
}

fn highest_rate(structure: &gst::StructureRef) -> Option<u32> {
    let rounded = |rate: gst::Fraction| {
        let rate = f64::from(rate.numer()) / f64::from(rate.denom().max(1));
        (rate.is_finite() && (1.0..=1_000.0).contains(&rate)).then(|| rate.round() as u32)
    };
    if let Ok(rate) = structure.get::<gst::Fraction>("framerate") {
        return rounded(rate);
    }
    if let Ok(range) = structure.get::<gst::FractionRange>("framerate") {
        return rounded(range.max());
    }
    let rates = structure.get::<gst::List>("framerate").ok()?;
    rates.iter().filter_map(|rate| rate.get::<gst::Fraction>().ok()).filter_map(rounded).max()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_format_is_read_as_it_is_listed_and_a_name_is_none() {
        let format = |coding: Option<&str>, size, fps| CameraFormat { coding: coding.map(str::to_owned), size, fps };
        let table = [
            ("mjpeg-1280x720-30", Some(format(Some("mjpeg"), Some((1280, 720)), Some(30)))),
            ("NV12", Some(format(Some("nv12"), None, None))),
            ("1920x1080", Some(format(None, Some((1920, 1080)), None))),
            ("60-1280x720", Some(format(None, Some((1280, 720)), Some(60)))),
            ("h264-25", Some(format(Some("h264"), None, Some(25)))),
            ("2", None),
            ("", None),
            ("box", None),
            ("mjpeg-yuy2", None),
            ("0x720", None),
            ("mjpeg-0", None),
            ("mjpeg-1", Some(format(Some("mjpeg"), None, Some(1)))),
            ("mjpeg-1000", Some(format(Some("mjpeg"), None, Some(1_000)))),
            ("mjpeg-1001", None),
            ("mjpeg-1280x720-9999999", None),
            ("mjpeg-4294967295", None),
            ("mjpeg-99999999999", None),
            ("99999999999x2", None),
        ];
        for (text, want) in table {
            assert_eq!(text.parse::<CameraFormat>().ok(), want, "{text}");
            if let Some(want) = want {
                assert_eq!(want.to_string().parse(), Ok(want), "{text} is written as it is read");
            }
        }
    }

    #[test]
    fn what_a_camera_offers_is_listed_once_with_its_highest_rate() {
        gst::init().unwrap();
        let offered = "video/x-raw,format=YUY2,width=640,height=480,framerate={15/1,30/1}; \
            video/x-raw,format={NV12,I420},width=640,height=480,framerate=10/1; \
            image/jpeg,width=1920,height=1080,framerate=30000/1001; image/jpeg,width=1920,height=1080,framerate=15/1; \
            video/x-h264,width=1920,height=1080,framerate=[1/1,60/1]; video/x-raw,format=YUY2,width=1920,height=1080,framerate=5/1; \
            video/x-raw,format=GBRA_14,width=2,height=2; audio/x-raw,channels=2; video/x-raw,format=UYVY,width=[1,4096],height=[1,4096]";
        let listed: Vec<String> =
            CameraFormat::all_of(&gst::Caps::from_str(offered).unwrap()).iter().map(ToString::to_string).collect();
        assert_eq!(
            listed,
            [
                "yuy2-1920x1080-5",
                "h264-1920x1080-60",
                "mjpeg-1920x1080-30",
                "yuy2-640x480-30",
                "i420-640x480-10",
                "nv12-640x480-10",
                "uyvy"
            ]
        );
    }
}
