//! What is new of a run-through between two looks at it. Pure.

use hawker_domain::Sku;
use hawker_studio::view::{RunThroughReportView, RunThroughView, ShownView, TroubleView, UnwatchedView};
use hawker_wire::Failure;
use serde::Serialize;

/// One line. Names and fields are part of the command's contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum News {
    /// Models load, and photos that are new are looked at.
    GettingReady,
    /// This product is to be held up, the `nth` of `all`.
    Asked {
        nth: usize,
        all: usize,
        sku: Sku,
        title: String,
    },
    /// What it was taken for; again when that changed.
    Verdict(ShownView),
    /// Why nothing can be said of what is in the picture.
    Trouble {
        why: TroubleView,
    },
    /// Why recognition does not look at the picture: nothing is said of any product meanwhile.
    Unwatched {
        why: UnwatchedView,
    },
    /// It looks at the picture again.
    Watched,
    Learned {
        sku: Sku,
        is_it: bool,
    },
    /// What was typed means nothing.
    NotUnderstood {
        typed: String,
    },
    /// What the host wanted can't be done.
    Refused(Failure),
    Report(RunThroughReportView),
}

/// What to tell of `now` to somebody who was told of `before`.
pub fn news(before: Option<&RunThroughView>, now: &RunThroughView) -> Vec<News> {
    let known =
        |place: usize| before.and_then(|before| before.products.get(place)).and_then(|one| one.verdict.as_ref());
    let mut news = Vec::new();
    for (place, shown) in now.products.iter().enumerate() {
        if shown.verdict.is_some() && shown.verdict.as_ref() != known(place) {
            news.push(News::Verdict(shown.clone()));
        }
    }
    // Once more is asked for again, too.
    let again = before.is_some_and(|before| before.at == now.at) && known(now.at).is_some();
    let again = again && now.products.get(now.at).is_some_and(|shown| shown.verdict.is_none());
    if (again || before.is_none_or(|before| before.at != now.at))
        && let Some(asked) = now.products.get(now.at)
    {
        let (sku, title) = (asked.sku.clone(), asked.title.clone());
        news.push(News::Asked { nth: now.at + 1, all: now.products.len(), sku, title });
    }
    match (before.and_then(|before| before.unwatched), now.unwatched) {
        (before, Some(why)) if before != Some(why) => news.push(News::Unwatched { why }),
        (Some(_), None) => news.push(News::Watched),
        _ => {}
    }
    if let Some(why) = now.trouble.filter(|why| before.and_then(|before| before.trouble) != Some(*why)) {
        news.push(News::Trouble { why });
    }
    news
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_studio::view::{RunThroughPhase, VerdictView};

    fn view(at: usize, verdicts: [Option<VerdictView>; 2], trouble: Option<TroubleView>) -> RunThroughView {
        let shown = |(name, verdict): (&str, Option<VerdictView>)| {
            let (sku, title) = (Sku::new(name).unwrap(), name.to_owned());
            ShownView { sku, title, photo: None, verdict, taught: false, skipped: false }
        };
        let products = ["A", "B"].into_iter().zip(verdicts).map(shown).collect();
        RunThroughView { at, phase: RunThroughPhase::Waiting, trouble, unwatched: None, by_itself: false, products }
    }

    #[test]
    fn every_question_and_every_answer_is_told_once() {
        let known = |after_ms| Some(VerdictView::Recognised { after_ms });
        let dark = Some(TroubleView::TooDark);
        let told = |before: Option<&RunThroughView>, now: &RunThroughView| -> Vec<String> {
            let line = |one: News| match one {
                News::Asked { nth, all, sku, .. } => format!("{nth}/{all} {sku}"),
                News::Verdict(shown) => format!("{}!", shown.sku),
                News::Trouble { .. } => "dark".to_owned(),
                News::Unwatched { why } => format!("{why:?}"),
                other => format!("{other:?}"),
            };
            news(before, now).into_iter().map(line).collect()
        };
        let first = view(0, [None, None], None);
        let answered = view(0, [known(9), None], None);
        let second = view(1, [known(9), None], None);
        let both = view(2, [known(9), known(8)], None);
        let in_the_dark = view(0, [None, None], dark);
        let none: [&str; 0] = [];
        assert_eq!(told(None, &first), ["1/2 A"]);
        assert_eq!(told(Some(&first), &first), none);
        assert_eq!(told(Some(&first), &in_the_dark), ["dark"]);
        assert_eq!(told(Some(&in_the_dark), &in_the_dark), none);
        assert_eq!(told(Some(&in_the_dark), &first), none);
        let lost = RunThroughView { unwatched: Some(UnwatchedView::NoPicture), ..first.clone() };
        let off = RunThroughView { unwatched: Some(UnwatchedView::Off), ..first.clone() };
        assert_eq!(told(None, &lost), ["1/2 A", "NoPicture"]);
        assert_eq!(told(Some(&first), &lost), ["NoPicture"]);
        assert_eq!(told(Some(&lost), &lost), none);
        assert_eq!(told(Some(&lost), &off), ["Off"]);
        assert_eq!(told(Some(&off), &first), ["Watched"]);
        assert_eq!(told(Some(&first), &answered), ["A!"]);
        assert_eq!(told(Some(&first), &second), ["A!", "2/2 B"], "nobody looked in between");
        assert_eq!(told(Some(&second), &both), ["B!"], "it is over");
        assert_eq!(told(Some(&answered), &first), ["1/2 A"], "once more");
        assert_eq!(told(Some(&answered), &view(0, [known(7), None], None)), ["A!"], "it got better");
    }
}
