//! The language of what is said in the host's own words, on cards too.

use crate::view::Settings;
use hawker_media::CardLanguage;

/// The one that was set, else the system's.
pub(crate) fn language(settings: &Settings) -> CardLanguage {
    chosen(settings.language.as_deref(), |name| std::env::var(name).ok())
}

/// `variable`: the value of one of the environment, if it is set.
fn chosen(set: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> CardLanguage {
    let system = || {
        // In the order in which the C library asks them.
        ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty())
    };
    match set.map(str::to_owned).or_else(system) {
        Some(language) if language.to_ascii_lowercase().starts_with("zh") => CardLanguage::ZhCn,
        Some(_) => CardLanguage::En,
        // Without a locale Linux speaks English; elsewhere programs that were not started in a terminal have none to see.
        None if cfg!(target_os = "linux") => CardLanguage::En,
        None => CardLanguage::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CardLanguage::{En, ZhCn};

    #[test]
    fn who_set_no_language_is_spoken_to_in_that_of_the_system() {
        let unset = if cfg!(target_os = "linux") { En } else { ZhCn };
        type Environment<'a> = &'a [(&'a str, &'a str)];
        let rows: [(Option<&str>, Environment<'_>, CardLanguage); 10] = [
            (Some("zh-CN"), &[("LANG", "en_GB.UTF-8")], ZhCn),
            (Some("en"), &[("LANG", "zh_CN.UTF-8")], En),
            (None, &[("LANG", "zh_CN.UTF-8")], ZhCn),
            (None, &[("LANG", "ZH_TW")], ZhCn),
            (None, &[("LANG", "en_US.UTF-8")], En),
            (None, &[("LANG", "C.UTF-8")], En),
            (None, &[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "zh_CN.UTF-8")], ZhCn),
            (None, &[("LANG", "zh_CN.UTF-8"), ("LC_MESSAGES", "zh_CN"), ("LC_ALL", "de_DE")], En),
            (None, &[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")], ZhCn),
            (None, &[], unset),
        ];
        for (set, environment, want) in rows {
            let variable =
                |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, it)| (*it).to_owned());
            assert_eq!(chosen(set, variable), want, "{set:?} {environment:?}");
        }
    }
}
