//! Which provider is worth it: pure, from what each of them took.

use crate::provider::Provider;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A device must take no more than this share of the CPU's time. What it gains below that is lost in what it costs beside: memory,
/// power, and the encoder's share of the same graphics card.
pub const WORTH: f32 = 0.9;

/// What became of one provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub provider: Provider,
    pub result: Outcome,
}

/// How a provider did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Milliseconds for one run of each model that looks at every frame, the medians added up.
    TookMs(f32),
    /// The runtime can't do it, and why.
    Absent(String),
    /// The runtime has it, and it did not run the models.
    Failed(String),
    /// It ran them, and gave something else than the CPU: the largest distance of an output, as a share of its length.
    Differs(f32),
    /// Nobody tried.
    Untried,
}

/// The provider that models run on, and how that came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub provider: Provider,
    pub why: Why,
    /// Every provider we know, the CPU last.
    pub measured: Vec<Measured>,
}

/// Why it is that one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Why {
    /// The runtime has nothing but the CPU.
    OnlyCpu,
    /// It took least. `cpu_ms` none: the CPU did not run the models.
    Quickest { ms: f32, cpu_ms: Option<f32> },
    /// The quickest device gains too little, or nothing.
    NotWorthIt { best: Provider, ms: f32, cpu_ms: f32 },
    /// There are devices, and none of them runs the models as the CPU does.
    NoneWorks,
    /// It is the first that the runtime has; whether it is the quickest nobody knows yet.
    NotMeasured,
}

/// Decides by measurements; one of each provider, in any order.
pub fn choose(measured: &[Measured]) -> (Provider, Why) {
    let devices = measured.iter().filter(|one| one.provider != Provider::Cpu);
    if devices.clone().all(|one| matches!(one.result, Outcome::Absent(_))) {
        return (Provider::Cpu, Why::OnlyCpu);
    }
    let cpu_ms = took(measured, Provider::Cpu);
    match by_speed(measured).first() {
        Some((provider, ms)) if is_worth_it(*ms, cpu_ms) => (*provider, Why::Quickest { ms: *ms, cpu_ms }),
        Some((best, ms)) => {
            (Provider::Cpu, Why::NotWorthIt { best: *best, ms: *ms, cpu_ms: cpu_ms.unwrap_or_default() })
        }
        None if devices.clone().any(|one| one.result == Outcome::Untried) => {
            let first = Provider::ORDER.into_iter().find(|provider| {
                measured.iter().any(|one| one.provider == *provider && one.result == Outcome::Untried)
            });
            (first.unwrap_or(Provider::Cpu), Why::NotMeasured)
        }
        None => (Provider::Cpu, Why::NoneWorks),
    }
}

impl Choice {
    /// By measurements; see [`choose`].
    pub fn of(measured: Vec<Measured>) -> Self {
        let (provider, why) = choose(&measured);
        Self { provider, why, measured }
    }

    /// The providers to try, in order: the chosen one, others that are worth it, the CPU. Where nothing was measured: those
    /// that the runtime has.
    pub fn order(&self) -> Vec<Provider> {
        let cpu_ms = took(&self.measured, Provider::Cpu);
        let mut order: Vec<Provider> = if self.why == Why::NotMeasured {
            let untried = |provider: &Provider| {
                self.measured.iter().any(|one| one.provider == *provider && one.result == Outcome::Untried)
            };
            Provider::ORDER.into_iter().filter(untried).collect()
        } else {
            let quick = by_speed(&self.measured).into_iter().filter(|(_, ms)| is_worth_it(*ms, cpu_ms));
            quick.map(|(provider, _)| provider).collect()
        };
        order.retain(|provider| *provider != Provider::Cpu);
        order.push(Provider::Cpu);
        order
    }
}

fn is_worth_it(ms: f32, cpu_ms: Option<f32>) -> bool {
    cpu_ms.is_none_or(|cpu_ms| ms <= WORTH * cpu_ms)
}

fn took(measured: &[Measured], provider: Provider) -> Option<f32> {
    measured.iter().find(|one| one.provider == provider).and_then(|one| match one.result {
        Outcome::TookMs(ms) if ms.is_finite() && ms > 0.0 => Some(ms),
        _ => None,
    })
}

/// The devices that ran, quickest first.
fn by_speed(measured: &[Measured]) -> Vec<(Provider, f32)> {
    let devices = Provider::ALL.into_iter().filter(|provider| *provider != Provider::Cpu);
    let mut ran: Vec<(Provider, f32)> =
        devices.filter_map(|provider| Some((provider, took(measured, provider)?))).collect();
    ran.sort_by(|a, b| a.1.total_cmp(&b.1));
    ran
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "models run on {}", self.provider.name())?;
        match self.why {
            Why::OnlyCpu => f.write_str(", there is nothing else")?,
            Why::Quickest { ms, cpu_ms: Some(cpu_ms) } => write!(f, ": {ms:.1} ms a look, {cpu_ms:.1} ms on CPU")?,
            Why::Quickest { ms, cpu_ms: None } => write!(f, ": {ms:.1} ms a look, and the CPU does not run them")?,
            Why::NotWorthIt { best, ms, cpu_ms } => {
                write!(f, ": {cpu_ms:.1} ms a look; {} with {ms:.1} ms gains too little", best.name())?;
            }
            Why::NoneWorks => f.write_str(", nothing else runs them as it does")?,
            Why::NotMeasured if self.provider == Provider::Cpu => f.write_str(" until the others are measured")?,
            Why::NotMeasured => f.write_str(" if it takes them")?,
        }
        for one in &self.measured {
            let name = one.provider.name();
            match &one.result {
                Outcome::TookMs(ms) if one.provider != self.provider => write!(f, "; {name} {ms:.1} ms")?,
                Outcome::TookMs(_) => {}
                Outcome::Absent(why) => write!(f, "; no {name} ({why})")?,
                Outcome::Failed(why) => write!(f, "; {name} fails ({why})")?,
                Outcome::Differs(share) => {
                    write!(f, "; {name} gives other results than CPU ({:.0} % apart)", share * 100.0)?;
                }
                Outcome::Untried if one.provider == Provider::Cpu => {}
                Outcome::Untried => write!(f, "; {name} not measured")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use Outcome::{Absent, Differs, Failed, TookMs, Untried};
    use Provider::{Cpu, Cuda, DirectMl, OpenVino, TensorRt};

    fn measured(results: &[(Provider, Outcome)]) -> Vec<Measured> {
        results.iter().map(|(provider, result)| Measured { provider: *provider, result: result.clone() }).collect()
    }

    fn absent() -> Outcome {
        Absent("not in this build".into())
    }

    fn failed() -> Outcome {
        Failed("no driver".into())
    }

    #[test]
    fn the_quickest_is_chosen_if_it_is_worth_it() {
        let quick = |ms, cpu_ms| Why::Quickest { ms, cpu_ms };
        let table = vec![
            (Vec::new(), Cpu, Why::OnlyCpu),
            (vec![(Cuda, absent()), (OpenVino, absent()), (Cpu, Untried)], Cpu, Why::OnlyCpu),
            (vec![(Cuda, TookMs(3.0)), (Cpu, TookMs(30.0))], Cuda, quick(3.0, Some(30.0))),
            (vec![(Cpu, TookMs(30.0)), (Cuda, TookMs(3.0)), (TensorRt, TookMs(2.0))], TensorRt, quick(2.0, Some(30.0))),
            (vec![(Cuda, TookMs(2.0)), (TensorRt, failed()), (Cpu, TookMs(30.0))], Cuda, quick(2.0, Some(30.0))),
            // A tenth is the least.
            (vec![(OpenVino, TookMs(9.0)), (Cpu, TookMs(10.0))], OpenVino, quick(9.0, Some(10.0))),
            (
                vec![(OpenVino, TookMs(9.1)), (Cpu, TookMs(10.0))],
                Cpu,
                Why::NotWorthIt { best: OpenVino, ms: 9.1, cpu_ms: 10.0 },
            ),
            (
                vec![(OpenVino, TookMs(40.0)), (DirectMl, TookMs(20.0)), (Cpu, TookMs(10.0))],
                Cpu,
                Why::NotWorthIt { best: DirectMl, ms: 20.0, cpu_ms: 10.0 },
            ),
            (vec![(Cuda, failed()), (OpenVino, absent()), (Cpu, TookMs(10.0))], Cpu, Why::NoneWorks),
            // However quick: other numbers are no use.
            (vec![(Cuda, Differs(0.4)), (Cpu, TookMs(10.0))], Cpu, Why::NoneWorks),
            (vec![(Cuda, TookMs(3.0)), (Cpu, failed())], Cuda, quick(3.0, None)),
            (vec![(Cuda, failed()), (Cpu, failed())], Cpu, Why::NoneWorks),
            // A file somebody wrote by hand.
            (vec![(Cuda, TookMs(-1.0)), (Cpu, TookMs(10.0))], Cpu, Why::NoneWorks),
            (vec![(Cuda, TookMs(f32::NAN)), (Cpu, TookMs(10.0))], Cpu, Why::NoneWorks),
            (vec![(OpenVino, Untried), (Cuda, Untried), (Cpu, Untried)], Cuda, Why::NotMeasured),
            // Compiling for a minute is nothing to try on a guess.
            (vec![(TensorRt, Untried), (Cuda, absent()), (Cpu, Untried)], Cpu, Why::NotMeasured),
        ];
        for (results, provider, why) in table {
            assert_eq!(choose(&measured(&results)), (provider, why), "{results:?}");
        }
    }

    #[test]
    fn what_is_tried_after_the_chosen_one_is_worth_it_too() {
        let order = |results: &[(Provider, Outcome)]| Choice::of(measured(results)).order();
        let all = [(TensorRt, TookMs(5.0)), (Cuda, TookMs(3.0)), (DirectMl, TookMs(29.0)), (OpenVino, failed())];
        let all = [&all[..], &[(Cpu, TookMs(30.0))]].concat();
        assert_eq!(order(&all), [Cuda, TensorRt, Cpu]);
        assert_eq!(order(&[(Cuda, absent()), (Cpu, Untried)]), [Cpu]);
        assert_eq!(
            order(&[(TensorRt, Untried), (OpenVino, Untried), (Cuda, Untried), (Cpu, Untried)]),
            [Cuda, OpenVino, Cpu]
        );
        assert_eq!(order(&[(Cuda, Differs(0.4)), (Cpu, TookMs(10.0))]), [Cpu]);
    }

    #[test]
    fn the_choice_is_explained_provider_by_provider() {
        let all = [(TensorRt, failed()), (Cuda, TookMs(3.12)), (OpenVino, TookMs(29.0)), (DirectMl, absent())];
        let told = Choice::of(measured(&[&all[..], &[(Cpu, TookMs(30.0))]].concat())).to_string();
        assert_eq!(
            told,
            "models run on CUDA: 3.1 ms a look, 30.0 ms on CPU; TensorRT fails (no driver); OpenVINO 29.0 ms; \
             no DirectML (not in this build); CPU 30.0 ms"
        );
        let told = Choice::of(measured(&[(Cuda, absent()), (Cpu, Untried)])).to_string();
        assert_eq!(told, "models run on CPU, there is nothing else; no CUDA (not in this build)");
    }
}
