//! The file evidence is written to. It holds what was read and said, so nobody else may read it.

use crate::errors::{Outcome, bad_input};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;

/// Every line of a record begins so.
const BEGINNING: &[u8] = br#"{"step":""#;

/// Refuses a file that is to become the show's recording, and one that holds something other than evidence: it would be lost.
/// Errors: `bad_input`.
pub(crate) fn check(path: &Path, recording: Option<&Path>) -> Outcome<()> {
    let refused = |why: &str| -> Outcome<()> {
        let failure = bad_input(format!("evidence can't be written to {}: {why}", path.display()));
        Err(failure.hint("name a file that is not there yet, or one that holds evidence, which is written over"))
    };
    if recording.is_some_and(|recording| is_same(path, recording)) {
        return refused("the show is recorded to it");
    }
    match std::fs::metadata(path) {
        Ok(known) if known.is_file() && known.len() > 0 => match beginning(path) {
            Ok(bytes) if bytes == BEGINNING => Ok(()),
            Ok(_) => refused("it holds something else"),
            Err(error) => refused(&format!("what it holds can't be read: {error}")),
        },
        // What can't be written is told when it is begun; it costs no show.
        _ => Ok(()),
    }
}

fn beginning(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(BEGINNING.len() as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Files that may not be there yet, by whatever way they are named.
fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| Some((path.parent()?.canonicalize().ok()?, path.file_name()?.to_owned()));
    one == other || place(one).is_some_and(|one| place(other) == Some(one))
}

/// Opens it anew; one that is there is written over, see [`check`]. Errors: the disk's own.
pub(crate) fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // One that was there keeps the permissions it had; a device's are not ours.
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{ShowMs, Sku};
    use hawker_vision::tagger::{Record, Step};
    use hawker_wire::ErrorCode;

    fn refused(path: &Path) -> bool {
        check(path, None).err().map(|failure| failure.code) == Some(ErrorCode::BadInput)
    }

    #[test]
    fn nothing_but_former_evidence_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        assert!(!refused(&file("new")));
        std::fs::write(file("empty"), "").unwrap();
        assert!(!refused(&file("empty")));
        for text in ["a", "{\"step", "of another show\n"] {
            std::fs::write(file("other"), text).unwrap();
            assert!(refused(&file("other")), "{text:?}");
        }
        for step in [Step::StartOver, Step::Order { skus: vec![Sku::new("A").unwrap()] }] {
            let mut record = Record::new(Box::new(create(&file("former")).unwrap()));
            record.step(|| step);
            record.step(|| Step::End { track_id: 1, at: ShowMs(0) });
            record.finish().unwrap();
            assert!(!refused(&file("former")));
        }
    }

    #[test]
    fn the_recording_is_no_place_for_evidence_even_where_it_is_named_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("shows")).unwrap();
        let (recording, again) = (folder.path().join("show.mkv"), folder.path().join("shows/../show.mkv"));
        for path in [&recording, &again] {
            let failure = check(path, Some(recording.as_path())).unwrap_err();
            assert!(failure.code == ErrorCode::BadInput && failure.message.contains("recorded"), "{failure:?}");
        }
        assert!(check(&folder.path().join("shows/show.mkv"), Some(recording.as_path())).is_ok(), "another folder");
    }
}
