#![allow(clippy::unwrap_used)]
use super::*;
use hawker_domain::ShowMs;
use hawker_vision::tagger::Step;
use std::sync::mpsc::TryRecvError;

fn step(track_id: u32) -> Step {
    Step::End { track_id, at: ShowMs(0) }
}

fn begin(path: &Path) -> (Evidence, Receiver<Failure>) {
    let (tell, told) = channel();
    (Evidence::begin(path.to_owned(), move |failure| tell.send(failure).unwrap()).unwrap(), told)
}

#[test]
fn records_follow_each_other_in_one_file_that_nobody_else_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.jsonl");
    std::fs::write(&path, "of another show\n").unwrap();
    let (evidence, told) = begin(&path);
    for from in [0, 1_000] {
        let mut record = evidence.record();
        (from..from + 1_000).for_each(|id| record.step(|| step(id)));
        record.finish().unwrap();
    }
    evidence.end();
    let text = std::fs::read_to_string(&path).unwrap();
    let steps: Vec<Step> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(steps, (0..2_000).map(step).collect::<Vec<_>>());
    assert_eq!(told.try_recv().unwrap_err(), TryRecvError::Disconnected, "nothing went wrong");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_told_once_and_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (evidence, told) = begin(&folder.path().join("no/such/folder/evidence.jsonl"));
    let failure = told.recv().unwrap();
    assert!(failure.message.contains("no/such/folder"), "{failure:?}");
    let mut record = evidence.record();
    (0..100_000).for_each(|id| record.step(|| step(id)));
    drop(record);
    evidence.end();
    assert!(told.recv().is_err(), "it is told once");
}

fn why(failure: &Failure) -> FailureWhy {
    failure.reason.as_ref().unwrap().why
}

/// A line of four bytes a score.
fn large(track_id: u32, scores: usize) -> Step {
    let (now_ms, at, relatives) = (0, ShowMs(0), Vec::new());
    Step::Look { track_id, now_ms, at, scores: vec![0.0; scores], weight: 1.0, relatives }
}

#[test]
fn the_last_gigabyte_is_left_to_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.jsonl");
    let asked = AtomicUsize::new(0);
    let free = move |_: &Path| {
        let before = asked.fetch_add(1, Ordering::Relaxed);
        Some(if before == 0 { LEAST_FREE } else { LEAST_FREE - 1 })
    };
    let (tell, told) = channel();
    let evidence = Evidence::begin_where(path.clone(), free, move |failure| tell.send(failure).unwrap()).unwrap();
    let mut record = evidence.record();
    (0..4).for_each(|id| record.step(|| large(id, 500_000)));
    let failure = told.recv().unwrap();
    assert_eq!(why(&failure), FailureWhy::EvidenceNoRoom, "{failure:?}");
    drop(record);
    evidence.end();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.ends_with('\n') && text.lines().count() == 3, "it is asked for every 4 MB");
}

#[test]
fn a_line_that_is_larger_than_all_that_may_wait_is_taken_and_so_is_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.jsonl");
    let (evidence, told) = begin(&path);
    let mut record = evidence.record();
    record.step(|| large(0, 5_000_000));
    record.step(|| step(1));
    record.finish().unwrap();
    drop(record);
    evidence.end();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.len() > BYTES_WAITING && text.lines().count() == 2);
    assert_eq!(told.try_recv().unwrap_err(), TryRecvError::Disconnected, "nothing went wrong");
}

/// A pipe that nobody reads is a disk that does not answer.
#[cfg(unix)]
#[test]
fn what_was_turned_away_once_leaves_no_gap() {
    use std::io::{BufRead, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.jsonl");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let (evidence, told) = begin(&path);
    let mut record = evidence.record();
    (0..2 * LINES_WAITING as u32).for_each(|id| record.step(|| step(id)));
    assert_eq!(why(&told.recv().unwrap()), FailureWhy::EvidenceTooSlow);
    let mut lines = BufReader::new(std::fs::File::open(&path).unwrap()).lines();
    let first: Vec<Step> =
        lines.by_ref().take(LINES_WAITING).map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    assert_eq!(first, (0..LINES_WAITING as u32).map(step).collect::<Vec<_>>());
    let waiting = evidence.bytes_waiting.load(Ordering::Relaxed);
    assert!(waiting < 100, "the last line at most, and nothing that was turned away: {waiting}");
    let mut next = evidence.record();
    next.step(|| step(100_000));
    drop((record, next));
    evidence.end();
    assert_eq!(lines.map(Result::unwrap).collect::<Vec<_>>(), Vec::<String>::new());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_once_and_stops_nobody() {
    let (evidence, told) = begin(Path::new("/dev/full"));
    let mut record = evidence.record();
    (0..1_000).for_each(|id| record.step(|| step(id)));
    drop(record);
    evidence.end();
    let failures: Vec<Failure> = told.iter().collect();
    assert!(failures.len() == 1 && failures[0].message.contains("space"), "{failures:?}");
}
