//! The open door to proptest: plans as a `Strategy` with a value tree of their own, and rules that
//! draw from a strategy.

use std::borrow::Cow;
use std::fmt;

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use zarr_conform_model::{Operation, OperationKind, Plan, StoreModel};

use crate::generate::choices::Choices;
use crate::generate::rule::Rule;
use crate::hierarchy::generator::HierarchyGenerator;
use crate::shrink::shrink::Shrinker;
use crate::store::generator::Generator;

/// What draws plans: a [`Generator`], or a [`HierarchyGenerator`].
pub trait DrawsPlans: fmt::Debug {
    /// The plan of one case; a seed and a case number give the same plan, everywhere.
    fn draw_plan(&self, seed: u64, case: u64) -> Plan;
}

impl DrawsPlans for Generator {
    fn draw_plan(&self, seed: u64, case: u64) -> Plan {
        self.plan(seed, case)
    }
}

impl DrawsPlans for HierarchyGenerator {
    fn draw_plan(&self, seed: u64, case: u64) -> Plan {
        self.plan(seed, case)
    }
}

/// Plans as a proptest strategy; made by [`plans`].
#[derive(Clone, Debug)]
pub struct PlanStrategy<G = Generator> {
    generator: G,
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
pub fn plans<G: DrawsPlans>(generator: G) -> PlanStrategy<G> {
    PlanStrategy { generator }
}

impl<G: DrawsPlans> Strategy for PlanStrategy<G> {
    type Tree = PlanTree;
    type Value = Plan;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = Choices::from_rng(runner.rng()).word();
        let plan = self.generator.draw_plan(seed, 0);
        Ok(PlanTree { current: plan, shrinker: None })
    }
}

impl Rule {
    /// A rule whose operations a proptest strategy draws.
    ///
    /// The strategy is made from the model of the moment and drawn from once; simplification
    /// is the plan's, not the strategy's.
    ///
    /// # Panics
    ///
    /// Drawing panics if the strategy rejects more often than proptest allows: make a strategy
    /// that fits, and a precondition for when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use proptest::prelude::*;
    /// use zarr_conform_model::{Operation, OperationKind, Range};
    /// use zarr_conform_rules::Rule;
    /// use zarrs_storage::byte_range::ByteRange;
    ///
    /// let footers = Rule::from_strategy("read_footer", OperationKind::GetPartial, |model| {
    ///     let keys = model.live_unordered().to_vec();
    ///     (prop::sample::select(keys), 1..16_u64).prop_map(|(key, length)| {
    ///         Operation::GetPartial { key, range: Range(ByteRange::Suffix(length)) }
    ///     })
    /// })
    /// .precondition(|model| model.live_count() > 0);
    /// # drop(footers);
    /// ```
    #[must_use]
    pub fn from_strategy<S>(
        name: impl Into<Cow<'static, str>>,
        asks: OperationKind,
        strategy: impl Fn(&StoreModel) -> S + Send + Sync + 'static,
    ) -> Self
    where
        S: Strategy<Value = Operation>,
    {
        Self::new(name, asks, move |draw| {
            let mut seed = [0; 32];
            for bytes in seed.chunks_exact_mut(8) {
                bytes.copy_from_slice(&draw.choices.word().to_le_bytes());
            }
            let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
            let config = Config { failure_persistence: None, ..Config::default() };
            let mut runner = TestRunner::new_with_rng(config, random);
            let tree = strategy(draw.model).new_tree(&mut runner);
            tree.expect("the strategy fits the model").current()
        })
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
    use proptest::test_runner::{TestCaseError, TestError};
    use zarr_conform_model::plan::NodeAction;
    use zarr_conform_model::{Capabilities, Dialect};

    use super::*;

    /// The plan to which proptest shrinks what has an operation that is wrong.
    fn minimum<G: DrawsPlans>(generator: G, is_wrong: fn(&Operation) -> bool) -> String {
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new(config);
        let failed = runner.run(&plans(generator), |plan| {
            if plan.operations().any(is_wrong) {
                return Err(TestCaseError::fail("it is wrong"));
            }
            Ok(())
        });
        let Err(TestError::Fail(_, minimum)) = failed else {
            panic!("wrong operations are drawn: {failed:?}");
        };
        minimum.to_string()
    }

    #[test]
    fn proptest_shrinks_plans_to_the_minimum() {
        let is_long = |operation: &Operation| matches!(operation, Operation::Set { value, .. } if value.len() > 5);
        let minimum = minimum(Generator::new(Dialect::ZARRS), is_long);
        assert_eq!(minimum, "zarr-conform plan 1\nset a \"abcdef\"\n");
    }

    #[test]
    fn proptest_shrinks_plans_about_nodes_to_the_minimum() {
        let capabilities = Capabilities { nodes: true, ..Capabilities::ZARRS };
        let generator = HierarchyGenerator::new(capabilities);
        let is_sharded = |operation: &Operation| match operation {
            Operation::Node(operation) => match &*operation.action {
                NodeAction::AddArray { spec, .. } => spec.codecs.shard.is_some(),
                _ => false,
            },
            _ => false,
        };
        let minimum = minimum(generator, is_sharded);
        let wanted = "add_array a shape=[1] chunks=[1] codecs=[shard(1)]\n";
        assert_eq!(minimum, format!("zarr-conform plan 1\n{wanted}"));
    }
}
