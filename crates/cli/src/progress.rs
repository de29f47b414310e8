//! The progress bar: how a campaign stands, on standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use zarr_conform_machines::Progress;

/// A bar that is drawn if standard error is a terminal.
#[derive(Clone)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar that appears with the first that is shown, and never if it is to be `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            // Draws nothing unless standard error is a terminal.
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let template = "{prefix:>9} [{bar:30}] {pos}/{len} {msg} {elapsed}";
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        Self(bar)
    }

    /// Shows how a campaign stands.
    pub(crate) fn show(&self, progress: Progress) {
        let prefix = if progress.shrinking { "shrinking" } else { "cases" };
        let mut message = match progress.groups {
            0 => "no failures".to_owned(),
            1 => "1 kind of failure".to_owned(),
            count => format!("{count} kinds of failures"),
        };
        if let Some((kind, time)) = progress.slowest {
            message = format!("{message}, {} takes {time:.0?} a call,", kind.name());
        }
        self.draw(progress.done, progress.of, prefix, message);
    }

    /// Shows how many searches for planted bugs are done, and how many of those found none.
    pub(crate) fn show_searches(&self, done: usize, of: usize, missed: usize) {
        self.draw(done as u64, of as u64, "searches", format!("{missed} missed"));
    }

    fn draw(&self, done: u64, of: u64, prefix: &'static str, message: String) {
        // Each of these may draw, so the larger of two lengths is there while the position changes:
        // there is never more done than there is.
        if of < self.0.length().unwrap_or_default() {
            self.0.set_position(done);
            self.0.set_length(of);
        } else {
            self.0.set_length(of);
            self.0.set_position(done);
        }
        self.0.set_prefix(prefix);
        self.0.set_message(message);
    }

    /// Takes the bar away, so that the report begins on a clean line.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
