//! `hawker stock …`

use super::orders::Tender;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Stock {
    /// What this device may sell without the platform, what is put aside here, what was sold and is missing.
    Show,
    /// Take pieces out of what buyers of the page can order: SKU or SKU=QUANTITY. From the platform's answer on this device alone sells
    /// them.
    Take {
        #[arg(required_unless_present = "all")]
        lines: Vec<String>,
        /// Everything in stock.
        #[arg(long, conflicts_with = "lines")]
        all: bool,
        /// What comes in from now on stays this device's own as well.
        #[arg(long)]
        keep: bool,
    },
    /// Give pieces back, without lines all that are free.
    GiveBack { lines: Vec<String> },
    /// Whether goods that come in stay this device's own (on) or can be ordered on the page at once (off).
    Keep {
        #[arg(value_parser = ["on", "off"])]
        state: String,
    },
    /// Put goods aside for somebody who comes back: SKU or SKU=QUANTITY. Refused for more than this device may sell by itself.
    PutAside {
        #[arg(required = true)]
        lines: Vec<String>,
        #[arg(long, default_value = "")]
        buyer: String,
        #[arg(long, default_value_t = 24 * 60)]
        minutes: u32,
    },
    /// What was put aside is paid and gone.
    Collect {
        order: String,
        /// What it is paid with.
        #[arg(long, value_enum, default_value = "cash")]
        tender: Tender,
    },
    /// What was put aside may be sold again.
    LetGo { order: String },
    /// Which device has what, as the platform says.
    Devices,
    /// A device does not come back: what it had can be sold by others.
    Lost { device: String },
}
