//! `cargo xtask run`: set-up, build, and a whole show with the demo catalogue and the demo camera. With a display the
//! cockpit opens and the show runs in it; without one the same show runs headless and a scripted buyer shops.

pub mod buyer;
pub mod demo_data;
pub mod live;
mod report;
mod shop;
pub mod signals;

use crate::exec::{cargo, run, say};
use crate::setup::{Purpose, runtime, setup};
use crate::trouble::{Outcome, Trouble};
use crate::workspace::{Workspace, set};
use buyer::Buyer;
use demo_data::DemoData;
use hawker_wire::live::LiveEvent;
use live::{LiveShow, Next};
use signals::Interrupt;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Options of `cargo xtask run`.
#[derive(Debug, clap::Args)]
pub struct Run {
    /// No window, even where there is a display.
    #[arg(long)]
    headless: bool,
    /// End the show after this many seconds on air.
    #[arg(long)]
    seconds: Option<u64>,
    /// Print the show's JSON lines on standard output.
    #[arg(long)]
    json: bool,
    /// @CAMERA, screen, a file, a URL or test. Without it the demo clip is the camera.
    #[arg(long)]
    source: Option<String>,
}

/// How often we look whether somebody wants to stop.
const LOOK: Duration = Duration::from_millis(100);

/// A window is up and its socket open well within this; a first start also makes the database.
const WINDOW_WITHIN: Duration = Duration::from_secs(30);

/// Runs the demo to its end. The exit code is the show's. Errors: whatever failed before the show.
pub fn start(workspace: &Workspace, options: &Run) -> Outcome<ExitCode> {
    setup(workspace, Purpose::Run)?;
    let interrupt = Interrupt::listen()?;
    let with_window = !options.headless && has_display();
    build(workspace, with_window)?;
    let data = DemoData::open(&workspace.cache)?;
    let cli = workspace.program("debug", "hawker-cli");
    data.import(workspace, &cli)?;
    let mut window = if with_window { Some(Window::open(workspace, &data)?) } else { None };
    say("going live; Ctrl-C ends the show");
    let mut show = LiveShow::start(&mut live_command(workspace, &data, &cli, options))?;
    let status = follow(&mut show, options, &interrupt)?;
    if let Some(window) = &mut window
        && status.success()
        && options.seconds.is_none()
        && !interrupt.asked()
    {
        say("the show is over; the window stays open until you close it");
        window.wait(&interrupt);
    }
    Ok(exit_code(status))
}

fn build(workspace: &Workspace, with_window: bool) -> Outcome<()> {
    say("building; the first time takes some minutes");
    let mut packages = vec!["-p", "hawker-cli", "-p", "hawker-platform"];
    if with_window {
        packages.extend(["-p", "hawker"]);
    }
    run(cargo().arg("build").args(packages).current_dir(&workspace.root), "see the compiler's own words above")
}

fn live_command(workspace: &Workspace, data: &DemoData, cli: &Path, options: &Run) -> Command {
    let clip = workspace.root.join("assets/demo/clip.mp4").to_string_lossy().into_owned();
    let mut command = data.command(cli);
    command.args(["--json", "live", "--source"]).arg(options.source.as_ref().unwrap_or(&clip));
    environment(workspace, &mut command);
    command
}

/// What a program that was not installed must be told.
fn environment(workspace: &Workspace, command: &mut Command) {
    if set("ORT_DYLIB_PATH").is_none() {
        command.env("ORT_DYLIB_PATH", runtime::library_path(&workspace.cache));
    }
    command.current_dir(&workspace.root);
}

/// Hands the show's lines on until it ends, and ends it in time.
fn follow(show: &mut LiveShow, options: &Run, interrupt: &Interrupt) -> Outcome<ExitStatus> {
    let mut buyer = Buyer::default();
    let mut on_air: Option<Instant> = None;
    let mut stdout = std::io::stdout().lock();
    loop {
        match show.next(LOOK) {
            Next::Line(line) => {
                if options.json {
                    // Whoever reads us may have gone; the show goes on to its end all the same.
                    let _ = writeln!(stdout, "{}", line.text);
                    let _ = stdout.flush();
                }
                if let Some(live) = &line.event {
                    if let LiveEvent::OnAir { .. } = live.event {
                        on_air.get_or_insert(line.at);
                    }
                    if let Some(sentence) = report::sentence(live) {
                        say(sentence);
                    }
                }
                buyer.see(&line);
            }
            Next::Nothing => {}
            Next::Ended => break,
        }
        let over = options.seconds.zip(on_air).is_some_and(|(seconds, since)| since.elapsed().as_secs() >= seconds);
        if over || interrupt.asked() {
            show.end();
        }
    }
    let bought = buyer.finish();
    say(format!("the scripted buyer bought {} products", bought.len()));
    show.wait()
}

/// The cockpit, beside the show.
struct Window(Child);

impl Window {
    /// Opens it and waits until it takes commands. Errors: `Start`, `Unmet` if it never gets ready.
    fn open(workspace: &Workspace, data: &DemoData) -> Outcome<Self> {
        say("opening the window");
        let program = workspace.program("debug", "hawker");
        let mut command = data.command(&program);
        environment(workspace, &mut command);
        signals::detach(&mut command);
        let started = command.stdin(Stdio::null()).stdout(std::io::stderr()).spawn();
        let next = "run with --headless, or see `cargo xtask doctor`".to_owned();
        let child = started.map_err(|source| Trouble::Start {
            program: program.display().to_string(),
            source,
            next: next.clone(),
        })?;
        let mut window = Self(child);
        let socket = data.folder.join("run/hawker.sock");
        let asked = Instant::now();
        while !answers(&socket) {
            let gone = matches!(window.0.try_wait(), Ok(Some(_)));
            if gone || asked.elapsed() > WINDOW_WITHIN {
                return Err(Trouble::unmet("the window did not open", next));
            }
            std::thread::sleep(LOOK);
        }
        Ok(window)
    }

    fn wait(&mut self, interrupt: &Interrupt) {
        while matches!(self.0.try_wait(), Ok(None)) && !interrupt.asked() {
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            signals::interrupt(&mut self.0);
            let asked = Instant::now();
            while matches!(self.0.try_wait(), Ok(None)) && asked.elapsed() < Duration::from_secs(10) {
                std::thread::sleep(LOOK);
            }
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

/// A socket that a crashed window left behind does not answer.
fn answers(socket: &Path) -> bool {
    #[cfg(unix)]
    return std::os::unix::net::UnixStream::connect(socket).is_ok();
    #[cfg(not(unix))]
    return socket.exists();
}

fn has_display() -> bool {
    !cfg!(target_os = "linux") || set("DISPLAY").is_some() || set("WAYLAND_DISPLAY").is_some()
}

fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
