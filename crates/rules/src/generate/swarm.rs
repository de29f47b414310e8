//! What generators of plans have in common, whatever the model: phases, swarms of rules with their
//! weights and gates, and the loop that draws a plan by them.
//!
//! Gates count opportunities in the plan's state, and where the first is taken is drawn. So a
//! frequency is exact, repeatable and the same for every thread.

use std::sync::Arc;

use zarr_conform_model::{Capabilities, Model, Operation, Plan};

use crate::generate::choices::Choices;
use crate::generate::rule::{Draw, Memory, Role, Rule};
use crate::generate::values::ValueProfile;

/// How many times heavier than in other plans a rule is that a plan makes much of. A guess;
/// `tests/state_shapes.rs` has the states that plans reach with it.
const HEAVIER: u32 = 8;

/// One step in this many of a plan with a focus asks by a rule that was chosen a few steps before: what
/// takes two rare rules, or one of them twice, comes about so. A guess.
const AGAIN_EVERY: usize = 10;

/// The rules, and with each whether the capabilities allow it.
pub(crate) fn allowed<M: Model>(
    rules: &[Rule<M>],
    capabilities: Capabilities,
) -> impl Iterator<Item = (&Rule<M>, bool)> {
    rules.iter().map(move |rule| (rule, capabilities.allow(rule.asks())))
}

/// Draws the operations of a plan whose course is set.
pub(crate) fn follow<M: Model>(
    rules: &[Rule<M>],
    choices: &mut Choices,
    mut model: M,
    course: Course,
    mut chosen: impl FnMut(usize),
) -> Plan {
    let Course { mut swarm, mut phases, profile, focus, mut script } = course;
    if rules.iter().all(|rule| rule.current_role() != Role::Fill) {
        phases.fill = 0;
    }
    let mut memory = Memory::new(model.names().key_count(), profile, focus);
    let mut operations = Vec::with_capacity(phases.length.min(4096));
    let mut recent: Vec<usize> = Vec::new();
    for step in 0..phases.length.max(phases.fill + 1) {
        if step == phases.fill {
            for (index, operation) in script.drain(..) {
                chosen(like(rules, index, &model, &operation));
                model.predict(&operation);
                operations.push(operation);
            }
        }
        if step >= phases.length || choices.is_spent() {
            break;
        }
        let weights = match () {
            () if step < phases.fill => &swarm.fill,
            () if step >= phases.drain => &swarm.drain,
            () => &swarm.mixed,
        };
        let gated = if step < phases.fill { None } else { swarm.gates.due(rules, &model) };
        let again = (focus > 0 && choices.chance(1, AGAIN_EVERY))
            .then(|| recent.len().checked_sub(choices.between(2, 4)))
            .flatten()
            .map(|before| recent[before])
            .filter(|index| step > phases.fill && rules[*index].frequency().is_none())
            .filter(|index| rules[*index].is_enabled(&model));
        let mut choose = |weights: &Weights| weights.choose(choices, rules, &model);
        let chosen_rule =
            gated.or(again).or_else(|| choose(weights)).or_else(|| choose(&swarm.mixed));
        let Some(index) = chosen_rule else {
            continue;
        };
        let draw = &mut Draw { model: &model, choices, memory: &mut memory };
        let operation = rules[index].draw(draw);
        memory.record(&operation);
        model.predict(&operation);
        operations.push(operation);
        chosen(index);
        recent.push(index);
    }
    Plan::new(Arc::clone(model.names()), operations)
}

/// The rule of the same kind as another one whose answers are held against what this one's is.
fn like<M: Model>(rules: &[Rule<M>], index: usize, model: &M, operation: &Operation) -> usize {
    let clause = model.expect(operation).clause;
    let is_like = |rule: &Rule<M>| {
        let is_on = rule.asks() == operation.kind() && rule.current_weight() > 0;
        is_on && rule.exercised().contains(&clause)
    };
    if is_like(&rules[index]) { index } else { rules.iter().position(is_like).unwrap_or(index) }
}

/// Draws one operation for a state, by the rules' own weights; `None` if no rule is enabled.
pub(crate) fn step<M: Model>(
    rules: &[Rule<M>],
    capabilities: Capabilities,
    choices: &mut Choices,
    model: &M,
) -> Option<Operation> {
    let weights = allowed(rules, capabilities).map(|(rule, allowed)| {
        if allowed && rule.is_enabled(model) { rule.current_weight() } else { 0 }
    });
    let weights: Vec<_> = weights.collect();
    if weights.iter().all(|weight| *weight == 0) {
        return None;
    }
    let rule = &rules[choices.weighted(&weights)];
    let profile = ValueProfile::draw(choices);
    let mut memory = Memory::new(model.names().key_count(), profile, 0);
    Some(rule.draw(&mut Draw { model, choices, memory: &mut memory }))
}

/// What is drawn of a plan before its operations.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) swarm: Swarm,
    pub(crate) phases: Phases,
    pub(crate) profile: ValueProfile,
    /// One draw in this many goes on with the names of the last operations; none, if it is 0.
    pub(crate) focus: usize,
    /// Operations to be asked right after the filling phase, each with the rule that stands for it.
    pub(crate) script: Vec<(usize, Operation)>,
}

/// How often draws go on with the names of the last operations: plans that do show what takes
/// several rare operations on one place, and the others what is far apart. A guess.
pub(crate) fn draw_focus(choices: &mut Choices) -> usize {
    *choices.pick(&[0, 0, 4, 2])
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
    pub(crate) fn draw<M: Model>(
        choices: &mut Choices,
        rules: &[Rule<M>],
        capabilities: Capabilities,
        emphasis: impl Fn(&Rule<M>) -> Emphasis,
    ) -> Self {
        let everything = choices.chance(1, 8);
        let off = *choices.pick(&[1, 2, 3]);
        let weights: Vec<u32> = allowed(rules, capabilities)
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
        let ungated = rules.iter().zip(&weights).filter(|(rule, _)| rule.frequency().is_none());
        let weights = if ungated.into_iter().any(|(_, weight)| *weight > 0) {
            weights
        } else {
            // The weights that the rules came with, without those that cannot be asked.
            let own = allowed(rules, capabilities);
            own.map(|(rule, allowed)| if allowed { rule.current_weight() } else { 0 }).collect()
        };
        let weights_by = |factor: fn(Role) -> u32| {
            let weights = rules.iter().zip(&weights);
            let weights = weights
                .map(move |(rule, weight)| weight.saturating_mul(factor(rule.current_role())));
            Weights::new(rules, weights)
        };
        let fill = weights_by(|role| u32::from(role == Role::Fill));
        let mixed = weights_by(|_| 1);
        let drain = weights_by(|role| if role == Role::Erase { 6 } else { 1 });
        let gates = Gates::draw(choices, rules, &weights, emphasis);
        Self { fill, mixed, drain, gates }
    }
}

/// Weights to draw a rule by, those of gated rules left out.
#[derive(Debug)]
struct Weights {
    /// Each rule's position as often as it is heavy, so that a draw is one look-up.
    lots: Vec<u16>,
}

/// Heavier sums of weights are scaled down to this. A guess: a table of 8 KiB for each plan.
const MOST_LOTS: u64 = 4096;

impl Weights {
    fn new<M: Model>(rules: &[Rule<M>], weights: impl Iterator<Item = u32> + Clone) -> Self {
        let ungated =
            |rule: &Rule<M>, weight: u32| if rule.frequency().is_some() { 0 } else { weight };
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
    fn choose<M: Model>(
        &self,
        choices: &mut Choices,
        rules: &[Rule<M>],
        model: &M,
    ) -> Option<usize> {
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
    fn draw<M: Model>(
        choices: &mut Choices,
        rules: &[Rule<M>],
        weights: &[u32],
        emphasis: impl Fn(&Rule<M>) -> Emphasis,
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
    fn due<M: Model>(&mut self, rules: &[Rule<M>], model: &M) -> Option<usize> {
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
