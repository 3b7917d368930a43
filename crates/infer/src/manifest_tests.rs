#![allow(clippy::unwrap_used)]
use super::*;
use crate::spec::{Activation, Fit, Place, TensorSpec};

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

#[test]
fn every_model_we_ship_is_the_one_the_manifest_describes() {
    let manifest = Manifest::load(&models()).unwrap();
    let mut total = 0;
    for (name, spec) in manifest.models().filter(|(_, spec)| spec.url.is_none()) {
        total += manifest.read(name, spec).unwrap().len();
        assert!(!spec.licence.is_empty() && !spec.source.is_empty() && !spec.obtained.is_empty(), "{name}");
    }
    assert!(total <= 28_000_000, "the models together may weigh 28 MB, they weigh {total}");
    let (_, detector) = manifest.role(Role::Detector).unwrap();
    assert_eq!(detector.labels.len(), 80);
    assert!(detector.context.iter().all(|label| detector.labels.contains(label)));
}

#[test]
fn an_entry_of_before_is_read_as_before_and_a_new_one_says_more() {
    let tensor = |text: &str| toml::from_str::<TensorSpec>(text).unwrap();
    let plain = tensor("name = \"image\"\nshape = [1, 3, \"h\", \"w\"]\nlayout = \"nchw\"");
    assert_eq!((plain.fit, plain.place, plain.pad), (Fit::Stretch, Place::Centre, [0.0; 3]));
    assert_eq!(plain.shape_text(), "[1, 3, h, w]");
    let gray = tensor("name = \"x\"\nshape = []\nfit = \"letterbox\"\nplace = \"top_left\"\npad = [114, 114.5, 0]");
    assert_eq!((gray.place, gray.pad), (Place::TopLeft, [114.0, 114.5, 0.0]));
    let manifest = Manifest::load(&models()).unwrap();
    assert!(manifest.models().all(|(_, spec)| spec.activation.is_none() && !spec.decoded));
    #[derive(Deserialize)]
    struct Said {
        activation: Activation,
    }
    let said = |word: &str| toml::from_str::<Said>(&format!("activation = \"{word}\"")).map(|said| said.activation);
    assert_eq!(said("none").unwrap(), Activation::Identity);
    assert_eq!(said("softmax").unwrap(), Activation::Softmax);
    let wrong = said("soft-max").unwrap_err().to_string();
    assert!(wrong.contains("sigmoid"), "it says what there is: {wrong}");
}

#[test]
fn a_missing_or_damaged_file_says_which_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(models().join(MANIFEST_FILE), folder.path().join(MANIFEST_FILE)).unwrap();
    let manifest = Manifest::load(folder.path()).unwrap();
    let (name, spec) = manifest.role(Role::Embedder).unwrap();
    let missing = manifest.read(name, spec).unwrap_err();
    assert!(matches!(missing, ModelError::Missing { .. }));
    assert!(missing.to_string().contains("efficientnet_lite2_multi.onnx"), "{missing}");

    let mut bytes = std::fs::read(models().join(&spec.file)).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(folder.path().join(&spec.file), bytes).unwrap();
    let damaged = manifest.read(name, spec).unwrap_err();
    assert!(matches!(damaged, ModelError::Damaged { .. }), "one flipped bit must not go unseen");
    assert!(damaged.to_string().contains("git checkout -- models"), "{damaged}");
}

#[test]
fn a_model_that_is_to_be_fetched_says_how() {
    let manifest = Manifest::load(&models()).unwrap();
    let (name, spec) = manifest.role(Role::Embedder).unwrap();
    let url = Some("https://models.example/larger.onnx".to_owned());
    let spec = ModelSpec { file: "larger.onnx".to_owned(), url, ..spec.clone() };
    let away = manifest.read(name, &spec).unwrap_err();
    assert!(matches!(away, ModelError::NotFetched { .. }));
    assert!(away.to_string().contains("hawker models pull efficientnet_lite2_multi"), "{away}");
    assert_eq!(manifest.roles_of(name), [Role::Embedder]);
    assert_eq!(manifest.roles_of("larger"), []);
}

#[test]
fn a_file_is_a_model_when_its_size_and_hash_are() {
    let manifest = Manifest::load(&models()).unwrap();
    let (name, spec) = manifest.models().min_by_key(|(_, spec)| spec.bytes).unwrap();
    let bytes = std::fs::read(manifest.path(name, spec).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let is = |bytes: &[u8]| {
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        spec.is(&mut std::fs::File::open(path).unwrap()).unwrap()
    };
    assert!(is(&bytes));
    assert!(!is(&bytes[1..]) && !is(&[]));
    let mut flipped = bytes;
    flipped[7] ^= 1;
    assert!(!is(&flipped));
}

#[test]
fn a_model_with_its_weights_elsewhere_is_not_read_whatever_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    // A graph whose one initialiser, "w", lies in another file.
    let file = [0x08, 0x08, 0x3a, 0x07, 0x2a, 0x05, 0x42, 0x01, b'w', 0x70, 0x01];
    std::fs::write(folder.path().join("a.onnx"), file).unwrap();
    std::fs::copy(models().join(MANIFEST_FILE), folder.path().join(MANIFEST_FILE)).unwrap();
    let manifest = Manifest::load(folder.path()).unwrap();
    let (name, spec) = manifest.role(Role::Embedder).unwrap();
    let (bytes, sha256) = (file.len() as u64, hex::encode(Sha256::digest(file)));
    let spec = ModelSpec { file: "a.onnx".to_owned(), bytes, sha256, ..spec.clone() };
    let error = manifest.read(name, &spec).unwrap_err();
    assert!(matches!(error, ModelError::Unsafe { .. }));
    assert!(error.to_string().contains("tensor w lies in another file"), "{error}");
}

#[test]
fn a_model_is_read_from_nowhere_but_its_folder() {
    let manifest = Manifest::load(&models()).unwrap();
    let (name, spec) = manifest.role(Role::Embedder).unwrap();
    for (file, inside) in [("a.onnx", true), ("more/a.onnx", true), ("../a.onnx", false), ("more/../../a", false)]
        .into_iter()
        .chain([("/etc/passwd", false), ("", false), (".", false)])
    {
        let spec = ModelSpec { file: file.to_owned(), ..spec.clone() };
        let outside = matches!(manifest.read(name, &spec), Err(ModelError::Outside { .. }));
        assert_eq!(outside, !inside, "{file}");
    }
}

#[test]
fn a_manifest_that_is_missing_broken_or_of_the_future_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let load = |text: &str| {
        std::fs::write(folder.path().join(MANIFEST_FILE), text).unwrap();
        Manifest::load(folder.path())
    };
    assert!(matches!(Manifest::load(&folder.path().join("nowhere")), Err(ManifestError::Read { .. })));
    assert!(matches!(load("version = "), Err(ManifestError::Parse { .. })));
    assert!(matches!(load("version = 9"), Err(ManifestError::Version { found: 9, .. })));
    assert!(matches!(load("version = 1").unwrap().role(Role::Detector), Err(ManifestError::NoRole { .. })));
    let dangling = load("version = 1\n[roles]\ndetector = \"x\"").unwrap();
    assert!(matches!(dangling.role(Role::Detector), Err(ManifestError::NoModel { .. })));
}
