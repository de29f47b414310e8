//! Which odd name of a plan is to blame.

use zarr_conform_model::contract::NameHazard;
use zarr_conform_model::{Dialect, Operation, Plan};

/// What is odd about the names of a plan, if something is.
///
/// A name that is only erased together with others is the last to blame: a store may refuse it, and
/// what the plan needs is mostly that it is open then what became of the others.
pub(super) fn odd_name(plan: &Plan, dialect: &Dialect) -> Option<NameHazard> {
    let names = plan.names();
    let is_alone = |operation: &&Operation| match operation {
        Operation::EraseMany { keys } => keys.len() == 1,
        _ => true,
    };
    // The root is a name without hazards.
    let directory = |prefix| names.prefix(prefix).as_str().strip_suffix('/');
    let key = |key| names.key(key).as_str();
    let alone = plan.operations().filter(is_alone).flat_map(|operation| {
        operation.keys().map(key).chain(operation.prefix().and_then(directory))
    });
    let all = names.keys().map(key).chain(names.prefixes().filter_map(directory));
    let hazard = |name| dialect.hazard(name);
    alone.filter_map(hazard).min().or_else(|| all.filter_map(hazard).min())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_erased_with_others_is_the_last_to_blame() {
        let of = |plan: &str| odd_name(&plan.parse().unwrap(), &Dialect::ZARRS);
        let spaced = "set \"a /a\" \"\"\nerase_many [\"a /a\", a/..]\nlist";
        assert_eq!(of(spaced), Some(NameHazard::OuterSpace));
        assert_eq!(of("set \"a /a\" \"\"\nerase a/.."), Some(NameHazard::DotDot));
        assert_eq!(of("set a \"\"\nerase_many [a, a/..]"), Some(NameHazard::DotDot));
        assert_eq!(of("get \"\""), Some(NameHazard::Empty));
        assert_eq!(of("list_prefix b//"), Some(NameHazard::DoubledSlash));
        assert_eq!(of("set a \"\"\nlist_prefix /"), None);
    }
}
