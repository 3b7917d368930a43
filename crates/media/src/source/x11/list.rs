//! What is on the display.

use super::patient::in_time;
use crate::source::{
    WindowName,
    screen::{Monitor, Place, by_name},
};
use x11rb::{
    connection::Connection,
    protocol::{
        randr::ConnectionExt as _,
        xproto::{AtomEnum, ConnectionExt as _, MapState, Window as Id, WindowClass},
    },
    rust_connection::RustConnection,
};

/// What the display refuses to say counts as not there.
pub(super) type Unsaid = Box<dyn std::error::Error + Send + Sync>;

/// All screens, and all windows that a person sees, each name once; none where there is no X11 display.
pub(super) fn everything() -> (Vec<Monitor>, Vec<WindowName>) {
    in_time(|| Ok((monitors_of_display(), windows()))).unwrap_or_else(|error| {
        tracing::warn!(error, "screens and windows can't be listed");
        Default::default()
    })
}

/// All screens; none where there is no X11 display. Errors: it does not answer.
pub(in crate::source) fn monitors() -> Result<Vec<Monitor>, Unsaid> {
    in_time(|| Ok(monitors_of_display()))
}

fn monitors_of_display() -> Vec<Monitor> {
    let ask = || -> Result<Vec<Monitor>, Unsaid> {
        let (display, root) = connect()?;
        let reply = display.randr_get_monitors(root, true)?.reply()?;
        let mut all = Vec::new();
        for one in reply.monitors {
            // As the display calls its plug.
            let name = display.get_atom_name(one.name)?.reply()?.name;
            let inside = |at: i16| u32::try_from(at).unwrap_or_default();
            let end = |start: u32, length: u16| (start + u32::from(length)).saturating_sub(1);
            let (left, top) = (inside(one.x), inside(one.y));
            let edges = [left, top, end(left, one.width), end(top, one.height)];
            all.push((String::from_utf8_lossy(&name).into_owned(), Place::Edges(edges), one.primary));
        }
        Ok(by_name(all))
    };
    said(ask())
}

fn windows() -> Vec<WindowName> {
    let ask = || {
        let (display, root) = connect()?;
        let mut names: Vec<WindowName> = Vec::new();
        for (_, name) in named(&display, root)? {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    };
    said(ask())
}

fn said<T>(answer: Result<Vec<T>, Unsaid>) -> Vec<T> {
    answer.unwrap_or_else(|error| {
        tracing::debug!(error, "the display says nothing");
        Vec::new()
    })
}

/// A connection of our own, and the root of its screen.
pub(super) fn connect() -> Result<(RustConnection, Id), Unsaid> {
    let (display, screen) = RustConnection::connect(None)?;
    let root = display.setup().roots.get(screen).ok_or("the display has no screen")?.root;
    Ok((display, root))
}

/// The windows of programs that a person sees, and their names.
pub(super) fn named(display: &RustConnection, root: Id) -> Result<Vec<(Id, WindowName)>, Unsaid> {
    let atom = |name: &str| -> Result<u32, Unsaid> { Ok(display.intern_atom(false, name.as_bytes())?.reply()?.atom) };
    let (clients, title, utf8) = (atom("_NET_CLIENT_LIST")?, atom("_NET_WM_NAME")?, atom("UTF8_STRING")?);
    let listed = display.get_property(false, root, clients, AtomEnum::WINDOW, 0, u32::MAX)?.reply()?;
    let listed: Vec<Id> = listed.value32().map(Iterator::collect).unwrap_or_default();
    // Without a window manager they lie on the root themselves.
    let ids = if listed.is_empty() { display.query_tree(root)?.reply()?.children } else { listed };
    let text = |id: Id, property: u32, kind: u32| -> Option<String> {
        let reply = display.get_property(false, id, property, kind, 0, 1_024).ok()?.reply().ok()?;
        Some(String::from_utf8_lossy(&reply.value).trim_matches('\0').to_owned()).filter(|text| !text.is_empty())
    };
    let mut all = Vec::new();
    for id in ids {
        // One that was closed meanwhile is none.
        let Some(about) = display.get_window_attributes(id).ok().and_then(|asked| asked.reply().ok()) else { continue };
        if about.override_redirect || about.map_state != MapState::VIEWABLE || about.class != WindowClass::INPUT_OUTPUT
        {
            continue;
        }
        let plain = || text(id, AtomEnum::WM_NAME.into(), AtomEnum::ANY.into());
        let Some(title) = text(id, title, utf8).or_else(plain) else { continue };
        let class = text(id, AtomEnum::WM_CLASS.into(), AtomEnum::STRING.into()).unwrap_or_default();
        let program = class.rsplit('\0').next().unwrap_or_default().replace('/', "-");
        all.push((id, WindowName { program, title }));
    }
    Ok(all)
}

/// Which of the windows that are there is meant: the first of that program and title, or of that title where no program is
/// named. Never another one of the same program: nobody chose to show that. Pure.
pub(super) fn meant<'a, T>(wanted: &WindowName, there: &'a [(T, WindowName)]) -> Option<&'a T> {
    let fits =
        |name: &WindowName| name.title == wanted.title && (wanted.program.is_empty() || name.program == wanted.program);
    there.iter().find(|(_, name)| fits(name)).map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_found_by_its_name_and_never_another_of_the_same_program() {
        let there = [
            (1, WindowName::of("Chromium/Price list")),
            (2, WindowName::of("Chromium/Orders")),
            (3, WindowName::of("Gimp/shirt.png")),
            (4, WindowName::of("Gimp/shirt.png")),
            (5, WindowName::of("XTerm/a/b")),
        ];
        let table = [
            ("Chromium/Orders", Some(2)),
            ("Chromium/Stock", None),
            ("XTerm/another title", None),
            ("XTerm/a/b", Some(5)),
            ("Gimp/shirt.png", Some(3)),
            ("Price list", Some(1)),
            ("Nobody/Orders", None),
            ("", None),
        ];
        for (wanted, want) in table {
            assert_eq!(meant(&WindowName::of(wanted), &there).copied(), want, "{wanted}");
        }
    }
}
