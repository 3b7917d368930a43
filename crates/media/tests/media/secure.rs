//! RTMPS through stunnel, with an authority of our own.

use crate::support::*;
use hawker_domain::reason::OutputWhy;
use hawker_media::{MediaEvent, OutputPhase, trust};
use std::{
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// An authority and what it signed, in a folder of their own.
struct Authority(tempfile::TempDir);

impl Authority {
    fn new() -> Self {
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

    fn file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// A certificate and its key for `names`, valid for `days` from now on; negative ones have passed.
    fn sign(&self, names: &str, days: &str) -> (PathBuf, PathBuf) {
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
struct Stunnel {
    child: Child,
    port: u16,
    _dir: tempfile::TempDir,
}

impl Stunnel {
    fn start((certificate, key): &(PathBuf, PathBuf), target: u16) -> Self {
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
        until("stunnel listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { child, port, _dir: dir }
    }
}

impl Drop for Stunnel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What becomes of a destination behind a certificate for `names`.
fn refused(names: &str, days: &str, trusted: bool) -> (OutputWhy, String) {
    let (authority, nginx) = (Authority::new(), Nginx::start());
    let stunnel = Stunnel::start(&authority.sign(names, days), nginx.port);
    if trusted {
        trust(&authority.file()).unwrap();
    }
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("rtmps://localhost:{}/live/{KEY}", stunnel.port));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    let event = events.wait_phase(output.id, OutputPhase::Failed);
    assert_eq!(program.stats().outputs[0].sent_bytes, 0, "nothing is sent to a stranger");
    program.stop().finish();
    assert!(
        !events.all().iter().any(|e| matches!(e, MediaEvent::Output { state: OutputPhase::Reconnecting, .. })),
        "it is not tried again"
    );
    let MediaEvent::Output { why: Some(why), why_code: Some(code), .. } = event else { panic!("{event:?}") };
    assert!(why.contains("localhost") && !why.contains(KEY), "{why}");
    (code, why)
}

#[test]
fn a_server_with_a_right_certificate_gets_the_show() {
    let (authority, nginx, dir) = (Authority::new(), Nginx::start(), tempfile::tempdir().unwrap());
    let stunnel = Stunnel::start(&authority.sign("DNS:localhost", "2"), nginx.port);
    trust(&authority.file()).unwrap();
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("rtmps://localhost:{}/live/{KEY}", stunnel.port));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    let got = Subscriber::start(&nginx.url(KEY), dir.path(), 3).finish();
    program.stop().finish();
    let mut found = codecs(&got);
    found.sort();
    assert_eq!(found, ["aac", "h264"]);
    assert!(longest_gap(&packets(&got, "v")) < 0.045);
}

#[test]
fn a_certificate_of_nobody_known_is_refused() {
    let (code, why) = refused("DNS:localhost", "2", false);
    assert_eq!(code, OutputWhy::CertificateUntrusted, "{why}");
    assert!(why.contains("not trusted"), "{why}");
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let (code, why) = refused("DNS:other.example", "2", true);
    assert_eq!(code, OutputWhy::CertificateName, "{why}");
    assert!(why.contains("another name"), "{why}");
}

#[test]
fn a_certificate_that_has_expired_is_refused() {
    let (code, why) = refused("DNS:localhost", "-1", true);
    assert_eq!(code, OutputWhy::CertificateExpired, "{why}");
    assert!(why.contains("expired"), "{why}");
}
