//! Generates plans for an array library over a store: a node table, a swarm of rules, and phases.

use std::sync::Arc;

use zarr_conform_model::{Declaration, HierarchyModel, Model, Names, Operation, Plan};

use crate::generate::choices::Choices;
use crate::generate::rule::Rule;
use crate::generate::swarm::{self, Course, Emphasis, Phases, Swarm};
use crate::generate::values::ValueProfile;
use crate::hierarchy::node_table;
use crate::hierarchy::rules::hierarchy_rules;

/// How many operations make and fill nodes before anything else is asked, at the most. A guess.
const MOST_MADE_FIRST: usize = 12;

/// A generator of plans about groups and arrays: a seed and a case number give the same plan,
/// everywhere.
///
/// What [`Generator`](crate::Generator) is for stores, with the same swarms and gates. A declaration
/// without the capability `nodes` leaves only what the store itself is asked.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Capabilities;
/// use zarr_conform_rules::HierarchyGenerator;
///
/// let capabilities = Capabilities { nodes: true, ..Capabilities::ZARRS };
/// let generator = HierarchyGenerator::new(capabilities).steps(20);
/// let plan = generator.plan(0x5eed, 3);
/// assert_eq!(plan, generator.plan(0x5eed, 3));
/// assert!(plan.to_string().contains("add_array"));
/// ```
#[derive(Clone, Debug)]
pub struct HierarchyGenerator {
    declared: Declaration,
    rules: Vec<Rule<HierarchyModel>>,
    steps: usize,
}

impl HierarchyGenerator {
    /// Plans of up to 60 operations from the built-in rules.
    #[must_use]
    pub fn new(declared: impl Into<Declaration>) -> Self {
        Self { declared: declared.into(), rules: hierarchy_rules(), steps: 60 }
    }

    /// Plans of up to `steps` operations.
    #[must_use]
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// Plans from these rules.
    #[must_use]
    pub fn rules(mut self, rules: Vec<Rule<HierarchyModel>>) -> Self {
        self.rules = rules;
        self
    }

    /// The declaration that the plans suit.
    #[must_use]
    pub fn declared(&self) -> &Declaration {
        &self.declared
    }

    /// The rules, and with each whether the capabilities allow it.
    pub fn list_rules(&self) -> impl Iterator<Item = (&Rule<HierarchyModel>, bool)> {
        swarm::allowed(&self.rules, self.declared.capabilities)
    }

    /// The plan of one case.
    #[must_use]
    pub fn plan(&self, seed: u64, case: u64) -> Plan {
        self.plan_with(seed, case, |_| {})
    }

    /// The plan of one case; `chosen` is told the position of the rule behind each operation.
    #[must_use]
    pub fn plan_with(&self, seed: u64, case: u64, chosen: impl FnMut(usize)) -> Plan {
        self.draw(&mut Choices::new(seed, case), chosen)
    }

    /// Draws a tree of names and a plan over it; one of [bytes](Choices::from_bytes) ends where they
    /// do.
    #[must_use]
    pub fn plan_of(&self, choices: &mut Choices) -> Plan {
        self.draw(choices, |_| {})
    }

    fn draw(&self, choices: &mut Choices, chosen: impl FnMut(usize)) -> Plan {
        let start = self.start(choices);
        let emphasis = |_: &Rule<HierarchyModel>| Emphasis::AsDrawn;
        let swarm = Swarm::draw(choices, &self.rules, self.declared.capabilities, emphasis);
        let phases = self.phases(choices, start.names());
        let profile = ValueProfile::draw(choices);
        let focus = swarm::draw_focus(choices);
        let course = Course { swarm, phases, profile, focus, script: Vec::new() };
        swarm::follow(&self.rules, choices, start, course, chosen)
    }

    /// Draws a table of nodes and gives the model of a library over an empty store.
    #[must_use]
    pub fn start(&self, choices: &mut Choices) -> HierarchyModel {
        HierarchyModel::new(
            Arc::new(node_table::draw(choices, &self.declared.dialect)),
            self.declared,
        )
    }

    /// Draws one operation for a state, by the rules' own weights; `None` if no rule is enabled.
    #[must_use]
    pub fn step(&self, choices: &mut Choices, model: &HierarchyModel) -> Option<Operation> {
        swarm::step(&self.rules, self.declared.capabilities, choices, model)
    }

    fn phases(&self, choices: &mut Choices, names: &Names) -> Phases {
        let nodes = names.prefix_count().min(MOST_MADE_FIRST);
        Phases { fill: choices.below(nodes + 1), ..Phases::draw(choices, self.steps, nodes, false) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use expect_test::expect;
    use zarr_conform_model::{Capabilities, Dialect, OperationKind};

    use super::*;

    const DECLARED: Declaration = Declaration {
        capabilities: Capabilities { nodes: true, reopen: true, ..Capabilities::ZARRS },
        ..Declaration::ZARRS
    };

    #[test]
    fn plans_look_like_this() {
        let plan = HierarchyGenerator::new(DECLARED).steps(24).plan(1, 2);
        expect![[r#"
            zarr-conform plan 1
            add_group data/c attributes={"0":true,"x":null}
            add_array datao shape=[1, 1] chunks=[1, 1] dtype=i32 format=2
            write_region datao [0..1, 0..1] 12
            write_region datao [0..1, 0..1] 23
            add_array "\u{1f600}" shape=[1] chunks=[4] fill=255
        "#]]
        .assert_eq(&plan.to_string());
    }

    #[test]
    fn plans_are_read_back_as_they_are_written() {
        let generator = HierarchyGenerator::new(DECLARED);
        for case in 0..300 {
            let plan = generator.plan(2, case);
            let text = plan.to_string();
            let again: Plan = text.parse().unwrap();
            assert_eq!(again.to_string(), text);
        }
    }

    #[test]
    fn models_are_never_lost() {
        for dialect in [Dialect::ZARRS, Dialect { key_below_key: false, ..Dialect::ZARRS }] {
            let generator = HierarchyGenerator::new(Declaration { dialect, ..DECLARED }).steps(100);
            for case in 0..1000 {
                let plan = generator.plan(3, case);
                let mut model = HierarchyModel::new(Arc::clone(plan.names()), dialect);
                for operation in plan.operations() {
                    model.predict(operation);
                    let line = operation.display(plan.names());
                    assert!(!model.is_open(), "case {case}: {line}\n{plan}");
                }
            }
        }
    }

    /// How often each rule was chosen, in how many steps.
    fn chosen(cases: u64) -> (BTreeMap<String, usize>, usize) {
        let generator = HierarchyGenerator::new(DECLARED);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut steps = 0;
        for (rule, _) in generator.list_rules() {
            counts.insert(rule.name().to_owned(), 0);
        }
        for case in 0..cases {
            let plan = generator.plan_with(4, case, |rule| {
                *counts.get_mut(generator.rules[rule].name()).unwrap() += 1;
            });
            steps += plan.len();
        }
        (counts, steps)
    }

    #[test]
    fn most_operations_are_about_arrays_and_every_rule_runs() {
        let (counts, steps) = chosen(200);
        let is_about_arrays = |rule: &str| {
            let names = ["add_array", "write_", "read_", "erase_chunk", "resize_"];
            let adds = ["add_occupied", "add_overwrite", "add_invalid_name"];
            names.iter().any(|name| rule.starts_with(name)) || adds.contains(&rule)
        };
        let arrays: usize =
            counts.iter().filter(|(rule, _)| is_about_arrays(rule)).map(|(_, count)| count).sum();
        let groups: usize =
            counts.iter().filter(|(rule, _)| rule.starts_with("add_group")).map(|(_, n)| n).sum();
        let list: Vec<_> = counts.iter().map(|(rule, count)| format!("{count} {rule}")).collect();
        let list = list.join("\n");
        assert!(arrays * 2 > steps, "{arrays} of {steps}\n{list}");
        assert!(groups * 10 < steps, "{groups} of {steps}\n{list}");
        assert!(counts.values().all(|count| *count > 0), "{list}");
    }

    #[test]
    fn most_operations_are_not_refused() {
        let generator = HierarchyGenerator::new(DECLARED);
        let (mut refused, mut all) = (0, 0);
        for case in 0..200 {
            let plan = generator.plan(5, case);
            let mut model = HierarchyModel::new(Arc::clone(plan.names()), DECLARED);
            for operation in plan.operations() {
                all += 1;
                refused += usize::from(model.expect(operation).wanted.is_error());
                model.predict(operation);
            }
        }
        assert!(refused * 4 < all, "{refused} of {all}");
        assert!(refused * 20 > all, "{refused} of {all}");
    }

    #[test]
    fn what_the_store_cannot_be_asked_is_not_played() {
        let capabilities = Capabilities { list: false, read: false, ..DECLARED.capabilities };
        let lists = [OperationKind::ListChildren, OperationKind::ListNodes];
        let generator = HierarchyGenerator::new(capabilities);
        for case in 0..200 {
            let plan = generator.plan(6, case);
            let kinds = || plan.operations().map(Operation::kind);
            assert!(kinds().all(|kind| capabilities.allow(kind) && !lists.contains(&kind)));
        }
    }

    #[test]
    fn plans_are_as_long_as_asked() {
        let generator = HierarchyGenerator::new(DECLARED).steps(30);
        let lengths: Vec<_> = (0..100).map(|case| generator.plan(7, case).len()).collect();
        assert!(lengths.iter().all(|length| *length <= 30));
        assert!(lengths.iter().filter(|length| **length == 30).count() > 70, "{lengths:?}");
    }

    #[test]
    fn every_clause_of_hierarchies_has_a_rule() {
        let rules = hierarchy_rules();
        for clause in zarr_conform_model::Clause::ALL.iter().filter(|c| c.id().starts_with('H')) {
            let exercises = |rule: &Rule<HierarchyModel>| rule.exercised().contains(clause);
            assert!(rules.iter().any(exercises), "{clause}");
        }
    }
}
