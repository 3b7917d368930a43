//! What looks at a screen, on each platform. Pure.

use crate::{Device, DeviceKind};

/// How screens are looked at here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Platform {
    X11,
    Windows,
    MacOs,
}

impl Platform {
    pub(super) const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::X11
    };

    /// What can look at a screen, the best first. On Windows: by the graphics card, by DirectX 9, by the desktop itself,
    /// which is slow and always there.
    pub(super) fn elements(self) -> &'static [&'static str] {
        match self {
            Self::X11 => &["ximagesrc"],
            Self::Windows => &["d3d11screencapturesrc", "dx9screencapsrc", "gdiscreencapsrc"],
            Self::MacOs => &["avfvideosrc"],
        }
    }
}

/// One of several screens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Monitor {
    pub name: String,
    pub place: Place,
    pub is_primary: bool,
}

/// Where a monitor is, as what looks at it has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Place {
    /// First and last column and row of the display: left, top, right, bottom.
    Edges([u32; 4]),
    /// Windows' own handle.
    Handle(u64),
}

impl Place {
    /// "1920x1080", where it is known.
    fn size(self) -> Vec<String> {
        match self {
            Self::Edges([left, top, right, bottom]) => {
                vec![format!("{}x{}", (right + 1).saturating_sub(left), (bottom + 1).saturating_sub(top))]
            }
            Self::Handle(_) => Vec::new(),
        }
    }
}

/// Pictures a second that what looks at the screen is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rate {
    /// It delivers any rate.
    Exactly,
    /// It has rates of its own.
    AtMost,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub element: &'static str,
    pub properties: Vec<(&'static str, String)>,
    pub rate: Rate,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoChoice {
    /// Nothing is installed that looks at a screen.
    NoElement,
    NoSuchMonitor,
}

/// What looks at the screen, or at the monitor that is `wanted`: by its name, or by its number from 0 where screens have
/// numbers. Errors: nothing does, or there is no such monitor.
pub(super) fn choose(
    platform: Platform,
    exists: impl Fn(&str) -> bool,
    wanted: Option<&str>,
    monitors: &[Monitor],
) -> Result<Choice, NoChoice> {
    let element = platform.elements().iter().copied().find(|name| exists(name)).ok_or(NoChoice::NoElement)?;
    let named = wanted.and_then(|wanted| monitors.iter().find(|monitor| monitor.name == wanted));
    let numbered = || wanted.and_then(|wanted| wanted.parse::<u16>().ok()).map(|number| number.to_string());
    let yes = || "true".to_owned();
    // The X server draws its cursor unasked.
    let mut properties = match element {
        "ximagesrc" => vec![("use-damage", "false".to_owned())],
        "d3d11screencapturesrc" => vec![("show-cursor", yes())],
        "avfvideosrc" => vec![("capture-screen", yes()), ("capture-screen-cursor", yes())],
        _ => vec![("cursor", yes())],
    };
    let number = match element {
        "d3d11screencapturesrc" => Some("monitor-index"),
        "dx9screencapsrc" | "gdiscreencapsrc" => Some("monitor"),
        "avfvideosrc" => Some("device-index"),
        _ => None,
    };
    match (wanted, named.map(|monitor| monitor.place), number.and_then(|property| Some((property, numbered()?)))) {
        (None, ..) => {}
        (_, Some(Place::Edges(edges)), _) if element == "ximagesrc" => {
            let sides = ["startx", "starty", "endx", "endy"].into_iter().zip(edges);
            properties.extend(sides.map(|(side, pixel)| (side, pixel.to_string())));
        }
        (_, Some(Place::Handle(handle)), _) if element == "d3d11screencapturesrc" => {
            properties.push(("monitor-handle", handle.to_string()));
        }
        (_, _, Some(numbered)) => properties.push(numbered),
        _ => return Err(NoChoice::NoSuchMonitor),
    }
    let rate = if platform == Platform::MacOs { Rate::AtMost } else { Rate::Exactly };
    Ok(Choice { element, properties, rate })
}

/// Monitors by names that tell them apart: two of one make are called the same.
pub(in crate::source) fn by_name(found: impl IntoIterator<Item = (String, Place, bool)>) -> Vec<Monitor> {
    let mut monitors: Vec<Monitor> = Vec::new();
    for (called, place, is_primary) in found {
        let is_free = |name: &String| !monitors.iter().any(|monitor| monitor.name == *name);
        let further = (2_u32..).map(|number| format!("{called} {number}"));
        let name = std::iter::once(called.clone()).chain(further).find(is_free).unwrap_or(called.clone());
        monitors.push(Monitor { name, place, is_primary });
    }
    monitors
}

/// The screens as sources: the main one, and each where there are several.
pub(super) fn listed(platform: Platform, exists: impl Fn(&str) -> bool, monitors: &[Monitor]) -> Vec<Device> {
    let Ok(choice) = choose(platform, exists, None, monitors) else { return Vec::new() };
    let device = |id: String, name: String, formats, is_default| Device {
        id,
        name,
        kind: DeviceKind::Screen,
        formats,
        is_default,
        is_loopback: false,
    };
    // What takes numbers only could not be told which one is meant.
    let several = monitors.len() > 1 && matches!(choice.element, "ximagesrc" | "d3d11screencapturesrc");
    let each = monitors
        .iter()
        .filter(|_| several)
        .map(|one| device(format!("screen:{}", one.name), one.name.clone(), one.place.size(), one.is_primary));
    std::iter::once(device("screen".into(), "Screen".into(), Vec::new(), true)).chain(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[&str] = &["ximagesrc", "d3d11screencapturesrc", "dx9screencapsrc", "gdiscreencapsrc", "avfvideosrc"];

    fn on_windows() -> Vec<Monitor> {
        let handle = |name: &str, handle, primary| (name.to_owned(), Place::Handle(handle), primary);
        by_name([handle("DELL U2415", 65_537, true), handle("DELL U2415", 131_073, false)])
    }

    fn on_x11() -> Vec<Monitor> {
        by_name([("HDMI-1".to_owned(), Place::Edges([1_920, 0, 3_199, 719]), true)])
    }

    #[test]
    fn each_platform_looks_at_its_screen_with_what_it_has() {
        use Platform::{MacOs, Windows, X11};
        let none = Vec::new;
        let x11 = "ximagesrc use-damage=false";
        let d3d11 = "d3d11screencapturesrc show-cursor=true";
        let avf = "avfvideosrc capture-screen=true capture-screen-cursor=true";
        type Row<'a> = (Platform, &'a [&'a str], Option<&'a str>, Vec<Monitor>, Result<String, NoChoice>);
        let table: Vec<Row<'_>> = vec![
            (X11, ALL, None, none(), Ok(x11.into())),
            (X11, ALL, Some("HDMI-1"), on_x11(), Ok(format!("{x11} startx=1920 starty=0 endx=3199 endy=719"))),
            (X11, ALL, Some("HDMI-2"), on_x11(), Err(NoChoice::NoSuchMonitor)),
            (X11, ALL, Some("0"), on_x11(), Err(NoChoice::NoSuchMonitor)),
            (X11, &["avfvideosrc"], None, none(), Err(NoChoice::NoElement)),
            (Windows, ALL, None, on_windows(), Ok(d3d11.into())),
            (Windows, ALL, Some("DELL U2415"), on_windows(), Ok(format!("{d3d11} monitor-handle=65537"))),
            (Windows, ALL, Some("DELL U2415 2"), on_windows(), Ok(format!("{d3d11} monitor-handle=131073"))),
            (Windows, ALL, Some("DELL U2415 3"), on_windows(), Err(NoChoice::NoSuchMonitor)),
            (Windows, ALL, Some("1"), none(), Ok(format!("{d3d11} monitor-index=1"))),
            (Windows, &ALL[2..], None, none(), Ok("dx9screencapsrc cursor=true".into())),
            (Windows, &ALL[2..], Some("1"), none(), Ok("dx9screencapsrc cursor=true monitor=1".into())),
            (Windows, &ALL[3..], Some("1"), none(), Ok("gdiscreencapsrc cursor=true monitor=1".into())),
            (Windows, &ALL[3..], Some("DELL U2415"), on_windows(), Err(NoChoice::NoSuchMonitor)),
            (Windows, &ALL[..1], None, none(), Err(NoChoice::NoElement)),
            (MacOs, ALL, None, none(), Ok(avf.into())),
            (MacOs, ALL, Some("1"), none(), Ok(format!("{avf} device-index=1"))),
            (MacOs, ALL, Some("-1"), none(), Err(NoChoice::NoSuchMonitor)),
            (MacOs, ALL, Some("Color LCD"), none(), Err(NoChoice::NoSuchMonitor)),
            (MacOs, &ALL[..4], None, none(), Err(NoChoice::NoElement)),
        ];
        for (platform, there, wanted, monitors, want) in table {
            let choice = choose(platform, |name| there.contains(&name), wanted, &monitors);
            let text = choice.map(|choice| {
                let properties = choice.properties.iter().map(|(name, value)| format!(" {name}={value}"));
                format!("{}{}", choice.element, properties.collect::<String>())
            });
            assert_eq!(text, want, "{platform:?} {wanted:?} of {monitors:?} with {there:?}");
        }
    }

    #[test]
    fn what_can_be_opened_by_its_name_is_listed_and_nothing_else() {
        let ids = |platform, there: &[&str], monitors: &[Monitor]| -> Vec<String> {
            listed(platform, |name| there.contains(&name), monitors).into_iter().map(|device| device.id).collect()
        };
        let both = ["screen", "screen:DELL U2415", "screen:DELL U2415 2"];
        assert_eq!(ids(Platform::Windows, ALL, &on_windows()), both);
        assert_eq!(ids(Platform::Windows, &ALL[2..], &on_windows()), ["screen"], "it takes no names");
        assert_eq!(ids(Platform::Windows, &[], &on_windows()), [""; 0]);
        assert_eq!(ids(Platform::X11, ALL, &on_x11()), ["screen"], "the only one is the whole screen");
        assert_eq!(ids(Platform::MacOs, ALL, &[]), ["screen"]);
        for (platform, monitors) in [(Platform::Windows, on_windows()), (Platform::X11, on_x11())] {
            for device in listed(platform, |_| true, &monitors) {
                let wanted = device.id.strip_prefix("screen:");
                assert!(choose(platform, |_| true, wanted, &monitors).is_ok(), "{} opens", device.id);
            }
        }
    }
}
