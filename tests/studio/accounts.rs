//! A seller with an account at a platform that somebody else runs: in, out, and never with the password in sight.

use hawker_tests::{Guard, Studio, program};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdout, Command, Output, Stdio};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = " correct horse battery 马 ";

/// A running platform with one account; ends with the test.
struct Shop {
    _process: Guard,
    _stdout: BufReader<ChildStdout>,
    http: String,
}

impl Shop {
    fn open(folder: &Path) -> Self {
        let data = folder.join("shop");
        let mut add = Command::new(program("hawker-platform"));
        add.args(["user", "add", "--email", EMAIL, "--shop", "Ada's", "--data-dir"]).arg(&data);
        let mut child = add.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(child.wait().unwrap().success(), "the account is made");
        let mut serve = Command::new(program("hawker-platform"));
        serve.args(["serve", "--embedded", "--data-dir"]).arg(&data);
        let mut process = Guard::start(serve.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        Self { _process: process, _stdout: stdout, http: ready["http"].as_str().unwrap().to_owned() }
    }
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

/// Every file of a folder, as text.
fn written(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => all += &written(&entry.path()),
            kind if kind.is_file() => all += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()),
            _ => {}
        }
    }
    all
}

#[test]
fn a_seller_signs_in_with_the_account_that_exists_and_out_again() {
    let studio = Studio::new();
    let shop = Shop::open(studio.folder());
    studio.json(&["settings", "set", "platform_url", &shop.http]);
    let before = studio.json(&["platform", "status"]);
    assert_eq!(
        (&before["account"]["kind"], before["address"].as_str()),
        (&"own".into(), Some(&*format!("{}/", shop.http)))
    );

    let wrong = studio.run_with_stdin(&["platform", "sign-in", EMAIL], "guessed it\n");
    assert!(!wrong.status.success());
    assert!(said(&wrong).contains("password is wrong") && said(&wrong).contains("try again"), "{}", said(&wrong));
    let nothing = studio.run_with_stdin(&["platform", "sign-in", EMAIL], "\n");
    assert!(!nothing.status.success() && said(&nothing).contains("no password on stdin"), "{}", said(&nothing));
    assert_eq!(studio.json(&["platform", "status"])["account"]["kind"], "own", "a refusal changes nothing");

    let right = studio.run_with_stdin(&["--json", "platform", "sign-in", EMAIL], &format!("{PASSWORD}\n"));
    assert!(right.status.success(), "{}", said(&right));
    let status = studio.json(&["platform", "status"]);
    assert_eq!((&status["account"]["kind"], &status["account"]["email"]), (&"person".into(), &EMAIL.into()));
    let text = written(&studio.data_dir());
    assert!(!text.contains(PASSWORD.trim()), "the password lies in the encrypted store alone");
    assert!(!said(&right).contains(PASSWORD.trim()) && !said(&wrong).contains("guessed"), "and is never said");

    let out = studio.json(&["platform", "sign-out"]);
    assert_eq!(out["account"]["kind"], "own");
    let again = studio.run(&["platform", "sign-out"]);
    assert!(!again.status.success() && said(&again).contains("nothing to sign out of"), "{}", said(&again));
}

#[test]
fn signing_out_is_refused_while_a_sale_has_not_reached_the_account() {
    let studio = Studio::new();
    let shop = Shop::open(studio.folder());
    // Without a stock, so that nothing but the sale can hold the account.
    let table = studio.folder().join("tea.csv");
    std::fs::write(&table, "sku,title,price\nTEA,Tea,15.80\n").unwrap();
    studio.json(&["catalog", "import", table.to_str().unwrap()]);
    studio.json(&["settings", "set", "platform_url", &shop.http]);
    let signed_in = studio.run_with_stdin(&["platform", "sign-in", EMAIL], &format!("{PASSWORD}\n"));
    assert!(signed_in.status.success(), "{}", said(&signed_in));
    let waiting = || studio.json(&["platform", "status"])["waiting_to_sync"].as_u64().unwrap();
    assert_eq!(waiting(), 0);
    studio.json(&["orders", "add", "TEA"]);
    assert!(waiting() > 0, "a command that needs the store alone sends nothing");
    let refused = studio.run(&["platform", "sign-out"]);
    assert!(!refused.status.success());
    assert!(said(&refused).contains("not reached the platform yet"), "{}", said(&refused));
    assert_eq!(studio.json(&["platform", "status"])["account"]["email"], EMAIL, "nobody was signed out");
}

#[test]
fn a_platform_that_has_not_heard_of_a_sale_is_left_only_knowingly_and_the_sale_goes_along() {
    let studio = Studio::new();
    let (first, second) = (Shop::open(&studio.folder().join("1")), Shop::open(&studio.folder().join("2")));
    let table = studio.folder().join("tea.csv");
    std::fs::write(&table, "sku,title,price\nTEA,Tea,15.80\n").unwrap();
    studio.json(&["catalog", "import", table.to_str().unwrap()]);
    let set =
        |url: &str, more: &[&str]| studio.run(&[&["--json", "settings", "set", "platform_url", url], more].concat());
    studio.json(&["orders", "add", "TEA"]);
    assert!(set(&first.http, &[]).status.success(), "a platform nobody has been at is not left");
    let signed_in = studio.run_with_stdin(&["platform", "sign-in", EMAIL], &format!("{PASSWORD}\n"));
    assert!(signed_in.status.success(), "{}", said(&signed_in));
    studio.json(&["orders", "add", "TEA"]);
    let waiting = || studio.json(&["platform", "status"])["waiting_to_sync"].as_u64().unwrap();
    let count = waiting();
    assert!(count > 0);
    for away in [second.http.as_str(), "null", ""] {
        let refused = set(away, &[]);
        assert_eq!(refused.status.code(), Some(1), "{away:?}");
        let text = said(&refused);
        assert!(text.contains(&format!("{count} change")) && text.contains("--go-along"), "{text}");
    }
    assert!(set(&first.http, &[]).status.success(), "the same address leaves nothing behind");
    let went = set(&second.http, &["--go-along"]);
    assert!(went.status.success(), "{}", said(&went));
    assert_eq!(waiting(), count, "nothing is lost");
    let signed_in = studio.run_with_stdin(&["platform", "sign-in", EMAIL], &format!("{PASSWORD}\n"));
    assert!(signed_in.status.success(), "{}", said(&signed_in));
    let back = set("null", &["--go-along"]);
    assert!(back.status.success(), "{}", said(&back));
    assert_eq!(studio.json(&["settings", "list"])["platform_url"], Value::Null);
}
