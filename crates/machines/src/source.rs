//! Where the plans of a campaign come from.

use std::sync::Arc;

use zarr_conform_model::{Dialect, Model, Plan, ReferenceModel, StoreModel};
use zarr_conform_rules::{Exhaustive, Generator, Goal};

/// Gives the plan of every case.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Drawn, one for each seed and case.
    Drawn(Generator),
    /// Drawn to meet a goal.
    Towards(Generator, Goal),
    /// Every plan that there is over a small universe, by its number.
    All(Exhaustive),
}

/// The key table of the last case, which mostly is that of the next one too.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    start: Option<(u64, StoreModel)>,
}

/// The plan of a case, and what tells where it comes from.
pub(crate) struct Drawn {
    pub(crate) plan: Plan,
    /// The model of an empty store over the names of the plan.
    pub(crate) start: ReferenceModel,
    /// The position of the rule behind each operation; none for plans that no rule drew.
    pub(crate) rules: Vec<usize>,
}

impl Source {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Drawn(generator) | Self::Towards(generator, _) => *generator.dialect(),
            Self::All(exhaustive) => *exhaustive.start().dialect(),
        }
    }

    /// The plan of a case, or nothing if another case has a twin of it.
    pub(crate) fn draw(&self, seed: u64, case: u64, tables: &mut Tables) -> Option<Drawn> {
        match self {
            Self::Drawn(generator) => {
                let mut rules = Vec::with_capacity(128);
                let table = Generator::table_of(case);
                let start = tables.start.take().filter(|(held, _)| *held == table);
                let start = start.unwrap_or_else(|| (table, generator.start_of(seed, case)));
                let (_, start) = tables.start.insert(start);
                let plan = generator.plan_from(start, seed, case, |rule| rules.push(rule));
                let start = if Arc::ptr_eq(start.names(), plan.names()) {
                    start.clone()
                } else {
                    StoreModel::new(Arc::clone(plan.names()), *generator.dialect())
                };
                Some(Drawn { plan, start: ReferenceModel::Store(start), rules })
            }
            Self::Towards(generator, goal) => {
                let plan = generator.plan_towards(*goal, seed, case);
                let start = ReferenceModel::new(Arc::clone(plan.names()), *generator.dialect());
                Some(Drawn { plan, start, rules: Vec::new() })
            }
            Self::All(exhaustive) => {
                let plan = exhaustive.plan(case)?;
                let start = ReferenceModel::Store(exhaustive.start().clone());
                Some(Drawn { plan, start, rules: Vec::new() })
            }
        }
    }

    /// The plan of a case alone.
    pub(crate) fn plan(&self, seed: u64, case: u64) -> Option<Plan> {
        self.draw(seed, case, &mut Tables::default()).map(|drawn| drawn.plan)
    }
}
