//! Where the models run, in words.

use hawker_infer::Provider;

/// One name where all run on one, else each once, the detector's first.
pub(crate) fn names(detector: Provider, embedder: Provider) -> String {
    if detector == embedder { detector.name().to_owned() } else { format!("{}, {}", detector.name(), embedder.name()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_models_on_two_devices_are_said_to_be_on_both() {
        assert_eq!(names(Provider::Cpu, Provider::Cpu), "CPU");
        assert_eq!(names(Provider::Cuda, Provider::Cpu), "CUDA, CPU");
        assert_eq!(names(Provider::Cpu, Provider::Cuda), "CPU, CUDA");
    }
}
