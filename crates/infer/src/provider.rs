//! Execution providers: what the runtime can compute on, and why it does not.

use ort::ep::{CPU, CUDA, CoreML, DirectML, ExecutionProvider, ExecutionProviderDispatch, OpenVINO};

/// Where a model's arithmetic runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Cuda,
    DirectMl,
    CoreMl,
    OpenVino,
    Cpu,
}

/// One provider and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    pub provider: Provider,
    /// None: the runtime has it. Otherwise why it can't be used.
    pub missing: Option<String>,
}

impl Provider {
    /// In the order in which they are tried: quickest first, CPU always last.
    pub const ORDER: [Self; 5] = [Self::Cuda, Self::DirectMl, Self::CoreMl, Self::OpenVino, Self::Cpu];

    /// The name people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cuda => "CUDA",
            Self::DirectMl => "DirectML",
            Self::CoreMl => "CoreML",
            Self::OpenVino => "OpenVINO",
            Self::Cpu => "CPU",
        }
    }

    /// Asks the loaded runtime whether it was built with this provider. Whether a model then runs on it shows when a
    /// session is made: drivers may be missing.
    pub(crate) fn probe(self) -> Probe {
        let answer = match self {
            Self::Cuda => CUDA::is_available(),
            Self::DirectMl => DirectML::is_available(),
            Self::CoreMl => CoreML::is_available(),
            Self::OpenVino => OpenVINO::is_available(),
            Self::Cpu => CPU::is_available(),
        };
        let missing = match answer {
            Ok(true) => None,
            Ok(false) => Some("this build of onnx runtime does not have it".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        Probe { provider: self, missing }
    }

    /// Registration that fails loudly, so that a fall-back can say why. `keeps_memory`: see [`crate::SessionConfig`]; devices
    /// manage their own.
    pub(crate) fn dispatch(self, keeps_memory: bool) -> ExecutionProviderDispatch {
        match self {
            Self::Cuda => CUDA::default().build(),
            Self::DirectMl => DirectML::default().build(),
            Self::CoreMl => CoreML::default().build(),
            Self::OpenVino => OpenVINO::default().build(),
            // Said aloud: without any provider the runtime picks a device by policy, and 1.22 aborts when it knows none.
            Self::Cpu => CPU::default().with_arena_allocator(keeps_memory).build(),
        }
        .error_on_failure()
    }
}
