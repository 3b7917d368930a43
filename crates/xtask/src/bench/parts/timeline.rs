//! What is done to a show at which moment after it went on air.

use crate::run::live::{Line, LiveShow};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

type Deed<'a> = Box<dyn FnMut(&LiveShow) -> Result<(), String> + 'a>;

/// Deeds in the order of their time.
#[derive(Default)]
pub struct Timeline<'a> {
    deeds: VecDeque<(Duration, Deed<'a>)>,
    on_air: Option<Instant>,
    failed: Option<String>,
}

impl<'a> Timeline<'a> {
    /// Adds a deed at `after` from on air. They are given in the order of their time.
    #[must_use]
    pub fn at(mut self, after: Duration, deed: impl FnMut(&LiveShow) -> Result<(), String> + 'a) -> Self {
        self.deeds.push_back((after, Box::new(deed)));
        self
    }

    /// To be called with all that a show says, and often: does what is due.
    pub fn watch(&mut self, show: &LiveShow, line: Option<&Line>) {
        if let Some(line) = line
            && line.is_on_air()
        {
            self.on_air.get_or_insert(line.at);
        }
        let Some(on_air) = self.on_air else { return };
        while self.deeds.front().is_some_and(|(after, _)| on_air.elapsed() >= *after) {
            if let Some((_, mut deed)) = self.deeds.pop_front()
                && let Err(why) = deed(show)
            {
                self.failed.get_or_insert(why);
            }
        }
    }

    /// Whether all was done. Errors: the first deed that failed, or how many were never due.
    pub fn finish(self) -> Result<(), String> {
        match self.failed {
            Some(why) => Err(why),
            None if self.deeds.is_empty() => Ok(()),
            None => Err(format!("the show was over before {} things could be done to it", self.deeds.len())),
        }
    }
}
