//! What a running show says of itself as Prometheus text.

use super::ffmpeg;
use crate::bench::parts::stage::Stage;
use crate::run::demo_data::DemoData;

/// One reading of `hawker show metrics`.
#[derive(Clone, Debug, Default)]
pub struct Metrics(String);

impl Metrics {
    /// Asks the show that runs with this data.
    pub fn of(stage: &Stage, data: &DemoData) -> Result<Self, String> {
        let mut command = data.command(&stage.workspace.program(stage.programs.folder(), "hawker-cli"));
        let said = ffmpeg::output(command.args(["show", "metrics"]))?;
        Ok(Self(String::from_utf8_lossy(&said).into_owned()))
    }

    /// The value called `name` whose labels hold `label`; of several the first.
    pub fn value(&self, name: &str, label: &str) -> Option<f64> {
        self.0.lines().find_map(|line| {
            let (labels, value) = line.strip_prefix(name)?.strip_prefix('{')?.rsplit_once("} ")?;
            labels.contains(label).then(|| value.parse().ok()).flatten()
        })
    }

    /// The value called `name` that has no labels.
    pub fn plain(&self, name: &str) -> Option<f64> {
        self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_name_and_label() {
        let text = "# TYPE a counter\na{id=\"1\",url=\"rtmp://127.0.0.1:19350/live/…\"} 3\na{id=\"2\",url=\"rtmp://127.0.0.1:1936/live/…\"} 61\nab{id=\"2\"} 9\nac 0.88\n";
        let metrics = Metrics(text.to_owned());
        assert_eq!(metrics.value("a", ":1936/"), Some(61.0));
        assert_eq!(metrics.value("a", ":1935/"), None);
        assert_eq!(metrics.value("ab", "id"), Some(9.0));
        assert_eq!((metrics.plain("ac"), metrics.plain("ab"), metrics.plain("a")), (Some(0.88), None, None));
    }
}
