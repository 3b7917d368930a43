//! System packages, one table for each package manager. `build` is what building and running needs, `test` what only
//! the tests start: a display, a sound and camera server, foreign servers, a browser.

/// The packages of one manager.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub build: &'static [&'static str],
    pub test: &'static [&'static str],
    /// Brings `python3 -m pip` where Python comes without it.
    pub pip: Option<&'static str>,
    /// What this manager does not have; the tests that need it are skipped.
    pub lacks: &'static [&'static str],
}

pub const APT: Table = Table {
    build: &[
        "build-essential",
        "file",
        "fonts-noto-cjk",
        "gstreamer1.0-libav",
        "gstreamer1.0-nice",
        "gstreamer1.0-pipewire",
        "gstreamer1.0-plugins-bad",
        "gstreamer1.0-plugins-base",
        "gstreamer1.0-plugins-good",
        "gstreamer1.0-plugins-ugly",
        "gstreamer1.0-pulseaudio",
        "gstreamer1.0-tools",
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
        "gnome-keyring",
        "haproxy",
        "libnginx-mod-rtmp",
        "nats-server",
        "nginx",
        "pipewire",
        "pipewire-pulse",
        "postgresql",
        "pulseaudio-utils",
        "webkit2gtk-driver",
        "wireplumber",
        "xauth",
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
        "google-noto-sans-cjk-fonts",
        "gstreamer1",
        "gstreamer1-devel",
        "gstreamer1-plugin-libav",
        "gstreamer1-plugin-openh264",
        "gstreamer1-plugins-bad-free",
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
        "gnome-keyring",
        "haproxy",
        "nginx",
        "pipewire",
        "pipewire-pulseaudio",
        "postgresql-server",
        "pulseaudio-utils",
        "webkit2gtk4.1",
        "wireplumber",
        "xorg-x11-server-Xvfb",
        "xorg-x11-xauth",
    ],
    pip: Some("python3-pip"),
    lacks: &["nginx's rtmp module", "nats-server"],
};

pub const PACMAN: Table = Table {
    build: &[
        "base-devel",
        "file",
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
        "gnome-keyring",
        "haproxy",
        "libpulse",
        "nginx",
        "pipewire",
        "pipewire-pulse",
        "postgresql",
        "wireplumber",
        "xorg-server-xvfb",
        "xorg-xauth",
    ],
    pip: Some("python-pip"),
    lacks: &["nginx's rtmp module", "nats-server"],
};

pub const BREW: Table = Table {
    build: &["gstreamer", "openssl@3", "pkgconf"],
    test: &["ffmpeg", "haproxy", "nats-server", "nginx", "postgresql@17"],
    pip: None,
    lacks: &["nginx's rtmp module", "PipeWire", "a driver for the window (WebKitWebDriver)"],
};

pub const WINGET: Table = Table {
    build: &[
        "Microsoft.EdgeWebView2Runtime",
        "NASM.NASM",
        "StrawberryPerl.StrawberryPerl",
        "gstreamerproject.gstreamer",
    ],
    test: &["Gyan.FFmpeg"],
    pip: None,
    lacks: &["nginx", "HAProxy", "PipeWire", "a driver for the window (WebKitWebDriver)"],
};

#[cfg(test)]
mod tests {
    use super::*;

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
