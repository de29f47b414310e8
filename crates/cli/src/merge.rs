//! `merge`: the parts of a campaign, joined into one report.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use zarr_conform_machines::Invariants;
use zarr_conform_machines::shards::{Campaign, Part};

use crate::adapters::Adapters;
use crate::called::Called;
use crate::conform::{Conform, ConformError};
use crate::exit::Exit;
use crate::machine::Kind;
use crate::shards::ShardsError;

/// Joins the parts that `conform --shard I/N --report PART.json` wrote into the report of the whole
/// campaign: the same as that of a run that was not split, but for times.
///
/// Which campaign it is the parts say: the adapter, the machine, the seed, and how many and which plans
/// were played; options that choose that are refused. Its other options are given here. What comes after the cases is done here, on a store:
/// known issues, goals that were missed, a planted bug, and making failures small.
///
/// Exit status: as that of conform; 2 if parts are missing or do not belong together.
#[derive(Debug, clap::Args)]
pub struct Merge {
    /// The parts of all shards, in any order.
    #[arg(required = true, value_name = "PART.json", conflicts_with_all = IN_THE_PARTS)]
    parts: Vec<PathBuf>,
    #[command(flatten)]
    conform: Conform,
}

/// What the parts say, so that nobody else may: options of conform that mean nothing here.
const IN_THE_PARTS: [&str; 11] = [
    "all",
    "list",
    "machine",
    "seed",
    "cases",
    "case",
    "steps",
    "shard",
    "exhaustive",
    "max_answer",
    "invariants",
];

impl Merge {
    /// The name after `--adapter`.
    pub(crate) fn adapter_name(&self) -> Option<&str> {
        self.conform.adapter_name()
    }

    /// Reads the parts, does what comes after the cases, and prints the report.
    ///
    /// # Errors
    ///
    /// Returns a [`ConformError`] if the parts cannot be merged, or an option cannot be followed.
    pub(crate) fn run(&self, adapters: &Adapters, called: &Called) -> Result<Exit, ConformError> {
        let parts: Vec<Part> =
            self.parts.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
        let mut conform = self.conform.clone();
        if let Some(part) = parts.first() {
            follow(&mut conform, &part.campaign)?;
        }
        let adapter = conform.adapter(adapters)?;
        conform.report_of(&adapter, called, |machine| {
            machine.merge(parts).map_err(|error| ShardsError::from(error).into())
        })
    }
}

/// Takes what the campaign says in place of what the options do.
fn follow(conform: &mut Conform, campaign: &Campaign) -> Result<(), ShardsError> {
    let Campaign { adapter, machine, seed, cases, steps, exhaustive, max_answer, .. } = campaign;
    conform.adapter.get_or_insert_with(|| adapter.clone());
    conform.machine =
        Kind::from_str(machine, false).map_err(|_| ShardsError::Machine(machine.clone()))?;
    conform.seed = *seed;
    conform.cases = Some(*cases);
    conform.steps = Some(*steps);
    conform.exhaustive = *exhaustive;
    conform.max_answer = *max_answer;
    let policy = Invariants::NAMES.into_iter().find(|(_, name)| *name == campaign.invariants);
    conform.invariants = policy.map(|(policy, _)| policy).unwrap_or_default();
    Ok(())
}

fn read(path: &Path) -> Result<Part, ShardsError> {
    let path = path.to_owned();
    match std::fs::read_to_string(&path) {
        Ok(text) => Part::read(&text).map_err(|error| ShardsError::Part { path, error }),
        Err(error) => Err(ShardsError::Unreadable { path, error }),
    }
}
