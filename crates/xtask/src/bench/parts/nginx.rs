//! nginx with its RTMP module: a server that can be killed, brought back, stopped in its tracks and looked into.

use super::ffmpeg::free_port;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

const MODULES: [&str; 2] = ["/usr/lib/nginx/modules/ngx_rtmp_module.so", "/usr/share/nginx/modules/ngx_rtmp_module.so"];

/// One server in a folder of its own. It ends when dropped.
pub struct Nginx {
    port: u16,
    folder: PathBuf,
    child: Option<Child>,
    stopped: bool,
}

/// What the server wrote down of one publisher: when it came and how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Publish {
    pub file: PathBuf,
    pub size_bytes: u64,
}

impl Nginx {
    /// Starts it in `folder`, which it fills with one FLV for each publisher. Errors: what is missing.
    pub fn start(folder: &Path) -> Result<Self, String> {
        let mut nginx = Self { port: free_port()?, folder: folder.to_owned(), child: None, stopped: false };
        nginx.run()?;
        Ok(nginx)
    }

    /// Starts it again on its port. Errors: it can't be started or does not listen within 10 s.
    pub fn run(&mut self) -> Result<(), String> {
        let module = MODULES.iter().find(|module| Path::new(module).is_file());
        let module = module.ok_or("nginx's RTMP module is missing: install libnginx-mod-rtmp")?;
        let folder = self.folder.display();
        let text = format!(
            "daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log warn;\nload_module {module};\n\
             events {{}}\nrtmp {{ server {{ listen 127.0.0.1:{}; access_log off; chunk_size 4096;\n\
             application live {{ live on; record all; record_path {folder}/publishes; record_unique on; }} }} }}\n",
            self.port
        );
        let publishes = self.folder.join("publishes");
        std::fs::create_dir_all(&publishes).map_err(|error| format!("{}: {error}", publishes.display()))?;
        crate::workspace::write(&self.folder.join("nginx.conf"), text.as_bytes()).map_err(|error| error.to_string())?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(&self.folder).args(["-c", "nginx.conf"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().map_err(|error| format!("nginx can't be started: {error}"))?);
        let asked = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if asked.elapsed() > Duration::from_secs(10) {
                return Err(format!("nginx does not listen; see {folder}/error.log"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Ends it without a word to anybody.
    pub fn kill(&mut self) {
        self.go_on();
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Keeps its connections and does nothing any more. Errors: the system refuses.
    pub fn stop(&mut self) -> Result<(), String> {
        self.stopped = true;
        self.signal(Halt::Stop)
    }

    /// Goes on after [`Nginx::stop`].
    pub fn go_on(&mut self) {
        if std::mem::take(&mut self.stopped) {
            // One that is gone needs no waking.
            let _ = self.signal(Halt::Continue);
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self, key: &str) -> String {
        format!("rtmp://127.0.0.1:{}/live/{key}", self.port)
    }

    /// Every publish so far, the oldest first.
    pub fn publishes(&self) -> Vec<Publish> {
        publishes_in(&self.folder.join("publishes"))
    }

    #[cfg(unix)]
    fn signal(&self, halt: Halt) -> Result<(), String> {
        use rustix::process::{Pid, Signal, kill_process};
        let pid = self.child.as_ref().and_then(|child| i32::try_from(child.id()).ok()).and_then(Pid::from_raw);
        let pid = pid.ok_or("nginx does not run")?;
        let signal = match halt {
            Halt::Stop => Signal::STOP,
            Halt::Continue => Signal::CONT,
        };
        kill_process(pid, signal).map_err(|error| format!("nginx can't be halted: {error}"))
    }

    #[cfg(not(unix))]
    fn signal(&self, _halt: Halt) -> Result<(), String> {
        Err("this system can't halt a process".to_owned())
    }
}

enum Halt {
    Stop,
    Continue,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The files of publishers, in the order in which they came. Names don't sort by time, so the moment of making does.
fn publishes_in(folder: &Path) -> Vec<Publish> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(SystemTime, Publish)> = entries
        .filter_map(|entry| {
            let meta = entry.metadata().ok()?;
            let made = meta.created().or_else(|_| meta.modified()).ok()?;
            Some((made, Publish { file: entry.path(), size_bytes: meta.len() }))
        })
        .collect();
    found.sort_by_key(|(made, _)| *made);
    found.into_iter().map(|(_, publish)| publish).collect()
}
