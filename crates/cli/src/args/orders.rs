//! `hawker orders …`

use clap::Subcommand;
use hawker_domain::channel::ChannelId;
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
    /// Everything to be packed as a new CSV, with names and addresses in plain.
    PackList { file: PathBuf },
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
    /// Take the orders of another platform's export (CSV, TSV or XLSX): order number, SKU, quantity, price; title, buyer, time of
    /// payment and state where there are. Importing a file again takes what is new in it and follows what went on.
    Import {
        file: PathBuf,
        /// The platform, always by the same name: douyin, kuaishou ...
        #[arg(long, value_name = "NAME", value_parser = channel)]
        channel: ChannelId,
        /// Of times without an offset.
        #[arg(long, value_name = "OFFSET", default_value = "+08:00", allow_hyphen_values = true, value_parser = utc_offset)]
        utc_offset: i32,
        /// Say what would happen, change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// A sale at the table: SKU or SKU=QUANTITY, one or more.
    Add {
        #[arg(required = true)]
        lines: Vec<String>,
        #[arg(long, default_value = "")]
        buyer: String,
    },
}

fn channel(text: &str) -> Result<ChannelId, String> {
    ChannelId::new(text).map_err(|error| error.to_string())
}

fn utc_offset(text: &str) -> Result<i32, String> {
    hawker_studio::utc_offset(text).ok_or_else(|| "give an offset such as +08:00".to_owned())
}
