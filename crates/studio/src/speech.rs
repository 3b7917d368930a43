//! The cockpit's words, for what is said without a window: one file a language for both.
//!
//! A reason comes as a code and as English words with its particulars, see [`hawker_domain::reason`]. In English the latter are
//! said; in another language the sentence that the cockpit has for the code.

use crate::errors::Outcome;
use crate::studio::Studio;
use hawker_domain::reason::NoticeWhy;
use hawker_media::CardLanguage;
use serde::Serialize;
use std::{collections::BTreeMap, sync::LazyLock};

static CHINESE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    // That it is such a map is what a test is for; without it English is said.
    serde_json::from_str(include_str!("../../../ui/src/shared/i18n/zh-CN.json")).unwrap_or_default()
});

/// The language in which a host is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    Chinese,
    English,
}

impl Studio {
    /// That of the settings, else the system's.
    pub async fn speech(&self) -> Outcome<Speech> {
        Ok(match crate::language::language(&self.settings().await?) {
            CardLanguage::ZhCn => Speech::Chinese,
            CardLanguage::En => Speech::English,
        })
    }
}

impl Speech {
    pub fn pick<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    pub fn either(self, chinese: String, english: String) -> String {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    /// A reason: by its code, which is looked up as `KIND.CODE`, or in the studio's own words. None where there is none.
    pub fn why(self, kind: &str, code: Option<&impl Serialize>, own: Option<&str>) -> Option<String> {
        let known = code.and_then(word).and_then(|code| self.sentence(&format!("{kind}.{code}"), ""));
        known.or_else(|| own.map(str::to_owned))
    }

    /// A notice; none where the studio's own words are those to say.
    pub fn notice(self, why: Option<&NoticeWhy>, code: &str, about: Option<&str>, message: &str) -> Option<String> {
        let Some(why) = why else {
            let title = self.sentence(&format!("failure.{code}"), "")?;
            return Some(format!("{title}（{message}）"));
        };
        let key = format!("notice.{}", word(why)?);
        let named = about.and_then(|about| self.sentence(&format!("{key}.about"), about));
        let said = named.or_else(|| self.sentence(&key, about.unwrap_or_default()))?;
        Some(if NoticeWhy::WITH_REASON.contains(why) && !message.is_empty() {
            format!("{said}（{message}）")
        } else {
            said
        })
    }

    fn sentence(self, key: &str, about: &str) -> Option<String> {
        match self {
            Self::Chinese => CHINESE.get(key).map(|text| text.replace("{{about}}", about)),
            Self::English => None,
        }
    }
}

/// A code as it is written.
fn word(code: &impl Serialize) -> Option<String> {
    serde_json::to_value(code).ok()?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hawker_domain::reason::{OutputWhy, SourceWhy};

    #[test]
    fn the_words_of_the_cockpit_are_found_and_nothing_is_left_open_in_them() {
        assert!(CHINESE.len() > 500, "the file is read");
        let why = Speech::Chinese.why("why.source", Some(&SourceWhy::Busy), Some("in use"));
        assert!(why.as_deref().is_some_and(|why| !why.is_ascii()), "{why:?}");
        for (key, text) in CHINESE.iter().filter(|(key, _)| key.starts_with("notice.") || key.starts_with("why.")) {
            let open = text.replace("{{about}}", "");
            assert!(!open.contains("{{"), "{key} needs more than what it is about: {text}");
        }
    }

    #[test]
    fn a_code_without_a_word_and_words_without_a_code_are_said_as_the_studio_says_them() {
        let own = Some("it hung up");
        assert_eq!(Speech::English.why("why.output", Some(&OutputWhy::HungUp), own).as_deref(), own);
        assert_eq!(Speech::Chinese.why("why.output", None::<&OutputWhy>, own).as_deref(), own);
        assert_eq!(Speech::Chinese.why("why.nothing", Some(&OutputWhy::HungUp), own).as_deref(), own);
        assert_eq!(Speech::Chinese.why("why.output", None::<&OutputWhy>, None), None);
        assert_eq!(Speech::English.notice(Some(&NoticeWhy::MicBack), "internal", None, "back"), None);
    }
}
