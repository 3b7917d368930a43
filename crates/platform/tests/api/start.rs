//! Starting, stopping, and what lies on the disk.

use hawker_platform::{Platform, PlatformConfig, StartError};
use hawker_test_support::{TestPlatform, TestSeller, buy};
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Ends the child with the test.
struct Embedded(Child);

impl Drop for Embedded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Embedded {
    fn start(folder: &std::path::Path) -> (Self, serde_json::Value) {
        Self::start_with(folder, Stdio::null())
    }

    fn start_with(folder: &std::path::Path, log: Stdio) -> (Self, serde_json::Value) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hawker-platform"))
            .args(["serve", "--embedded", "--data-dir"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .env("HAWKER_LOG", "debug")
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        (Self(child), serde_json::from_str(&line).unwrap())
    }

    fn ended(&mut self) -> i32 {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code().unwrap();
            }
            assert!(Instant::now() < deadline, "the child ends");
            std::thread::yield_now();
        }
    }
}

#[tokio::test]
async fn an_embedded_platform_says_where_it_is_and_ends_with_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, ready) = Embedded::start(folder.path());
    assert_eq!(ready["event"], "ready");
    assert!(ready["rtmp"].as_str().unwrap().starts_with("rtmp://127.0.0.1:"), "{ready}");
    let http = ready["http"].as_str().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(format!("{http}/readyz")).send().await.unwrap();
    assert!(answer.status().is_success());
    drop(child.0.stdin.take());
    assert_eq!(child.ended(), 0, "a closed stdin is a normal end");
}

#[tokio::test]
async fn neither_buyers_nor_secrets_are_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let (mut child, ready) =
        Embedded::start_with(&folder.path().join("data"), std::fs::File::create(&log).unwrap().into());
    let http: url::Url = format!("{}/", ready["http"].as_str().unwrap()).parse().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let seller = TestSeller::sign_up(client.clone(), http.clone(), "canary-ada").await;
    seller.list("A", 100).await;
    seller.receive("A", 1).await;
    let show = seller.show("a").await;
    let receipt = buy(&client, &http, show.show_id, "A", 1).await;
    let garbled = r#"{"secret":"canary-secret","card":"4242424242424242","name":7}"#;
    let url = http.join(&format!("/api/v1/public/reservations/{}/pay", uuid::Uuid::nil())).unwrap();
    let request = client.post(url).header("Idempotency-Key", "k").header("content-type", "application/json");
    assert_eq!(request.body(garbled).send().await.unwrap().status(), 400);
    drop(child.0.stdin.take());
    assert_eq!(child.ended(), 0);

    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains(&receipt.order_id.to_string()), "the order itself is in the log: {log}");
    let publish_token = show.ingest_urls[0].rsplit_once('/').unwrap().1;
    let secrets = [
        "13812348000",
        "小雨",
        "南京西路",
        "4242",
        "canary",
        TestSeller::PASSWORD,
        publish_token,
        &seller.tokens.access_token,
        &seller.tokens.refresh_token,
    ];
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_is_a_normal_end() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, _) = Embedded::start(folder.path());
    let sent = Command::new("sh").args(["-c", &format!("kill -s TERM {}", child.0.id())]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.ended(), 0);
}

#[test]
fn a_taken_port_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hawker-platform"))
        .args(["serve", "--rtmp", "127.0.0.1:0", "--http", &address.to_string(), "--data-dir"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(&address.port().to_string()) && told.contains("--http"), "{told}");
}

#[tokio::test]
async fn an_embedded_platform_comes_back_where_it_was_unless_somebody_took_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let config = || PlatformConfig::new(folder.path()).on_free_ports().remembering_ports();
    let first = Platform::start(config()).await.unwrap();
    let (http, rtmp) = (first.http.clone(), first.rtmp.clone());
    first.shutdown().await;
    let second = Platform::start(config()).await.unwrap();
    assert_eq!((&second.http, &second.rtmp), (&http, &rtmp), "links that were shared go on working");
    second.shutdown().await;
    let _taken = std::net::TcpListener::bind(("127.0.0.1", http.port().unwrap())).unwrap();
    let third = Platform::start(config()).await.unwrap();
    assert_ne!(third.http, http);
    assert_eq!(third.rtmp, rtmp, "each port is looked at by itself");
    third.shutdown().await;
}

#[test]
fn a_log_that_is_wanted_in_a_folder_is_kept_from_start_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    let text = || -> String {
        let files = std::fs::read_dir(&logs).unwrap().flatten().map(|entry| entry.path());
        files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    };
    let run = || {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hawker-platform"))
            .args(["serve", "--embedded", "--data-dir"])
            .arg(folder.path().join("data"))
            .arg("--logs-dir")
            .arg(&logs)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It ends when its stdin does, which is at once.
        drop(child.stdin.take());
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    run();
    let first = text();
    assert!(first.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{first}");
    assert!(first.contains("the studio is gone"), "{first}");
    run();
    assert!(text().starts_with(&first) && text().len() > first.len(), "nothing of the first run is lost");
}

#[test]
fn an_account_is_made_with_a_password_from_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let add = |password: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hawker-platform"))
            .args(["user", "add", "--email", "ada@example.org", "--shop", "Ada's", "--data-dir"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        let (mut told, mut out) = (String::new(), String::new());
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        (child.wait().unwrap().code(), out, told)
    };
    let (code, _, told) = add("short");
    assert!(code == Some(1) && told.contains("10 characters"), "{told}");
    let (code, out, told) = add("a long enough password");
    assert!(code == Some(0) && out.starts_with("seller "), "{out} {told}");
    let (code, _, told) = add("a long enough password");
    assert!(code == Some(1) && told.contains("already"), "{told}");
}

#[tokio::test]
async fn one_process_has_the_data_directory() {
    let platform = TestPlatform::start().await;
    let second = Platform::start(PlatformConfig::new(platform.data_dir()).on_free_ports()).await;
    let Err(error) = second else { panic!("a second writer was let in") };
    assert!(matches!(error, StartError::DataDirInUse(_)), "{error}");
    assert!(error.to_string().contains("--data-dir"), "{error}");
}

#[tokio::test]
async fn nothing_of_a_buyer_lies_in_plain_and_a_wrong_key_says_so() {
    let mut platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    seller.list("A", 100).await;
    seller.receive("A", 1).await;
    let show = seller.show("a").await.show_id;
    buy(&platform.client, &platform.http(), show, "A", 1).await;
    let folder = platform.data_dir();
    let canaries = ["13812348000", "张小雨", "南京西路", "ada@example.org", "SQLite format 3"];
    let holds_canary = |folder: &std::path::Path| {
        std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
            let bytes = std::fs::read(entry.path()).unwrap();
            canaries.iter().any(|canary| bytes.windows(canary.len()).any(|window| window == canary.as_bytes()))
        })
    };
    assert!(!holds_canary(&folder), "while it runs, write-ahead log included");
    platform.stop().await;
    assert!(!holds_canary(&folder), "after it stopped");

    std::fs::write(folder.join("platform.key"), "ab".repeat(32)).unwrap();
    let Err(error) = Platform::start(PlatformConfig::new(&folder).on_free_ports()).await else { panic!("opened") };
    assert!(error.to_string().contains("key"), "{error}");
    std::fs::remove_file(folder.join("platform.key")).unwrap();
    let Err(error) = Platform::start(PlatformConfig::new(&folder).on_free_ports()).await else { panic!("opened") };
    assert!(error.to_string().contains("backup"), "{error}");
}

#[tokio::test]
async fn stopping_does_not_wait_for_pages_that_listen() {
    let mut platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let show = seller.show("a").await.show_id;
    let url = platform.url(&format!("/api/v1/public/shows/{show}/events"));
    let mut page = platform.client.get(url).send().await.unwrap();
    page.chunk().await.unwrap();
    let begun = Instant::now();
    platform.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(4), "the stream ended by itself, within the grace");
}
