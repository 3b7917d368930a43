//! What the log files hold of a show: JSON lines, each with the show it belongs to, and with the order or change it is about.

use hawker_tests::{Studio, node};
use serde_json::Value;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

/// Every line of the log files whose names begin with `prefix`, in order.
fn lines_of(studio: &Studio, prefix: &str) -> Vec<Value> {
    let folder = std::fs::read_dir(studio.data_dir().join("logs")).unwrap().flatten().map(|file| file.path());
    let mut files: Vec<_> =
        folder.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(prefix)).collect();
    files.sort();
    let text: String = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert!(!text.is_empty(), "there is a log of {prefix}");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

fn says<'a>(lines: &'a [Value], message: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["fields"]["message"] == message).collect()
}

#[test]
fn every_line_of_a_show_names_it_and_every_line_about_an_order_or_a_change_names_that() {
    let studio = Studio::new();
    let csv = studio.folder().join("apples.csv");
    std::fs::write(&csv, "sku,title,price,stock\nAPPLE,Apple,3.50,40\n").unwrap();
    studio.json(&["catalog", "import", csv.to_str().unwrap()]);
    let mut show = studio.start(&["live", "--source", "test"], None);
    let on_air = show.wait_for("the viewer page's address", SOON, |line| {
        line["event"] == "on_air" && line["viewer_url"].is_string()
    });
    let (show_id, page) = (on_air["show_id"].as_str().unwrap(), on_air["viewer_url"].as_str().unwrap());
    show.wait_for("the platform receives", SOON, |line| line["event"] == "output" && line["state"] == "live");
    let sale = studio.json(&["orders", "add", "APPLE=2"])[0]["id"].as_str().unwrap().to_owned();
    let bought = node("order.mjs", &[page, "APPLE"], None)["order_id"].as_str().unwrap().to_owned();
    show.wait_for("the order is here", SOON, |line| line["event"] == "order" && line["id"] == bought.as_str());
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");

    let lines = lines_of(&studio, "hawker");
    let named = |line: &Value| line["show.id"] == show_id;
    let first = lines.iter().position(named).expect("the show is in the log");
    let last = lines.iter().rposition(named).unwrap();
    let nameless: Vec<_> = lines[first..=last].iter().filter(|line| !named(line)).collect();
    assert!(nameless.is_empty(), "said while the show ran, without its name: {nameless:#?}");
    // From the owner, from a thread of the media engine, and from the end.
    for message in ["on air", "output live", "the show is over"] {
        let said = says(&lines, message);
        assert!(!said.is_empty() && said.iter().all(|line| named(line)), "{message}: {said:?}");
    }

    let waits = says(&lines, "a sale waits for the platform");
    let [waits] = waits.as_slice() else { panic!("one sale was made: {waits:?}") };
    assert_eq!(waits["fields"]["order.id"], sale.as_str());
    let op_id = waits["fields"]["op.id"].as_str().expect("the sale's change has an id");
    let answered = says(&lines, "the platform took a change");
    assert!(
        answered.iter().any(|line| line["fields"]["op.id"] == op_id),
        "{op_id} is followed to its end: {answered:?}"
    );
    assert!(answered.iter().all(|line| line["fields"]["op.id"].is_string()), "{answered:?}");
    let came = says(&lines, "order from the platform");
    assert!(came.iter().any(|line| line["fields"]["order.id"] == bought.as_str()), "{came:?}");

    let platform = lines_of(&studio, "platform");
    assert!(says(&platform, "an order was paid").iter().any(|line| line["fields"]["order.id"] == bought.as_str()));
    assert!(says(&platform, "a show is ready to be published").iter().all(|line| line["fields"]["show.id"] == show_id));
}
