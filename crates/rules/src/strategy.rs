//! The open door to proptest: plans as a `Strategy` with a value tree of their own.

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use zarr_conform_model::Plan;

use crate::choices::Choices;
use crate::generator::Generator;
use crate::shrink::Shrinker;

/// Plans as a proptest strategy; made by [`plans`].
#[derive(Clone, Debug)]
pub struct PlanStrategy {
    generator: Generator,
}

/// Plans of a generator as a proptest strategy, for `proptest!` and everything around it.
///
/// Each plan takes one random word from proptest; simplification is computed from the plan
/// when it is needed, by a [`Shrinker`].
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use zarr_conform_model::Dialect;
/// use zarr_conform_rules::{Generator, plans};
///
/// let generator = Generator::new(Dialect::ZARRS).steps(20).crowds(false);
/// proptest!(|(plan in plans(generator))| {
///     prop_assert!(plan.len() <= 20);
/// });
/// ```
#[must_use]
pub fn plans(generator: Generator) -> PlanStrategy {
    PlanStrategy { generator }
}

impl Strategy for PlanStrategy {
    type Tree = PlanTree;
    type Value = Plan;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = Choices::from_rng(runner.rng()).word();
        let plan = self.generator.plan(seed, 0);
        Ok(PlanTree { current: plan, shrinker: None })
    }
}

/// A plan and the simpler ones that follow from it.
#[derive(Debug)]
pub struct PlanTree {
    current: Plan,
    /// Made when the first simplification is asked for, which is only for plans that fail.
    shrinker: Option<Shrinker>,
}

impl PlanTree {
    fn next(&mut self) -> bool {
        let Some(shrinker) = &mut self.shrinker else {
            return false;
        };
        match shrinker.candidate() {
            Some(plan) => {
                self.current = plan;
                true
            }
            None => {
                self.current = shrinker.best().clone();
                false
            }
        }
    }
}

impl ValueTree for PlanTree {
    type Value = Plan;

    fn current(&self) -> Plan {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        match &mut self.shrinker {
            Some(shrinker) => shrinker.accept(),
            none => *none = Some(Shrinker::new(self.current.clone())),
        }
        self.next()
    }

    fn complicate(&mut self) -> bool {
        if let Some(shrinker) = &mut self.shrinker {
            shrinker.reject();
        }
        self.next()
    }
}

#[cfg(test)]
mod tests {
    use proptest::test_runner::{Config, TestCaseError, TestError};
    use zarr_conform_model::{Dialect, Operation};

    use super::*;

    #[test]
    fn proptest_shrinks_plans_to_the_minimum() {
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new(config);
        let strategy = plans(Generator::new(Dialect::ZARRS));
        let failed = runner.run(&strategy, |plan| {
            let writes_long = |operation: &Operation| {
                matches!(operation, Operation::Set { value, .. } if value.len() > 5)
            };
            if plan.operations().iter().any(writes_long) {
                return Err(TestCaseError::fail("a long value"));
            }
            Ok(())
        });
        let Err(TestError::Fail(_, minimum)) = failed else {
            panic!("long values are drawn: {failed:?}");
        };
        assert_eq!(minimum.to_string(), "zarr-conform plan 1\nset a \"abcdef\"\n");
    }
}
