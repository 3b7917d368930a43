//! Screens and windows of an X11 display. Wayland shows programs neither; there the system asks the person
//! ([`super::portal`]).

mod list;
mod patient;
mod window;

pub(super) use list::monitors;
pub(super) use window::window;

use crate::{Device, DeviceKind};

/// The screens and windows of the display, as sources. Under Wayland it is one, and the system asks which: what X11
/// programs see of it is black.
pub(crate) fn devices() -> Vec<Device> {
    let device = |id: String, name: String, kind: DeviceKind, formats: Vec<String>, is_default: bool| Device {
        id,
        name,
        kind,
        formats,
        is_default,
        is_loopback: false,
    };
    let mut found = Vec::new();
    if super::portal::is_spoken() {
        if crate::elements::exists("pipewiresrc") {
            let name = "Screen or window, as you choose".to_owned();
            found.push(device("screen".into(), name, DeviceKind::Screen, Vec::new(), true));
        }
        return found;
    }
    if std::env::var_os("DISPLAY").is_none_or(|display| display.is_empty()) {
        return found;
    }
    let (monitors, windows) = list::everything();
    found.extend(super::screen::screens(&monitors));
    found.extend(
        windows
            .into_iter()
            .map(|name| device(format!("window:{name}"), name.title.clone(), DeviceKind::Window, Vec::new(), false)),
    );
    found
}
