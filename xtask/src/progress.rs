//! The progress bar: how a campaign stands, on standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use zarr_conform_machines::Progress;

/// A bar that is drawn if standard error is a terminal.
#[derive(Clone)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar for so many cases, which is never drawn if it is to be `quiet`.
    pub(crate) fn new(cases: u64, quiet: bool) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            // Draws nothing unless standard error is a terminal.
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(cases), target);
        let template = "{prefix:>9} [{bar:30}] {pos}/{len} {msg} {elapsed}";
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        Self(bar)
    }

    /// Shows how the campaign stands.
    pub(crate) fn show(&self, progress: Progress) {
        self.0.set_prefix(if progress.shrinking { "shrinking" } else { "cases" });
        self.0.set_length(progress.of);
        self.0.set_position(progress.done);
        self.0.set_message(match progress.groups {
            0 => "no failures".to_owned(),
            1 => "1 kind of failure".to_owned(),
            count => format!("{count} kinds of failures"),
        });
    }

    /// Takes the bar away, so that the report begins on a clean line.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
