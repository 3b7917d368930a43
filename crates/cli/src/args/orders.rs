//! `hawker orders …`

use clap::{Args, Subcommand, ValueEnum};
use hawker_domain::{Currency, channel::ChannelId, till::TenderKind};
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
    /// A sale at the table: SKU or SKU=QUANTITY, one or more. Works without a network.
    Add(AddSale),
    /// Goods of a sale at the table come back: SKU or SKU=QUANTITY, or #LINE=QUANTITY where a product stands in several lines.
    Return {
        order: String,
        #[arg(required = true)]
        pieces: Vec<String>,
        /// How the money goes back.
        #[arg(long, value_enum, default_value = "cash")]
        tender: Tender,
        /// The goods can't be sold again.
        #[arg(long)]
        spoiled: bool,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Payments at the table that nobody has found at the provider yet.
    Unverified,
    /// The payment of a sale was found at the provider.
    Match {
        order: String,
        /// The provider's number of it.
        #[arg(long = "ref", value_name = "TEXT")]
        reference: String,
    },
    /// Match a provider's statement (CSV or XLSX of amount, time and reference) with the payments that wait. What fits in more than
    /// one way is listed and left to you.
    Statement(Statement),
    /// The receipt of an order: as text, or on a printer.
    Receipt {
        order: String,
        /// tcp://HOST:9100, file:PATH of a device, or "-" for text; usually that of `hawker till setup`.
        #[arg(long)]
        printer: Option<String>,
        /// Open the cash drawer, where it was paid in cash.
        #[arg(long)]
        drawer: bool,
        /// How far the clock on the receipt is ahead of UTC, as +08:00. Without it the time is UTC, and says so.
        #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
        utc_offset: Option<String>,
    },
}

#[derive(Debug, Args)]
pub struct AddSale {
    #[arg(required = true)]
    pub lines: Vec<String>,
    #[arg(long, default_value = "")]
    pub buyer: String,
    /// What it is paid with.
    #[arg(long, value_enum, default_value = "cash")]
    pub tender: Tender,
    /// Cash that was handed over; the change is told.
    #[arg(long, value_name = "AMOUNT")]
    pub received: Option<String>,
    /// SKU=PRICE: a piece is sold for another price than the one shown, as far down as the till's rules allow.
    #[arg(long, value_name = "SKU=PRICE", requires = "reason")]
    pub price: Vec<String>,
    /// Why.
    #[arg(long, default_value = "", requires = "price")]
    pub reason: String,
    /// Print the receipt, and open the drawer where it is paid in cash.
    #[arg(long)]
    pub print: bool,
}

#[derive(Debug, Args)]
pub struct Statement {
    pub file: PathBuf,
    /// Match what fits. Without it nothing changes.
    #[arg(long)]
    pub apply: bool,
    /// How far the till's clock and the provider's may be apart.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(..=86_400))]
    pub tolerance: u32,
    /// Of times that name no offset: how far they are ahead of UTC, as +08:00.
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub utc_offset: Option<String>,
    /// Of amounts that name none; usually that of the payments that wait.
    #[arg(long)]
    pub currency: Option<Currency>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tender {
    Cash,
    /// A code that was scanned.
    Qr,
    Card,
}

impl From<Tender> for TenderKind {
    fn from(tender: Tender) -> Self {
        match tender {
            Tender::Cash => Self::Cash,
            Tender::Qr => Self::Qr,
            Tender::Card => Self::Card,
        }
    }
}

fn channel(text: &str) -> Result<ChannelId, String> {
    ChannelId::new(text).map_err(|error| error.to_string())
}

fn utc_offset(text: &str) -> Result<i32, String> {
    hawker_studio::utc_offset(text).map_err(|failure| failure.message)
}
