//! RTMPS through stunnel, with an authority of our own.

use crate::support::*;
use hawker_domain::reason::OutputWhy;
use hawker_media::{MediaEvent, OutputPhase, trust};
use hawker_test_support::{Authority, Stunnel};

/// What becomes of a destination behind a certificate for `names`.
fn refused(names: &str, days: &str, trusted: bool) -> (OutputWhy, String) {
    let (authority, nginx) = (Authority::new(), Nginx::start());
    let stunnel = Stunnel::start(&authority.sign(names, days), nginx.port);
    if trusted {
        trust(&authority.file()).unwrap();
    }
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("rtmps://localhost:{}/live/{KEY}", stunnel.port()));
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
    let output = destination(&format!("rtmps://localhost:{}/live/{KEY}", stunnel.port()));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    let got = Subscriber::start(&nginx.url(KEY), dir.path(), 3).finish();
    let slow = Slow::of(&program.stop().finish().frames, &events.all());
    let mut found = codecs(&got);
    found.sort();
    assert_eq!(found, ["aac", "h264"]);
    complete("what came", &packets(&got, "v"), &slow);
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
