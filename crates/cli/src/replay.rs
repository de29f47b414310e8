//! `replay`: plays plans from files, line by line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zarr_conform_machines::Machine;
use zarr_conform_model::Plan;

use crate::adapter_error::AdapterError;
use crate::adapters::Adapters;
use crate::exit::Exit;
use crate::isolation::Isolation;
use crate::machine::Kind;
use crate::output;
use crate::plans::{self, PlanFileError};
use crate::which_store::{Deadline, Store};

/// Plays plans from files, and shows where the answers of the store are not those of the contract.
///
/// Exit status: 0 every answer agrees, 1 one does not, 2 a plan cannot be read or an option is
/// wrong, 3 the store could not be opened, refuses the plan, or is asked nothing by it.
#[derive(Debug, clap::Args)]
#[command(mut_arg("adapter", |option| {
    option.help("The store to play them on; `conform --list` says which there are")
}))]
pub struct Replay {
    /// Files with a plan each.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    store: Store,
    #[command(flatten)]
    deadline: Deadline,
    #[command(flatten)]
    isolation: Isolation,
}

/// Plans that cannot be played.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    /// No such adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// A plan is not readable.
    #[error(transparent)]
    Plan(#[from] PlanFileError),
}

impl Replay {
    /// The name after `--adapter`.
    pub(crate) fn adapter_name(&self) -> Option<&str> {
        self.store.adapter_name()
    }

    /// Plays each plan on a store of its own and prints what happened.
    ///
    /// # Errors
    ///
    /// Returns a [`ReplayError`] if the adapter does not exist, or if any plan cannot be read:
    /// then none is played.
    pub(crate) fn run(&self, adapters: &Adapters) -> Result<Exit, ReplayError> {
        let adapter = self.store.find(adapters)?;
        let plans = self.files.iter().map(|file| Ok((file, plans::read(file)?)));
        let plans: Vec<(&PathBuf, Plan)> = plans.collect::<Result<_, PlanFileError>>()?;
        output::say(format_args!("playing on `{}`", adapter.name()));
        let exits = plans.iter().map(|(file, plan)| {
            let Some(kind) = Kind::of(plan) else {
                let text = "the plan is about groups and arrays, and this program was built without the feature `hierarchy`";
                output::say(output::verdict(false, format_args!("{}: {text}", file.display())));
                return Exit::NothingRan;
            };
            let machine = kind.machine(Arc::clone(&adapter));
            let machine = self.isolation.of(machine, kind, adapter.name(), self.store.server());
            play(&machine.deadline(self.deadline.time()), file, plan)
        });
        Ok(worst(&exits.collect::<Vec<_>>()))
    }
}

/// A disagreement is certain, so it counts before what could not be played.
fn worst(exits: &[Exit]) -> Exit {
    [Exit::Failures, Exit::NothingRan]
        .into_iter()
        .find(|exit| exits.contains(exit))
        .unwrap_or(Exit::Success)
}

fn play(machine: &Machine, file: &Path, plan: &Plan) -> Exit {
    let file = file.display();
    let replay = match machine.replay(plan) {
        Ok(replay) => replay,
        Err(error) => {
            output::say(output::verdict(false, format_args!("{file}: {error}")));
            return Exit::NothingRan;
        }
    };
    if replay.lines.is_empty() {
        let text = format!("{file}: the plan has no operations, so nothing was tested");
        output::say(output::verdict(false, text));
        return Exit::NothingRan;
    }
    output::say(format_args!("\n{replay}"));
    if let Some(lanes) = &replay.lanes {
        output::say(format_args!("{lanes}\n"));
    }
    let bytes = replay.lines.iter().filter_map(|line| Some((&line.operation, line.differs_at?)));
    for (operation, byte) in bytes {
        output::say(format_args!("{}: byte {byte} is the first that differs", operation.trim()));
    }
    let wrong = replay.lines.iter().filter(|line| !line.agrees).count();
    let text = match wrong {
        0 => format!("{file}: all {} answers agree", replay.lines.len()),
        wrong => format!("{file}: {wrong} of {} answers disagree", replay.lines.len()),
    };
    output::say(output::verdict(wrong == 0, text));
    Exit::success_if(wrong == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disagreement_counts_before_what_could_not_be_played() {
        assert_eq!(worst(&[Exit::Success, Exit::Success]), Exit::Success);
        assert_eq!(worst(&[Exit::NothingRan, Exit::Success]), Exit::NothingRan);
        assert_eq!(worst(&[Exit::NothingRan, Exit::Failures]), Exit::Failures);
    }
}
