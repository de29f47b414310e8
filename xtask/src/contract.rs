//! `cargo xtask contract`: writes `CONTRACT.md` from the clauses, the rules and the checks.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io;
use std::path::PathBuf;

use zarr_conform_cli::{Exit, output};
use zarr_conform_machines::checks_of;
use zarr_conform_model::{Clause, Model};
use zarr_conform_rules::{Rule, hierarchy_rules, store_rules};

use crate::{planted, stores, workspace};

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

*Rules* choose operations that exercise a clause; *checks* are what is asked beyond the plan. The
*planted bugs* are those whose shortest plan breaks the clause; where there is none, a test in
which a store is wrong on purpose, or nothing: what breaks such a clause breaks another one sooner. *Known* names the published stores that have known issues about it, and
*not asked* counts those that cannot be asked; [docs/passports](docs/passports/README.md) has them by name.

This file is generated: change `crates/model/src/contract/clause.rs`, the clauses of a rule, the checks or
a planted bug, and run `cargo xtask contract`. Each clause has an anchor: `CONTRACT.md#R4`.

| id | clause | level | source | rules | checks | planted bugs | known | not asked |
|---|---|---|---|---|---|---|---|---|
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
            return std::fs::write(&path, text()?)
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
        Ok(found) => Ok(found.replace("\r\n", "\n") == text()?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(ContractError { path, verb: "read", error }),
    }
}

fn text() -> Result<String, ContractError> {
    let mut text = INTRODUCTION.to_owned();
    let (planted, _) = planted::by_clause();
    let root = workspace::root();
    let read = |reason: (PathBuf, io::Error)| {
        let (path, error) = reason;
        ContractError { path, verb: "read", error }
    };
    let known = stores::with_known_issues(&root).map_err(read)?;
    let not_asked = stores::not_asked(&root).map_err(read)?;
    for clause in Clause::ALL {
        let _ = writeln!(
            text,
            "| <a id=\"{clause}\"></a>{clause} | {} | {} | {} | {} | {} | {} | {} | {} |",
            cell(clause.sentence()),
            clause.level().letter(),
            cell(clause.source()),
            cell(&names(&rules_of(*clause))),
            cell(&checks_of(*clause).join("; ")),
            planted::cell_of(*clause, &planted),
            known.get(clause.id()).map(names).unwrap_or_default(),
            not_asked.get(clause.id()).map(ToString::to_string).unwrap_or_default(),
        );
    }
    Ok(text)
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

    /// Without one, nobody would hear that the clause is no longer held against anything.
    #[test]
    fn every_clause_is_broken_by_a_planted_bug() {
        let (by_clause, none) = planted::by_clause();
        assert_eq!(none, planted::NOT_WITH_ZARRS, "they break nothing when their plans are played");
        let in_tests = planted::IN_TESTS.iter().map(|(clause, _)| *clause);
        let none_yet = planted::NONE_YET.iter().map(|(clause, _)| *clause);
        let excepted: BTreeSet<Clause> = in_tests.chain(none_yet).collect();
        let unbroken: BTreeSet<Clause> =
            Clause::ALL.iter().copied().filter(|clause| !by_clause.contains_key(clause)).collect();
        let (new, gone): (Vec<_>, Vec<_>) =
            (unbroken.difference(&excepted).collect(), excepted.difference(&unbroken).collect());
        assert!(new.is_empty(), "no planted bug breaks {new:?}: plant one");
        assert!(gone.is_empty(), "a planted bug breaks {gone:?} now: take it from the exceptions");
        for (clause, file) in planted::IN_TESTS {
            assert!(workspace::root().join(file).is_file(), "{clause}: there is no {file}");
        }
    }

    #[test]
    fn every_rule_is_there_for_a_clause() {
        let of_stores = store_rules();
        let of_nodes = hierarchy_rules();
        let idle = of_stores.iter().filter(|rule| rule.exercised().is_empty()).map(Rule::name);
        let others = of_nodes.iter().filter(|rule| rule.exercised().is_empty()).map(Rule::name);
        assert_eq!(idle.chain(others).collect::<Vec<_>>(), Vec::<&str>::new());
    }

    #[test]
    fn the_table_has_a_row_of_nine_cells_for_every_clause() {
        let text = text().expect("what stores are known for can be read");
        for clause in Clause::ALL {
            let start = format!("| <a id=\"{clause}\"></a>{clause} |");
            let row = text.lines().find(|line| line.starts_with(&start));
            let row = row.expect("every clause has a row").replace(r"\|", "");
            assert_eq!(row.matches('|').count(), 10, "{row}");
        }
    }
}
