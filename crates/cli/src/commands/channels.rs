//! `hawker channels …`

use super::json_line;
use crate::args::Channels;
use crate::execute::{CommandError, Session};
use hawker_domain::channel::Proof;
use hawker_studio::ChannelStanding;

pub async fn run(command: &Channels, session: &Session<'_>) -> Result<(), CommandError> {
    let Channels::List = command;
    let channels = session.studio.channels().await?;
    if session.json {
        return Ok(session.output.line(&json_line(&channels)?).await?);
    }
    for channel in &channels {
        session.output.line(&sentence(channel)).await?;
    }
    Ok(())
}

fn sentence(one: &ChannelStanding) -> String {
    let proof = if one.proof == Proof::Proven { "proven" } else { "unproven" };
    let tally = &one.tally;
    let seen =
        one.seen_at_us.map_or_else(|| "never heard".to_owned(), |at_us| format!("heard {}", hawker_studio::utc(at_us)));
    let comments = format!(
        "{} comments ({} repeated, {} late, {} missing, {} lost)",
        tally.taken, tally.repeats, tally.late, tally.missing, tally.lost
    );
    format!("{}\t{proof}\t{comments}\t{} orders\t{seen}", one.channel, one.orders)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::channel::{ChannelId, ChannelKind, Tally};

    #[test]
    fn a_channel_is_said_in_one_line() {
        let one = ChannelStanding {
            channel: ChannelId::new("douyin").unwrap(),
            kind: ChannelKind::Foreign,
            proof: Proof::Unproven,
            tally: Tally { taken: 9, late: 2, lost: 1, ..Tally::default() },
            dropped: 0,
            orders: 3,
            seen_at_us: None,
        };
        let want = "douyin\tunproven\t9 comments (0 repeated, 2 late, 0 missing, 1 lost)\t3 orders\tnever heard";
        assert_eq!(sentence(&one), want);
    }
}
