//! Which provider the models run on, why, and what became of every other.

use super::{Verdict, failed, ok};
use crate::config::StudioConfig;
use crate::data_dir::DataDir;
use crate::recognition::provider::{Measure, choice};
use crate::view::{ProviderState, ProviderView, ProviderWhy, ProvidersView};
use hawker_infer::choice::{Choice, Measured, Outcome, Why};
use hawker_infer::{Manifest, Runtime};

/// Measures where that was not done yet, unless another process, or this one, holds the data directory: a show may run there.
pub fn check(config: &StudioConfig) -> Verdict {
    let runtime = match Runtime::load(config.onnxruntime.as_deref()) {
        Ok(runtime) => runtime,
        Err(error) => {
            return failed(crate::errors::chain(&error), "run `cargo xtask setup`; without it there are no tags");
        }
    };
    let Ok(manifest) = Manifest::load(&config.models_dir) else {
        // Said by the check of the models.
        return ok(runtime.path().display().to_string());
    };
    let is_free = || !DataDir::is_held(&config.data_dir);
    let measure = if is_free() { Measure::Again(&is_free) } else { Measure::Never };
    let choice = choice(config, &runtime, &manifest, measure);
    let mut verdict = ok(choice.to_string());
    if choice.why == Why::NotMeasured {
        verdict.hint = Some("run `hawker doctor` while nothing is on air to measure them".to_owned());
    }
    verdict.providers = Some(view(&choice));
    verdict
}

fn view(choice: &Choice) -> ProvidersView {
    let (why, other) = match choice.why {
        Why::OnlyCpu => (ProviderWhy::OnlyCpu, None),
        Why::Quickest { .. } => (ProviderWhy::Quickest, None),
        Why::NotWorthIt { best, .. } => (ProviderWhy::NotWorthIt, Some(best.name().to_owned())),
        Why::NoneWorks => (ProviderWhy::NoneWorks, None),
        Why::NotMeasured => (ProviderWhy::NotMeasured, None),
    };
    let chosen = choice.provider.name().to_owned();
    ProvidersView { chosen, why, other, providers: choice.measured.iter().map(provider).collect() }
}

fn provider(measured: &Measured) -> ProviderView {
    let (state, ms, detail) = match &measured.result {
        Outcome::TookMs(ms) => (ProviderState::Measured, Some(*ms), None),
        Outcome::Absent(why) => (ProviderState::Absent, None, Some(why.clone())),
        Outcome::Failed(why) => (ProviderState::Failed, None, Some(why.clone())),
        Outcome::Differs(_) => (ProviderState::Differs, None, None),
        Outcome::Untried => (ProviderState::Untried, None, None),
    };
    ProviderView { name: measured.provider.name().to_owned(), state, ms, detail }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_infer::Provider;

    #[test]
    fn every_provider_has_a_line_with_its_state() {
        let results = [
            (Provider::TensorRt, Outcome::Failed("no driver".into()), ProviderState::Failed, Some("no driver")),
            (Provider::Cuda, Outcome::TookMs(28.0), ProviderState::Measured, None),
            (Provider::DirectMl, Outcome::Absent("not built in".into()), ProviderState::Absent, Some("not built in")),
            (Provider::CoreMl, Outcome::Differs(0.3), ProviderState::Differs, None),
            (Provider::OpenVino, Outcome::Untried, ProviderState::Untried, None),
            (Provider::Cpu, Outcome::TookMs(30.0), ProviderState::Measured, None),
        ];
        let measured =
            results.iter().map(|(provider, result, ..)| Measured { provider: *provider, result: result.clone() });
        let seen = view(&Choice::of(measured.collect()));
        assert_eq!((seen.chosen.as_str(), seen.why), ("CPU", ProviderWhy::NotWorthIt));
        assert_eq!(seen.other.as_deref(), Some("CUDA"), "the one that gains too little is named");
        for (line, (provider, _, state, detail)) in seen.providers.iter().zip(&results) {
            assert_eq!((line.name.as_str(), line.state, line.detail.as_deref()), (provider.name(), *state, *detail));
        }
        assert_eq!(seen.providers[1].ms, Some(28.0));
    }
}
