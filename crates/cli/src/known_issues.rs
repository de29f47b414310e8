//! `known-issues`: what is known of a store, and whether it still shows.

use std::sync::Arc;

use zarr_conform_machines::KnownIssue;
use zarr_conform_machines::report::KnownIssuesError;
use zarr_conform_store::Adapter;

use crate::adapter_error::AdapterError;
use crate::adapters::Adapters;
use crate::exit::Exit;
use crate::machine::Kind;
use crate::output;
use crate::which_store::{Deadline, Store};

/// Plays the plan of each known issue of a store, those that take faults or callers at the same time,
/// too, and lists which still show.
///
/// Exit status: 0 all show, 1 one does not, 2 the options are wrong, 3 the store has none, or could
/// not be opened.
#[derive(Debug, clap::Args)]
pub struct KnownIssues {
    #[command(flatten)]
    store: Store,
    #[command(flatten)]
    deadline: Deadline,
}

/// Known issues that cannot be played.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    /// No such adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// The adapter's own list cannot be read.
    #[error(transparent)]
    Issues(#[from] KnownIssuesError),
}

impl KnownIssues {
    /// The name after `--adapter`.
    pub(crate) fn adapter_name(&self) -> Option<&str> {
        self.store.adapter_name()
    }

    /// Plays each plan on a store of its own, and prints what became of it.
    ///
    /// # Errors
    ///
    /// Returns a [`ListError`] if the adapter does not exist, or if its issues cannot be read.
    pub(crate) fn run(&self, adapters: &Adapters) -> Result<Exit, ListError> {
        let adapter = self.store.find(adapters)?;
        let mut issues = KnownIssue::read(adapter.known_issues())?;
        issues.extend(KnownIssue::read(adapter.known_fault_issues())?);
        issues.extend(KnownIssue::read(adapter.known_concurrent_issues())?);
        let count = issues.len();
        let (mut shown, mut open) = (0, true);
        for issue in &issues {
            let state = self.play(&adapter, issue);
            shown += usize::from(state == Ok(true));
            open &= state.is_ok();
            let KnownIssue { id, signature, reason, plan, .. } = issue;
            let line = match &state {
                Ok(true) => format!("{id}: {signature}"),
                Ok(false) => output::verdict(false, format_args!("{id}: no longer shows")),
                Err(error) => output::verdict(false, format_args!("{id}: {error}")),
            };
            output::say(line);
            let text = plan.iter().map(ToString::to_string).collect::<String>();
            output::say(format_args!("  {}", text.lines().skip(1).collect::<Vec<_>>().join("; ")));
            output::say(format_args!("  {reason}"));
        }
        let text = format!("{}: {shown} of {count} known issues show", adapter.name());
        output::say(output::verdict(count > 0 && shown == count, text));
        Ok(match () {
            () if count == 0 || !open => Exit::NothingRan,
            () => Exit::success_if(shown == count),
        })
    }

    /// Whether the plan of an issue goes wrong at its end.
    fn play(&self, adapter: &Arc<dyn Adapter>, issue: &KnownIssue) -> Result<bool, String> {
        let plan = issue.plan.as_ref().ok_or("it has no plan")?;
        let kind = Kind::of(plan).ok_or("it takes a feature that this program is built without")?;
        let machine = kind.machine(Arc::clone(adapter)).deadline(self.deadline.time());
        // One that comes and goes is given some chances.
        for _ in 0..if issue.flaky { FLAKY_ATTEMPTS } else { 1 } {
            let replay = machine.replay(plan).map_err(|error| error.to_string())?;
            if replay.lines.last().is_some_and(|last| !last.agrees) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// How often an issue that comes and goes is played. A guess, as in campaigns.
const FLAKY_ATTEMPTS: usize = 6;
