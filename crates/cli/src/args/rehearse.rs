//! The words of `hawker catalog rehearse`.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Rehearse {
    pub skus: Vec<String>,
    /// The same, with commas between them.
    #[arg(long, value_name = "SKU,SKU", value_delimiter = ',', conflicts_with = "skus")]
    pub products: Vec<String>,
    /// The whole catalogue, whatever the running order is.
    #[arg(long, conflicts_with_all = ["skus", "products"])]
    pub all: bool,
    /// Ask for one product after another, to be held up before this: @CAMERA, a file, a URL, or test. Not while a show is on
    /// air; nothing is published or recorded. Enter goes on, b goes back, s skips, y says "this is it" so that it is learned, q
    /// ends.
    #[arg(long)]
    pub source: Option<String>,
    /// The next product is asked for by itself when one was recognised.
    #[arg(long, requires = "source", conflicts_with = "truth")]
    pub by_itself: bool,
    /// What is held up when in the clip that --source names: products are asked for as they come in it, and nobody has to answer.
    #[arg(long, value_name = "FILE", requires = "source")]
    pub truth: Option<PathBuf>,
}
