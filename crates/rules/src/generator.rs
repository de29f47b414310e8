//! Generates plans: a key table, a swarm of rules, a filling phase, a mixed one, and in some a
//! last phase that mostly erases.

use std::sync::Arc;

use zarr_conform_model::{Dialect, Model, Operation, Plan, StoreModel};

use crate::choices::Choices;
use crate::key_table;
use crate::rule::{Draw, Memory, Role, Rule};
use crate::store_rules::store_rules;
use crate::values::ValueProfile;

/// One in this many plans starts from more keys than a page of a listing holds.
const CROWD_EVERY: u64 = 128;

/// Consecutive cases that share a key table.
const CASES_PER_TABLE: u64 = 8;

/// How many times heavier than in other plans a rule is that a plan makes much of.
const HEAVIER: u32 = 8;

/// Sizes of such crowds.
const CROWDS: &[usize] = &[1100, 257, 2000, 65, 1001, 101, 130];

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
    dialect: Dialect,
    rules: Vec<Rule>,
    steps: usize,
    crowds: bool,
}

impl Generator {
    /// Plans of up to 100 operations from the built-in rules.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, rules: store_rules(), steps: 100, crowds: true }
    }

    /// Plans of up to `steps` operations.
    ///
    /// Crowded plans, one in 128, set up to 2,000 keys in addition before they start.
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

    /// Whether some plans start from up to 2,000 keys.
    #[must_use]
    pub fn crowds(mut self, crowds: bool) -> Self {
        self.crowds = crowds;
        self
    }

    /// The dialect that the plans suit.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The rules, and with each whether the dialect's capabilities allow it.
    pub fn list_rules(&self) -> impl Iterator<Item = (&Rule, bool)> {
        let allows = |rule: &Rule| self.dialect.capabilities.allow(rule.asks());
        self.rules.iter().map(move |rule| (rule, allows(rule)))
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
        match self.crowd(seed, case) {
            Some(crowd) => {
                let names = key_table::draw_crowd(&mut choices, crowd, &self.dialect);
                let start = StoreModel::new(Arc::new(names), self.dialect);
                self.draw(&mut choices, start, true, chosen)
            }
            None => self.draw(&mut choices, start.clone(), false, chosen),
        }
    }

    /// The model of an empty store over the key table of a case.
    ///
    /// Drawing a table takes as long as drawing a plan, so eight cases share one.
    #[must_use]
    pub fn start_of(&self, seed: u64, case: u64) -> StoreModel {
        self.start(&mut Choices::new(!seed, Self::table_of(case)))
    }

    /// A number that cases with the same [`start_of`](Self::start_of) them have in common.
    #[must_use]
    pub const fn table_of(case: u64) -> u64 {
        case / CASES_PER_TABLE
    }

    /// Draws a key table and gives the model of an empty store over it.
    #[must_use]
    pub fn start(&self, choices: &mut Choices) -> StoreModel {
        StoreModel::new(Arc::new(key_table::draw(choices, &self.dialect)), self.dialect)
    }

    /// How many keys a plan starts from, if it is one of the crowded ones.
    ///
    /// One of every [`CROWD_EVERY`] cases is, which one depends on the seed, and the sizes take
    /// turns, so that any campaign of so many cases has listings of more than a thousand keys.
    fn crowd(&self, seed: u64, case: u64) -> Option<usize> {
        let is_crowd = case % CROWD_EVERY == (seed % CROWD_EVERY + CROWD_EVERY / 2) % CROWD_EVERY;
        let turn = (case / CROWD_EVERY) as usize % CROWDS.len();
        (self.crowds && self.steps > 0 && is_crowd).then(|| CROWDS[turn])
    }

    /// Draws one operation for a state, by the rules' own weights; `None` if no rule is enabled.
    #[must_use]
    pub fn step(&self, choices: &mut Choices, model: &StoreModel) -> Option<Operation> {
        let weights = self.rules.iter().map(|rule| {
            let allowed = self.dialect.capabilities.allow(rule.asks()) && rule.is_enabled(model);
            if allowed { rule.current_weight() } else { 0 }
        });
        let weights: Vec<_> = weights.collect();
        if weights.iter().all(|weight| *weight == 0) {
            return None;
        }
        let rule = &self.rules[choices.weighted(&weights)];
        let profile = ValueProfile::draw(choices);
        let mut memory = Memory::new(model.names().key_count(), profile);
        Some(rule.draw(&mut Draw { model, choices, memory: &mut memory }))
    }

    /// The weights that the rules came with, without those that the store cannot be asked.
    fn own_weights(&self) -> Vec<u32> {
        let weights = self.list_rules();
        weights.map(|(rule, allowed)| if allowed { rule.current_weight() } else { 0 }).collect()
    }

    fn draw(
        &self,
        choices: &mut Choices,
        start: StoreModel,
        is_crowd: bool,
        chosen: impl FnMut(usize),
    ) -> Plan {
        let keys = start.names().key_count();
        let swarm = Swarm::draw(choices, self, |_| Emphasis::AsDrawn);
        let phases = Phases::draw(choices, self.steps, keys, is_crowd);
        let profile = ValueProfile::draw(choices);
        self.follow(choices, start, Course { swarm, phases, profile }, chosen)
    }

    /// Draws the operations of a plan whose course is set.
    pub(crate) fn follow(
        &self,
        choices: &mut Choices,
        mut model: StoreModel,
        course: Course,
        mut chosen: impl FnMut(usize),
    ) -> Plan {
        let Course { mut swarm, mut phases, profile } = course;
        if self.rules.iter().all(|rule| rule.current_role() != Role::Fill) {
            phases.fill = 0;
        }
        let mut memory = Memory::new(model.names().key_count(), profile);
        let mut operations = Vec::with_capacity(phases.length.min(4096));
        for step in 0..phases.length {
            let weights = match () {
                () if step < phases.fill => &swarm.fill,
                () if step >= phases.drain => &swarm.drain,
                () => &swarm.mixed,
            };
            let gated =
                if step < phases.fill { None } else { swarm.gates.due(&self.rules, &model) };
            let mut choose = |weights: &Weights| weights.choose(choices, &self.rules, &model);
            let chosen_rule = gated.or_else(|| choose(weights)).or_else(|| choose(&swarm.mixed));
            let Some(index) = chosen_rule else {
                continue;
            };
            let draw = &mut Draw { model: &model, choices, memory: &mut memory };
            let operation = self.rules[index].draw(draw);
            memory.record(&operation);
            model.predict(&operation);
            operations.push(operation);
            chosen(index);
        }
        Plan::new(Arc::clone(model.names()), operations)
    }

    pub(crate) fn has_crowds(&self) -> bool {
        self.crowds
    }

    pub(crate) fn most_steps(&self) -> usize {
        self.steps
    }
}

/// What is drawn of a plan before its operations.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) swarm: Swarm,
    pub(crate) phases: Phases,
    pub(crate) profile: ValueProfile,
}

/// How much a plan makes of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emphasis {
    /// Its swarm decides.
    AsDrawn,
    /// It is on in every swarm.
    On,
    /// It is on, and much heavier than the others; if it is gated, its first opportunity is taken.
    Heavy,
}

/// How long the phases of a plan are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phases {
    pub(crate) length: usize,
    /// Steps before this one fill.
    pub(crate) fill: usize,
    /// Steps from this one on drain.
    pub(crate) drain: usize,
}

impl Phases {
    pub(crate) fn draw(choices: &mut Choices, steps: usize, keys: usize, is_crowd: bool) -> Self {
        let mixed = if choices.chance(1, 8) { steps.div_ceil(5) } else { steps };
        if is_crowd {
            return Self { length: keys + mixed, fill: keys, drain: usize::MAX };
        }
        let fill = match choices.below(8) {
            0 => 0,
            1..=4 => choices.between(keys / 4, keys * 2 / 3),
            _ => keys,
        };
        let drain = if choices.chance(1, 4) { mixed - mixed / 4 } else { usize::MAX };
        Self { length: mixed, fill: fill.min(mixed / 2), drain }
    }
}

/// The weights of the rules in one plan: some off, some heavy, so that long stretches of one
/// kind happen as well as even mixtures (Groce et al., "Swarm testing", 2012).
#[derive(Debug)]
pub(crate) struct Swarm {
    fill: Weights,
    mixed: Weights,
    drain: Weights,
    gates: Gates,
}

impl Swarm {
    pub(crate) fn draw(
        choices: &mut Choices,
        generator: &Generator,
        emphasis: impl Fn(&Rule) -> Emphasis,
    ) -> Self {
        let everything = choices.chance(1, 8);
        let off = *choices.pick(&[1, 2, 3]);
        let weights: Vec<u32> = generator
            .list_rules()
            .map(|(rule, allowed)| {
                let kept =
                    everything || rule.current_role() == Role::Fill || !choices.chance(off, 8);
                let boost = if everything { 1 } else { *choices.pick(&[1, 1, 1, 4]) };
                let (kept, boost) = match emphasis(rule) {
                    Emphasis::AsDrawn => (kept, boost),
                    Emphasis::On => (true, boost),
                    Emphasis::Heavy => (true, boost * HEAVIER),
                };
                if allowed && kept { rule.current_weight().saturating_mul(boost) } else { 0 }
            })
            .collect();
        let ungated =
            generator.rules.iter().zip(&weights).filter(|(rule, _)| rule.frequency().is_none());
        let weights = if ungated.into_iter().any(|(_, weight)| *weight > 0) {
            weights
        } else {
            generator.own_weights()
        };
        let rules = &generator.rules;
        let weights_by = |factor: fn(Role) -> u32| {
            let weights = rules.iter().zip(&weights);
            let weights = weights
                .map(move |(rule, weight)| weight.saturating_mul(factor(rule.current_role())));
            Weights::new(rules, weights)
        };
        let fill = weights_by(|role| u32::from(role == Role::Fill));
        let mixed = weights_by(|_| 1);
        let drain = weights_by(|role| if role == Role::Erase { 6 } else { 1 });
        let gates = Gates::draw(choices, &generator.rules, &weights, emphasis);
        Self { fill, mixed, drain, gates }
    }
}

/// Weights to draw a rule by, those of gated rules left out.
#[derive(Debug)]
struct Weights {
    /// Each rule's position as often as it is heavy, so that a draw is one look-up.
    lots: Vec<u16>,
}

/// Heavier sums of weights are scaled down to this.
const MOST_LOTS: u64 = 4096;

impl Weights {
    fn new(rules: &[Rule], weights: impl Iterator<Item = u32> + Clone) -> Self {
        let ungated =
            |rule: &Rule, weight: u32| if rule.frequency().is_some() { 0 } else { weight };
        let weights = rules.iter().zip(weights).map(|(rule, weight)| ungated(rule, weight));
        let sum: u64 = weights.clone().map(u64::from).sum();
        let mut lots = Vec::with_capacity(sum.min(MOST_LOTS * 2) as usize);
        for (index, weight) in weights.enumerate() {
            let weight = u64::from(weight);
            let count = if sum > MOST_LOTS { (weight * MOST_LOTS).div_ceil(sum) } else { weight };
            lots.resize(lots.len() + count as usize, index as u16);
        }
        Self { lots }
    }

    /// A rule that is enabled, if one is.
    fn choose(&self, choices: &mut Choices, rules: &[Rule], model: &StoreModel) -> Option<usize> {
        if self.lots.is_empty() {
            return None;
        }
        // Nearly every rule is enabled nearly always, so the first attempts mostly succeed;
        // a search around settles the rest.
        for _ in 0..8 {
            let index = usize::from(*choices.pick(&self.lots));
            if rules[index].is_enabled(model) {
                return Some(index);
            }
        }
        let start = choices.below(self.lots.len());
        let around = self.lots[start..].iter().chain(&self.lots[..start]);
        around.map(|index| usize::from(*index)).find(|index| rules[*index].is_enabled(model))
    }
}

/// The gated rules of a plan, with the share of an opportunity that each has saved up.
#[derive(Debug)]
struct Gates {
    saved: Vec<(usize, f64)>,
}

impl Gates {
    fn draw(
        choices: &mut Choices,
        rules: &[Rule],
        weights: &[u32],
        emphasis: impl Fn(&Rule) -> Emphasis,
    ) -> Self {
        let gated = rules.iter().enumerate().zip(weights);
        let gated = gated.filter(|((_, rule), weight)| rule.frequency().is_some() && **weight > 0);
        let saved = gated.map(|((index, rule), _)| {
            // Where the first opportunity is taken is drawn, or short plans would never see it.
            let drawn = choices.below(1 << 20) as f64 / f64::from(1 << 20);
            let is_due = emphasis(rule) == Emphasis::Heavy && rule.frequency() > Some(0.0);
            (index, if is_due { 1.0 } else { drawn })
        });
        Self { saved: saved.collect() }
    }

    /// Counts the opportunities of this step, and gives a rule that is due.
    fn due(&mut self, rules: &[Rule], model: &StoreModel) -> Option<usize> {
        let mut due = None;
        for (index, saved) in &mut self.saved {
            let rule = &rules[*index];
            if !rule.is_enabled(model) {
                continue;
            }
            *saved += rule.frequency().unwrap_or_default();
            if *saved >= 1.0 && due.is_none() {
                *saved -= 1.0;
                due = Some(*index);
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::OperationKind;

    use super::*;
    use crate::rule::with_frequency;

    #[test]
    fn a_gated_rule_runs_at_the_asked_share_of_its_opportunities() {
        let asked = 0.25;
        let list = Rule::new("list", OperationKind::List, |_| Operation::List);
        let size = Rule::new("size", OperationKind::Size, |_| Operation::Size);
        let generator = Generator::new(Dialect::ZARRS)
            .rules(vec![list, with_frequency(size, asked)])
            .steps(1000)
            .crowds(false);
        let shares: Vec<usize> = (0..20)
            .map(|case| {
                let plan = generator.plan(4, case);
                let sizes = plan.operations().iter().filter(|op| matches!(op, Operation::Size));
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
        let generator = Generator::new(Dialect::ZARRS).rules(rules).crowds(false);
        for case in 0..200 {
            assert!(!generator.plan(6, case).is_empty());
        }
    }

    #[test]
    fn rules_that_the_store_cannot_be_asked_are_not_played() {
        let mut dialect = Dialect::ZARRS;
        dialect.capabilities.list = false;
        let generator = Generator::new(dialect);
        for case in 0..200 {
            let plan = generator.plan(1, case);
            let asks_only_what_it_can = plan
                .operations()
                .iter()
                .all(|operation| dialect.capabilities.allow(operation.kind()));
            assert!(asks_only_what_it_can, "case {case}:\n{plan}");
        }
    }
}
