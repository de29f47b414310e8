//! Which odd name of a plan is to blame.

use zarr_conform_model::contract::{NameHazard, Reply};
use zarr_conform_model::{Dialect, Names};

/// What is odd about the names of a plan, if something is.
///
/// A name that the store has to hold is to blame before one that it may refuse: where both are needed,
/// the refusal is mostly what leaves open which writes happened.
pub(super) fn odd_name(names: &Names, dialect: &Dialect) -> Option<NameHazard> {
    let keys = names.keys().map(|key| names.key(key).as_str());
    let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
    // The root is a name without hazards.
    let directories = prefixes.filter_map(|prefix| prefix.strip_suffix('/'));
    let hazards = keys.chain(directories).filter_map(|name| dialect.hazard(name));
    hazards.min_by_key(|hazard| (hazard.reply() != Reply::Answer, *hazard))
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::Plan;

    use super::*;

    #[test]
    fn what_has_to_be_held_is_to_blame_before_what_may_be_refused() {
        let of = |plan: &str| odd_name(plan.parse::<Plan>().unwrap().names(), &Dialect::ZARRS);
        assert_eq!(of("set a/.. \"\"; list_prefix b//"), Some(NameHazard::DotDot));
        assert_eq!(of("set \"a /a\" \"\"; erase a/.."), Some(NameHazard::OuterSpace));
        assert_eq!(of("set a \"\"; list_prefix /"), None);
    }
}
