//! The words of `hawker show claims`.

use super::{OnOff, sku};
use clap::{Args, Subcommand};
use hawker_domain::Sku;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Claims {
    /// Only what waits for an answer.
    #[arg(long)]
    pub questions: bool,
    #[command(subcommand)]
    pub command: Option<ClaimCommand>,
}

/// A claim is taken by its id or the last six characters of it.
#[derive(Debug, Subcommand)]
pub enum ClaimCommand {
    /// The viewer means this product: it is decided like a clear comment, also later when there is no network now.
    Answer {
        claim: String,
        #[arg(long, value_parser = sku)]
        sku: Sku,
        #[arg(long, default_value_t = 1)]
        qty: u32,
    },
    /// It comes to nothing; what was held for it goes back.
    Drop { claim: String },
    /// How comments buy in your shows; what is named is changed, also for the show on air.
    Rules(ClaimRulesArgs),
}

#[derive(Debug, Args)]
pub struct ClaimRulesArgs {
    /// Comments buy.
    #[arg(long)]
    pub take: Option<OnOff>,
    /// claim=WORD|WORD, bare=off, bare=quantity or bare=number; both with ";" between. Empty is as usual.
    #[arg(long, value_name = "RULES")]
    pub keywords: Option<String>,
    /// Minutes to pay in.
    #[arg(long, value_name = "MINUTES")]
    pub hold: Option<u32>,
    /// Nothing is held: whoever pays first has it.
    #[arg(long)]
    pub first_paid: Option<OnOff>,
    /// Sold out means waiting rather than nothing.
    #[arg(long)]
    pub waiting_list: Option<OnOff>,
    /// Pieces of one product that one viewer may have in a show; 0 is no limit.
    #[arg(long, value_name = "PIECES")]
    pub per_buyer: Option<u32>,
    /// What sending one claim costs; 0 is nothing.
    #[arg(long, value_name = "AMOUNT")]
    pub shipping: Option<String>,
    /// From this worth of goods on sending costs nothing; 0 is never.
    #[arg(long, value_name = "AMOUNT")]
    pub free_from: Option<String>,
}
