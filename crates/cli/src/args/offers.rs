//! `hawker offers …`

use clap::{Args, Subcommand};
use hawker_domain::Sku;

#[derive(Clone, Debug, Subcommand)]
pub enum Offers {
    /// Offer pieces of a product at another price. Its terms never change: for others end it and add another. Without a network
    /// it reaches the buyers as soon as there is one.
    Add(NewOffer),
    /// What is offered, the newest first.
    List {
        /// Also what is over.
        #[arg(long)]
        all: bool,
    },
    /// Offer no more; named by its id or the last characters of it. What buyers hold by then they pay at its price.
    End { offer: String },
}

#[derive(Clone, Debug, Args)]
pub struct NewOffer {
    #[arg(long, value_parser = super::sku)]
    pub sku: Sku,
    /// In the product's currency, as 9.90.
    #[arg(long)]
    pub price: String,
    /// Pieces that may be sold at this price, in all shows together.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub quantity: u32,
    /// Most of them for one buyer.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub per_buyer: Option<u32>,
    /// When it opens, as 2026-01-31T20:00:00+08:00, by the platform's clock. Without it, at once.
    #[arg(long)]
    pub from: Option<String>,
    /// When it closes, written the same way. Without it, when it is spent or ended.
    #[arg(long, conflicts_with = "minutes")]
    pub until: Option<String>,
    /// So many minutes after it opens, instead.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub minutes: Option<u32>,
    /// A code that buyers type; without it the offer is for everybody.
    #[arg(long)]
    pub coupon: Option<String>,
    /// The price is meant, although it is more than 30 % under the last one.
    #[arg(long)]
    pub yes: bool,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    #[test]
    fn an_offer_ends_at_a_moment_or_after_some_minutes() {
        let add = |more: &[&str]| {
            let words = ["hawker", "offers", "add", "--sku", "A", "--price", "9.90", "--quantity", "10"];
            match Cli::try_parse_from(words.iter().chain(more)) {
                Ok(Cli { command: Command::Offers(Offers::Add(new)), .. }) => Some(new),
                _ => None,
            }
        };
        let plain = add(&[]).unwrap();
        assert_eq!((plain.sku.as_str(), plain.price.as_str(), plain.quantity), ("A", "9.90", 10));
        assert!(plain.minutes.is_none() && plain.until.is_none() && !plain.yes);
        assert_eq!(add(&["--minutes", "5", "--yes"]).unwrap().minutes, Some(5));
        assert!(add(&["--minutes", "5", "--until", "2026-01-31T20:00:00+08:00"]).is_none(), "one of the two");
        for bad in [["--per-buyer", "0"], ["--minutes", "0"], ["--quantity", "0"]] {
            assert!(add(&bad).is_none(), "{bad:?}");
        }
        assert!(Cli::try_parse_from(["hawker", "offers", "add", "--sku", "A"]).is_err());
    }
}
