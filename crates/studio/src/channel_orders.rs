//! Orders of other platforms, and how every channel stands.

use crate::errors::Outcome;
use crate::studio::Studio;
use hawker_domain::{
    Currency,
    channel::{ChannelId, ChannelKind, Proof, Tally},
};
use hawker_store::{ChannelImport, ChannelStanding, OrderImport};
use std::path::PathBuf;

/// A file of orders, and what it leaves open.
#[derive(Clone, Debug)]
pub struct OrderFile {
    pub path: PathBuf,
    pub channel: ChannelId,
    /// Of times without one, seconds east of Greenwich.
    pub utc_offset_s: i32,
    pub dry_run: bool,
}

impl Studio {
    /// Takes the orders of a channel's export; what was taken before is not taken again. Errors: `not_found`, `bad_input` for a file
    /// that is no table of orders, `disk_full`.
    pub async fn import_orders(&self, file: &OrderFile) -> Outcome<ChannelImport> {
        let how = OrderImport {
            channel: file.channel.clone(),
            currency: self.settings().await?.currency.parse().unwrap_or(Currency::CNY),
            utc_offset_s: file.utc_offset_s,
            dry_run: file.dry_run,
        };
        let report = self.store().import_channel_orders(&file.path, &how).await?;
        if !file.dry_run {
            self.stock_moved().await;
        }
        Ok(report)
    }

    /// Every channel that was read or sold by, the platform's own first.
    pub async fn channels(&self) -> Outcome<Vec<ChannelStanding>> {
        let mut channels = self.store().channels().await?;
        if channels.iter().all(|one| one.channel != ChannelId::own()) {
            channels.push(ChannelStanding {
                channel: ChannelId::own(),
                kind: ChannelKind::Own,
                proof: Proof::Proven,
                tally: Tally::default(),
                dropped: 0,
                orders: 0,
                seen_at_us: None,
            });
        }
        channels.sort_by_key(|one| one.kind != ChannelKind::Own);
        Ok(channels)
    }
}
