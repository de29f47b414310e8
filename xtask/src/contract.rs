//! `cargo xtask contract`: writes `CONTRACT.md` from the clauses, the rules and the checks.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io;
use std::path::PathBuf;

use zarr_conform_cli::{Exit, output};
use zarr_conform_machines::checks_of;
use zarr_conform_model::{Clause, Model};
use zarr_conform_rules::{Rule, hierarchy_rules, store_rules};

use crate::workspace;

const INTRODUCTION: &str = "\
# The contract

What a Zarr store is held against. Each clause is one sentence with an id, a level and a source;
every failure that zarr-conform reports names the clause that is broken, and every report counts how
often each clause was exercised.

| level | meaning |
|---|---|
| S | specified: the Zarr v3 core specification says so |
| A | agreed: every API that was read agrees on it |
| K | knob: stores differ, and the dialect of a store declares which way it goes |
| N | open: nobody says, and any of a set of answers is allowed |

*Rules* choose operations that exercise a clause; *checks* are what is asked beyond the plan.

This file is generated: change `crates/model/src/contract/clause.rs`, the clauses of a rule or the checks,
and run `cargo xtask contract`.

| id | clause | level | source | rules | checks |
|---|---|---|---|---|---|
";

/// Writes CONTRACT.md from the clauses, rules and checks.
#[derive(Debug, clap::Args)]
pub(crate) struct Contract {
    /// Writes nothing, and fails if CONTRACT.md is not what would be written.
    #[arg(long)]
    check: bool,
}

/// CONTRACT.md cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be {verb}: {error}", path.display())]
pub(crate) struct ContractError {
    path: PathBuf,
    verb: &'static str,
    error: io::Error,
}

impl Contract {
    /// Writes the file, or compares it.
    ///
    /// # Errors
    ///
    /// Returns a [`ContractError`] if the file cannot be written or, to compare it, read.
    pub(crate) fn run(&self) -> Result<Exit, ContractError> {
        if !self.check {
            let path = path();
            return std::fs::write(&path, text())
                .map(|()| Exit::Success)
                .map_err(|error| ContractError { path, verb: "written", error });
        }
        let current = is_current()?;
        if !current {
            output::say("CONTRACT.md is not what the code says: run `cargo xtask contract`");
        }
        Ok(Exit::success_if(current))
    }
}

fn path() -> PathBuf {
    workspace::root().join("CONTRACT.md")
}

fn is_current() -> Result<bool, ContractError> {
    let path = path();
    match std::fs::read_to_string(&path) {
        // A checkout may end its lines in another way.
        Ok(found) => Ok(found.replace("\r\n", "\n") == text()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(ContractError { path, verb: "read", error }),
    }
}

fn text() -> String {
    let mut text = INTRODUCTION.to_owned();
    for clause in Clause::ALL {
        let _ = writeln!(
            text,
            "| {clause} | {} | {} | {} | {} | {} |",
            cell(clause.sentence()),
            clause.level().letter(),
            cell(clause.source()),
            cell(&names(&rules_of(*clause))),
            cell(&checks_of(*clause).join("; ")),
        );
    }
    text
}

/// The rules of both machines that exercise a clause.
fn rules_of(clause: Clause) -> BTreeSet<String> {
    let mut rules = named(&store_rules(), clause);
    rules.extend(named(&hierarchy_rules(), clause));
    rules
}

fn named<M: Model>(rules: &[Rule<M>], clause: Clause) -> BTreeSet<String> {
    let exercising = rules.iter().filter(|rule| rule.exercised().contains(&clause));
    exercising.map(|rule| rule.name().to_owned()).collect()
}

fn names(rules: &BTreeSet<String>) -> String {
    let quoted: Vec<String> = rules.iter().map(|rule| format!("`{rule}`")).collect();
    quoted.join(", ")
}

/// Text that does not end a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', r"\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_what_the_code_says() {
        let current = is_current().expect("CONTRACT.md can be read");
        assert!(current, "run `cargo xtask contract`");
    }

    #[test]
    fn every_clause_is_exercised_by_a_rule_or_a_check() {
        let idle: Vec<&str> = Clause::ALL
            .iter()
            .filter(|clause| rules_of(**clause).is_empty() && checks_of(**clause).is_empty())
            .map(|clause| clause.id())
            .collect();
        assert!(
            idle.is_empty(),
            "no rule and no check for {idle:?}: add one, or take the clause out"
        );
    }

    #[test]
    fn the_table_has_a_row_of_six_cells_for_every_clause() {
        let text = text();
        for clause in Clause::ALL {
            let start = format!("| {clause} |");
            let row = text.lines().find(|line| line.starts_with(&start));
            let row = row.expect("every clause has a row").replace(r"\|", "");
            assert_eq!(row.matches('|').count(), 7, "{row}");
        }
    }
}
