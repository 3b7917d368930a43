//! The cockpit's words, for what is said without a window: one file a language for both.
//!
//! A reason comes as a code and as English words with its particulars, see [`hawker_domain::reason`]. In English the latter are
//! said; in another language the sentence that the cockpit has for the code.

use crate::errors::Outcome;
use crate::studio::Studio;
use hawker_domain::{failure::Thing, reason::NoticeWhy};
use hawker_media::CardLanguage;
use hawker_wire::{Failure, FailureReason};
use serde::Serialize;
use std::{collections::BTreeMap, sync::LazyLock};

static CHINESE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    // That it is such a map is what a test is for; without it English is said.
    let read = |text: &str| serde_json::from_str::<BTreeMap<String, String>>(text).unwrap_or_default();
    let mut words = read(include_str!("../../../ui/src/shared/i18n/zh-CN.json"));
    words.extend(read(include_str!("../../../ui/src/shared/i18n/refused.zh-CN.json")));
    words
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
    pub fn notice(self, why: Option<&NoticeWhy>, about: Option<&str>, failure: &Failure) -> Option<String> {
        let message = &failure.message;
        let Some(why) = why else {
            if let Some(said) = failure.reason.as_ref().and_then(|reason| self.reason(reason)) {
                return Some(said);
            }
            let title = self.sentence(&format!("failure.{}", word(&failure.code)?), "")?;
            let hint = failure.hint.as_ref().map(|hint| format!("；{hint}")).unwrap_or_default();
            return Some(format!("{title}（{message}{hint}）"));
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

    /// What failed, with the names and numbers it is about.
    pub fn reason(self, FailureReason { why, thing, values }: &FailureReason) -> Option<String> {
        let named = thing.as_ref().and_then(|Thing { kind, name }| {
            Some(filled(self.words(&format!("thing.{}", word(kind)?))?, |_| Some(name.as_str())))
        });
        let value = |name: &str| match &named {
            Some(thing) if name == "what" => Some(thing.as_str()),
            _ => values.get(name).map(String::as_str),
        };
        Some(filled(self.words(&format!("why.failure.{}", word(why)?))?, value))
    }

    fn sentence(self, key: &str, about: &str) -> Option<String> {
        self.words(key).map(|text| filled(text, |name| (name == "about").then_some(about)))
    }

    fn words(self, key: &str) -> Option<&'static str> {
        match self {
            Self::Chinese => CHINESE.get(key).map(String::as_str),
            Self::English => None,
        }
    }
}

/// A sentence with its values in their places; one that nobody has stays as it is. What a value itself holds is never a place.
fn filled<'a>(sentence: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut parts = sentence.split("{{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let known = part.split_once("}}").and_then(|(name, rest)| Some((value(name)?, rest)));
        match known {
            Some((value, rest)) => out.extend([value, rest]),
            None => out.extend(["{{", part]),
        }
    }
    out
}

/// A code as it is written.
fn word(code: &impl Serialize) -> Option<String> {
    serde_json::to_value(code).ok()?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hawker_domain::{
        failure::FailureWhy,
        reason::{OutputWhy, SourceWhy},
    };
    use hawker_wire::ErrorCode;

    #[test]
    fn the_words_of_the_cockpit_are_found_and_nothing_is_left_open_in_them() {
        assert!(CHINESE.len() > 500, "the file is read");
        let why = Speech::Chinese.why("why.source", Some(&SourceWhy::Busy), Some("in use"));
        assert!(why.as_deref().is_some_and(|why| !why.is_ascii()), "{why:?}");
        let by_about = |key: &&String| (key.starts_with("notice.") || key.starts_with("why.")) && !is_failure(key);
        for (key, text) in CHINESE.iter().filter(|(key, _)| by_about(key)) {
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
        let back = Failure::new(ErrorCode::Internal, "back");
        assert_eq!(Speech::English.notice(Some(&NoticeWhy::MicBack), None, &back), None);
    }

    #[test]
    fn a_refusal_without_a_reason_keeps_its_hint() {
        let failure = Failure::new(ErrorCode::DiskFull, "no room").hint("free some");
        let said = Speech::Chinese.notice(None, None, &failure).unwrap();
        assert!(said.ends_with("（no room；free some）"), "{said}");
        let because = failure.because(FailureReason::from(FailureWhy::DiskFull).with("path", "/甲"));
        let said = Speech::Chinese.notice(None, None, &because).unwrap();
        assert!(said.contains("/甲") && !said.contains("room"), "{said}");
    }

    #[test]
    fn what_a_name_holds_is_never_a_place_for_another_value() {
        let value = |name: &str| match name {
            "path" => Some("{{why}}.mp4"),
            "why" => Some("broken"),
            _ => None,
        };
        assert_eq!(filled("{{path}}: {{why}} ({{else}}", value), "{{why}}.mp4: broken ({{else}}");
    }

    fn is_failure(key: &str) -> bool {
        key.starts_with("why.failure.")
    }
}
