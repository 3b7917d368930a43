//! A device that is lost in the middle of a show. The device is made up, since no machine has one that fails when it is asked
//! to; what takes its place is the real runtime on the CPU with a model we ship.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::Role;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How a made-up device behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Device {
    /// Can't be set up.
    Absent,
    /// Works so many times and is gone then.
    LostAfter(u32),
    /// Gives no numbers.
    Wrong,
    /// Gives other sides than the manifest says.
    Misshapen,
}

/// Made-up devices before the real CPU.
#[derive(Debug)]
struct Machine {
    devices: Vec<(Provider, Device)>,
    cpu: Option<FromFile>,
    built: Arc<AtomicU32>,
}

impl Builds for Machine {
    fn build(&self, provider: Provider) -> Result<Box<dyn Engine>, ModelError> {
        self.built.fetch_add(1, Ordering::Relaxed);
        let refused = |why: &str| ModelError::Refused { name: "m".to_owned(), why: why.to_owned() };
        match self.devices.iter().find(|(known, _)| *known == provider) {
            Some((_, Device::Absent)) => Err(refused("no driver")),
            Some((_, device)) => Ok(Box::new(MadeUp { device: *device, runs: 0 })),
            None => self.cpu.as_ref().ok_or_else(|| refused("the file is gone"))?.build(provider),
        }
    }
}

#[derive(Debug)]
struct MadeUp {
    device: Device,
    runs: u32,
}

impl Engine for MadeUp {
    fn run(&mut self, input: &[f32], shape: &[usize]) -> Result<Vec<Output>, Fault> {
        self.runs += 1;
        match self.device {
            _ if shape.iter().product::<usize>() != input.len() => Err(Fault::Failed("invalid dimensions".to_owned())),
            Device::LostAfter(runs) if self.runs <= runs => {
                Ok(vec![Output { name: "device".to_owned(), shape: vec![1], data: vec![1.0] }])
            }
            Device::Wrong => Err(Fault::NoNumber("scores".to_owned())),
            Device::Misshapen => {
                let (want, got) = ("float32 [1, n]".to_owned(), "float32 [1, 2, 3]".to_owned());
                Err(Fault::Shape { tensor: "scores".to_owned(), want, got })
            }
            _ => Err(Fault::Failed("device removed".to_owned())),
        }
    }

    fn metadata(&self, _key: &str) -> Option<String> {
        None
    }
}

const SHAPE: [usize; 4] = [1, 3, 416, 416];

fn cpu() -> FromFile {
    let manifest = Manifest::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")).unwrap();
    let (name, spec) = manifest.role(Role::Detector).unwrap();
    let (name, spec) = (name.to_owned(), spec.clone());
    let runtime = Runtime::load(None).unwrap_or_else(|error| panic!("{error}"));
    FromFile { runtime, manifest, name, spec, config: SessionConfig::default() }
}

fn session(devices: &[(Provider, Device)], cpu: Option<FromFile>) -> (ModelSession, Arc<AtomicU32>) {
    let built = Arc::new(AtomicU32::new(0));
    let sides = SHAPE.iter().map(|side| Dim::Fixed(*side)).collect();
    let machine = Machine { devices: devices.to_vec(), cpu, built: built.clone() };
    let providers: Vec<Provider> = devices.iter().map(|(provider, _)| *provider).collect();
    (ModelSession::start("m", sides, providers.into_iter(), Box::new(machine)).unwrap(), built)
}

fn picture() -> Vec<f32> {
    vec![0.5; SHAPE.iter().product()]
}

#[test]
fn a_device_lost_in_a_run_costs_that_run_no_result() {
    let (mut model, built) = session(&[(Provider::Cuda, Device::LostAfter(2))], Some(cpu()));
    for _ in 0..2 {
        assert_eq!(model.run(&picture(), &SHAPE).unwrap()[0].name, "device");
    }
    assert_eq!((model.provider(), model.fallbacks().len(), model.lost()), (Provider::Cuda, 0, None));
    let outputs = model.run(&picture(), &SHAPE).unwrap();
    let mut alone = cpu().build(Provider::Cpu).unwrap();
    assert_eq!(outputs, alone.run(&picture(), &SHAPE).unwrap(), "the very input that failed is answered by the CPU");
    assert_eq!(model.provider(), Provider::Cpu);
    assert_eq!(model.fallbacks(), ["CUDA given up for m: device removed"]);
    assert_eq!(model.lost(), Some("CUDA given up for m: device removed"));
    model.run(&picture(), &SHAPE).unwrap();
    assert_eq!(built.load(Ordering::Relaxed), 2, "it is built once on each, not at every run");
    assert_eq!(model.fallbacks().len(), 1);
}

#[test]
fn every_other_device_is_tried_before_the_cpu() {
    let devices = [
        (Provider::TensorRt, Device::LostAfter(0)),
        (Provider::Cuda, Device::Absent),
        (Provider::OpenVino, Device::LostAfter(1)),
    ];
    let (mut model, _) = session(&devices, Some(cpu()));
    assert_eq!(model.provider(), Provider::TensorRt);
    assert_eq!(model.run(&picture(), &SHAPE).unwrap()[0].name, "device");
    assert_eq!(model.provider(), Provider::OpenVino);
    let wants =
        ["TensorRT given up for m: device removed", "CUDA not used for m: onnx runtime refuses the model m: no driver"];
    assert_eq!(model.fallbacks(), wants);
    assert_eq!(model.lost(), Some(wants[0]), "one that never ran was not lost");
    assert_eq!(model.run(&picture(), &SHAPE).unwrap()[0].name, "scores", "and then the CPU");
}

#[test]
fn a_device_that_compiles_for_minutes_is_no_way_out_in_a_run() {
    let devices = [(Provider::Cuda, Device::LostAfter(0)), (Provider::TensorRt, Device::LostAfter(9))];
    let (mut model, _) = session(&devices, Some(cpu()));
    assert_eq!(model.run(&picture(), &SHAPE).unwrap()[0].name, "scores");
    assert_eq!(model.provider(), Provider::Cpu);
}

#[test]
fn a_device_that_gives_no_numbers_for_numbers_is_given_up() {
    let (mut model, _) = session(&[(Provider::CoreMl, Device::Wrong)], Some(cpu()));
    assert!(model.run(&picture(), &SHAPE).is_ok());
    assert_eq!(model.provider(), Provider::Cpu);
    assert!(model.fallbacks()[0].contains("no number in \"scores\""), "{:?}", model.fallbacks());
}

#[test]
fn a_device_is_not_blamed_for_its_input() {
    let (mut model, _) = session(&[(Provider::Cuda, Device::Wrong)], Some(cpu()));
    let mut broken = picture();
    broken[7] = f32::NAN;
    assert!(matches!(model.run(&broken, &SHAPE), Err(ModelError::NoNumber { .. })));
    assert!(matches!(model.run(&[0.0; 12], &SHAPE), Err(ModelError::Run { .. })), "too few numbers");
    assert!(model.run(&[0.0; 12], &[1, 3, 2, 2]).is_err(), "sides that the model does not have");
    assert!(model.run(&[0.0; 12], &[12]).is_err(), "too few sides");
    assert_eq!((model.provider(), model.fallbacks().len()), (Provider::Cuda, 0));
}

#[test]
fn a_device_is_not_blamed_for_an_entry_that_does_not_fit() {
    let (mut model, _) = session(&[(Provider::Cuda, Device::Misshapen)], Some(cpu()));
    let error = model.run(&picture(), &SHAPE).unwrap_err();
    assert!(matches!(error, ModelError::Shape { .. }), "{error}");
    assert_eq!((model.provider(), model.fallbacks().len()), (Provider::Cuda, 0));
}

#[test]
fn where_nothing_is_left_the_run_fails_and_so_does_the_next() {
    let (mut model, built) = session(&[(Provider::Cuda, Device::LostAfter(0))], None);
    let error = model.run(&picture(), &SHAPE).unwrap_err();
    assert!(error.to_string().contains("the file is gone"), "{error}");
    let error = model.run(&picture(), &SHAPE).unwrap_err();
    assert!(matches!(error, ModelError::Run { .. }), "{error}");
    assert_eq!(built.load(Ordering::Relaxed), 2, "what failed is not built again and again");
}
