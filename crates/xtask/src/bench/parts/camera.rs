//! A PipeWire camera of our own, in a session of its own, whose picture flashes white at moments we know, or is a film.

use std::fs;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const NAME: &str = "hawker-flash";
const SECOND: &str = "hawker-second";
const SIZE: (usize, usize) = (1280, 720);
const FRAME: Duration = Duration::from_nanos(33_333_333);
/// A flash every 1.5 s, a third of a second long: longer than any delay we look for, and never in step with keyframes.
const PERIOD: u64 = 47;
const WHITE_FRAMES: u64 = 10;
/// A camera that is there before a show was plugged in at least so long ago. One of PipeWire 0.3.65 that is opened the moment
/// it is listed may never deliver to anybody, and a program that starts then cannot know how long it was there.
const SETTLED: Duration = Duration::from_secs(1);
/// Flashes nobody has read yet; more would mean that nobody reads.
const QUEUE: usize = 1024;

/// What a camera sees.
#[derive(Clone, Debug)]
enum Scene {
    /// Black that flashes white; the moments of the first camera's are told.
    Flashes,
    /// A film of raw I420 pictures of [`SIZE`], over and over.
    Film(PathBuf),
}

impl Scene {
    /// Its pictures as `rawvideoparse` calls them, and the bytes of one.
    fn format(&self) -> (&'static str, usize) {
        let pixels = SIZE.0 * SIZE.1;
        match self {
            Self::Flashes => ("gray8", pixels),
            Self::Film(_) => ("i420", pixels * 3 / 2),
        }
    }
}

/// The session with its cameras. Everything in it ends when it is dropped.
pub struct Camera {
    folder: PathBuf,
    /// Bus, PipeWire and its session manager, in the order of their start.
    processes: Vec<Child>,
    environment: Vec<(&'static str, String)>,
    scene: Scene,
    feeds: Vec<Feed>,
    sender: SyncSender<Instant>,
    flashes: Receiver<Instant>,
}

/// One camera: the process that provides it and the thread that draws its pictures.
struct Feed {
    name: &'static str,
    process: Child,
    stop: Arc<AtomicBool>,
    writer: Option<JoinHandle<()>>,
}

impl Camera {
    /// Starts bus, PipeWire, its session manager and one camera, which flashes. Errors: what is missing.
    pub fn start() -> Result<Self, String> {
        Self::seeing(Scene::Flashes)
    }

    /// As [`Camera::start`], with a camera that sees `film`: raw I420 pictures of 1280x720. Reading them costs next to
    /// nothing, so that what is measured beside it is the show.
    pub fn playing(film: &Path) -> Result<Self, String> {
        Self::seeing(Scene::Film(film.to_owned()))
    }

    fn seeing(scene: Scene) -> Result<Self, String> {
        if !cfg!(target_os = "linux") {
            return Err("the virtual camera needs PipeWire, which this system lacks".to_owned());
        }
        let folder = runtime_folder()?;
        let (sender, flashes) = sync_channel(QUEUE);
        let mut camera = Self {
            folder: folder.clone(),
            processes: Vec::new(),
            environment: Vec::new(),
            scene,
            feeds: Vec::new(),
            sender,
            flashes,
        };
        let address = camera.start_bus(&folder)?;
        camera.environment = vec![
            ("XDG_RUNTIME_DIR", folder.display().to_string()),
            ("DBUS_SESSION_BUS_ADDRESS", address),
            ("XDG_CONFIG_HOME", folder.join("config").display().to_string()),
            ("XDG_STATE_HOME", folder.join("state").display().to_string()),
        ];
        camera.spawn(&mut Command::new("pipewire"))?;
        until("PipeWire listens", || folder.join("pipewire-0").exists())?;
        camera.spawn(&mut Command::new("wireplumber"))?;
        camera.plug(NAME)?;
        std::thread::sleep(SETTLED);
        Ok(camera)
    }

    /// Lets `command` use the first camera, and says how it is called there.
    pub fn lend(&self, command: &mut Command) -> String {
        command.envs(self.environment.clone());
        format!("@{NAME}")
    }

    /// Plugs a second camera in, which flashes for itself, and says how it is called. Errors: it does not appear.
    pub fn second(&mut self) -> Result<String, String> {
        self.plug(SECOND)?;
        std::thread::sleep(SETTLED);
        Ok(format!("@{SECOND}"))
    }

    /// Pulls the first camera out, as from its socket: its process dies.
    pub fn unplug(&mut self) {
        self.feeds.retain(|feed| feed.name != NAME);
    }

    /// Plugs the first camera in again. Errors: it does not appear.
    pub fn replug(&mut self) -> Result<(), String> {
        self.plug(NAME)
    }

    /// The moments at which flashes of the first camera began since the last call.
    pub fn flashes(&self) -> Vec<Instant> {
        self.flashes.try_iter().collect()
    }

    fn plug(&mut self, name: &'static str) -> Result<(), String> {
        let (process, picture) = self.start_picture(name)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (theirs, sender) = (Arc::clone(&stop), (name == NAME).then(|| self.sender.clone()));
        let scene = self.scene.clone();
        let writer = Some(std::thread::spawn(move || match scene {
            Scene::Flashes => write_flashes(picture, &theirs, sender.as_ref()),
            Scene::Film(film) => write_film(picture, &theirs, &film),
        }));
        self.feeds.push(Feed { name, process, stop, writer });
        let environment = self.environment.clone();
        until("the camera appears", || {
            let mut list = Command::new("pw-cli");
            let listed = list.args(["list-objects", "Node"]).envs(environment.clone()).output();
            listed.is_ok_and(|listed| String::from_utf8_lossy(&listed.stdout).contains(name))
        })
    }

    fn spawn(&mut self, command: &mut Command) -> Result<(), String> {
        let name = command.get_program().to_string_lossy().into_owned();
        command.envs(self.environment.clone()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.processes.push(command.spawn().map_err(|error| format!("{name} can't be started: {error}"))?);
        Ok(())
    }

    fn start_bus(&mut self, folder: &Path) -> Result<String, String> {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address=1"]);
        command.arg(format!("--address=unix:path={}", folder.join("bus").display()));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut bus = command.spawn().map_err(|error| format!("dbus-daemon can't be started: {error}"))?;
        let mut address = String::new();
        if let Some(stdout) = bus.stdout.take() {
            BufReader::new(stdout).read_line(&mut address).map_err(|error| format!("dbus-daemon: {error}"))?;
        }
        self.processes.push(bus);
        Ok(address.trim().to_owned())
    }

    fn start_picture(&self, name: &str) -> Result<(Child, ChildStdin), String> {
        let (width, height) = SIZE;
        let (format, bytes) = self.scene.format();
        let mut command = Command::new("gst-launch-1.0");
        command.args(["-q", "fdsrc", "fd=0", "do-timestamp=true"]).arg(format!("blocksize={bytes}"));
        command.args(["!", "rawvideoparse", &format!("format={format}"), "framerate=30/1"]);
        command.args([format!("width={width}"), format!("height={height}")]);
        // pipewiresink 0.3 fails on buffers of its own pool; behind videorate it copies. `drop-only` holds no frame back.
        command.args(["!", "videoconvert", "!", "videoscale", "!", "videorate", "drop-only=true"]);
        command.arg("!").arg(format!("video/x-raw,format=I420,width={width},height={height},framerate=30/1"));
        command.args(["!", "identity", "sync=true", "!", "pipewiresink", "mode=provide"]);
        command.arg(format!(
            "stream-properties=properties,media.class=Video/Source,node.name={name},node.description={name},media.role=Camera"
        ));
        command.envs(self.environment.clone()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("gst-launch-1.0 can't be started: {error}"))?;
        let stdin = child.stdin.take().ok_or("gst-launch-1.0 takes no input")?;
        Ok((child, stdin))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = (self.process.kill(), self.process.wait());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.feeds.clear();
        for process in self.processes.iter_mut().rev() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A socket's path has at most 107 bytes, and target folders can lie deep: the system's own folder is short.
fn runtime_folder() -> Result<PathBuf, String> {
    let folder = std::env::temp_dir().join(format!("hawker-bench-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    #[cfg(unix)]
    {
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(&folder, private).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    Ok(folder)
}

/// 30 frames a second, until told to stop or until the camera is gone.
fn write_flashes(mut camera: ChildStdin, stop: &AtomicBool, flashes: Option<&SyncSender<Instant>>) {
    let (black, white) = (frame(16), frame(235));
    let mut rhythm = Rhythm::default();
    for number in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let phase = number % PERIOD;
        let picture = if phase < WHITE_FRAMES { &white } else { &black };
        let captured = Instant::now();
        if camera.write_all(picture).is_err() {
            return;
        }
        if phase == 0
            && let Some(flashes) = flashes
        {
            // Full means that nobody measures yet.
            let _ = flashes.try_send(captured);
        }
        rhythm.wait();
    }
}

/// A film's frames, 30 a second, over and over, until told to stop, until the camera is gone or the film can't be read: then
/// the camera has no picture, and whoever measures sees that.
fn write_film(mut camera: ChildStdin, stop: &AtomicBool, film: &Path) {
    let Ok(mut film) = fs::File::open(film) else { return };
    let mut picture = vec![0; Scene::Film(PathBuf::new()).format().1];
    let mut rhythm = Rhythm::default();
    let mut shown = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        if film.read_exact(&mut picture).is_err() {
            if std::mem::take(&mut shown) == 0 || film.rewind().is_err() {
                return;
            }
            continue;
        }
        shown += 1;
        if camera.write_all(&picture).is_err() {
            return;
        }
        rhythm.wait();
    }
}

/// 30 times a second.
struct Rhythm(Instant);

impl Default for Rhythm {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Rhythm {
    /// Until the next picture is due.
    fn wait(&mut self) {
        let now = Instant::now();
        // Where the camera held us up, the rhythm starts anew instead of hurrying after.
        self.0 = (self.0 + FRAME).max(now);
        std::thread::sleep(self.0 - now);
    }
}

/// One picture of a single grey, a byte a pixel.
fn frame(luma: u8) -> Vec<u8> {
    vec![luma; SIZE.0 * SIZE.1]
}

fn until(what: &str, is_so: impl Fn() -> bool) -> Result<(), String> {
    let asked = Instant::now();
    while !is_so() {
        if asked.elapsed() > Duration::from_secs(15) {
            return Err(format!("waited 15 s in vain until {what}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
