//! `hawker till …`

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use hawker_domain::till::TillRole;
use std::path::PathBuf;

/// Amounts are as 200.00 in the currency of the settings, or EUR=50.
#[derive(Debug, Subcommand)]
pub enum Till {
    /// Open the till with the change that lies in the drawer, an amount a currency; none for an empty drawer.
    Open { floats: Vec<String> },
    /// Cash goes into the drawer that no goods are sold for.
    PayIn { amount: String, note: String },
    /// Cash goes out of the drawer.
    PayOut { amount: String, note: String },
    /// Count what lies in the drawer, an amount a currency, and close the till.
    Close {
        counted: Vec<String>,
        /// Why it is not what should lie there.
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        paper: Paper,
    },
    /// The open till as it stands, or a closed one.
    Report {
        /// The last that was closed (1), the one before it (2), and so on, of all your devices.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=366))]
        closed: Option<u32>,
        #[command(flatten)]
        paper: Paper,
    },
    /// Who stands at this till, how far down prices may go, and where receipts are printed. Without words: as it is.
    Setup(TillSetupArgs),
}

#[derive(Debug, Args)]
pub struct Paper {
    /// Write it to this new file as CSV.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Print it: tcp://HOST:9100, file:PATH of a device, or "-" for text.
    #[arg(long)]
    pub printer: Option<String>,
    /// How far the clock that is shown is ahead of UTC, as +08:00. Without it times are UTC, and say so.
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub utc_offset: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").multiple(true))]
pub struct TillSetupArgs {
    #[arg(long, value_enum, group = "change")]
    pub role: Option<Role>,
    /// The lowest price that the owner may take, in percent of the one shown.
    #[arg(long, value_name = "PERCENT", group = "change", value_parser = clap::value_parser!(u8).range(..=100))]
    pub owner_floor: Option<u8>,
    /// The lowest price that a seller may take, in percent of the one shown.
    #[arg(long, value_name = "PERCENT", group = "change", value_parser = clap::value_parser!(u8).range(..=100))]
    pub seller_floor: Option<u8>,
    /// tcp://HOST:9100 or file:PATH of a device; "" for none.
    #[arg(long, group = "change")]
    pub printer: Option<String>,
    /// Columns of the paper: 32 (58 mm) or 48 (80 mm).
    #[arg(long, value_name = "COLUMNS", group = "change", value_parser = ["32", "48"])]
    pub paper: Option<String>,
    /// What stands at the head of a receipt.
    #[arg(long, group = "change")]
    pub shop: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    Owner,
    Seller,
}

impl From<Role> for TillRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Seller => Self::Seller,
        }
    }
}
