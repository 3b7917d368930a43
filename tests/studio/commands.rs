//! Commands that end by themselves.

use hawker_tests::{Studio, asset};

fn demo_studio() -> Studio {
    let studio = Studio::new();
    let report = studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    assert_eq!(report["problems"], serde_json::json!([]), "the demo catalogue has no broken row");
    studio
}

#[test]
fn the_demo_catalogue_is_imported_once_and_found_in_both_languages() {
    let studio = demo_studio();
    let all = studio.json(&["catalog", "list"]);
    let total = all["total"].as_u64().unwrap();
    assert!((12..=24).contains(&total), "{total} products");
    let again = studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    assert_eq!(again["added"], 0, "the same file twice adds nothing");
    let first = &all["products"][0];
    let title = first["title"].as_str().unwrap();
    let found = studio.json(&["catalog", "search", title]);
    assert!(
        found["products"].as_array().unwrap().iter().any(|product| product["sku"] == first["sku"]),
        "{title} is found by its own title"
    );
}

#[test]
fn a_sale_at_the_table_lowers_the_stock_and_waits_for_the_platform() {
    let studio = demo_studio();
    let product = studio.json(&["catalog", "list"])["products"][0].clone();
    let sku = product["sku"].as_str().unwrap();
    let order = studio.json(&["orders", "add", &format!("{sku}=2"), "--buyer", "张小雨"]);
    assert_eq!(order[0]["state"], "paid");
    assert_eq!(order[0]["buyer"], "张*", "a buyer's name is masked in every list");
    let after = studio.json(&["catalog", "search", sku])["products"].as_array().unwrap().clone();
    let after = after.iter().find(|found| found["sku"] == sku).unwrap().clone();
    assert_eq!(after["on_hand"].as_i64().unwrap(), product["on_hand"].as_i64().unwrap() - 2);
    assert_eq!(studio.json(&["orders", "list"]).as_array().unwrap().len(), 1);
    let id = order[0]["id"].as_str().unwrap();
    let short = format!("#{}", id[id.len() - 6..].to_uppercase());
    let refunded = studio.json(&["orders", "refund", &short, "--reason", "broken", "--goods-back"]);
    assert_eq!(refunded[0]["state"], "refunded");
    let shown = studio.json(&["orders", "show", id]);
    assert_eq!((&shown["moves"][0]["event"], &shown["moves"][0]["note"]), (&"refund".into(), &"broken".into()));
    let after = studio.json(&["catalog", "search", sku])["products"].as_array().unwrap().clone();
    let after = after.iter().find(|found| found["sku"] == sku).unwrap().clone();
    assert_eq!(after["on_hand"], product["on_hand"], "the goods are back");
    let again = studio.run(&["orders", "refund", id]);
    assert!(said(&again).contains("Refunded"), "what was refunded is not refunded twice: {}", said(&again));
    assert!(studio.json(&["platform", "refused"]).as_array().unwrap().is_empty());
}

#[test]
fn a_key_never_comes_back_out_of_the_destinations() {
    let studio = Studio::new();
    let secret = "live_4f9a-secret-key";
    let added = studio.run_with_stdin(&["destinations", "add", "shop"], &format!("rtmp://live.example/app/{secret}\n"));
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let listed = studio.run(&["--json", "destinations", "list"]);
    for out in [&added, &listed] {
        let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(text.contains("live.example") && !text.contains(secret), "{text}");
    }
}

fn said(out: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

#[test]
fn what_is_exported_comes_back_and_is_never_written_over() {
    let studio = demo_studio();
    let products = studio.json(&["catalog", "list"]);
    let file = studio.folder().join("out.csv");
    let export = ["catalog", "export", file.to_str().unwrap()];
    studio.json(&export);
    let again = studio.run(&export);
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("is there already"), "{}", said(&again));
    let other = Studio::new();
    let report = other.json(&["catalog", "import", file.to_str().unwrap()]);
    assert_eq!((&report["added"], &report["problems"]), (&products["total"], &serde_json::json!([])), "{report}");
    for (here, there) in products["products"]
        .as_array()
        .unwrap()
        .iter()
        .zip(other.json(&["catalog", "list"])["products"].as_array().unwrap())
    {
        for field in ["sku", "title", "brand", "category", "description", "price", "barcode", "on_hand"] {
            assert_eq!(here[field], there[field], "{field} of {here}");
        }
    }
    let sku = products["products"][0]["sku"].as_str().unwrap();
    studio.json(&["orders", "add", sku, "--buyer", "张小雨"]);
    let orders = studio.folder().join("orders.csv");
    studio.json(&["orders", "export", orders.to_str().unwrap()]);
    let text = std::fs::read_to_string(orders).unwrap();
    assert!(text.lines().count() == 2 && text.contains(sku) && !text.contains("小雨"), "{text}");
}

#[test]
fn a_product_that_stands_twice_in_the_running_order_is_refused_by_name() {
    let studio = demo_studio();
    let products = studio.json(&["catalog", "list"])["products"].clone();
    let [a, b] = [0, 1].map(|at| products[at]["sku"].as_str().unwrap().to_owned());
    let out = studio.run(&["catalog", "order", &a, &b, &a]);
    assert_eq!(out.status.code(), Some(1));
    assert!(said(&out).contains(&format!("{a} stands twice")) && said(&out).contains("once"), "{}", said(&out));
    assert_eq!(studio.json(&["catalog", "order", &a, &b])["running_order"], serde_json::json!([a, b]));
}

#[test]
fn a_running_order_of_more_than_a_show_can_present_is_refused() {
    let studio = demo_studio();
    let many: Vec<String> = (0..501).map(|number| format!("S{number}")).collect();
    let words: Vec<&str> = ["catalog", "order"].into_iter().chain(many.iter().map(String::as_str)).collect();
    let out = studio.run(&words);
    assert_eq!(out.status.code(), Some(1));
    assert!(said(&out).contains("501 products are too many") && said(&out).contains("500"), "{}", said(&out));
}

#[test]
fn a_movement_of_nothing_is_refused_in_a_sentence() {
    let studio = demo_studio();
    let sku = studio.json(&["catalog", "list"])["products"][0]["sku"].as_str().unwrap().to_owned();
    let out = studio.run(&["catalog", "stock", &sku, "0"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(said(&out).contains("0 pieces of"), "{}", said(&out));
    let out = studio.run(&["catalog", "stock", &sku, "2000000000"]);
    assert!(said(&out).contains("more than one movement may hold"), "{}", said(&out));
}

#[test]
fn a_password_of_a_camera_is_neither_typed_nor_printed() {
    let (studio, address) = (Studio::new(), "rtsp://ada:s3cret@cam.example/1");
    for command in [&["live", "--no-platform", "--source", address][..], &["settings", "set", "source", address]] {
        let out = studio.run(command);
        assert_eq!(out.status.code(), Some(1), "{command:?}");
        assert!(said(&out).contains("stdin") && !said(&out).contains("s3cret"), "{}", said(&out));
    }
    let set = studio.run_with_stdin(&["settings", "set", "source", "-"], &format!("{address}\n"));
    assert!(set.status.success(), "{}", said(&set));
    for out in [set, studio.run(&["settings", "list"]), studio.run(&["--json", "settings", "list"])] {
        assert!(said(&out).contains("cam.example") && !said(&out).contains("s3cret"), "{}", said(&out));
    }
}

#[test]
fn a_length_that_is_none_is_bad_usage() {
    let studio = Studio::new();
    for seconds in ["--seconds=-1", "--seconds=NaN", "--seconds=1e20"] {
        let out = studio.run(&["live", "--source", "test", "--no-platform", seconds]);
        assert_eq!(out.status.code(), Some(2), "{seconds}: {}", said(&out));
    }
}

#[test]
fn every_command_keeps_a_log() {
    let studio = Studio::new();
    studio.run(&["devices"]);
    let logs = std::fs::read_dir(studio.data_dir().join("logs")).unwrap().count();
    assert_eq!(logs, 1);
}

/// ADR 0012. Built from another folder the programs would have other settings; without the exported name GStreamer and ONNX
/// Runtime would go on with the C library's allocator.
#[test]
#[cfg(target_os = "linux")]
fn one_allocator_serves_the_whole_process_as_it_was_set() {
    let out = Studio::new().command(&["--version"], None).env("MALLOC_CONF", "stats_print:true").output().unwrap();
    let said = said(&out);
    for line in
        ["opt.narenas: 2\n", "opt.background_thread: true (background_thread: true)\n", "opt.dirty_decay_ms: 1000 "]
    {
        assert!(said.contains(line), "{line}{said}");
    }
    let program = Studio::new().command(&[], None).get_program().to_owned();
    let symbols = std::process::Command::new("nm").arg("-D").arg(program).output().expect("nm, of binutils");
    let symbols = String::from_utf8_lossy(&symbols.stdout).into_owned();
    let defined = |name: &str| symbols.lines().any(|line| line.ends_with(&format!(" T {name}")));
    for name in ["malloc", "calloc", "realloc", "free", "posix_memalign", "aligned_alloc"] {
        assert!(defined(name), "{name} is not the program's own");
    }
}

#[test]
fn doctor_says_what_the_models_run_on_and_what_became_of_the_rest() {
    let studio = Studio::new();
    let out = studio.run(&["--json", "doctor"]);
    let checks: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", said(&out)));
    let check = checks.as_array().unwrap().iter().find(|check| check["id"] == "onnx_runtime").unwrap();
    assert_eq!(check["status"], "ok", "{check}");
    let providers = check["providers"]["providers"].as_array().unwrap();
    let names: Vec<_> = providers.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["TensorRT", "CUDA", "DirectML", "CoreML", "OpenVINO", "CPU"]);
    for one in providers.iter().filter(|one| one["state"] == "absent") {
        assert!(one["detail"].as_str().is_some_and(|why| !why.is_empty()), "{one}");
    }
    let chosen = check["providers"]["chosen"].as_str().unwrap();
    assert!(names.contains(&chosen) && check["detail"].as_str().unwrap().contains(&format!("models run on {chosen}")));
}

#[test]
fn models_are_listed_with_what_they_are_for_and_a_pull_leaves_them_alone() {
    let studio = Studio::new();
    let models = studio.json(&["models", "list"]);
    let models = models.as_array().unwrap();
    let detector = models.iter().find(|model| model["roles"] == serde_json::json!(["detector"])).unwrap();
    for field in ["name", "family", "licence"] {
        assert!(detector[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {detector}");
    }
    assert!(models.iter().all(|model| model["state"] == "present"), "a checkout has them all: {models:?}");
    let name = detector["name"].as_str().unwrap();
    let pulled = studio.json(&["models", "pull", name]);
    assert_eq!(pulled, serde_json::json!([{ "name": name, "bytes": detector["bytes"], "fetched": false }]));
    let unknown = studio.run(&["models", "pull", "no-such-model"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(said(&unknown).contains("there are") && said(&unknown).contains(name), "{}", said(&unknown));
}
