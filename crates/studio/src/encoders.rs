//! The encoders that a show on this machine can be given.

use crate::errors::Outcome;
use crate::view::EncoderView;

/// Those of this system, the one a show takes by itself among them. Blocking: the first call in a process opens and tries each
/// of them, seconds at most. Errors: `internal` where the media engine does not start.
pub fn encoders() -> Outcome<Vec<EncoderView>> {
    let report = hawker_media::encoder_report().map_err(crate::show_failure)?;
    let chosen = report.chosen;
    Ok(report
        .tried
        .into_iter()
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
        let found = encoders().unwrap();
        let first: Vec<_> = found.iter().filter(|one| one.first).collect();
        assert!(matches!(first[..], [one] if one.works), "{found:?}");
        let earlier = found.iter().take_while(|one| !one.first);
        assert!(earlier.into_iter().all(|one| !one.works), "it is the first that works: {found:?}");
        for one in &found {
            assert!(one.words.en.starts_with(&one.name) && one.words.zh_cn.starts_with(&one.name), "{one:?}");
        }
    }
}
