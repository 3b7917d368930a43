//! System packages, one table for each package manager. `build` is what building and running needs, `test` what only
//! the tests start: a display, a sound and camera server, foreign servers, a browser.

/// The packages of one manager.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub build: &'static [&'static str],
    pub test: &'static [&'static str],
    /// Brings `python3 -m pip` where Python comes without it.
    pub pip: Option<&'static str>,
    /// What this manager does not have.
    pub lacks: &'static [Lack],
}

/// A thing a manager does not have, and the tests that are left out without it.
#[derive(Clone, Copy, Debug)]
pub struct Lack {
    pub what: &'static str,
    /// Expressions of nextest's filter language.
    pub tests: &'static [&'static str],
}

const NGINX: Lack = Lack {
    what: "nginx with its rtmp module",
    tests: &[
        "package(hawker-media) & test(/^(outputs|faults|links|renditions|secure)::/)",
        "package(hawker-tests) & test(=first_show::from_a_real_camera_to_a_paid_order)",
        "package(hawker-tests) & test(=missing_parts::a_destination_that_refuses_the_key_is_given_up_and_the_other_carries_the_show)",
        "package(hawker-tests) & test(=missing_parts::a_disk_that_fills_up_ends_the_recording_and_not_the_show_needs_root)",
        "package(hawker-tests) & test(=shows::a_show_is_published_recorded_and_summed_up)",
        "package(hawker-tests) & test(=shows::a_running_show_tells_its_figures_to_a_monitor)",
        "package(hawker-tests) & test(/^destinations::/)",
        "package(hawker-tests) & test(/^faults::/)",
        "package(hawker-tests) & test(/^network::/)",
        "package(hawker-tests) & test(/^publish::/)",
        "package(hawker-tests) & test(/^sleep::/)",
    ],
};

/// PipeWire and its session manager, in which there are cameras; Linux alone has them.
const DEVICES: &str = "package(hawker-media) & test(/^(camera|formats)::/)";

/// PipeWire, a display and a driver for the window: what the whole shows of `tests/e2e` run in.
const DESKTOP: Lack = Lack {
    what: "PipeWire and a driver for the window (WebKitWebDriver)",
    tests: &[
        "package(hawker-tests) & binary(e2e)",
        "package(hawker-tests) & test(=destinations::one_show_goes_by_tls_by_srt_and_as_a_camera_at_once)",
        DEVICES,
    ],
};

/// The receiver that takes the show by WHIP in the tests.
const AIORTC: Lack =
    Lack { what: "python3-aiortc with python3-aiohttp", tests: &["package(hawker-media) & test(/^whip::/)"] };

/// The network camera of the tests.
const RTSP: Lack = Lack {
    what: "GStreamer's RTSP server for Python (gir1.2-gst-rtsp-server-1.0)",
    tests: &["package(hawker-media) & test(/^rtsp::/)"],
};

pub const APT: Table = Table {
    build: &[
        "build-essential",
        "file",
        "fonts-noto-cjk",
        "glib-networking",
        "gstreamer1.0-libav",
        "gstreamer1.0-nice",
        "gstreamer1.0-pipewire",
        "gstreamer1.0-plugins-bad",
        "gstreamer1.0-plugins-base",
        "gstreamer1.0-plugins-good",
        "gstreamer1.0-plugins-ugly",
        "gstreamer1.0-pulseaudio",
        "gstreamer1.0-tools",
        "libgstreamer-plugins-bad1.0-dev",
        "libgstreamer-plugins-base1.0-dev",
        "libgstreamer1.0-dev",
        "libgtk-3-dev",
        "librsvg2-dev",
        "libssl-dev",
        "libwebkit2gtk-4.1-dev",
        "libxdo-dev",
        "pkg-config",
    ],
    test: &[
        "chromium",
        "dbus-x11",
        "ffmpeg",
        "fuse3",
        "gir1.2-gst-rtsp-server-1.0",
        "gnome-keyring",
        "haproxy",
        "iproute2",
        "libnginx-mod-rtmp",
        "nats-server",
        "nginx",
        "openssl",
        "pipewire",
        "pipewire-pulse",
        "poppler-utils",
        "postgresql",
        "pulseaudio-utils",
        "python3-aiohttp",
        "python3-aiortc",
        "python3-gi",
        "python3-venv",
        "stunnel4",
        "webkit2gtk-driver",
        "wireplumber",
        "x11-utils",
        "xauth",
        "xdg-desktop-portal",
        "xvfb",
    ],
    pip: Some("python3-pip"),
    lacks: &[],
};

pub const DNF: Table = Table {
    build: &[
        "file",
        "gcc",
        "gcc-c++",
        "glib-networking",
        "google-noto-sans-cjk-fonts",
        "gstreamer1",
        "gstreamer1-devel",
        "gstreamer1-plugin-libav",
        "gstreamer1-plugin-openh264",
        "gstreamer1-plugins-bad-free",
        "gstreamer1-plugins-bad-free-devel",
        "gstreamer1-plugins-base",
        "gstreamer1-plugins-base-devel",
        "gstreamer1-plugins-good",
        "gstreamer1-plugins-ugly-free",
        "gtk3-devel",
        "libnice-gstreamer1",
        "librsvg2-devel",
        "libxdo-devel",
        "make",
        "openssl-devel",
        "pipewire-gstreamer",
        "pkgconf-pkg-config",
        "webkit2gtk4.1-devel",
    ],
    test: &[
        "chromium",
        "dbus-daemon",
        "ffmpeg-free",
        "fuse3",
        "gnome-keyring",
        "haproxy",
        "iproute",
        "nginx",
        "pipewire",
        "pipewire-pulseaudio",
        "pipewire-utils",
        "poppler-utils",
        "postgresql-server",
        "pulseaudio-utils",
        "stunnel",
        "webkit2gtk4.1",
        "wireplumber",
        "xdg-desktop-portal",
        "xmessage",
        "xorg-x11-server-Xvfb",
        "xorg-x11-xauth",
    ],
    pip: Some("python3-pip"),
    lacks: &[NGINX, AIORTC, RTSP],
};

pub const PACMAN: Table = Table {
    build: &[
        "base-devel",
        "file",
        "glib-networking",
        "gst-libav",
        "gst-plugin-pipewire",
        "gst-plugins-bad",
        "gst-plugins-base",
        "gst-plugins-good",
        "gst-plugins-ugly",
        "gstreamer",
        "gtk3",
        "libnice",
        "librsvg",
        "noto-fonts-cjk",
        "openssl",
        "pkgconf",
        "webkit2gtk-4.1",
        "xdotool",
    ],
    test: &[
        "chromium",
        "dbus",
        "ffmpeg",
        "fuse3",
        "gnome-keyring",
        "haproxy",
        "iproute2",
        "libpulse",
        "nginx",
        "pipewire",
        "pipewire-pulse",
        "poppler",
        "postgresql",
        "stunnel",
        "wireplumber",
        "xdg-desktop-portal",
        "xorg-server-xvfb",
        "xorg-xauth",
        "xorg-xmessage",
    ],
    pip: Some("python-pip"),
    lacks: &[NGINX, AIORTC, RTSP],
};

pub const BREW: Table = Table {
    build: &["gstreamer", "openssl@3", "pkgconf"],
    test: &["ffmpeg", "haproxy", "nats-server", "nginx", "poppler", "postgresql@17", "stunnel"],
    pip: None,
    lacks: &[NGINX, DESKTOP, AIORTC, RTSP],
};

pub const WINGET: Table = Table {
    build: &[
        "Microsoft.EdgeWebView2Runtime",
        "NASM.NASM",
        "StrawberryPerl.StrawberryPerl",
        "gstreamerproject.gstreamer",
    ],
    test: &["Gyan.FFmpeg", "oschwartz10612.Poppler"],
    pip: None,
    lacks: &[NGINX, DESKTOP, AIORTC, RTSP],
};

#[cfg(test)]
mod tests {
    use super::*;

    /// A test that starts the server and is not named would fail where setup said that it is left out.
    #[test]
    fn every_test_that_starts_nginx_is_left_out_without_it() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
        let listed = |module: &str, name: &str| {
            let whole = format!("test(/^{module}::/)");
            let own = format!("test(={module}::{name})");
            NGINX.tests.iter().any(|filter| filter.ends_with(&own) || filter.ends_with(&whole))
        };
        let mut found = 0;
        for folder in ["studio", "golden", "e2e"] {
            let files = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten().map(|entry| entry.path());
            for file in files.filter(|path| path.extension().is_some_and(|ending| ending == "rs")) {
                let module = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let text = std::fs::read_to_string(&file).unwrap_or_default();
                for test in text.split("#[test]").skip(1).filter(|test| test.contains("RtmpServer::start")) {
                    let name = test.split("fn ").nth(1).and_then(|rest| rest.split('(').next()).unwrap_or_default();
                    assert!(listed(&module, name), "{module}::{name} starts nginx");
                    found += 1;
                }
            }
        }
        assert!(found >= 4, "only {found} tests start nginx; is the search broken?");
    }

    #[test]
    fn every_table_is_sorted_and_names_nothing_twice() {
        for table in [APT, DNF, PACMAN, BREW, WINGET] {
            for list in [table.build, table.test] {
                assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
            }
            assert!(table.test.iter().all(|name| !table.build.contains(name)), "a package is needed for one reason");
        }
    }
}
