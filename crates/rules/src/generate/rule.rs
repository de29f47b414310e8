//! Rules: a name, how often, when it makes sense, and what it asks.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use zarr_conform_model::plan::{KeyPart, NodeAction, NodeOperation};
use zarr_conform_model::{
    Clause, KeyId, Model, Operation, OperationKind, PrefixId, StoreModel, Value,
};

use crate::generate::choices::Choices;
use crate::generate::values::{self, ValueProfile};

type Precondition<M> = Arc<dyn Fn(&M) -> bool + Send + Sync>;
type Drawer<M> = Arc<dyn Fn(&mut Draw<'_, M>) -> Operation + Send + Sync>;

/// One way to choose the next operation.
///
/// A rule is enabled from the model and draws from it, so that no draw has to be thrown away. Rules
/// of the store machine see a [`StoreModel`], those of the hierarchy machine a
/// [`HierarchyModel`](zarr_conform_model::HierarchyModel).
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Operation, OperationKind};
/// use zarr_conform_rules::{Draw, Rule};
///
/// let first_bytes = Rule::new("first_bytes", OperationKind::GetPartial, |draw: &mut Draw<'_>| {
///     let key = draw.live_key().expect("the precondition asks for a live key");
///     let range = zarr_conform_model::Range((..4_u64).into());
///     Operation::GetPartial { key, range }
/// })
/// .weight(10)
/// .precondition(|model| model.live_count() > 0);
/// assert_eq!(first_bytes.name(), "first_bytes");
/// ```
#[derive(Clone)]
pub struct Rule<M = StoreModel> {
    name: Cow<'static, str>,
    asks: OperationKind,
    clauses: Cow<'static, [Clause]>,
    weight: u32,
    frequency: Option<f64>,
    role: Role,
    precondition: Precondition<M>,
    drawer: Drawer<M>,
}

/// What a rule does to the state, by which the phases of a plan choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Creates keys: the filling phase plays these alone.
    Fill,
    /// Erases: the last phase of some plans prefers these.
    Erase,
    /// Everything else.
    Mixed,
}

impl Rule {
    /// A rule that may always run, with weight 4.
    ///
    /// `asks` is the kind of every operation that `draw` gives; a store that cannot be asked it
    /// never sees the rule.
    #[must_use]
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        asks: OperationKind,
        draw: impl Fn(&mut Draw<'_>) -> Operation + Send + Sync + 'static,
    ) -> Self {
        Self::over(name, asks, draw)
    }
}

impl<M: Model> Rule<M> {
    /// [`new`](Rule::new) for any model: the one that `draw` draws from.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_model::{HierarchyModel, Operation, OperationKind};
    /// use zarr_conform_rules::{Draw, Rule};
    ///
    /// let draw = |_: &mut Draw<'_, HierarchyModel>| Operation::List;
    /// let list = Rule::over("list", OperationKind::List, draw)
    ///     .precondition(|model| !model.nodes().is_empty());
    /// assert_eq!(list.asks(), OperationKind::List);
    /// ```
    #[must_use]
    pub fn over(
        name: impl Into<Cow<'static, str>>,
        asks: OperationKind,
        draw: impl Fn(&mut Draw<'_, M>) -> Operation + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            asks,
            clauses: Cow::Borrowed(&[]),
            weight: 4,
            frequency: None,
            role: Role::Mixed,
            precondition: Arc::new(|_| true),
            drawer: Arc::new(draw),
        }
    }

    /// The rule with another weight; rules are drawn in proportion to their weights.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// The rule, enabled only in states that fulfil `precondition`.
    #[must_use]
    pub fn precondition(
        mut self,
        precondition: impl Fn(&M) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.precondition = Arc::new(precondition);
        self
    }

    /// The clauses that answers to the rule's operations are held against, the one that it is
    /// there for first.
    ///
    /// [`Generator::goals`](crate::Generator::goals) goes by them.
    #[must_use]
    pub fn clauses(mut self, clauses: &'static [Clause]) -> Self {
        self.clauses = Cow::Borrowed(clauses);
        self
    }

    pub(crate) fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// The name in reports.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind of the rule's operations.
    #[must_use]
    pub fn asks(&self) -> OperationKind {
        self.asks
    }

    /// The clauses that answers to the rule's operations are held against.
    #[must_use]
    pub fn exercised(&self) -> &[Clause] {
        &self.clauses
    }

    /// The share of its opportunities at which a gated rule runs; see [`with_frequency`].
    #[must_use]
    pub fn frequency(&self) -> Option<f64> {
        self.frequency
    }

    pub(crate) fn current_weight(&self) -> u32 {
        self.weight
    }

    pub(super) fn current_role(&self) -> Role {
        self.role
    }

    pub(super) fn is_enabled(&self, model: &M) -> bool {
        (self.precondition)(model)
    }

    pub(crate) fn draw(&self, draw: &mut Draw<'_, M>) -> Operation {
        let operation = (self.drawer)(draw);
        debug_assert_eq!(operation.kind(), self.asks, "rule `{}` says what it asks", self.name);
        operation
    }
}

impl<M> fmt::Debug for Rule<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("name", &self.name)
            .field("asks", &self.asks)
            .field("weight", &self.weight)
            .field("frequency", &self.frequency)
            .finish_non_exhaustive()
    }
}

/// Gates a rule: it runs at exactly the share `frequency` of its opportunities.
///
/// An opportunity is a step at which the rule's precondition holds. Opportunities are counted in
/// the state of the plan, so the same seed gives the same plan; where in the plan the first
/// one is taken is drawn. A gated rule has no use for a weight.
///
/// # Panics
///
/// Panics if `frequency` is not between 0 and 1.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Operation, OperationKind};
/// use zarr_conform_rules::{Rule, with_frequency};
///
/// let clear = Rule::new("clear", OperationKind::Clear, |_| Operation::Clear);
/// assert_eq!(with_frequency(clear, 0.25).frequency(), Some(0.25));
/// ```
#[must_use]
pub fn with_frequency<M>(rule: Rule<M>, frequency: f64) -> Rule<M> {
    assert!((0.0..=1.0).contains(&frequency), "{frequency} is not a share");
    Rule { frequency: Some(frequency), ..rule }
}

/// What a rule draws from: the model of the moment, the stream of choices, and what the plan has
/// written so far.
#[derive(Debug)]
pub struct Draw<'a, M = StoreModel> {
    pub(crate) model: &'a M,
    pub(crate) choices: &'a mut Choices,
    pub(crate) memory: &'a mut Memory,
}

/// What the plan has written so far.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    /// The last two values of each key, the latest first.
    written: Vec<[Option<Value>; 2]>,
    next_pattern: u32,
    profile: ValueProfile,
    /// One draw in this many goes on with the names of the last operations; none, if it is 0.
    focus: usize,
    /// The names of the last operations, the latest at the end.
    used: Used,
    /// The shapes with which arrays were last to be made.
    shapes: BTreeMap<PrefixId, Vec<u64>>,
}

/// Names that a plan used last.
#[derive(Clone, Debug, Default)]
struct Used {
    keys: Vec<KeyId>,
    prefixes: Vec<PrefixId>,
}

/// How many names a plan goes on with. A guess.
const USED: usize = 3;

impl Memory {
    pub(super) fn new(keys: usize, profile: ValueProfile, focus: usize) -> Self {
        Self {
            written: vec![[None, None]; keys],
            next_pattern: 0,
            profile,
            focus,
            used: Used::default(),
            shapes: BTreeMap::new(),
        }
    }

    fn next_pattern(&mut self) -> u32 {
        self.next_pattern += 1;
        self.next_pattern
    }

    pub(super) fn record(&mut self, operation: &Operation) {
        if self.focus > 0 {
            let Used { keys, prefixes } = &mut self.used;
            keys.extend(operation.keys().take(USED));
            prefixes.extend(operation.prefixes());
            keys.drain(..keys.len().saturating_sub(USED));
            prefixes.drain(..prefixes.len().saturating_sub(USED));
        }
        match operation {
            Operation::Set { key, value } => {
                let written = &mut self.written[key.index()];
                written.swap(0, 1);
                written[0] = Some(value.clone());
            }
            Operation::Node(NodeOperation { node, action }) => {
                if let NodeAction::AddArray { spec, .. } = &**action {
                    self.shapes.insert(*node, spec.shape.clone());
                }
            }
            _ => {}
        }
    }
}

impl<'a, M: Model> Draw<'a, M> {
    /// The state in which the operation will be asked.
    #[must_use]
    pub fn model(&self) -> &'a M {
        self.model
    }

    /// The stream of choices.
    pub fn choices(&mut self) -> &mut Choices {
        self.choices
    }

    /// A key of the plan, whatever it holds.
    pub fn any_key(&mut self) -> KeyId {
        if let Some(key) = self.used_key() {
            return key;
        }
        let count = self.model.names().key_count();
        self.model.names().key_at(self.choices.below(count))
    }

    /// A key for which `suits` holds, if there is one.
    pub fn key_where(&mut self, suits: impl Fn(&M, KeyId) -> bool) -> Option<KeyId> {
        if let Some(key) = self.used_key().filter(|key| suits(self.model, *key)) {
            return Some(key);
        }
        let names = self.model.names();
        let count = names.key_count();
        let start = self.choices.below(count);
        let around = (start..count).chain(0..start);
        around.map(|at| names.key_at(at)).find(|key| suits(self.model, *key))
    }

    /// A prefix for which `suits` holds, else any.
    pub fn prefix_where(&mut self, suits: impl Fn(&M, PrefixId) -> bool) -> PrefixId {
        if let Some(prefix) = self.near_prefix(&suits) {
            return prefix;
        }
        let names = self.model.names();
        let count = names.prefix_count();
        let start = self.choices.below(count);
        let around = (start..count).chain(0..start);
        let found = around.map(|at| names.prefix_at(at)).find(|prefix| suits(self.model, *prefix));
        found.unwrap_or_else(|| names.prefix_at(start))
    }

    /// A key that was used last, if the plan goes on with it.
    fn used_key(&mut self) -> Option<KeyId> {
        let Memory { focus, used, .. } = &*self.memory;
        let goes_on = *focus > 0 && !used.keys.is_empty() && self.choices.chance(1, *focus);
        goes_on.then(|| *self.choices.pick(&self.memory.used.keys))
    }

    /// A prefix that was used last, or one above or below it or a key, if the plan goes on with
    /// those.
    fn near_prefix(&mut self, suits: impl Fn(&M, PrefixId) -> bool) -> Option<PrefixId> {
        let Memory { focus, used, .. } = &*self.memory;
        if *focus == 0 || !self.choices.chance(1, *focus) {
            return None;
        }
        let names = self.model.names();
        let mut last: Vec<&str> =
            used.prefixes.iter().map(|prefix| names.prefix(*prefix).as_str()).collect();
        last.extend(used.keys.iter().map(|key| names.key(*key).as_str()));
        if last.is_empty() {
            return None;
        }
        let last = *self.choices.pick(&last);
        let goes_up = self.choices.chance(2, 3);
        let near: Vec<PrefixId> = names
            .prefixes()
            .filter(|prefix| {
                let name = names.prefix(*prefix).as_str();
                let is_near = if goes_up { last.starts_with(name) } else { name.starts_with(last) };
                is_near && suits(self.model, *prefix)
            })
            .collect();
        (!near.is_empty()).then(|| *self.choices.pick(&near))
    }

    /// A number that tells a write from the others of the plan, and small enough for a byte.
    pub(crate) fn next_number(&mut self) -> u32 {
        1 + self.memory.next_pattern().wrapping_mul(11) % 240
    }

    /// The shape with which an array was last to be made.
    pub(crate) fn made_shape(&self, node: PrefixId) -> Option<&[u64]> {
        self.memory.shapes.get(&node).map(Vec::as_slice)
    }

    /// A value unlike any other in the plan.
    pub fn fresh_value(&mut self) -> Value {
        let id = self.memory.next_pattern();
        values::fresh(self.choices, self.memory.profile, id)
    }
}

/// What only makes sense of keys and values.
impl Draw<'_> {
    /// A key that has a value, if there is one.
    pub fn live_key(&mut self) -> Option<KeyId> {
        if let Some(key) = self.used_key().filter(|key| self.model.is_live(*key)) {
            return Some(key);
        }
        let live = self.model.live_unordered();
        (!live.is_empty()).then(|| *self.choices.pick(live))
    }

    /// A key that has no value, be it erased or never set, if there is one.
    pub fn absent_key(&mut self) -> Option<KeyId> {
        self.key_where(|model, key| !model.is_live(key))
    }

    /// A key that had a value and has none now, if there is one.
    pub fn erased_key(&mut self) -> Option<KeyId> {
        self.key_where(StoreModel::is_erased)
    }

    /// The length in bytes of a key's value, and a small number if it has none.
    pub fn length_of(&mut self, key: KeyId) -> u64 {
        match self.model.value(key) {
            Some(value) => value.len() as u64,
            None => self.choices.below(8) as u64,
        }
    }

    /// A value to replace the one of `key`: often one that is almost the same.
    pub fn next_value(&mut self, key: KeyId) -> Value {
        let [latest, earlier] = &self.memory.written[key.index()];
        match (self.choices.below(8), latest, earlier) {
            (0..=2, Some(latest), _) => {
                let latest = latest.clone();
                let id = self.memory.next_pattern();
                values::related(self.choices, &latest, id)
            }
            (3, _, Some(value)) | (4, Some(value), _) => value.clone(),
            _ => self.fresh_value(),
        }
    }

    /// A byte range at or around the boundaries of a key's value.
    pub fn range_of(&mut self, key: KeyId) -> zarr_conform_model::Range {
        let length = self.length_of(key);
        values::range(self.choices, self.memory.profile, length)
    }

    /// Up to ten byte ranges of a key's value.
    pub fn ranges_of(&mut self, key: KeyId) -> Vec<zarr_conform_model::Range> {
        let length = self.length_of(key);
        values::ranges(self.choices, self.memory.profile, length)
    }

    /// Up to five keys, or parts of their values, as one operation reads them: most of them live,
    /// some again.
    pub fn parts(&mut self) -> Vec<KeyPart> {
        let many = self.model.names().key_count().min(2000);
        let count = if self.choices().chance(1, 24) { many } else { self.choices().below(6) };
        let mut parts: Vec<KeyPart> = Vec::with_capacity(count);
        for _ in 0..count {
            let again = parts.last().filter(|_| self.choices.chance(1, 3)).map(|part| part.key);
            let live = if self.choices().chance(3, 4) { self.live_key() } else { None };
            let key = again.or(live).unwrap_or_else(|| self.any_key());
            let is_part = self.choices().chance(1, 2);
            parts.push(KeyPart { key, range: is_part.then(|| self.range_of(key)) });
        }
        parts
    }

    /// A partial write of a key's value.
    pub fn patch_of(&mut self, key: KeyId) -> zarr_conform_model::Patch {
        let length = self.known_length_of(key);
        let id = self.memory.next_pattern();
        values::patch(self.choices, self.memory.profile, length, id)
    }

    /// Up to five partial writes of a key's value that do not overlap.
    pub fn patches_of(&mut self, key: KeyId) -> Vec<zarr_conform_model::Patch> {
        let length = self.known_length_of(key);
        let profile = self.memory.profile;
        let memory = &mut *self.memory;
        values::patches(self.choices, profile, length, || memory.next_pattern())
    }

    fn known_length_of(&self, key: KeyId) -> Option<u64> {
        self.model.value(key).map(|value| value.len() as u64)
    }
}
