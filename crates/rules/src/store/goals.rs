//! Goals: what a campaign is to have met, what a generator can meet of it, and plans towards one.

use std::fmt;
use std::sync::Arc;

use zarr_conform_model::contract::RangeDialect;
use zarr_conform_model::{
    Clause, Declaration, Model, Names, Operation, OperationKind, Plan, Reply, StoreModel,
};

use crate::generate::choices::Choices;
use crate::generate::rule::Rule;
use crate::generate::swarm::{Course, Emphasis, Phases};
use crate::generate::values::ValueProfile;
use crate::store::generator::Generator;
use crate::store::key_table;
use crate::store::scene::Scene;
use crate::store::shapes::Shape;

/// How many plans are drawn towards a goal before one is given that misses it. A guess, with which
/// `tests/goals.rs` meets every goal.
const ATTEMPTS: usize = 8;

/// How many key tables are drawn for one that has the names a goal needs. A guess, with which
/// `tests/goals.rs` meets every goal.
const TABLES: usize = 64;

/// How many lengths are drawn from a profile of values to see whether it has long ones. A guess.
const LENGTHS: usize = 64;

/// Keys of a crowd that is drawn for its size; some of them the store may refuse. More than the
/// 1,000 keys of a page of S3, with a tenth to spare, which is a guess.
const CROWD: usize = 1100;

/// Something that a campaign is to have met, or its store was hardly put to the test.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Clause, Dialect, Plan};
/// use zarr_conform_rules::{Goal, Shape};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "set a/b \"x\"\nget a".parse()?;
/// assert!(Goal::Clause(Clause::R3).is_reached_by(&plan, Dialect::ZARRS));
/// assert!(!Goal::Shape(Shape::KeyBelowKey).is_reached_by(&plan, Dialect::ZARRS));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// An answer is held against the clause.
    Clause(Clause),
    /// The store holds a state of the shape.
    Shape(Shape),
}

impl Goal {
    /// Every goal: the clauses in the order of the contract, then the shapes.
    pub fn all() -> impl Iterator<Item = Self> {
        let clauses = Clause::ALL.iter().copied().map(Self::Clause);
        clauses.chain(Shape::ALL.iter().copied().map(Self::Shape))
    }

    /// Whether a plan meets the goal on a store that does as the model predicts.
    ///
    /// Only what the plan itself asks counts: what the checks of a machine exercise does not.
    #[must_use]
    pub fn is_reached_by(self, plan: &Plan, declared: impl Into<Declaration>) -> bool {
        let mut model = StoreModel::new(Arc::clone(plan.names()), declared);
        plan.operations().any(|operation| match self {
            Self::Clause(clause) => {
                let reached = model.expect(operation).clause == clause;
                model.predict(operation);
                reached
            }
            Self::Shape(shape) => {
                model.predict(operation);
                shape.holds(&model)
            }
        })
    }

    /// A number of its own.
    fn index(self) -> u64 {
        match self {
            Self::Clause(clause) => clause as u64,
            Self::Shape(shape) => 1 << 32 | shape as u64,
        }
    }

    /// The kinds of operations that have to be asked first: one of each list.
    const fn needs(self) -> &'static [&'static [OperationKind]] {
        match self {
            Self::Clause(Clause::R1 | Clause::W2 | Clause::W3) => &[SETS],
            Self::Clause(Clause::D8) | Self::Shape(Shape::SetAgain) => &[SETS, ERASES],
            Self::Clause(Clause::W6) => &[PATCHES],
            Self::Clause(Clause::D1 | Clause::L5) => &[CREATES, ERASES],
            Self::Clause(
                Clause::R3
                | Clause::R4
                | Clause::R5
                | Clause::R6
                | Clause::R7
                | Clause::W11
                | Clause::L7,
            ) => &[CREATES],
            Self::Clause(_) => &[],
            Self::Shape(shape) if shape.takes_erasing() => &[CREATES, ERASES],
            Self::Shape(_) => &[CREATES],
        }
    }

    /// Why stores that declare this never meet the goal, if they do not.
    fn obstacle(self, declared: &Declaration) -> Option<&'static str> {
        match self {
            Self::Clause(Clause::W11) if declared.dialect.key_below_key => {
                Some("a key and a key below it can both have values, and nothing is refused")
            }
            Self::Clause(Clause::X1) if !declared.dialect.transient_errors => {
                Some("no error is transient")
            }
            Self::Clause(Clause::O10) if !declared.capabilities.differential => {
                Some("there is one way into the store")
            }
            Self::Clause(Clause::I14) if !declared.has_request_budget() => {
                Some("no number of requests is declared, or none are counted")
            }
            Self::Clause(Clause::R7) if declared.dialect.ranges == RangeDialect::CLAMP => {
                Some("every range is answered, and none is a bad one")
            }
            Self::Clause(_) => None,
            Self::Shape(shape) => shape.obstacle(&declared.dialect),
        }
    }

    fn emphasis(self, rule: &Rule) -> Emphasis {
        let is_heavy = match self {
            Self::Clause(clause) => rule.exercised().contains(&clause),
            Self::Shape(Shape::SetAgain) if !ERASES.contains(&rule.asks()) => {
                SETS.contains(&rule.asks()) && rule.exercised().contains(&Clause::D8)
            }
            Self::Shape(shape) if shape.takes_erasing() => ERASES.contains(&rule.asks()),
            Self::Shape(_) => CREATES.contains(&rule.asks()),
        };
        match () {
            () if is_heavy => Emphasis::Heavy,
            () if self.needs().iter().any(|kinds| kinds.contains(&rule.asks())) => Emphasis::On,
            () => Emphasis::AsDrawn,
        }
    }

    fn phases(self, choices: &mut Choices, steps: usize, keys: usize) -> Phases {
        match self {
            Self::Clause(_) => Phases::draw(choices, steps, keys, false),
            Self::Shape(shape) if shape.takes_erasing() => {
                let fill = keys.min(steps / 2);
                let drain = if shape == Shape::SetAgain { usize::MAX } else { fill };
                Phases { length: steps, fill, drain }
            }
            // Some keys may be refused, so there are attempts for more than there are.
            Self::Shape(_) => {
                Phases { length: steps, fill: (keys + keys / 2).min(steps), drain: usize::MAX }
            }
        }
    }

    /// A profile of values, in which long ones are no rarity if the goal needs one.
    fn profile(self, choices: &mut Choices) -> ValueProfile {
        let least = match self {
            Self::Shape(Shape::LongValue) => 64,
            Self::Shape(Shape::PageValue) => 4096,
            Self::Shape(Shape::ManyPages) => 8193,
            _ => 0,
        };
        let mut profile = ValueProfile::draw(choices);
        for _ in 0..TABLES {
            let long = (0..LENGTHS).filter(|_| profile.length(choices) >= least).count();
            if long > 1 {
                break;
            }
            profile = ValueProfile::draw(choices);
        }
        profile
    }

    /// Whether the goal can be met over a table, as far as it is a matter of names.
    fn suits(self, names: &Arc<Names>, declared: Declaration) -> bool {
        match self {
            Self::Clause(Clause::R3 | Clause::W11) => {
                names.keys().any(|key| !names.children(key).is_empty())
            }
            Self::Clause(Clause::W9) => {
                let standing = |key| declared.dialect.standing(names.key(key).as_str());
                names.keys().any(|key| standing(key) != Reply::Answer)
            }
            Self::Clause(Clause::L7) => names.prefixes().any(|prefix| {
                let directory = names.prefix(prefix).as_str();
                names.find_key(directory.trim_end_matches('/')).is_some()
            }),
            // What else it takes is values and phases.
            Self::Clause(_)
            | Self::Shape(
                Shape::EmptyValue
                | Shape::LongValue
                | Shape::PageValue
                | Shape::ManyPages
                | Shape::LargeValue
                | Shape::ErasedSibling
                | Shape::SetAgain
                | Shape::EmptiedDirectory,
            ) => true,
            Self::Shape(shape) => {
                let mut model = StoreModel::new(Arc::clone(names), declared);
                for key in names.keys().filter(|key| model.is_sound(*key)).collect::<Vec<_>>() {
                    model.predict(&Operation::Set { key, value: "".into() });
                }
                shape.holds(&model)
            }
        }
    }
}

const SETS: &[OperationKind] = &[OperationKind::Set];
const PATCHES: &[OperationKind] = &[OperationKind::SetPartial, OperationKind::SetPartialMany];
const CREATES: &[OperationKind] =
    &[OperationKind::Set, OperationKind::SetPartial, OperationKind::SetPartialMany];
const ERASES: &[OperationKind] = &[
    OperationKind::Erase,
    OperationKind::EraseMany,
    OperationKind::ErasePrefix,
    OperationKind::Clear,
];

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clause(clause) => clause.fmt(f),
            Self::Shape(shape) => shape.fmt(f),
        }
    }
}

/// Why a generator cannot meet a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreachable {
    /// The store cannot be asked what it takes.
    CannotBeAsked(OperationKind),
    /// None of the rules asks what it takes.
    NoRule,
    /// The one rule that asks what it takes, by its name, never runs: its weight or frequency is 0.
    RuleOff(String),
    /// The dialect rules it out; the sentence says why.
    Dialect(&'static str),
    /// No rule can, because it is about what a machine asks beyond the plan.
    ByCheck,
    /// Plans are shorter than this number of operations, which it takes at the least.
    TooFewSteps(usize),
    /// It takes that something goes wrong below the store, which the faults machine does.
    TakesFaults,
    /// It takes callers at the same time, whom the machine for them has.
    TakesCallers,
    /// It takes a crowd of keys or the like, and plans have none.
    NoCrowds,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotBeAsked(kind) => write!(f, "the store cannot be asked `{kind}`"),
            Self::NoRule => f.write_str("no rule asks for it"),
            Self::RuleOff(rule) => write!(f, "the rule `{rule}` is off"),
            Self::Dialect(why) => write!(f, "by the dialect, {why}"),
            Self::ByCheck => f.write_str("no rule asks for it, only a check does"),
            Self::TooFewSteps(least) => write!(f, "plans have fewer than {least} operations"),
            Self::TakesFaults => f.write_str("it takes faults: play them"),
            Self::TakesCallers => f.write_str("it takes callers at the same time: play them"),
            Self::NoCrowds => f.write_str("plans have no crowds of keys"),
        }
    }
}

impl Generator {
    /// Every goal, and whether plans of this generator can meet it or why they cannot.
    ///
    /// Goes by what the rules say of themselves: the kind that they ask, and
    /// [`clauses`](crate::Rule::clauses). Preconditions, and the values that rules of one's own
    /// draw, are not looked into.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_model::{Capabilities, Clause};
    /// use zarr_conform_rules::{Generator, Goal};
    ///
    /// let generator = Generator::new(Capabilities { list: false, ..Capabilities::ZARRS });
    /// let (_, listing) = generator.goals().find(|(goal, _)| *goal == Goal::Clause(Clause::L1)).unwrap();
    /// assert_eq!(listing.unwrap_err().to_string(), "the store cannot be asked `list`");
    /// ```
    pub fn goals(&self) -> impl Iterator<Item = (Goal, Result<(), Unreachable>)> + '_ {
        Goal::all().map(|goal| (goal, self.can_reach(goal)))
    }

    /// The plan of one case, drawn to meet a goal.
    ///
    /// The rules, names, values and phases that it takes are there and frequent; all else is drawn
    /// as for [`plan`](Self::plan). A plan is checked on the model, and after a few that miss the
    /// goal, the last is given; so it is for a goal that cannot be met. The same goal, seed and
    /// case give the same plan.
    #[must_use]
    pub fn plan_towards(&self, goal: Goal, seed: u64, case: u64) -> Plan {
        let mut choices = Choices::new(seed.rotate_left(32) ^ goal.index(), case);
        let attempts = if self.can_reach(goal).is_ok() { ATTEMPTS } else { 1 };
        let mut plan = self.draw_towards(goal, &mut choices);
        for _ in 1..attempts {
            if goal.is_reached_by(&plan, *self.declared()) {
                break;
            }
            plan = self.draw_towards(goal, &mut choices);
        }
        plan
    }

    fn draw_towards(&self, goal: Goal, choices: &mut Choices) -> Plan {
        if let Some(scene) = self.scene_towards(goal, choices) {
            return self.draw_scene(goal, choices, &scene);
        }
        let is_crowd = self.takes_crowd(goal);
        let names = if is_crowd {
            Arc::new(key_table::draw_crowd(choices, CROWD, &self.declared().dialect))
        } else {
            self.names_towards(goal, choices)
        };
        let (steps, keys) = (self.most_steps(), names.key_count());
        let swarm = self.swarm(choices, |rule| goal.emphasis(rule));
        let phases = if is_crowd {
            Phases::draw(choices, steps, keys, true)
        } else {
            goal.phases(choices, steps, keys)
        };
        let profile = goal.profile(choices);
        let start = StoreModel::new(names, *self.declared());
        let course = Course { swarm, phases, profile, focus: 0, script: Vec::new() };
        self.follow(choices, start, course, |_| {})
    }

    /// A scene that comes to the goal, if it takes one and plans have some.
    fn scene_towards(&self, goal: Goal, choices: &mut Choices) -> Option<Scene> {
        match goal {
            Goal::Shape(shape) if self.has_crowds() => Scene::towards(choices, shape),
            _ => None,
        }
    }

    fn draw_scene(&self, goal: Goal, choices: &mut Choices, scene: &Scene) -> Plan {
        let names = Arc::new(scene.names(choices, &self.declared().dialect));
        let swarm = self.swarm(choices, |rule| goal.emphasis(rule));
        let start = StoreModel::new(names, *self.declared());
        let course = self.course(choices, scene, &start, swarm);
        self.follow(choices, start, course, |_| {})
    }

    fn names_towards(&self, goal: Goal, choices: &mut Choices) -> Arc<Names> {
        let dialect = &self.declared().dialect;
        let turn = choices.below(TABLES);
        let mut names = Arc::new(key_table::draw(choices, dialect, turn));
        for more in 1..=TABLES {
            if goal.suits(&names, *self.declared()) {
                break;
            }
            names = Arc::new(key_table::draw(choices, dialect, turn + more));
        }
        names
    }

    /// Whether only plans that start from a crowd hold enough keys for the goal.
    fn takes_crowd(&self, goal: Goal) -> bool {
        let Goal::Shape(shape) = goal else { return false };
        let is_few = !shape.takes_scene();
        let counts = matches!(
            shape,
            Shape::NotEmpty | Shape::FiveKeys | Shape::SeventeenKeys | Shape::ThousandKeys
        );
        self.has_crowds() && counts && !(is_few && shape.least_operations() <= self.most_steps())
    }

    fn can_reach(&self, goal: Goal) -> Result<(), Unreachable> {
        match goal {
            // No operation is held against these: they need bytes to be kept, a look at what a
            // refusal left behind, or a second answer.
            Goal::Clause(Clause::X1) if self.declared().dialect.transient_errors => {
                return Err(Unreachable::ByCheck);
            }
            Goal::Clause(Clause::O10) if self.declared().capabilities.differential => {
                return Err(Unreachable::ByCheck);
            }
            Goal::Clause(Clause::I14) if self.declared().has_request_budget() => {
                return Err(Unreachable::ByCheck);
            }
            Goal::Clause(
                Clause::X2
                | Clause::X3
                | Clause::X4
                | Clause::X5
                | Clause::X6
                | Clause::X7
                | Clause::X8
                | Clause::X10,
            ) => {
                return Err(Unreachable::TakesFaults);
            }
            Goal::Clause(
                Clause::C1
                | Clause::C2
                | Clause::C3
                | Clause::C4
                | Clause::C5
                | Clause::C6
                | Clause::C7
                | Clause::C8
                | Clause::C9
                | Clause::C10,
            ) => {
                return Err(Unreachable::TakesCallers);
            }
            Goal::Clause(Clause::R12 | Clause::W10 | Clause::X11) => {
                return Err(Unreachable::ByCheck);
            }
            Goal::Clause(Clause::X1 | Clause::O10 | Clause::I14) | Goal::Shape(_) => {}
            Goal::Clause(clause) => {
                let exercises = |rule: &Rule| rule.exercised().contains(&clause);
                match self.find_rule(exercises) {
                    Err(Unreachable::NoRule) if clause == Clause::X9 => {
                        let audits = self.declared().capabilities.audit;
                        let cannot = Unreachable::CannotBeAsked(OperationKind::Audit);
                        return Err(if audits { Unreachable::ByCheck } else { cannot });
                    }
                    found => found?,
                }
            }
        }
        for kinds in goal.needs() {
            self.find_rule(|rule| kinds.contains(&rule.asks()))?;
        }
        if let Some(why) = goal.obstacle(self.declared()) {
            return Err(Unreachable::Dialect(why));
        }
        match goal {
            Goal::Shape(_) if self.takes_crowd(goal) => Ok(()),
            Goal::Shape(shape) if shape.takes_scene() && self.has_crowds() => Ok(()),
            Goal::Shape(shape) if shape.takes_scene() => Err(Unreachable::NoCrowds),
            Goal::Shape(shape) if shape.least_operations() > self.most_steps() => {
                Err(Unreachable::TooFewSteps(shape.least_operations()))
            }
            _ => Ok(()),
        }
    }

    /// Whether a rule that `suits` can run, or why none can.
    fn find_rule(&self, suits: impl Fn(&Rule) -> bool) -> Result<(), Unreachable> {
        let mut found = Err(Unreachable::NoRule);
        for (rule, allowed) in self.list_rules().filter(|(rule, _)| suits(rule)) {
            let is_off = rule.current_weight() == 0 || rule.frequency() == Some(0.0);
            match () {
                () if allowed && !is_off => return Ok(()),
                () if allowed => found = Err(Unreachable::RuleOff(rule.name().to_owned())),
                () if found == Err(Unreachable::NoRule) => {
                    found = Err(Unreachable::CannotBeAsked(rule.asks()));
                }
                () => {}
            }
        }
        found
    }
}
