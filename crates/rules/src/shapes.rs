//! The state shapes in which stores break, and how often plans reach them.

use zarr_conform_model::{Model, Plan, StoreModel};

/// How many states of a set of plans have a shape that stores are known to break in.
///
/// A state is what the model holds after an operation.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Dialect, Plan};
/// use zarr_conform_rules::Shapes;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "set a \"\"\nset a/b \"\"\nerase a\nset a \"\"".parse()?;
/// let mut shapes = Shapes::default();
/// shapes.count(&plan, Dialect::ZARRS);
/// assert_eq!(shapes.states, 4);
/// assert_eq!(shapes.key_below_key, 2);
/// assert_eq!(shapes.plans_setting_erased, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shapes {
    /// Plans counted.
    pub plans: u64,
    /// States counted.
    pub states: u64,
    /// States with a live key.
    pub not_empty: u64,
    /// States with five live keys or more.
    pub five_keys: u64,
    /// States with a live key and a live key below it: `a`, `a/b`.
    pub key_below_key: u64,
    /// States with a directory or key and a sibling whose name goes on: `foo`, `foo-bar`.
    pub affixed_siblings: u64,
    /// Plans in which an erased key is set again.
    pub plans_setting_erased: u64,
}

impl Shapes {
    /// Counts the states of one plan.
    pub fn count(&mut self, plan: &Plan, dialect: zarr_conform_model::Dialect) {
        let mut model = StoreModel::new(plan.names().clone(), dialect);
        self.plans += 1;
        let mut sets_erased = false;
        for operation in plan.operations() {
            let creates = operation.is_write() && !operation.is_erase();
            sets_erased |= creates && operation.key().is_some_and(|key| model.is_erased(key));
            model.predict(operation);
            self.count_state(&model);
        }
        self.plans_setting_erased += u64::from(sets_erased);
    }

    fn count_state(&mut self, model: &StoreModel) {
        let live = model.live_keys();
        let names: Vec<&str> = live.iter().map(|key| model.names().key(*key).as_str()).collect();
        self.states += 1;
        self.not_empty += u64::from(!names.is_empty());
        self.five_keys += u64::from(names.len() >= 5);
        self.key_below_key += u64::from(live.iter().any(|key| model.is_above_live(*key)));
        self.affixed_siblings += u64::from(has_affixed_siblings(&names));
    }
}

/// Whether, in one directory, a name and the same name with more behind it both occur.
fn has_affixed_siblings(names: &[&str]) -> bool {
    let mut segments: Vec<&str> = names
        .iter()
        .flat_map(|name| name.match_indices('/').map(|(slash, _)| &name[..slash]).chain([*name]))
        .collect();
    segments.sort_unstable();
    segments.dedup();
    segments.iter().enumerate().any(|(at, name)| {
        let going_on = segments[at + 1..].iter().take_while(|other| other.starts_with(name));
        going_on.into_iter().any(|other| !other[name.len()..].contains('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affixed_siblings_are_in_one_directory() {
        assert!(has_affixed_siblings(&["foo", "foo-bar"]));
        assert!(has_affixed_siblings(&["x/foo/a", "x/foo-bar/b"]));
        assert!(has_affixed_siblings(&["c/1", "c/10"]));
        assert!(!has_affixed_siblings(&["foo", "foo/bar"]));
        assert!(!has_affixed_siblings(&["a/foo", "b/foo-bar"]));
    }
}
