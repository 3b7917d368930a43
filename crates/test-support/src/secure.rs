//! Authorities of our own, and TLS in front of servers that speak none.

use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Longest wait for a server.
const PATIENCE: Duration = Duration::from_secs(20);

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An authority and what it signed, in a folder of their own.
pub struct Authority(tempfile::TempDir);

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    pub fn new() -> Self {
        let authority = Self(tempfile::tempdir().unwrap());
        let (key, certificate) = (authority.path("ca.key"), authority.path("ca.pem"));
        openssl(
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=Authority of a test",
                "-keyout",
            ],
            &[key.as_path(), Path::new("-out"), &certificate],
        );
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Its own certificate, for those who are to trust it.
    pub fn file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// A certificate and its key for `names`, valid for `days` from now on; negative ones have passed.
    pub fn sign(&self, names: &str, days: &str) -> (PathBuf, PathBuf) {
        let [key, request, extension, certificate] =
            ["it.key", "it.csr", "it.ext", "it.pem"].map(|name| self.path(name));
        openssl(
            &["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-keyout"],
            &[key.as_path(), Path::new("-out"), &request],
        );
        std::fs::write(&extension, format!("subjectAltName={names}\n")).unwrap();
        let (file, own_key) = (self.file(), self.path("ca.key"));
        openssl(
            &["x509", "-req", "-CAcreateserial", "-days", days, "-in"],
            &[
                request.as_path(),
                Path::new("-CA"),
                &file,
                Path::new("-CAkey"),
                &own_key,
                Path::new("-extfile"),
                &extension,
                Path::new("-out"),
                &certificate,
            ],
        );
        (certificate, key)
    }
}

fn openssl(args: &[&str], files: &[&Path]) {
    let out = Command::new("openssl").args(args).args(files).output().expect("openssl is installed");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// TLS in front of a server, ended by drop.
pub struct Stunnel {
    child: Child,
    port: u16,
    _dir: tempfile::TempDir,
}

impl Stunnel {
    /// On a free port, with a certificate and its key, in front of the port `target` of this machine.
    pub fn start((certificate, key): &(PathBuf, PathBuf), target: u16) -> Self {
        let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
        let file = dir.path().join("conf");
        let text = format!(
            "foreground = yes\npid =\nsyslog = no\n[rtmps]\naccept = 127.0.0.1:{port}\nconnect = 127.0.0.1:{target}\n\
             cert = {}\nkey = {}\n",
            certificate.display(),
            key.display()
        );
        std::fs::write(&file, text).unwrap();
        let child = Command::new("stunnel")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("stunnel is installed");
        // From here on it ends with this value.
        let stunnel = Self { child, port, _dir: dir };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "stunnel does not listen");
            std::thread::park_timeout(Duration::from_millis(10));
        }
        stunnel
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Stunnel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
