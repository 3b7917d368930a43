//! Screens and windows of an X11 display. Wayland shows programs neither; there they come by a portal that asks the person
//! each time, which is not spoken here.

mod list;
mod patient;
mod window;

pub(super) use list::monitors;
pub(super) use window::window;

use crate::{Device, DeviceKind};

/// The screens and windows of the display, as sources. Under Wayland there are none: what X11 programs see of it is black.
pub(crate) fn devices() -> Vec<Device> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !set("DISPLAY") || set("WAYLAND_DISPLAY") {
        return Vec::new();
    }
    let device = |id: String, name: String, kind: DeviceKind, formats: Vec<String>, is_default: bool| Device {
        id,
        name,
        kind,
        formats,
        is_default,
        is_loopback: false,
    };
    let mut found = Vec::new();
    let (monitors, windows) = list::everything();
    if crate::elements::exists("ximagesrc") {
        found.push(device("screen".into(), "Screen".into(), DeviceKind::Screen, Vec::new(), true));
        // The only one is the whole screen.
        for one in monitors.iter().filter(|_| monitors.len() > 1) {
            let size = vec![format!("{}x{}", one.width, one.height)];
            found.push(device(
                format!("screen:{}", one.name),
                one.name.clone(),
                DeviceKind::Screen,
                size,
                one.is_primary,
            ));
        }
    }
    found.extend(
        windows
            .into_iter()
            .map(|name| device(format!("window:{name}"), name.title.clone(), DeviceKind::Window, Vec::new(), false)),
    );
    found
}
