//! How far a command has got: a bar or a line that changes on a terminal, plain lines now and then elsewhere.

use crate::out;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use tracely_core::time::{SECOND, Timestamp};

/// How often a plain line says how things are.
const SAY_EVERY: i64 = 5 * SECOND;

/// How much of a known amount is done.
pub struct Progress {
    bar: Option<ProgressBar>,
    total: u64,
    unit: &'static str,
    tenths: u64,
}

impl Progress {
    /// Begins with nothing done.
    pub fn of(total: u64, unit: &'static str) -> Self {
        let bar = is_terminal().then(|| {
            let template =
                format!("[{{elapsed_precise}}] {{bar:40}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left");
            ProgressBar::new(total).with_style(style(&template))
        });
        Self { bar, total, unit, tenths: 0 }
    }

    /// Says that this much is done altogether.
    pub fn reach(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            return;
        }
        let tenths = (done * 10).checked_div(self.total).unwrap_or(10);
        if tenths > self.tenths {
            self.tenths = tenths;
            out::note(&format!("{done} of {} {}", self.total, self.unit));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How things are, for as long as it takes.
pub struct Status {
    bar: Option<ProgressBar>,
    said: Option<Timestamp>,
    text: String,
}

impl Status {
    /// Begins with nothing to say.
    pub fn new() -> Self {
        let bar =
            is_terminal().then(|| ProgressBar::new_spinner().with_style(style("[{elapsed_precise}] {msg}")));
        Self { bar, said: None, text: String::new() }
    }

    /// Says how things are now.
    pub fn show(&mut self, text: &str, now: Timestamp) {
        self.text = text.to_string();
        if let Some(bar) = &self.bar {
            bar.set_message(self.text.clone());
            bar.tick();
        } else if self.said.is_none_or(|said| now.0 - said.0 >= SAY_EVERY) {
            self.said = Some(now);
            out::note(text);
        }
    }

    /// Leaves the last word standing.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if !self.text.is_empty() {
            out::note(&self.text);
        }
    }
}

impl Default for Status {
    fn default() -> Self {
        Self::new()
    }
}

/// Says whether somebody looks at standard error.
pub fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
