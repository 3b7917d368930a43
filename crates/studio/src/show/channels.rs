//! What the show does with what its channels say.

use super::owner::Owner;
use crate::channels::ChannelNews;
use hawker_domain::{
    channel::{Alarm, ChannelComment, ChannelId},
    reason::NoticeWhy,
};
use hawker_wire::{ErrorCode, Failure, live::LiveEvent};

impl Owner {
    pub(super) fn on_channel(&mut self, news: ChannelNews) {
        match news {
            ChannelNews::Comment { channel, comment } => self.comment(&channel, comment),
            ChannelNews::Alarm { channel, alarm } => {
                let told = told(&channel, alarm);
                self.notice_about(Some(told.about), Some(told.why), &told.failure);
            }
        }
    }

    /// What was said in another show, heard late, is no part of this one; without a show there is nobody to hear it.
    fn comment(&mut self, channel: &ChannelId, comment: ChannelComment) {
        let current = self.show.as_ref().map(|show| show.show_id);
        if current.is_none() || comment.show_id.is_some_and(|said_in| Some(said_in) != current) {
            return;
        }
        let channel = (*channel != ChannelId::own()).then(|| channel.to_string());
        self.announce(LiveEvent::Chat { from: comment.viewer, text: comment.text, channel });
    }
}

struct Told {
    /// The channel, and how many comments.
    about: String,
    why: NoticeWhy,
    failure: Failure,
}

fn told(channel: &ChannelId, alarm: Alarm) -> Told {
    const ASK: &str = "ask viewers to write theirs once more if they order something";
    let said = |code, message: String, hint: Option<&str>| {
        let failure = Failure::new(code, message);
        hint.map_or_else(|| failure.clone(), |hint| failure.clone().hint(hint))
    };
    let (why, count, failure) = match alarm {
        Alarm::Missing { count, .. } => {
            let message = format!("{count} comments of {channel} are missing; what can still be had is asked for");
            (NoticeWhy::CommentsMissing, Some(count), said(ErrorCode::Unreachable, message, Some(ASK)))
        }
        Alarm::Filled => {
            let message = format!("the missing comments of {channel} came after all");
            (NoticeWhy::CommentsCame, None, said(ErrorCode::Unreachable, message, None))
        }
        Alarm::Lost { count } => {
            let message = format!("{count} comments of {channel} are lost for good");
            (NoticeWhy::CommentsLost, Some(count), said(ErrorCode::Unreachable, message, Some(ASK)))
        }
        Alarm::Silent { .. } => {
            let (message, hint) = (format!("{channel} says nothing any more"), "look there whether the show runs");
            (NoticeWhy::ChannelSilent, None, said(ErrorCode::Unreachable, message, Some(hint)))
        }
        Alarm::Heard => {
            (NoticeWhy::ChannelHeard, None, said(ErrorCode::Unreachable, format!("{channel} can be heard again"), None))
        }
    };
    let about = count.map_or_else(|| channel.to_string(), |count| format!("{channel} ({count})"));
    Told { about, why, failure }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_alarm_names_its_channel_and_how_many() {
        let douyin = ChannelId::new("douyin").unwrap();
        for (alarm, why, about) in [
            (Alarm::Missing { count: 3, since_ms: 0 }, NoticeWhy::CommentsMissing, "douyin (3)"),
            (Alarm::Filled, NoticeWhy::CommentsCame, "douyin"),
            (Alarm::Lost { count: 2 }, NoticeWhy::CommentsLost, "douyin (2)"),
            (Alarm::Silent { since_ms: 0 }, NoticeWhy::ChannelSilent, "douyin"),
            (Alarm::Heard, NoticeWhy::ChannelHeard, "douyin"),
        ] {
            let told = told(&douyin, alarm);
            assert_eq!((told.why, told.about.as_str()), (why, about));
            assert!(told.failure.message.contains("douyin"), "{}", told.failure.message);
        }
    }
}
