//! Statistics as Prometheus text. Pure.
//!
//! Source: the text exposition format 0.0.4 of Prometheus.

use crate::{
    DropCause, GovernorState, InputLevel, Levels, MediaStats, OutputPhase, OutputStats, RecordingStats, SyncStats,
};
use hawker_domain::overload::LeverSetting;
use std::{fmt::Write, time::Duration};

/// What the page tells of.
#[derive(Clone, Copy, Debug)]
pub struct Figures<'a> {
    pub stats: &'a MediaStats,
    /// Of the mix and of every microphone.
    pub sound: &'a Levels,
    /// What the program takes; none where nobody asked the system.
    pub process: Option<ProcessUse>,
}

/// What one process takes of the computer; those it started are not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessUse {
    /// CPU time of all its threads so far.
    pub cpu: Duration,
    /// Resident memory, bytes; 0 where the system does not tell.
    pub resident_bytes: u64,
}

/// All numbers of a show in Prometheus' text format. Every name begins with `hawker_`; units are seconds, bytes, bits a
/// second, decibels, parts of a million and shares of one. What is not known is left out. No address holds a key.
pub fn prometheus(Figures { stats, sound: levels, process }: Figures<'_>) -> String {
    let mut page = Page::default();
    frames(&mut page, stats);
    encoding(&mut page, stats);
    outputs(&mut page, &stats.outputs);
    recording(&mut page, stats);
    sound(&mut page, stats);
    inputs(&mut page, levels);
    if let Some(state) = &stats.governor {
        governor(&mut page, state);
    }
    if let Some(ProcessUse { cpu, resident_bytes }) = process {
        page.family("process_cpu_seconds_total", "counter", "CPU time of the program, without those it started.");
        page.sample("process_cpu_seconds_total", &[], cpu.as_secs_f64());
        page.gauge("process_resident_memory_bytes", "Memory that the program holds.", resident_bytes as f64);
    }
    page.0
}

fn frames(page: &mut Page, stats: &MediaStats) {
    let counts = &stats.frames;
    page.counter("frames_captured_total", "Pictures that sources delivered.", counts.captured);
    page.counter("frames_composed_total", "Pictures put on the canvas.", counts.composed);
    page.counter("frames_encoded_total", "Pictures encoded since on air.", counts.encoded);
    page.family("frames_dropped_total", "counter", "Pictures lost, by cause.");
    for cause in DropCause::ALL {
        page.sample("frames_dropped_total", &[("cause", cause.code())], counts.dropped_by(cause) as f64);
    }
    page.gauge("canvas_frames_per_second", "Pictures composed a second, over the last second.", wide(stats.fps));
    page.counter("clock_jumps_total", "Times the clock of a source jumped far off.", stats.time_jumps);
}

fn encoding(page: &mut Page, stats: &MediaStats) {
    page.family("encoder_info", "gauge", "The encoders in use.");
    page.sample("encoder_info", &[("video", &stats.encoder), ("audio", &stats.audio_encoder)], 1.0);
    let load = wide(stats.encode_load);
    page.gauge("encode_load_ratio", "Time the encoder takes for a picture against the time it has.", load);
    type Value = fn(&crate::EncodeStats) -> f64;
    let figures: [(&str, &str, &str, Value); 6] = [
        ("encode_pictures_total", "counter", "Pictures of this encode since on air.", |e| e.encoded as f64),
        ("encode_dropped_pictures_total", "counter", "Pictures that a further encode had no time for.", |e| {
            e.dropped as f64
        }),
        ("encode_picture_seconds", "gauge", "Time for a picture, smoothed.", |e| wide(e.picture_ms) / 1e3),
        ("encode_budget_seconds", "gauge", "Time that a picture has.", |e| 1.0 / f64::from(e.fps.max(1))),
        ("encode_target_bits_per_second", "gauge", "Bitrate asked for.", |e| f64::from(e.bitrate_bps)),
        ("encode_short_side_pixels", "gauge", "Shorter side of what is encoded.", |e| f64::from(e.width.min(e.height))),
    ];
    for (name, kind, help, value) in figures.into_iter().filter(|_| !stats.encodes.is_empty()) {
        page.family(name, kind, help);
        for encode in &stats.encodes {
            page.sample(name, &[("encode", &encode.name), ("encoder", &encode.encoder)], value(encode));
        }
    }
}

fn outputs(page: &mut Page, outputs: &[OutputStats]) {
    type Value = fn(&OutputStats) -> Option<f64>;
    let figures: [(&str, &str, &str, Value); 14] = [
        ("output_live", "gauge", "1 while viewers there get the show.", |o| {
            Some(f64::from(u8::from(o.phase == OutputPhase::Live)))
        }),
        ("output_sent_bytes_total", "counter", "Bytes sent.", |o| Some(o.sent_bytes as f64)),
        ("output_sent_pictures_total", "counter", "Pictures sent.", |o| Some(o.sent_pictures as f64)),
        ("output_dropped_pictures_total", "counter", "Pictures it could not take in time.", |o| Some(o.dropped as f64)),
        ("output_bits_per_second", "gauge", "Throughput over the last second.", |o| Some(o.bitrate_bps as f64)),
        ("output_queue_seconds", "gauge", "Pictures that wait to be sent.", |o| Some(o.queue_ms as f64 / 1e3)),
        ("output_reconnects_total", "counter", "Times it came back.", |o| Some(f64::from(o.reconnects))),
        ("output_down_seconds_total", "counter", "Time it was wanted and not live.", |o| Some(o.down_ms as f64 / 1e3)),
        ("output_rtt_seconds", "gauge", "Time for a byte there and back.", |o| o.rtt_ms.map(|ms| ms / 1e3)),
        ("output_packet_loss_ratio", "gauge", "Share of the packets that its receiver missed of late.", |o| {
            o.packet_loss.map(wide)
        }),
        ("output_missed_pictures_total", "counter", "Pictures that came while it was not connected.", |o| {
            Some(o.missed as f64)
        }),
        ("output_steered_bits_per_second", "gauge", "Bitrate that it asks of the encoder, where it steers.", |o| {
            o.steered_bps.map(f64::from)
        }),
        ("output_sound_back_seconds", "gauge", "When its sound was back after the last reconnect.", |o| {
            o.sound_back_ms.map(|ms| ms as f64 / 1e3)
        }),
        ("output_delay_seconds", "gauge", "How much later its viewers see the show on purpose.", |o| {
            Some(o.delay_ms as f64 / 1e3)
        }),
    ];
    for (name, kind, help, value) in figures {
        let known: Vec<_> = outputs.iter().filter_map(|output| Some((output, value(output)?))).collect();
        if known.is_empty() {
            continue;
        }
        page.family(name, kind, help);
        for (output, value) in known {
            page.sample(name, &[("id", &output.id.to_string()), ("url", &output.url)], value);
        }
    }
}

fn recording(page: &mut Page, stats: &MediaStats) {
    type Value = fn(&RecordingStats) -> Option<f64>;
    let figures: [(&str, &str, &str, Value); 7] = [
        ("recording_running", "gauge", "1 while the canvas is recorded.", |r| {
            Some(f64::from(u8::from(r.stopped.is_none())))
        }),
        ("recording_bytes", "gauge", "Size of the recording.", |r| Some(r.size_bytes as f64)),
        ("recording_seconds", "gauge", "Length of the recording.", |r| Some(r.duration_ms as f64 / 1e3)),
        ("recording_parts", "gauge", "Files of the recording.", |r| Some(f64::from(r.parts))),
        ("recording_left_seconds", "gauge", "Until the disk has no room for it, to the minute.", |r| {
            r.minutes_left.map(|minutes| minutes as f64 * 60.0)
        }),
        ("recording_queue_seconds", "gauge", "Pictures that wait for the disk.", |r| Some(r.queue_ms as f64 / 1e3)),
        ("recording_lost_pictures_total", "counter", "Pictures that the disk did not take in time.", |r| {
            Some(r.lost_pictures as f64)
        }),
    ];
    let recordings: Vec<_> = stats.recording.iter().chain(&stats.upright).collect();
    for (name, kind, help, value) in figures {
        let known = recordings.iter().filter_map(|recording| Some((recording.canvas.to_string(), value(recording)?)));
        page.labelled((name, kind, help), "canvas", known.collect());
    }
}

/// Of every microphone and every sound of a source.
fn inputs(page: &mut Page, levels: &Levels) {
    type Value = fn(&InputLevel) -> Option<f64>;
    let figures: [(&str, &str, &str, Value); 9] = [
        ("audio_input_present", "gauge", "1 while the input delivers sound.", |i| Some(f64::from(u8::from(i.present)))),
        ("audio_input_muted", "gauge", "1 while the input is muted.", |i| Some(f64::from(u8::from(i.muted)))),
        ("audio_input_rms_dbfs", "gauge", "Loudness of an input; absent while silent.", |i| i.level.rms_db.map(wide)),
        ("audio_input_peak_dbfs", "gauge", "Loudest sample of late; absent while silent.", |i| {
            i.level.peak_db.map(wide)
        }),
        ("audio_input_gap_seconds_total", "counter", "Silence put in for sound that did not come.", |i| {
            Some(i.gap_ms as f64 / 1e3)
        }),
        ("audio_input_lost_pieces_total", "counter", "Pieces of sound that found the mix too busy.", |i| {
            Some(i.lost_pieces as f64)
        }),
        ("audio_input_clock_jumps_total", "counter", "Times the clock of an input jumped far ahead.", |i| {
            Some(i.time_jumps as f64)
        }),
        ("audio_input_drift_ppm", "gauge", "How much faster its clock runs than the program's.", |i| {
            i.drift_ppm.map(wide)
        }),
        ("audio_input_offset_seconds", "gauge", "How far its sound lies from its time; positive where early.", |i| {
            Some(wide(i.off_ms) / 1e3)
        }),
    ];
    for (name, kind, help, value) in figures {
        let known = levels.inputs.iter().filter_map(|(id, level)| Some((id.0.clone(), value(level)?)));
        page.labelled((name, kind, help), "input", known.collect());
    }
    if let Some(lufs) = levels.loudness_lufs {
        page.gauge("audio_loudness_lufs", "Loudness of the mix over three seconds; absent while silent.", wide(lufs));
    }
}

fn sound(page: &mut Page, stats: &MediaStats) {
    if let Some(db) = stats.audio_rms_db {
        page.gauge("audio_rms_dbfs", "Loudness of the sound; absent while silent.", wide(db));
    }
    let gap = stats.audio_gap_ms as f64 / 1e3;
    page.family("audio_gap_seconds_total", "counter", "Silence put in for sound that did not come.");
    page.sample("audio_gap_seconds_total", &[], gap);
    if let Some(ms) = stats.av_offset_ms {
        page.gauge("av_offset_seconds", "How much later the sound is than the picture.", wide(ms) / 1e3);
    }
    type Value = fn(&SyncStats) -> Option<f32>;
    let figures: [(&str, &str, Value); 2] = [
        ("canvas_av_offset_seconds", "How much later the sound of a canvas is than its picture.", |s| s.offset_ms),
        ("canvas_sound_leaves_seconds", "How much later sound leaves the encoder than its picture.", |s| {
            s.sound_leaves_ms
        }),
    ];
    for (name, help, value) in figures {
        let known: Vec<_> = stats.sync.iter().filter_map(|sync| Some((sync, value(sync)?))).collect();
        if !known.is_empty() {
            page.family(name, "gauge", help);
        }
        for (sync, ms) in known {
            page.sample(name, &[("canvas", &sync.canvas.to_string())], wide(ms) / 1e3);
        }
    }
}

fn governor(page: &mut Page, state: &GovernorState) {
    page.gauge("governor_load_ratio", "Smoothed load that the governor goes by.", wide(state.load));
    page.gauge("governor_warning", "1 while the encoder is nearly full.", f64::from(u8::from(state.warned)));
    page.counter("governor_steps_down_total", "Times something was given up.", state.steps_down);
    page.family("governor_lowered", "gauge", "Where a lever stands that is lowered now; absent otherwise.");
    for setting in &state.lowered {
        let (lever, value) = match *setting {
            LeverSetting::Recognition { per_second } => ("recognition_per_second", per_second),
            LeverSetting::Preview { per_second } => ("preview_per_second", per_second),
            LeverSetting::Beauty { allowed } => ("beauty", u32::from(allowed)),
            LeverSetting::FrameRate { per_second } => ("frames_per_second", per_second),
            LeverSetting::Resolution { short_side } => ("short_side_pixels", short_side),
        };
        page.sample("governor_lowered", &[("lever", lever)], f64::from(value));
    }
}

/// A page that grows.
#[derive(Default)]
struct Page(String);

impl Page {
    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, "counter", help);
        self.sample(name, &[], value as f64);
    }

    fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    /// One sample for each of what is known, by the text of one label; nothing where nothing is.
    fn labelled(&mut self, (name, kind, help): (&str, &str, &str), label: &str, known: Vec<(String, f64)>) {
        if !known.is_empty() {
            self.family(name, kind, help);
        }
        known.iter().for_each(|(text, value)| self.sample(name, &[(label, text)], *value));
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing into a string cannot fail.
        let _ = writeln!(self.0, "# HELP hawker_{name} {help}\n# TYPE hawker_{name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let _ = write!(self.0, "hawker_{name}");
        for (index, (label, text)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{open}{label}=\"{}\"", escaped(text));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{close} {}", number(value));
    }
}

/// Without the digits that a measure of seven has not got.
fn wide(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

/// As short as it reads back the same; six digits behind the point are more than any of these measures has.
fn number(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    format!("{}", (value * 1e6).round() / 1e6)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
#[path = "prometheus_tests.rs"]
mod tests;
