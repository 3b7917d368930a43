#![allow(clippy::unwrap_used)]

use super::*;
use crate::{EncodeStats, FrameCounts, Level, RecordingStats, Scale, Setpoint, SyncStats};
use hawker_domain::{CanvasShape, DestinationId, sound::InputId};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn recording(canvas: CanvasShape) -> RecordingStats {
    RecordingStats {
        canvas,
        first: "a.mkv".into(),
        path: "a.mkv".into(),
        size_bytes: 9_000,
        duration_ms: 100_500,
        parts: 1,
        minutes_left: None,
        lost_pictures: 0,
        queue_ms: 0,
        stopped: None,
    }
}

fn full() -> MediaStats {
    MediaStats {
        frames: FrameCounts {
            captured: 4_000,
            composed: 3_990,
            encoded: 3_000,
            by_canvas: BTreeMap::new(),
            dropped: BTreeMap::from([
                (DropCause::SourceLate, 3),
                (DropCause::EncodeBehind, 12),
                (DropCause::OutputBehind, 61),
                (DropCause::RecordingBehind, 330),
            ]),
        },
        outputs: vec![
            OutputStats {
                phase: OutputPhase::Live,
                sent_bytes: 123_456_789,
                sent_pictures: 2_900,
                bitrate_bps: 2_612_000,
                reconnects: 2,
                down_ms: 1_250,
                queue_ms: 40,
                dropped: 61,
                rtt_ms: Some(23.5),
                packet_loss: Some(0.25),
                missed: 75,
                steered_bps: Some(1_800_000),
                sound_back_ms: Some(640),
                delay_ms: 3_000,
                ..OutputStats::new(DestinationId(Uuid::from_u128(7)), "srt://host:9000".into())
            },
            OutputStats::new(DestinationId(Uuid::from_u128(8)), "rtmp://a \"b\"\\c\n/live".into()),
        ],
        recording: Some(RecordingStats {
            queue_ms: 400,
            lost_pictures: 330,
            parts: 2,
            minutes_left: Some(90),
            ..recording(CanvasShape::Landscape)
        }),
        upright: Some(RecordingStats {
            size_bytes: 4_000,
            duration_ms: 50_000,
            stopped: Some("the disk is full".into()),
            ..recording(CanvasShape::Portrait)
        }),
        audio_rms_db: Some(-23.4),
        audio_gap_ms: 120,
        time_jumps: 1,
        encoder: "x264enc".into(),
        audio_encoder: "avenc_aac".into(),
        fps: 29.97,
        encode_load: 0.41,
        encodes: vec![EncodeStats {
            name: "16:9".into(),
            encoder: "x264enc".into(),
            encoded: 3_000,
            dropped: 0,
            bitrate_bps: 2_500_000,
            width: 1280,
            height: 720,
            fps: 30,
            picture_ms: 13.7,
        }],
        av_offset_ms: Some(-4.0),
        sync: vec![
            SyncStats { canvas: CanvasShape::Landscape, offset_ms: Some(-4.0), sound_leaves_ms: Some(31.5) },
            SyncStats { canvas: CanvasShape::Portrait, offset_ms: None, sound_leaves_ms: None },
        ],
        governor: Some(GovernorState {
            setpoint: Setpoint { watch_fps: 1, preview_fps: 5, beauty_allowed: false, fps: 20, scale: Scale::Full },
            lowered: vec![LeverSetting::Beauty { allowed: false }, LeverSetting::FrameRate { per_second: 20 }],
            load: 0.88,
            warned: true,
            steps_down: 5,
            last: None,
        }),
        ..MediaStats::default()
    }
}

fn sound() -> Levels {
    let microphone = InputLevel {
        level: Level { peak_db: Some(-6.5), rms_db: Some(-21.25), clipped: false },
        present: true,
        began: true,
        gap_ms: 40,
        lost_pieces: 2,
        time_jumps: 1,
        drift_ppm: Some(-38.5),
        off_ms: 1.5,
        ..InputLevel::default()
    };
    let unplugged = InputLevel { muted: true, ..InputLevel::default() };
    Levels {
        loudness_lufs: Some(-16.2),
        inputs: BTreeMap::from([(InputId("mic".into()), microphone), (InputId("mic-2".into()), unplugged)]),
        ..Levels::default()
    }
}

fn page(stats: &MediaStats) -> String {
    let process = ProcessUse { cpu: Duration::from_millis(83_250), resident_bytes: 412_000_000 };
    let sound = if stats.outputs.is_empty() { Levels::default() } else { sound() };
    prometheus(Figures { stats, sound: &sound, process: stats.governor.is_some().then_some(process) })
}

#[test]
fn the_page_is_what_it_was() {
    // The names are read by dashboards: a changed line here breaks one.
    assert_eq!(page(&full()), include_str!("full.prom"));
}

#[test]
fn a_show_that_has_not_begun_has_no_line_without_a_number() {
    let page = page(&MediaStats::default());
    assert!(page.contains("hawker_frames_dropped_total{cause=\"overload\"} 0\n"), "{page}");
    assert!(
        !page.contains("hawker_output")
            && !page.contains("hawker_governor")
            && !page.contains("hawker_audio_input")
            && !page.contains("NaN"),
        "{page}"
    );
}

#[test]
fn the_page_keeps_to_the_format() {
    for stats in [full(), MediaStats::default()] {
        let page = page(&stats);
        assert!(page.ends_with('\n'));
        let mut announced = BTreeSet::new();
        let mut current = String::new();
        let mut seen = BTreeSet::new();
        for line in page.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(announced.insert(name.to_owned()), "{name} is announced twice");
                assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
                current = name.to_owned();
            } else if !line.starts_with("# HELP ") {
                let name = line.split(['{', ' ']).next().unwrap();
                assert_eq!(name, current, "a sample stands under its own name");
                let (sample, value) = line.rsplit_once(' ').unwrap();
                assert!(value.parse::<f64>().is_ok(), "{line}");
                assert!(seen.insert(sample.to_owned()), "{sample} twice");
                assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
            }
        }
    }
}

#[test]
fn numbers_are_written_as_prometheus_reads_them() {
    let table = [(0.0, "0"), (1.5, "1.5"), (123_456_789.0, "123456789"), (0.1 + 0.2, "0.3"), (f64::INFINITY, "+Inf")];
    for (value, text) in table {
        assert_eq!(number(value), text);
    }
    assert_eq!(number(f64::NAN), "NaN");
}
