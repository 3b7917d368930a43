//! Scenes: which layers lie where on a canvas. Positions are shares of the canvas, so a scene fits every size of it.
//!
//! A scene has one list of layers for each shape of canvas: a wide show and an upright one come from the same sources, each
//! with its own arrangement. Layers are listed from the bottom to the top.

mod ready;

use crate::overlay::{TEXT_MAX_CHARS, TextLayer};
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Which way a canvas stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub enum CanvasShape {
    #[default]
    #[serde(rename = "16:9")]
    Landscape,
    #[serde(rename = "9:16")]
    Portrait,
}

impl CanvasShape {
    /// As events and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Landscape => "16:9",
            Self::Portrait => "9:16",
        }
    }
}

impl fmt::Display for CanvasShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Names a source of a show: the camera at the table, the one above, the screen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct SourceId(String);

impl SourceId {
    /// The source of a show that has only one.
    pub fn main() -> Self {
        Self("main".to_owned())
    }

    /// A name of at most 40 characters without control characters. Errors: [`SceneError::SourceName`].
    pub fn new(name: &str) -> Result<Self, SceneError> {
        let name = name.trim();
        let sane = !name.is_empty() && name.chars().count() <= 40 && !name.chars().any(char::is_control);
        if sane { Ok(Self(name.to_owned())) } else { Err(SceneError::SourceName(name.chars().take(40).collect())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One arrangement, for both shapes of canvas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Scene {
    pub name: String,
    /// Layers of the 16:9 canvas, bottom first.
    pub landscape: Vec<Layer>,
    /// Layers of the 9:16 canvas, bottom first.
    pub portrait: Vec<Layer>,
}

/// One thing on the canvas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Layer {
    pub content: Content,
    pub place: Place,
    /// What is cut off the content first.
    #[serde(default)]
    pub crop: Crop,
    #[serde(default)]
    pub fit: Fit,
    /// 0 (nothing to see) to 1.
    #[serde(default = "whole")]
    pub opacity: f32,
    #[serde(default)]
    pub hidden: bool,
    /// A colour of the content that is seen through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub key: Option<Key>,
}

/// A colour that counts as nothing: the cloth behind the host.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Key {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
    /// How far a colour may be from the key and still count as it; 0 to 1.
    pub reach: f32,
    /// Over how much more it becomes opaque; 0 to 1.
    pub soft: f32,
}

impl Key {
    /// The usual green cloth, lit as such cloths are.
    pub const GREEN: Self = Self { red: 0, green: 190, blue: 60, reach: 0.22, soft: 0.10 };
}

/// What a layer shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    Source {
        id: SourceId,
    },
    /// One plain colour.
    Colour {
        red: u8,
        green: u8,
        blue: u8,
    },
    /// A picture file, with its transparency.
    Image {
        path: String,
    },
    Text(TextLayer),
}

/// A rectangle in shares of the canvas; it may reach over the edge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Place {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Place {
    /// The whole canvas.
    pub const FULL: Self = Self { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
}

/// Shares of the content cut off at each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Crop {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

/// How content of another shape fills its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// All of it is seen; the rest of the place shows what lies below.
    #[default]
    Contain,
    /// All of the place is filled; what sticks out is cut off, the same on both sides.
    Cover,
    /// Pulled into the shape of the place.
    Stretch,
}

/// How one scene becomes the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Transition {
    #[default]
    Cut,
    Fade {
        ms: u32,
    },
    /// The next scene pushes in from this side.
    Slide {
        ms: u32,
        from: Side,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Left,
    Right,
    Top,
    Bottom,
}

impl Side {
    /// Those there are.
    pub const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Top, Self::Bottom];

    /// As the command line writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Top => "top",
            Self::Bottom => "bottom",
        }
    }
}

impl std::str::FromStr for Side {
    type Err = String;

    /// Errors: a sentence that says what there is.
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|side| side.as_str() == text.trim());
        found.ok_or_else(|| format!("\"{text}\" is no side; use {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

/// A scene that can't be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SceneError {
    #[error("\"{0}\" can't name a source; use 1 to 40 characters in one line")]
    SourceName(String),
    #[error("\"{0}\" can't name a scene; use 1 to {NAME_MAX_CHARS} characters in one line")]
    SceneName(String),
    #[error("two scenes are called \"{0}\"; give one of them another name")]
    SameName(String),
    #[error("{0} scenes are too many; {MOST_SCENES} are the most")]
    TooManyScenes(usize),
    #[error("scene \"{scene}\" has a layer whose {what} is not a sensible number")]
    Number { scene: String, what: &'static str },
    #[error("scene \"{scene}\" has {count} layers on a canvas; {MOST_LAYERS} are the most")]
    TooManyLayers { scene: String, count: usize },
    #[error("scene \"{scene}\" has a text of more than {TEXT_MAX_CHARS} characters")]
    TextTooLong { scene: String },
}

/// More scenes than this no host finds again.
pub const MOST_SCENES: usize = 32;
/// Longest name of a scene.
pub const NAME_MAX_CHARS: usize = 40;
/// More layers than this are a mistake, and each costs time in every frame.
pub const MOST_LAYERS: usize = 16;
/// A place may reach this far over the canvas, in canvases.
const FARTHEST: f32 = 8.0;
/// Longest transition: longer ones are a second scene.
pub const LONGEST_TRANSITION_MS: u32 = 5_000;

fn whole() -> f32 {
    1.0
}

impl Layer {
    /// `content` over the whole canvas.
    pub fn full(content: Content) -> Self {
        Self {
            content,
            place: Place::FULL,
            crop: Crop::default(),
            fit: Fit::Contain,
            opacity: 1.0,
            hidden: false,
            key: None,
        }
    }
}

impl Scene {
    /// The layers of one canvas, bottom first.
    pub fn layers(&self, shape: CanvasShape) -> &[Layer] {
        match shape {
            CanvasShape::Landscape => &self.landscape,
            CanvasShape::Portrait => &self.portrait,
        }
    }

    /// The scene if it can be shown. Errors: [`SceneError`] for numbers that are none, too many layers, endless texts.
    pub fn checked(self) -> Result<Self, SceneError> {
        for layers in [&self.landscape, &self.portrait] {
            if layers.len() > MOST_LAYERS {
                return Err(SceneError::TooManyLayers { scene: self.name, count: layers.len() });
            }
            for layer in layers {
                if let Some(what) = layer.nonsense() {
                    return Err(SceneError::Number { scene: self.name, what });
                }
                if matches!(&layer.content, Content::Text(words) if words.text.chars().count() > TEXT_MAX_CHARS) {
                    return Err(SceneError::TextTooLong { scene: self.name });
                }
            }
        }
        Ok(self)
    }
}

/// The scenes of a host as they may be kept. Errors: [`SceneError`] for one that can't be shown, names that are none or stand
/// twice, too many.
pub fn check_all(scenes: &[Scene]) -> Result<(), SceneError> {
    if scenes.len() > MOST_SCENES {
        return Err(SceneError::TooManyScenes(scenes.len()));
    }
    for (at, scene) in scenes.iter().enumerate() {
        let name = &scene.name;
        if name.trim().is_empty() || name.chars().count() > NAME_MAX_CHARS || name.chars().any(char::is_control) {
            return Err(SceneError::SceneName(name.chars().take(NAME_MAX_CHARS).collect()));
        }
        if scenes.iter().take(at).any(|other| other.name == *name) {
            return Err(SceneError::SameName(name.clone()));
        }
        scene.clone().checked()?;
    }
    Ok(())
}

impl Layer {
    /// Which of its numbers makes no sense.
    fn nonsense(&self) -> Option<&'static str> {
        let Place { x, y, width, height } = self.place;
        let Crop { left, top, right, bottom } = self.crop;
        let near = |v: f32| v.is_finite() && v.abs() <= FARTHEST;
        let share = |v: f32| v.is_finite() && (0.0..=1.0).contains(&v);
        let checks = [
            ("position", near(x) && near(y)),
            ("size", near(width) && near(height) && width >= 0.0 && height >= 0.0),
            ("crop", [left, top, right, bottom].into_iter().all(share) && left + right < 1.0 && top + bottom < 1.0),
            ("opacity", share(self.opacity)),
            ("key", self.key.is_none_or(|key| share(key.reach) && share(key.soft))),
            ("text size", !matches!(&self.content, Content::Text(words) if !(0.005..=1.0).contains(&words.size))),
        ];
        checks.into_iter().find(|(_, holds)| !holds).map(|(what, _)| what)
    }
}

impl Transition {
    /// How long it takes, milliseconds.
    pub fn ms(self) -> u32 {
        match self {
            Self::Cut => 0,
            Self::Fade { ms } | Self::Slide { ms, .. } => ms.min(LONGEST_TRANSITION_MS),
        }
    }
}

#[cfg(test)]
mod tests;
