//! Generates plans: a key table, a swarm of rules, a filling phase, a mixed one, and in some a
//! last phase that mostly erases.

use std::sync::Arc;

use zarr_conform_model::{Declaration, Model, Operation, Plan, StoreModel};

use crate::generate::choices::Choices;
use crate::generate::rule::Rule;
use crate::generate::swarm::{self, Course, Emphasis, Phases, Swarm};
use crate::generate::values::ValueProfile;
use crate::store::key_table;
use crate::store::rules::store_rules;
use crate::store::scene::Scene;

/// Consecutive cases that share a key table. Measured by `cargo bench --bench overhead`, in
/// `generation alone`: drawing tables is an eighth of it with this.
const CASES_PER_TABLE: u64 = 8;

/// A generator of plans: a seed and a case number give the same plan, everywhere.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Dialect;
/// use zarr_conform_rules::Generator;
///
/// let generator = Generator::new(Dialect::ZARRS).steps(20);
/// let plan = generator.plan(0x5eed, 3);
/// assert_eq!(plan, generator.plan(0x5eed, 3));
/// ```
#[derive(Clone, Debug)]
pub struct Generator {
    declared: Declaration,
    rules: Vec<Rule>,
    steps: usize,
    crowds: bool,
    any_length: bool,
}

impl Generator {
    /// Plans of up to 100 operations from the built-in rules.
    #[must_use]
    pub fn new(declared: impl Into<Declaration>) -> Self {
        Self {
            declared: declared.into(),
            rules: store_rules(),
            steps: 100,
            crowds: true,
            any_length: false,
        }
    }

    /// Plans of up to `steps` operations.
    ///
    /// Plans with a [crowd](Self::crowds) or the like have what makes it in addition.
    #[must_use]
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// Plans from these rules.
    #[must_use]
    pub fn rules(mut self, rules: Vec<Rule>) -> Self {
        self.rules = rules;
        self
    }

    /// Whether some plans start from up to 5,000 keys or directories, from every odd name of a kind, or
    /// from values of up to 16 MiB: one in 64 from each.
    #[must_use]
    pub fn crowds(mut self, crowds: bool) -> Self {
        self.crowds = crowds;
        self
    }

    /// Whether ranges have lengths of any size. Unless they do, there are none between 16 MiB and
    /// 2^63: a store that allocates as much ends its process.
    #[must_use]
    pub fn any_length(mut self, any: bool) -> Self {
        self.any_length = any;
        self
    }

    /// The declaration that the plans suit.
    #[must_use]
    pub fn declared(&self) -> &Declaration {
        &self.declared
    }

    /// The rules, and with each whether the capabilities allow it.
    pub fn list_rules(&self) -> impl Iterator<Item = (&Rule, bool)> {
        swarm::allowed(&self.rules, self.declared.capabilities)
    }

    /// The plan of one case.
    #[must_use]
    pub fn plan(&self, seed: u64, case: u64) -> Plan {
        self.plan_from(&self.start_of(seed, case), seed, case, |_| {})
    }

    /// The plan of one case, from the [`start_of`](Self::start_of) it; `chosen` is told the
    /// position of the rule behind each operation.
    ///
    /// Consecutive cases mostly have the same start, so who plays many cases can keep it.
    #[must_use]
    pub fn plan_from(
        &self,
        start: &StoreModel,
        seed: u64,
        case: u64,
        chosen: impl FnMut(usize),
    ) -> Plan {
        let mut choices = Choices::new(seed, case);
        let has_scenes = self.crowds && self.steps > 0;
        let scene = has_scenes.then(|| Scene::of_case(&mut choices, seed, case)).flatten();
        match scene {
            Some(scene) => {
                let names = scene.names(&mut choices, &self.declared.dialect);
                let start = StoreModel::new(Arc::new(names), self.declared);
                self.draw(&mut choices, start, Some(scene), chosen)
            }
            None => self.draw(&mut choices, start.clone(), None, chosen),
        }
    }

    /// The model of an empty store over the key table of a case.
    ///
    /// Drawing a table takes as long as drawing a plan, so eight cases share one.
    #[must_use]
    pub fn start_of(&self, seed: u64, case: u64) -> StoreModel {
        let table = Self::table_of(case);
        // Which kind of odd names comes first is another one for another seed.
        let turn = (table as usize).wrapping_add(2 * (seed % 1024) as usize);
        self.start_in_turn(&mut Choices::new(!seed, table), turn)
    }

    /// A number that cases with the same [`start_of`](Self::start_of) them have in common.
    #[must_use]
    pub const fn table_of(case: u64) -> u64 {
        case / CASES_PER_TABLE
    }

    /// Draws a key table and gives the model of an empty store over it.
    #[must_use]
    pub fn start(&self, choices: &mut Choices) -> StoreModel {
        let turn = choices.below(1024);
        self.start_in_turn(choices, turn)
    }

    /// Draws a table of names and a plan over it; one of [bytes](Choices::from_bytes) ends where
    /// they do.
    #[must_use]
    pub fn plan_of(&self, choices: &mut Choices) -> Plan {
        let start = self.start(choices);
        self.draw(choices, start, None, |_| {})
    }

    fn start_in_turn(&self, choices: &mut Choices, turn: usize) -> StoreModel {
        let names = key_table::draw(choices, &self.declared.dialect, turn);
        StoreModel::new(Arc::new(names), self.declared)
    }

    /// Draws one operation for a state, by the rules' own weights; `None` if no rule is enabled.
    #[must_use]
    pub fn step(&self, choices: &mut Choices, model: &StoreModel) -> Option<Operation> {
        swarm::step(&self.rules, self.declared.capabilities, choices, model)
    }

    fn draw(
        &self,
        choices: &mut Choices,
        start: StoreModel,
        scene: Option<Scene>,
        chosen: impl FnMut(usize),
    ) -> Plan {
        let swarm = self.swarm(choices, |_| Emphasis::AsDrawn);
        let course = match scene {
            Some(scene) => self.course(choices, &scene, &start, swarm),
            None => {
                let keys = start.names().key_count();
                let phases = Phases::draw(choices, self.steps, keys, false);
                let profile = ValueProfile::draw(choices);
                let focus = swarm::draw_focus(choices);
                Course { swarm, phases, profile, focus, script: Vec::new() }
            }
        };
        self.follow(choices, start, course, chosen)
    }

    /// The course of a plan with a scene.
    pub(super) fn course(
        &self,
        choices: &mut Choices,
        scene: &Scene,
        start: &StoreModel,
        swarm: Swarm,
    ) -> Course {
        let names = start.names();
        let phases = scene.phases(choices, self.steps, names.key_count());
        let script = self.asked_by_rules(scene.script(choices, names));
        Course { swarm, phases, profile: Scene::profile(), focus: 0, script }
    }

    /// The operations of a script that a rule asks the like of, each with that rule's position.
    fn asked_by_rules(&self, script: Vec<Operation>) -> Vec<(usize, Operation)> {
        let allowed: Vec<bool> = self.list_rules().map(|(_, allowed)| allowed).collect();
        let rule_of = |operation: &Operation| {
            let asks = |(at, rule): (usize, &Rule)| {
                allowed[at] && rule.current_weight() > 0 && rule.asks() == operation.kind()
            };
            (0..self.rules.len()).find(|at| asks((*at, &self.rules[*at])))
        };
        script.into_iter().filter_map(|operation| Some((rule_of(&operation)?, operation))).collect()
    }

    /// Draws which rules a plan makes much of.
    pub(super) fn swarm(
        &self,
        choices: &mut Choices,
        emphasis: impl Fn(&Rule) -> Emphasis,
    ) -> Swarm {
        Swarm::draw(choices, &self.rules, self.declared.capabilities, emphasis)
    }

    /// Draws the operations of a plan whose course is set.
    pub(crate) fn follow(
        &self,
        choices: &mut Choices,
        start: StoreModel,
        course: Course,
        chosen: impl FnMut(usize),
    ) -> Plan {
        let course = Course { profile: course.profile.any_length(self.any_length), ..course };
        swarm::follow(&self.rules, choices, start, course, chosen)
    }

    pub(super) fn has_crowds(&self) -> bool {
        self.crowds && self.steps > 0
    }

    pub(super) fn most_steps(&self) -> usize {
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::Capabilities;
    use zarr_conform_model::OperationKind;

    use super::*;
    use crate::generate::rule::with_frequency;

    #[test]
    fn a_gated_rule_runs_at_the_asked_share_of_its_opportunities() {
        let asked = 0.25;
        let list = Rule::new("list", OperationKind::List, |_| Operation::List);
        let size = Rule::new("size", OperationKind::Size, |_| Operation::Size);
        let generator = Generator::new(Declaration::ZARRS)
            .rules(vec![list, with_frequency(size, asked)])
            .steps(1000)
            .crowds(false);
        let shares: Vec<usize> = (0..20)
            .map(|case| {
                let plan = generator.plan(4, case);
                let sizes = plan.operations().filter(|op| matches!(op, Operation::Size));
                sizes.count() * 1000 / plan.len()
            })
            .collect();
        // A swarm turns the rule off in some plans; in all others the share is exact.
        assert!(shares.iter().all(|share| matches!(share, 0 | 245..=255)), "{shares:?}");
        assert!(shares.iter().any(|share| *share > 0), "{shares:?}");
    }

    #[test]
    fn gated_rules_that_are_due_together_run_only_when_they_are_enabled() {
        let clear = Rule::new("clear", OperationKind::Clear, |_| Operation::Clear);
        let get = Rule::new("get", OperationKind::Get, |draw| Operation::Get {
            key: draw.live_key().expect("the precondition holds"),
        });
        let mut rules = store_rules();
        rules.push(with_frequency(clear, 0.5));
        rules.push(with_frequency(get.precondition(|model| model.live_count() > 0), 0.5));
        let generator = Generator::new(Declaration::ZARRS).rules(rules).crowds(false);
        for case in 0..200 {
            assert!(!generator.plan(6, case).is_empty());
        }
    }

    #[test]
    fn more_than_a_thousand_keys_end_in_each_way_in_every_campaign() {
        let many = |plan: &Plan, operation: &Operation| match operation {
            Operation::EraseMany { keys } => keys.len() > 1000,
            Operation::GetMany { parts } => parts.len() > 1000,
            Operation::ErasePrefix { prefix } => {
                let prefix = plan.names().prefix(*prefix).as_str();
                !prefix.is_empty() && plan.names().below(prefix).len() > 1000
            }
            Operation::Clear => plan.names().key_count() > 1000,
            _ => false,
        };
        let generator = Generator::new(Declaration::ZARRS);
        for seed in 0..8 {
            let plans: Vec<Plan> = (0..256).map(|case| generator.plan(seed, case)).collect();
            let asked = plans.iter().flat_map(|plan| {
                plan.operations().filter(|operation| many(plan, operation)).map(Operation::kind)
            });
            let asked: std::collections::BTreeSet<OperationKind> = asked.collect();
            assert_eq!(asked.len(), 4, "seed {seed}: {asked:?}");
        }
    }

    #[test]
    fn rules_that_the_store_cannot_be_asked_are_not_played() {
        let capabilities = Capabilities { list: false, ..Capabilities::ZARRS };
        let generator = Generator::new(capabilities);
        for case in 0..200 {
            let plan = generator.plan(1, case);
            let asks_only_what_it_can =
                plan.operations().all(|operation| capabilities.allow(operation.kind()));
            assert!(asks_only_what_it_can, "case {case}:\n{plan}");
        }
    }
}
