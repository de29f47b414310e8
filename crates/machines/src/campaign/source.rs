//! Where the plans of a campaign come from.

use std::collections::BTreeSet;
use std::sync::Arc;

use zarr_conform_model::{
    Clause, Declaration, HierarchyModel, Model, OperationKind, Plan, ReferenceModel, StoreModel,
};
use zarr_conform_rules::{
    Choices, Exhaustive, Generator, Goal, HierarchyGenerator, Rule, Unreachable,
};

use crate::campaign::motifs::continued;

/// Gives the plan of every case.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Drawn, one for each seed and case.
    Drawn(Drawing),
    /// Drawn to meet a goal.
    Towards(Generator, Goal),
    /// Every plan that there is over a small universe, by its number.
    All(Exhaustive),
    /// This one, whatever the case.
    Given(Declaration, Plan),
}

/// What draws the plans of a machine.
#[derive(Clone, Debug)]
pub(crate) enum Drawing {
    /// Of operations on keys.
    Store(Generator),
    /// The same, with operations after each plan that faults are swept over.
    Faults(Generator),
    /// Of callers at the same time.
    Together(Generator),
    /// Of operations on groups and arrays.
    Hierarchy(HierarchyGenerator),
}

/// A rule, as reports count it.
pub(crate) struct ListedRule {
    pub(crate) name: String,
    pub(crate) asks: OperationKind,
    /// Whether the store can be asked.
    pub(crate) allowed: bool,
    clauses: Vec<Clause>,
}

impl ListedRule {
    fn of<M: Model>((rule, allowed): (&Rule<M>, bool)) -> Self {
        let (name, asks) = (rule.name().to_owned(), rule.asks());
        Self { name, asks, allowed, clauses: rule.exercised().to_vec() }
    }
}

impl Drawing {
    /// The machine, as reports name it.
    pub(crate) const fn machine(&self) -> &'static str {
        match self {
            Self::Store(_) => "store",
            Self::Faults(_) => "faults",
            Self::Together(_) => "concurrent",
            Self::Hierarchy(_) => "hierarchy",
        }
    }

    pub(crate) fn declared(&self) -> &Declaration {
        match self {
            Self::Store(generator) | Self::Faults(generator) | Self::Together(generator) => {
                generator.declared()
            }
            Self::Hierarchy(generator) => generator.declared(),
        }
    }

    pub(crate) fn list_rules(&self) -> Vec<ListedRule> {
        match self {
            Self::Store(generator) | Self::Faults(generator) | Self::Together(generator) => {
                generator.list_rules().map(ListedRule::of).collect()
            }
            Self::Hierarchy(generator) => generator.list_rules().map(ListedRule::of).collect(),
        }
    }

    /// What a campaign can be asked to meet, and what it can.
    pub(crate) fn goals(&self) -> Vec<(Goal, Result<(), Unreachable>)> {
        match self {
            Self::Store(generator) | Self::Faults(generator) | Self::Together(generator) => {
                generator.goals().collect()
            }
            // The clause that each rule is there for.
            Self::Hierarchy(_) => {
                let rules = self.list_rules().into_iter().filter(|rule| rule.allowed);
                let clauses = rules.filter_map(|rule| rule.clauses.first().copied());
                let clauses: BTreeSet<Clause> = clauses.collect();
                clauses.into_iter().map(|clause| (Goal::Clause(clause), Ok(()))).collect()
            }
        }
    }

    /// The plan that a stream of choices comes to, without faults and with one caller.
    pub(crate) fn plan_of(&self, choices: &mut Choices) -> Plan {
        match self {
            Self::Store(generator) | Self::Faults(generator) | Self::Together(generator) => {
                generator.plan_of(choices)
            }
            Self::Hierarchy(generator) => generator.plan_of(choices),
        }
    }

    /// Where plans towards a goal come from.
    pub(crate) fn towards(&self, goal: Goal) -> Source {
        match self {
            Self::Store(generator) | Self::Faults(generator) | Self::Together(generator) => {
                Source::Towards(generator.clone(), goal)
            }
            // More of the same: every rule is in every few plans.
            Self::Hierarchy(_) => Source::Drawn(self.clone()),
        }
    }
}

/// The key table of the last case, which mostly is that of the next one too.
#[derive(Debug, Default)]
pub(super) struct Tables {
    start: Option<(u64, StoreModel)>,
}

/// The plan of a case, and what tells where it comes from.
pub(super) struct Drawn {
    pub(crate) plan: Plan,
    /// The model of an empty store over the names of the plan.
    pub(crate) start: ReferenceModel,
    /// The position of the rule behind each operation; none for plans that no rule drew.
    pub(crate) rules: Vec<usize>,
}

impl Source {
    pub(crate) fn declared(&self) -> Declaration {
        match self {
            Self::Drawn(drawing) => *drawing.declared(),
            Self::Towards(generator, _) => *generator.declared(),
            Self::Given(declared, _) => *declared,
            Self::All(exhaustive) => {
                let start = exhaustive.start();
                Declaration { capabilities: *start.capabilities(), dialect: *start.dialect() }
            }
        }
    }

    /// The plan of a case, or nothing if another case has a twin of it.
    pub(super) fn draw(&self, seed: u64, case: u64, tables: &mut Tables) -> Option<Drawn> {
        match self {
            Self::Drawn(Drawing::Hierarchy(generator)) => {
                let mut rules = Vec::with_capacity(128);
                let plan = generator.plan_with(seed, case, |rule| rules.push(rule));
                let start = HierarchyModel::new(Arc::clone(plan.names()), *generator.declared());
                Some(Drawn { plan, start: ReferenceModel::Hierarchy(start), rules })
            }
            Self::Drawn(Drawing::Faults(generator)) => {
                let plan = generator.plan(seed, case);
                let plan = continued(&plan, *generator.declared(), case);
                let start = StoreModel::new(Arc::clone(plan.names()), *generator.declared());
                Some(Drawn { plan, start: ReferenceModel::Store(start), rules: Vec::new() })
            }
            Self::Drawn(Drawing::Together(generator)) => {
                let plan = generator.plan_together(seed, case);
                let start = StoreModel::new(Arc::clone(plan.names()), *generator.declared());
                Some(Drawn { plan, start: ReferenceModel::Store(start), rules: Vec::new() })
            }
            Self::Drawn(Drawing::Store(generator)) => {
                let mut rules = Vec::with_capacity(128);
                let table = Generator::table_of(case);
                let start = tables.start.take().filter(|(held, _)| *held == table);
                let start = start.unwrap_or_else(|| (table, generator.start_of(seed, case)));
                let (_, start) = tables.start.insert(start);
                let plan = generator.plan_from(start, seed, case, |rule| rules.push(rule));
                let start = if Arc::ptr_eq(start.names(), plan.names()) {
                    start.clone()
                } else {
                    StoreModel::new(Arc::clone(plan.names()), *generator.declared())
                };
                Some(Drawn { plan, start: ReferenceModel::Store(start), rules })
            }
            Self::Towards(generator, goal) => {
                let plan = generator.plan_towards(*goal, seed, case);
                let start = ReferenceModel::new(Arc::clone(plan.names()), *generator.declared());
                Some(Drawn { plan, start, rules: Vec::new() })
            }
            Self::Given(declared, plan) => {
                let start = ReferenceModel::new(Arc::clone(plan.names()), *declared);
                Some(Drawn { plan: plan.clone(), start, rules: Vec::new() })
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
