//! Models that are listed and fetched, from a real server on this machine.

use crate::shelf::{Answer, Shelf};
use hawker_studio::{ModelLine, ModelState, Parts, PullProgress, PulledModel, StudioConfig, list_models, pull_models};
use hawker_wire::{ErrorCode, Failure};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A model of the least there is, an empty graph, made large by what it says of itself.
fn model(bytes: usize) -> Vec<u8> {
    let mut file = vec![0x08, 0x08, 0x3a, 0x00, 0x32];
    let mut length = bytes;
    while length >= 0x80 {
        file.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    file.push(length as u8);
    file.extend((0..bytes).map(|place| b'a' + (place % 23) as u8));
    file
}

/// A folder with a manifest of one model, "big".
struct Folder {
    dir: TempDir,
}

impl Folder {
    fn new(file: &[u8], url: Option<&str>) -> Self {
        let hash: String = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect();
        let url = url.map(|url| format!("url = \"{url}\"\n")).unwrap_or_default();
        let text = format!(
            "version = 1\n[roles]\ndetector = \"big\"\n[model.big]\nfamily = \"nanodet\"\nfile = \"more/big.onnx\"\n\
             bytes = {}\nsha256 = \"{hash}\"\nlicence = \"MIT\"\nsource = \"here\"\nobtained = \"by hand\"\n{url}\
             inputs = []\noutputs = []\n",
            file.len()
        );
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("manifest.toml"), text).unwrap();
        Self { dir }
    }

    fn target(&self) -> PathBuf {
        self.dir.path().join("more/big.onnx")
    }

    fn part(&self) -> PathBuf {
        self.dir.path().join("more/big.onnx.part")
    }

    /// Puts the beginning of a download there.
    fn began(&self, part: &[u8]) {
        fs::create_dir_all(self.dir.path().join("more")).unwrap();
        fs::write(self.part(), part).unwrap();
    }

    fn config(&self) -> StudioConfig {
        StudioConfig {
            data_dir: self.dir.path().join("data"),
            models_dir: self.dir.path().to_owned(),
            onnxruntime: None,
            platform_program: None,
            decoder: None,
            passphrase: None,
            use_keychain: false,
            parts: Parts::Store,
            preview_when_idle: false,
        }
    }

    async fn pull(&self) -> Result<Vec<PulledModel>, Failure> {
        pull_models(&self.config(), &[], &mut |_| {}).await
    }

    async fn pull_named(&self, name: &str) -> Result<Vec<PulledModel>, Failure> {
        pull_models(&self.config(), &[name.to_owned()], &mut |_| {}).await
    }

    /// Fetches it and says whether it was fetched; it is right then, alone, and has the rights of any file.
    async fn pulled(&self, want: &[u8]) -> bool {
        let pulled = self.pull().await.unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(fs::read(self.target()).unwrap(), want);
        assert!(!self.part().exists(), "nothing stays beside it");
        let [one] = pulled.as_slice() else { panic!("{pulled:?}") };
        assert_eq!((one.name.as_str(), one.bytes), ("big", want.len() as u64));
        one.fetched
    }

    async fn refused(&self) -> Failure {
        let failure = self.pull().await.unwrap_err();
        assert!(!self.target().exists(), "what is not right never takes its place");
        failure
    }

    fn line(&self) -> ModelLine {
        let mut lines = list_models(&self.config()).unwrap();
        assert_eq!(lines.len(), 1);
        lines.remove(0)
    }
}

#[tokio::test]
async fn a_model_is_fetched_whole_and_then_left_alone() {
    let file = model(300_000);
    let shelf = Shelf::start(Answer::File(file.clone()));
    let folder = Folder::new(&file, Some(&shelf.url()));
    assert_eq!(folder.line().state, ModelState::Missing);
    assert!(folder.line().why.unwrap().contains("hawker models pull big"));
    let mut told = Vec::new();
    let mut tell = |progress: PullProgress<'_>| told.push((progress.bytes, progress.total));
    let pulled = pull_models(&folder.config(), &["big".into()], &mut tell).await.unwrap();
    assert!(pulled[0].fetched);
    assert_eq!(told.first(), Some(&(0, file.len() as u64)));
    assert_eq!(told.last(), Some(&(file.len() as u64, file.len() as u64)));
    assert!(told.is_sorted());
    assert_eq!(shelf.asked(), [None]);
    assert!(!folder.pulled(&file).await, "it is there");
    assert_eq!(shelf.asked(), [] as [Option<String>; 0], "and nobody is asked");
    let line = folder.line();
    assert_eq!((line.state, line.why, line.roles), (ModelState::Present, None, vec!["detector"]));
    assert_eq!((line.family.as_str(), line.licence.as_str(), line.bytes), ("nanodet", "MIT", file.len() as u64));
}

#[cfg(unix)]
#[tokio::test]
async fn a_fetched_model_can_be_read_like_any_other_file() {
    use std::os::unix::fs::PermissionsExt;
    let file = model(10);
    let shelf = Shelf::start(Answer::File(file.clone()));
    let folder = Folder::new(&file, Some(&shelf.url()));
    assert!(folder.pulled(&file).await);
    let usual = folder.dir.path().join("usual");
    fs::write(&usual, "").unwrap();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.target()), mode(usual));
}

#[tokio::test]
async fn a_download_that_broke_off_goes_on_where_it_stopped() {
    let file = model(300_000);
    let shelf = Shelf::start(Answer::Cut(file.clone(), 100_000));
    let folder = Folder::new(&file, Some(&shelf.url()));
    let failure = folder.refused().await;
    assert_eq!((failure.code, failure.retryable), (ErrorCode::Unreachable, true));
    assert!(failure.message.contains("100000 of") && failure.message.contains("run the same again"), "{failure}");
    assert_eq!(fs::read(folder.part()).unwrap(), file[..100_000]);
    shelf.asked();
    assert_eq!(folder.refused().await.code, ErrorCode::Unreachable, "it breaks off once more");
    shelf.answers(Answer::File(file.clone()));
    assert!(folder.pulled(&file).await);
    let ranges = [100_000, 200_000].map(|from| Some(format!("bytes={from}-")));
    assert_eq!(shelf.asked(), ranges, "no byte is fetched twice");
}

#[tokio::test]
async fn where_the_server_knows_no_ranges_it_begins_anew() {
    let file = model(300_000);
    let shelf = Shelf::start(Answer::Whole(file.clone()));
    let folder = Folder::new(&file, Some(&shelf.url()));
    folder.began(&file[..50_000]);
    assert!(folder.pulled(&file).await);
    assert_eq!(shelf.asked(), [Some("bytes=50000-".into())], "one request does");
}

#[tokio::test]
async fn what_was_there_of_another_file_is_thrown_away() {
    let file = model(300_000);
    let shelf = Shelf::start(Answer::File(file.clone()));
    let ranges = |shelf: &Shelf| shelf.asked().into_iter().map(|range| range.is_some()).collect::<Vec<_>>();
    for (what, part, asked) in [
        ("other bytes", vec![b'x'; 50_000], &[true, false][..]),
        ("as many bytes, but others", vec![b'x'; file.len()], &[false]),
        ("more bytes", vec![b'x'; file.len() + 1], &[false]),
        ("nothing", Vec::new(), &[false]),
        ("the whole", file.clone(), &[]),
    ] {
        let folder = Folder::new(&file, Some(&shelf.url()));
        folder.began(&part);
        assert!(folder.pulled(&file).await, "{what}");
        assert_eq!(ranges(&shelf), asked, "{what}");
    }
}

#[tokio::test]
async fn a_rest_of_a_file_of_another_size_is_not_put_behind_what_is_there() {
    let file = model(300_000);
    let longer = [file.clone(), vec![0; 10]].concat();
    let shelf = Shelf::start(Answer::File(longer));
    let folder = Folder::new(&file, Some(&shelf.url()));
    folder.began(&file[..50_000]);
    let failure = folder.refused().await;
    assert_eq!(failure.code, ErrorCode::Damaged);
    assert_eq!(shelf.asked(), [Some("bytes=50000-".into()), None], "its total differs, so it is asked for the whole");
    assert!(failure.message.contains(&(file.len() + 10).to_string()), "{failure}");
    assert_eq!(fs::read(folder.part()).unwrap().len(), 50_000, "what is there may still be right");
}

#[tokio::test]
async fn a_file_with_another_hash_is_removed() {
    let file = model(300_000);
    let mut other = file.clone();
    other[1_000] ^= 1;
    let shelf = Shelf::start(Answer::File(other));
    let folder = Folder::new(&file, Some(&shelf.url()));
    let failure = folder.refused().await;
    assert_eq!(failure.code, ErrorCode::Damaged);
    assert!(failure.message.contains("sha256 differs"), "{failure}");
    assert!(!folder.part().exists());
    assert_eq!(shelf.asked(), [None], "the whole is not asked for again and again");
}

#[tokio::test]
async fn a_file_that_is_longer_or_shorter_than_it_should_be_is_not_taken() {
    let file = model(300_000);
    let longer = [file.clone(), vec![0; 10]].concat();
    let shelf = Shelf::start(Answer::File(longer.clone()));
    let folder = Folder::new(&file, Some(&shelf.url()));
    let failure = folder.refused().await;
    assert!(failure.message.contains(&longer.len().to_string()), "it says so before a byte of it: {failure}");
    assert!(!folder.part().exists());
    // A server that says nothing of the length is stopped where the file should end.
    shelf.answers(Answer::Endless(longer));
    let failure = folder.refused().await;
    assert!(failure.message.contains("more than the"), "{failure}");
    assert!(!folder.part().exists(), "nothing of it is kept");
    shelf.answers(Answer::File(file[..1_000].to_vec()));
    assert_eq!(folder.refused().await.code, ErrorCode::Damaged);
    shelf.answers(Answer::Endless(file.clone()));
    assert!(folder.pulled(&file).await, "one that says nothing and is right is taken");
}

#[tokio::test]
async fn a_server_without_the_file_is_named_with_what_to_do() {
    let file = model(10);
    let shelf = Shelf::start(Answer::Status(404));
    let folder = Folder::new(&file, Some(&shelf.url()));
    for (status, code, advice) in [
        (404, ErrorCode::NotFound, "manifest.toml"),
        (403, ErrorCode::BadInput, "manifest.toml"),
        (429, ErrorCode::RateLimited, "again later"),
        (503, ErrorCode::Unreachable, "again later"),
    ] {
        shelf.answers(Answer::Status(status));
        let failure = folder.refused().await;
        assert_eq!(failure.code, code);
        let said = failure.to_string();
        assert!(said.contains(&status.to_string()) && said.contains(advice), "{said}");
        assert!(!folder.part().exists(), "and no empty file");
    }
    let url = shelf.url();
    drop(shelf);
    let failure = folder.refused().await;
    assert_eq!(failure.code, ErrorCode::Unreachable);
    assert!(failure.message.contains(&url) && failure.message.contains("check the network"), "{failure}");
}

#[tokio::test]
async fn nobody_is_followed_to_a_place_that_is_not_https() {
    let file = model(10);
    let other = Shelf::start(Answer::File(file.clone()));
    let shelf = Shelf::start(Answer::Elsewhere(format!("{}?key=secret", other.url())));
    let folder = Folder::new(&file, Some(&shelf.url()));
    let failure = folder.refused().await;
    assert_eq!(failure.code, ErrorCode::BadInput);
    assert!(failure.message.contains("not https"), "{failure}");
    assert!(!failure.to_string().contains("secret"), "where it would have gone is nobody's business: {failure}");
    assert_eq!(other.asked(), [] as [Option<String>; 0]);
}

#[tokio::test]
async fn an_address_that_others_can_change_on_the_way_is_not_asked() {
    let file = model(10);
    for url in
        ["http://models.example/a.onnx", "ftp://models.example/a.onnx", "https://me:pass@models.example/a", "a.onnx"]
    {
        let folder = Folder::new(&file, Some(url));
        let failure = folder.refused().await;
        assert_eq!(failure.code, ErrorCode::BadInput, "{failure}");
        assert!(failure.to_string().contains("manifest.toml"), "{failure}");
    }
}

#[tokio::test]
async fn a_model_that_wants_more_than_the_disk_has_is_not_begun() {
    let file = model(10);
    let shelf = Shelf::start(Answer::File(file.clone()));
    let folder = Folder::new(&file, Some(&shelf.url()));
    let path = folder.dir.path().join("manifest.toml");
    let text = fs::read_to_string(&path).unwrap();
    let bytes = format!("bytes = {}", file.len());
    fs::write(&path, text.replace(&bytes, "bytes = 9000000000000000000")).unwrap();
    let failure = folder.refused().await;
    assert_eq!(failure.code, ErrorCode::DiskFull);
    assert!(failure.message.contains("9000000000000 MB") && failure.message.contains("HAWKER_MODELS"), "{failure}");
    assert_eq!(shelf.asked(), [] as [Option<String>; 0]);
    assert!(!folder.part().exists());
}

#[tokio::test]
async fn two_do_not_fetch_the_same_at_once() {
    let file = model(10);
    let shelf = Shelf::start(Answer::File(file.clone()));
    let folder = Folder::new(&file, Some(&shelf.url()));
    folder.began(b"");
    let held = fs::File::options().write(true).open(folder.part()).unwrap();
    held.lock().unwrap();
    let failure = folder.refused().await;
    assert_eq!(failure.code, ErrorCode::Conflict, "{failure}");
    drop(held);
    assert!(folder.pulled(&file).await);
}

#[tokio::test]
async fn a_damaged_model_is_replaced_and_one_without_an_address_says_what_to_do() {
    let file = model(1_000);
    let shelf = Shelf::start(Answer::File(file.clone()));
    let folder = Folder::new(&file, Some(&shelf.url()));
    fs::create_dir_all(folder.dir.path().join("more")).unwrap();
    fs::write(folder.target(), "damaged").unwrap();
    assert_eq!(folder.line().state, ModelState::Damaged);
    assert!(folder.pulled(&file).await);
    let homeless = Folder::new(&file, None);
    assert_eq!(homeless.pull().await.unwrap(), [], "all that have an address are none");
    let failure = homeless.pull_named("big").await.unwrap_err();
    assert!(failure.to_string().contains("git checkout -- models"), "{failure}");
    let failure = homeless.pull_named("bigger").await.unwrap_err();
    assert_eq!(failure.code, ErrorCode::NotFound);
    assert!(failure.to_string().contains("there are big"), "{failure}");
}

#[tokio::test]
async fn a_model_that_keeps_its_weights_elsewhere_is_told_when_it_is_fetched() {
    // A graph whose one initialiser, "w", lies in another file.
    let file = [&[0x08, 0x08, 0x3a, 0x07, 0x2a, 0x05][..], &[0x42, 0x01, b'w', 0x70, 0x01]].concat();
    let shelf = Shelf::start(Answer::File(file.clone()));
    let folder = Folder::new(&file, Some(&shelf.url()));
    let failure = folder.pull().await.unwrap_err();
    assert_eq!(failure.code, ErrorCode::ModelUnavailable);
    assert!(failure.message.contains("tensor w lies in another file"), "{failure}");
    let line = folder.line();
    assert_eq!(line.state, ModelState::Refused, "{line:?}");
}
