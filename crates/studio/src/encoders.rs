//! The encoders that a show on this machine can be given.

use crate::errors::Outcome;
use crate::view::EncoderView;
use hawker_media::VideoCodec;

/// Those of this system, the one a show takes by itself among them, and the one that is `set`, which may be of another.
/// Blocking: the first call in a process opens and tries each of them, seconds at most. Errors: `internal` where the media
/// engine does not start.
pub fn encoders(set: Option<&str>) -> Outcome<Vec<EncoderView>> {
    let report = |wish: &VideoCodec| hawker_media::encoder_report(wish).map_err(crate::show_failure);
    let own = report(&VideoCodec::Auto)?;
    let chosen = own.chosen;
    let is_foreign = |name: &&str| own.tried.iter().all(|tried| tried.name != *name);
    let foreign = match set.filter(is_foreign).and_then(|name| VideoCodec::parse(name).ok()) {
        Some(VideoCodec::Named(name)) => {
            report(&VideoCodec::Named(name.clone()))?.tried.into_iter().find(|tried| tried.name == name)
        }
        _ => None,
    };
    Ok(own
        .tried
        .into_iter()
        .chain(foreign)
        .map(|tried| EncoderView {
            name: tried.name.to_owned(),
            hardware: tried.hardware.map(str::to_owned),
            works: tried.verdict.works(),
            first: chosen == Some(tried.name),
            words: tried.words,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_that_works_comes_first_by_itself_and_one_that_does_not_says_why() {
        let found = encoders(None).unwrap();
        let first: Vec<_> = found.iter().filter(|one| one.first).collect();
        assert!(matches!(first[..], [one] if one.works), "{found:?}");
        let earlier = found.iter().take_while(|one| !one.first);
        assert!(earlier.into_iter().all(|one| !one.works), "it is the first that works: {found:?}");
        for one in &found {
            assert!(one.words.en.starts_with(&one.name) && one.words.zh_cn.starts_with(&one.name), "{one:?}");
        }
        for set in ["auto", "x264enc", "no_such_encoder"] {
            assert_eq!(encoders(Some(set)).unwrap(), found, "{set}");
        }
        let foreign = if cfg!(target_os = "macos") { "mfh264enc" } else { "vtenc_h264" };
        let with = encoders(Some(foreign)).unwrap();
        assert_eq!(
            with.split_last().map(|(last, rest)| (last.name.as_str(), last.works, rest)),
            Some((foreign, false, &found[..]))
        );
    }
}
