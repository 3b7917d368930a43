//! Logs: on stderr for who looks, and rotating by day in the data directory for who has to find out later.
//!
//! Invariant: every line written to the files while a show runs carries its `show.id`, whichever thread or library said it.
//! A process runs one show at a time, so the show is noted once, by whoever owns it ([`ShowInLogs`]); spans would end at the
//! threads of GStreamer and ONNX Runtime.
//!
//! Invariant: an address in a line stands there without user, password, last path segment and query, whoever wrote it: all of
//! them pass [`redact`], and those of GStreamer and GLib come as lines like any other (`hawker_media::voices`). What is secret in
//! the address of a source or a destination is taken out where it stands alone, too. A panic is a line as well.

use crate::errors::{Outcome, internal};
use hawker_domain::ShowId;
use hawker_media::{redact, voices};
use serde_json::Value;
use std::fmt;
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use tracing::{Event, Subscriber};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// Days of logs that are kept.
const KEPT_DAYS: usize = 14;

/// Starts logging. Keep the guard: dropping it flushes. `verbose` shows more on stderr; HAWKER_LOG overrides both.
/// Errors: `internal` when the directory can't be written.
pub fn start(logs_dir: &Path, verbose: bool) -> Outcome<WorkerGuard> {
    crate::data_dir::create_private(logs_dir)?;
    let files = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("hawker")
        .filename_suffix("log")
        .max_log_files(KEPT_DAYS)
        .build(logs_dir)
        .map_err(|error| internal(&format!("can't write logs to {}", logs_dir.display()), error))?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let filter = |fallback: String| {
        let asked = EnvFilter::try_from_env("HAWKER_LOG").unwrap_or_else(|_| EnvFilter::new(fallback));
        // Whatever is asked for: a panic is said nowhere else.
        match crate::panics::SAID.parse() {
            Ok(panics) => asked.add_directive(panics),
            Err(_) => asked,
        }
    };
    let file = tracing_subscriber::fmt::layer()
        .fmt_fields(JsonFields::new())
        .event_format(Lines { json: Format::default().json(), show: &SHOW })
        .with_writer(writer)
        .with_filter(filter(format!("info,{}=warn", voices::TARGET)));
    let shown = shown(verbose, voices::are_asked_for());
    let stderr = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .event_format(Shown::new())
        .with_writer(std::io::stderr)
        .with_filter(filter(shown));
    // A second start in one process (tests) keeps the first.
    if tracing_subscriber::registry().with(file).with(stderr).try_init().is_ok() {
        crate::panics::log();
    }
    Ok(guard)
}

/// What stderr shows; who asks GStreamer for debug lines (`GST_DEBUG`) sees them there.
fn shown(verbose: bool, voices_asked_for: bool) -> String {
    let own = if verbose { "info" } else { "warn" };
    if voices_asked_for { format!("{own},{}=trace", voices::TARGET) } else { own.to_owned() }
}

type Noted = RwLock<Option<ShowId>>;

/// The show that runs in this process.
static SHOW: Noted = RwLock::new(None);

/// While it lives, every line in the files names this show.
#[derive(Debug)]
pub struct ShowInLogs {
    show_id: ShowId,
    place: &'static Noted,
}

impl ShowInLogs {
    pub fn note(show_id: ShowId) -> Self {
        Self::note_in(&SHOW, show_id)
    }

    fn note_in(place: &'static Noted, show_id: ShowId) -> Self {
        *place.write().unwrap_or_else(PoisonError::into_inner) = Some(show_id);
        Self { show_id, place }
    }
}

impl Drop for ShowInLogs {
    fn drop(&mut self) {
        let mut noted = self.place.write().unwrap_or_else(PoisonError::into_inner);
        // A show that began meanwhile keeps its name.
        if *noted == Some(self.show_id) {
            *noted = None;
        }
    }
}

/// JSON lines, each with the running show's id in front.
struct Lines {
    json: Format<Json>,
    show: &'static Noted,
}

impl<S> FormatEvent<S, JsonFields> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.json.format_event(context, Writer::new(&mut line), event)?;
        let line = redact_json(line)?;
        let show = *self.show.read().unwrap_or_else(PoisonError::into_inner);
        match (show, line.strip_prefix('{')) {
            (Some(show), Some(rest)) => write!(writer, "{{\"show.id\":\"{show}\",{rest}"),
            _ => writer.write_str(&line),
        }
    }
}

/// A line of JSON without what is secret in its addresses. They are looked for in the texts themselves: in the line an
/// address may hold escapes.
fn redact_json(line: String) -> Result<String, fmt::Error> {
    without_secrets(line, &redact)
}

/// `redact`: of one text. A line without escapes holds its texts as they are, and most have nothing to take out.
fn without_secrets(line: String, redact: &impl Fn(&str) -> String) -> Result<String, fmt::Error> {
    if !line.contains('\\') && redact(&line) == line {
        return Ok(line);
    }
    let mut value: Value = serde_json::from_str(&line).map_err(|_| fmt::Error)?;
    let has_changed = redact_value(&mut value, redact) || redact(&line) != line;
    Ok(if has_changed { format!("{value}\n") } else { line })
}

/// Whether there was anything to take out.
fn redact_value(value: &mut Value, redact: &impl Fn(&str) -> String) -> bool {
    match value {
        Value::String(text) => {
            let clean = redact(text);
            let has_changed = clean != *text;
            *text = clean;
            has_changed
        }
        Value::Array(values) => values.iter_mut().fold(false, |changed, value| redact_value(value, redact) | changed),
        Value::Object(fields) => {
            fields.values_mut().fold(false, |changed, value| redact_value(value, redact) | changed)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Lines for a person at a terminal. Without colours: their codes would stand in front of an address and hide it.
struct Shown(Format);

impl Shown {
    fn new() -> Self {
        Self(Format::default().with_target(false).with_ansi(false))
    }
}

impl<S, N> FormatEvent<S, N> for Shown
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        writer.write_str(&redact(&line))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::{Arc, Mutex};
    use uuid::Uuid;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What writes lines as the files have them.
    fn in_file(kept: &Kept, show: &'static Noted) -> impl Subscriber + Send + Sync + use<> {
        let writer = kept.clone();
        let layer = tracing_subscriber::fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(Lines { json: Format::default().json(), show })
            .with_writer(move || writer.clone());
        tracing_subscriber::registry().with(layer)
    }

    #[test]
    fn a_line_of_a_running_show_names_it_and_others_name_none() {
        static HERE: Noted = RwLock::new(None);
        let kept = Kept::default();
        let file = in_file(&kept, &HERE);
        let show_id = ShowId(Uuid::now_v7());
        tracing::subscriber::with_default(file, || {
            tracing::info!("before");
            let noted = ShowInLogs::note_in(&HERE, show_id);
            tracing::info!(order.id = "o1", "a \"quoted\" line");
            drop(noted);
            tracing::info!("after");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let shows: Vec<_> = lines.iter().map(|line| line["show.id"].as_str().map(str::to_owned)).collect();
        assert_eq!(shows, [None, Some(show_id.to_string()), None]);
        assert_eq!(lines[1]["fields"]["order.id"], "o1");
    }

    /// What a library may say of where it connects to, in every way a line can hold it.
    fn tell_a_key() {
        let _span = tracing::info_span!("connect", url = "rtmp://u:PA55@h/app/K3Y-in-span").entered();
        tracing::warn!(
            url = "srt://h:9000?passphrase=K3Y-in-field",
            place = ?Some("rtmp://h/live/K3Y-with\\a-backslash,and-more;still"),
            shown = %"rtmp://live.example/app/K3Y-unquoted",
            "can't reach rtmps://h/live/K3Y-in-text?token=K3Y"
        );
    }

    #[test]
    fn a_panic_is_a_line_with_its_thread_and_place_and_without_what_is_secret() {
        static HERE: Noted = RwLock::new(None);
        let kept = Kept::default();
        let file = in_file(&kept, &HERE);
        crate::panics::log();
        let panicking = || {
            tracing::subscriber::with_default(file, || panic!("no way to {}", "rtmp://h/live/K3Y"));
        };
        let ended = std::thread::Builder::new().name("mixer".into()).spawn(panicking).unwrap().join();
        // What the test itself says afterwards belongs on its stderr.
        drop(std::panic::take_hook());
        assert!(ended.is_err());
        let line: Value = serde_json::from_slice(&kept.0.lock().unwrap()).unwrap();
        let fields = &line["fields"];
        assert_eq!(fields["message"], "a thread panicked: no way to rtmp://h/live/***");
        assert_eq!(fields["thread"], "mixer");
        assert!(fields["place"].as_str().unwrap().contains("logging.rs:"), "{fields}");
    }

    #[test]
    fn a_secret_with_a_quotation_mark_in_it_is_found_behind_its_escape() {
        let hide = |text: &str| text.replace("pa\"ss\\word", "***");
        let line = serde_json::json!({"message": "the password pa\"ss\\word of admin", "n": 1}).to_string();
        let clean = without_secrets(format!("{line}\n"), &hide).unwrap();
        assert_eq!(clean, "{\"message\":\"the password *** of admin\",\"n\":1}\n");
        let plain = "{\"n\":1,\"message\":\"nothing\"}\n".to_owned();
        assert_eq!(without_secrets(plain.clone(), &hide).unwrap(), plain, "and what has none stays as it is");
    }

    #[test]
    fn who_asks_gstreamer_for_debug_lines_sees_them_and_nobody_else_does() {
        assert_eq!((shown(false, false), shown(true, false)), ("warn".to_owned(), "info".to_owned()));
        assert_eq!(shown(false, true), "warn,gstreamer=trace");
        EnvFilter::try_new(shown(true, true)).unwrap();
    }

    #[test]
    fn a_key_in_a_line_is_taken_out_whoever_wrote_it() {
        static HERE: Noted = RwLock::new(None);
        let (file, shown) = (Kept::default(), Kept::default());
        let (to_file, to_shown) = (file.clone(), shown.clone());
        let in_file = tracing_subscriber::fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(Lines { json: Format::default().json(), show: &HERE })
            .with_writer(move || to_file.clone());
        let at_terminal = tracing_subscriber::fmt::layer()
            .with_ansi(true)
            .with_ansi(false)
            .event_format(Shown::new())
            .with_writer(move || to_shown.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(in_file).with(at_terminal), tell_a_key);
        let text = |kept: &Kept| String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let (file, shown) = (text(&file), text(&shown));
        let line: Value = serde_json::from_str(&file).unwrap();
        assert_eq!(line["fields"]["message"], "can't reach rtmps://h/live/***");
        assert_eq!(line["span"]["url"], "rtmp://h/app/***");
        assert!(shown.contains("can't reach rtmps://h/live/***"), "{shown}");
        assert!(shown.contains("shown=rtmp://live.example/app/***"), "the host is still told: {shown}");
        for told in [file, shown] {
            for secret in ["K3Y", "PA55", "token", "backslash", "still"] {
                assert!(!told.contains(secret), "{secret} in {told}");
            }
        }
    }
}
