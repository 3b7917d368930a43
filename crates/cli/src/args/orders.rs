//! `hawker orders …`

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Orders {
    /// The newest first. Every other command takes an order by its id or the last six characters of it.
    List {
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Write every order to a new CSV, a row a line of it. Buyers are masked.
    Export { file: PathBuf },
    /// An order, and what happened to it since it was paid.
    Show { order: String },
    /// Whom it goes to, in plain; the platform writes down that it was looked at.
    Buyer { order: String },
    /// Everything to be packed, with names and addresses in plain: as a new CSV, or as a PDF for the printer.
    PackList {
        #[arg(required_unless_present = "pdf", conflicts_with = "pdf")]
        file: Option<PathBuf>,
        /// A block an order, with its number as a code for a scanner.
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
    },
    /// It is packed.
    Pack { order: String },
    /// It is on its way.
    Ship {
        order: String,
        /// The parcel's number.
        #[arg(long, default_value = "")]
        parcel: String,
    },
    /// The buyer has it.
    Deliver { order: String },
    /// The buyer gets the money back.
    Refund {
        order: String,
        #[arg(long, default_value = "")]
        reason: String,
        /// The goods come back into the stock.
        #[arg(long)]
        goods_back: bool,
    },
    /// A sale at the table: SKU or SKU=QUANTITY, one or more.
    Add {
        #[arg(required = true)]
        lines: Vec<String>,
        #[arg(long, default_value = "")]
        buyer: String,
    },
}
