//! The demo's renderer: catalogue photos, the clip with its truth, icons and slates. Entry: [`run`].
//!
//! Everything is drawn from the tables in `goods`, our own labels and the photographs under assets/demo/cutouts; for one
//! seed the frames are the same on every machine that has the same fonts. It knows nothing of recognition.

mod barcode;
mod canvas;
mod error;
mod goods;
mod label;
mod maths;
mod mesh;
mod motif;
mod photos;
mod raster;
mod thing;

use std::path::{Path, PathBuf};

pub use error::DemoError;

/// Options of `cargo xtask demo-clip`.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoClip {
    /// Folder that gets clip.mp4 and clip.truth.json
    #[arg(long, default_value = "assets/demo")]
    pub out: PathBuf,
    /// Render the catalogue's photos and catalog.csv instead of the clip
    #[arg(long)]
    pub catalogue: bool,
}

/// Renders what the options ask for; `say` gets one line of progress at a time.
pub fn run(options: &DemoClip, root: &Path, say: &mut dyn FnMut(&str)) -> Result<(), DemoError> {
    let printer = label::Printer::new()?;
    let cutouts = root.join("assets/demo/cutouts");
    let out = root.join(&options.out);
    if options.catalogue {
        let files = photos::write(&out, &cutouts, &printer)?;
        say(&format!("{} files written to {}", files.len(), out.display()));
    }
    Ok(())
}
