//! The demo's renderer: catalogue photos, the clip with its truth, icons and slates. Entry: [`run`].
//!
//! Everything is drawn from the tables in `goods`, our own labels and the photographs under assets/demo/cutouts; for one
//! seed the frames are the same on every machine that has the same fonts. It knows nothing of recognition.

mod barcode;
mod bodies;
mod canvas;
mod check;
mod clay;
mod clip;
mod encode;
mod error;
mod film;
mod goods;
mod hand;
mod host;
mod icons;
mod label;
mod layouts;
mod maths;
mod mesh;
mod motif;
mod photos;
mod raster;
mod script;
mod sound;
mod stage;
mod thing;
mod unseen;

use std::path::{Path, PathBuf};

use goods::CATALOGUE;
use photos::CATALOGUE_SEED;
use script::Cast;
use unseen::Range;

pub use error::DemoError;

/// Options of `cargo xtask demo-clip`.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoClip {
    /// Length of the clip in seconds
    #[arg(long, default_value_t = 86)]
    pub seconds: u32,
    /// Another seed shows other things, turned, lit and covered otherwise
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Every thing in another kind of shot: host, close-up, table, empty room, slate
    #[arg(long)]
    pub angles: bool,
    /// Folder that gets clip.mp4 and clip.truth.json
    #[arg(long, default_value = "assets/demo", default_value_if("unseen", "true", "target/unseen"))]
    pub out: PathBuf,
    /// Show goods that are not in the demo, and that recognition was never tuned on: each seed makes others. Their catalogue with its
    /// photos goes into the folder too
    #[arg(long, conflicts_with_all = ["icons", "check"])]
    pub unseen: bool,
    /// Render the catalogue's photos and catalog.csv instead of the clip
    #[arg(long)]
    pub catalogue: bool,
    /// Render the app's icons from assets/icons/icon.svg and prove the slates instead of the clip
    #[arg(long)]
    pub icons: bool,
    /// Compare what lies in the folder with what would be rendered, write nothing
    #[arg(long)]
    pub check: bool,
    /// Render that many stills as PNG instead of the clip
    #[arg(long, value_name = "N")]
    pub stills: Option<usize>,
}

/// Renders what the options ask for; `say` gets one line of progress at a time.
pub fn run(options: &DemoClip, root: &Path, say: &mut dyn FnMut(&str)) -> Result<(), DemoError> {
    let printer = label::Printer::new()?;
    let cutouts = root.join("assets/demo/cutouts");
    let out = root.join(&options.out);
    let seconds = options.seconds as f32;
    if options.check {
        return check::run(&out, &cutouts, (seconds, options.seed), &printer, say);
    }
    if options.icons {
        let icons = icons::write(&root.join("assets/icons"), &printer)?;
        let slates = icons::prove(&root.join("assets/slates"), &printer)?;
        say(&format!("{} icons written, {} slates render", icons.len(), slates.len()));
        return Ok(());
    }
    let unseen = options.unseen.then(|| Range::new(options.seed));
    if options.catalogue || (options.unseen && options.stills.is_none()) {
        let (goods, seed) =
            unseen.as_ref().map_or((CATALOGUE, CATALOGUE_SEED), |range| (range.catalogue.as_slice(), options.seed));
        let count = photos::write(&out, &photos::render(goods, seed, &cutouts, &printer)?)?;
        say(&format!("{count} files written to {}", out.display()));
    }
    if options.catalogue {
        return Ok(());
    }
    let cast = &unseen.map_or_else(Cast::demo, |range| range.cast());
    let order = clip::Order { cast, seconds, seed: options.seed, angles: options.angles, out: &out, cutouts: &cutouts };
    if let Some(count) = options.stills {
        let files = clip::stills(order, count, &printer)?;
        say(&format!("{} stills written to {}", files.len(), out.display()));
        return Ok(());
    }
    clip::render(order, &printer, say)?;
    say(&format!("clip.mp4 and clip.truth.json written to {}", out.display()));
    Ok(())
}
