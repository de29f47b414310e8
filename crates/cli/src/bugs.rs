//! The bugs that a calibration plants: which are meant, and which cannot be asked for.

use std::collections::BTreeSet;
use std::fmt::Write;

use zarr_conform_machines::mutants::Mutant;
use zarr_conform_model::{Capabilities, Operation, Plan};

use crate::machine::Kind;

/// Bugs to plant, each once and in the order of their table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bugs(pub(crate) Vec<Mutant>);

/// An id or name that no bug has.
#[derive(Debug, thiserror::Error)]
#[error("there is no bug `{name}`: give public, library, all, or ids or names of these\n\n{list}")]
pub(crate) struct UnknownBug {
    name: String,
    list: String,
}

/// The bugs of a list of ids and names, of `public`, of `library`, or of `all`.
///
/// # Errors
///
/// Returns an [`UnknownBug`] that lists what there is.
pub(crate) fn parse(text: &str) -> Result<Bugs, UnknownBug> {
    let all = Mutant::ALL.iter().copied();
    Ok(Bugs(match text {
        "all" => all.collect(),
        "public" => all.filter(|mutant| mutant.is_public()).collect(),
        "library" => all.filter(|mutant| mutant.needs_library()).collect(),
        _ => {
            let found = text.split(',').map(str::trim).map(find);
            found.collect::<Result<BTreeSet<_>, _>>()?.into_iter().collect()
        }
    }))
}

/// The bugs that a machine is measured by.
pub(crate) fn of_machine(machine: Kind) -> Bugs {
    let all = Mutant::ALL.iter().copied();
    Bugs(match machine {
        Kind::Store => all.filter(|mutant| mutant.is_public()).collect(),
        #[cfg(feature = "faults")]
        Kind::Faults | Kind::Concurrent => Vec::new(),
        #[cfg(feature = "hierarchy")]
        Kind::Hierarchy => all.filter(|mutant| mutant.needs_library()).collect(),
    })
}

fn find(name: &str) -> Result<Mutant, UnknownBug> {
    Mutant::find(name).ok_or_else(|| {
        let mut list = String::new();
        for mutant in Mutant::ALL {
            // Writing to a string cannot fail.
            let _ = writeln!(list, "  {mutant}");
        }
        UnknownBug { name: name.to_owned(), list }
    })
}

/// What it takes to see a bug that callers of stores with these capabilities do not have, if there is
/// something.
pub(crate) fn lacking(mutant: Mutant, capabilities: Capabilities) -> Option<String> {
    if mutant.concurrent() {
        return Some("callers at the same time".to_owned());
    }
    let plan: Plan = mutant.minimum().parse().ok()?;
    let mut kinds = plan.operations().map(Operation::kind);
    let kind = kinds.find(|kind| !capabilities.allow(*kind))?;
    Some(format!("`{kind}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Mutant> {
        parse(text).expect("these are bugs").0
    }

    #[test]
    fn bugs_are_selected_by_id_by_name_or_together() {
        assert_eq!(found("all"), Mutant::ALL);
        assert_eq!(found("M05"), [Mutant::M05]);
        assert_eq!(found("get_missing_empty"), [Mutant::M05]);
        let public = found("public");
        assert!(public.contains(&Mutant::C01) && !public.contains(&Mutant::N01), "{public:?}");
    }

    #[test]
    fn each_bug_is_selected_once_and_in_the_order_of_the_table() {
        assert_eq!(
            found("n01, M05,m01,get_missing_empty"),
            [Mutant::M01, Mutant::M05, Mutant::N01]
        );
    }

    #[test]
    fn an_unknown_bug_gets_the_list() {
        for text in ["M99", "", "M01,", "public,N01"] {
            let message = parse(text).expect_err("they are not all bugs").to_string();
            assert!(message.contains("\n  M01 set_truncates_large\n"), "{message}");
        }
    }

    #[test]
    fn what_a_store_cannot_be_asked_is_lacking() {
        let mut capabilities = Capabilities::ZARRS;
        assert_eq!(lacking(Mutant::N28, capabilities).as_deref(), Some("`reopen`"));
        assert_eq!(lacking(Mutant::M01, capabilities), None);
        capabilities.reopen = true;
        assert_eq!(lacking(Mutant::N28, capabilities), None);
    }

    #[test]
    fn a_single_caller_sees_no_bug_of_several() {
        let lacking = lacking(Mutant::C01, Capabilities::ZARRS);
        assert_eq!(lacking.as_deref(), Some("callers at the same time"));
    }
}
