//! Execution providers: what the runtime can compute on, and why it does not.

use ort::ep::{CPU, CUDA, CoreML, DirectML, ExecutionProvider, ExecutionProviderDispatch, OpenVINO, TensorRT};
use serde::{Deserialize, Serialize};
use std::path::Path;

use crate::session::SessionConfig;

/// Where a model's arithmetic runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    TensorRt,
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
    /// Every provider we know, usually quickest first, CPU always last.
    pub const ALL: [Self; 6] = [Self::TensorRt, Self::Cuda, Self::DirectMl, Self::CoreMl, Self::OpenVino, Self::Cpu];

    /// In the order in which they are tried where nothing was measured. Without TensorRT: it compiles each model for a minute
    /// before it runs, which nobody waits for on a guess.
    pub const ORDER: [Self; 5] = [Self::Cuda, Self::DirectMl, Self::CoreMl, Self::OpenVino, Self::Cpu];

    /// The name people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::TensorRt => "TensorRT",
            Self::Cuda => "CUDA",
            Self::DirectMl => "DirectML",
            Self::CoreMl => "CoreML",
            Self::OpenVino => "OpenVINO",
            Self::Cpu => "CPU",
        }
    }

    /// Whether it compiles a model anew for each size of input: of no use for pictures of every size.
    pub fn wants_one_size(self) -> bool {
        self == Self::TensorRt
    }

    /// Asks the loaded runtime whether it was built with this provider. Whether a model then runs on it shows when a
    /// session is made: drivers may be missing.
    pub(crate) fn probe(self) -> Probe {
        let answer = match self {
            Self::TensorRt => TensorRT::is_available(),
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

    /// Registration that fails loudly, so that a fall-back can say why. Devices manage their own memory. `cache`: where what a
    /// provider compiles may be kept for the next time.
    pub(crate) fn dispatch(self, config: &SessionConfig, cache: Option<&Path>) -> ExecutionProviderDispatch {
        match self {
            Self::TensorRt => tensor_rt(cache).build(),
            Self::Cuda => CUDA::default().build(),
            Self::DirectMl => DirectML::default().build(),
            Self::CoreMl => CoreML::default().build(),
            // Where it computes on the processor it takes eight threads unasked, and with them the encoder's cores.
            Self::OpenVino => OpenVINO::default().with_num_threads(config.threads.max(1)).build(),
            // Said aloud: without any provider the runtime picks a device by policy, and 1.22 aborts when it knows none.
            Self::Cpu => CPU::default().with_arena_allocator(config.keeps_memory).build(),
        }
        .error_on_failure()
    }
}

fn tensor_rt(cache: Option<&Path>) -> TensorRT {
    match cache {
        None => TensorRT::default(),
        Some(cache) => TensorRT::default()
            .with_engine_cache(true)
            .with_engine_cache_path(cache.display())
            .with_timing_cache(true)
            .with_timing_cache_path(cache.display()),
    }
}
