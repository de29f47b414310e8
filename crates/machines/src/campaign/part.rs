//! A part of a campaign: what some of its cases add up to, as plain data for whoever joins the parts.
//!
//! A case depends on its seed and its number alone, so cases may be played anywhere. What comes after
//! them depends on all of them: goals that were missed, a planted bug, making failures small, telling
//! causes apart. So a part holds what the cases left, the failing plans as they were found, and
//! whoever joins the parts does the rest, once, on a store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zarr_conform_model::contract::{Overlap, Traffic};
use zarr_conform_model::{Clause, Names, OperationKind, Plan, Signature};
use zarr_conform_rules::Shape;
use zarr_conform_store::OpenError;
use zarrs_storage::{StoreKey, StorePrefix};

use crate::campaign::tally::{Group, Suspect, Tally};
use crate::finding::finding::{Finding, FirstSeen};
use crate::play::costs::Cost;

/// The version of the form of a part, in its field `version`.
pub(crate) const PART_VERSION: u32 = 2;

/// What the cases of one shard of a campaign add up to.
///
/// It is no report: whether the store conforms is said by
/// [`Machine::merge`](crate::Machine::merge), which takes the parts of all shards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The version of the form.
    version: u32,
    /// The campaign that it is a part of.
    pub campaign: Campaign,
    /// Which shard it is, from 1.
    pub shard: u64,
    /// How many shards there are.
    pub of: u64,
    counted: Counted,
}

/// What tells campaigns apart, whose parts do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// The program that played it, and its version.
    pub made_by: String,
    /// The adapter's name.
    pub adapter: String,
    /// What played the plans, as [`Report::machine`](crate::Report::machine) has it.
    pub machine: String,
    /// The seed.
    pub seed: u64,
    /// Cases that were asked for, of all shards together.
    pub cases: u64,
    /// The longest plan, in operations.
    pub steps: usize,
    /// The length of plans, if all of up to that length are played.
    pub exhaustive: Option<usize>,
    /// When everything is compared.
    pub invariants: String,
    /// How many bytes an answer may have.
    pub max_answer: u64,
    /// Whether there are crowds of keys among the plans.
    pub crowds: bool,
    /// Whether the stores are in processes of their own.
    pub isolated: bool,
    /// What the store declares.
    pub declared: String,
    /// The rules.
    pub rules: String,
}

impl Campaign {
    /// What is not the same in another one, if something is not: its name, and both values.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let values = |campaign: &Self| {
            let Self { made_by, adapter, machine, invariants, declared, rules, .. } =
                campaign.clone();
            [
                ("program", made_by),
                ("adapter", adapter),
                ("machine", machine),
                ("seed", format!("{:#x}", campaign.seed)),
                ("number of cases", campaign.cases.to_string()),
                ("number of steps", campaign.steps.to_string()),
                ("length of all plans", format!("{:?}", campaign.exhaustive)),
                ("invariants", invariants),
                ("longest answer", campaign.max_answer.to_string()),
                ("choice of crowds of keys", campaign.crowds.to_string()),
                ("isolation of the stores", campaign.isolated.to_string()),
                ("dialect, or the capabilities,", declared),
                ("set of rules", rules),
            ]
        };
        let pairs = values(self).into_iter().zip(values(other));
        let differs = |((name, one), (_, other)): &((&str, String), (&str, String))| {
            let is_long = one.len().max(other.len()) > 80;
            let both = if is_long { String::new() } else { format!(" ({one} and {other})") };
            (one != other).then(|| format!("{name}{both}"))
        };
        pairs.into_iter().find_map(|pair| differs(&pair))
    }
}

/// Text that is no part of a campaign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// It is not JSON, or lacks what a part has.
    #[error("this is not a part of a campaign: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is of another version.
    #[error(
        "the part is of version {0}, and this program reads version {PART_VERSION}: play it again"
    )]
    Version(u32),
    /// Something in it is not what it should be.
    #[error("this is not a part of this release: there is no {what} `{found}`")]
    Unknown {
        /// What it should be.
        what: &'static str,
        /// What stands there.
        found: String,
    },
}

fn unknown(what: &'static str) -> impl Fn(&str) -> PartError {
    move |found| PartError::Unknown { what, found: found.to_owned() }
}

impl Part {
    pub(crate) fn new(campaign: Campaign, shard: u64, of: u64, tally: &Tally) -> Self {
        Self { version: PART_VERSION, campaign, shard, of, counted: Counted::of(tally) }
    }

    /// Cases that were played.
    #[must_use]
    pub const fn cases(&self) -> u64 {
        self.counted.cases
    }

    /// Operations of plans that were asked.
    #[must_use]
    pub const fn operations(&self) -> u64 {
        self.counted.operations
    }

    /// Groups of similar wrong answers, the known ones among them.
    #[must_use]
    pub fn suspects(&self) -> usize {
        self.counted.groups.len()
    }

    /// Why not all of its cases were played, if they were not.
    #[must_use]
    pub fn cut_short(&self) -> Option<String> {
        let Counted { cannot_open, notes, cut_short, .. } = &self.counted;
        let why =
            || notes.last().cloned().unwrap_or_else(|| "not all cases were played".to_owned());
        cannot_open.clone().or_else(|| cut_short.then(why))
    }

    /// The part as JSON.
    ///
    /// # Panics
    ///
    /// Never: a part is plain data.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string(self).expect("a part is plain data");
        json.push('\n');
        json
    }

    /// Reads a part.
    ///
    /// # Errors
    ///
    /// Returns a [`PartError`] if the text is no part, or one of another version.
    pub fn read(json: &str) -> Result<Self, PartError> {
        let part: Self = serde_json::from_str(json)?;
        if part.version != PART_VERSION {
            return Err(PartError::Version(part.version));
        }
        part.counted.tally(0)?;
        Ok(part)
    }

    /// What the cases added up to.
    pub(crate) fn tally(&self, rules: usize) -> Result<Tally, PartError> {
        self.counted.tally(rules)
    }
}

/// A tally as plain data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Counted {
    cases: u64,
    twins: u64,
    operations: u64,
    questions: u64,
    struck: u64,
    orders: u64,
    free_orders: u64,
    silent: BTreeSet<String>,
    heard: BTreeSet<String>,
    seen: Option<String>,
    rules: Vec<u64>,
    clauses: BTreeMap<String, u64>,
    shaped_plans: u64,
    shaped_states: u64,
    shapes: BTreeMap<String, u64>,
    groups: Vec<FoundGroup>,
    notes: Vec<String>,
    alarms: BTreeMap<String, u64>,
    cannot_open: Option<String>,
    cut_short: bool,
    gave_up: bool,
    killed: usize,
    has_written: bool,
    has_seen: bool,
    costs: BTreeMap<String, FoundCost>,
    /// In nanoseconds, as all times are here.
    time: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FoundGroup {
    signature: String,
    after: Option<String>,
    panic_site: Option<String>,
    count: u64,
    found: Vec<FoundPlan>,
}

/// A failing plan as it was found. What came with it is asked for again when it is made small.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FoundPlan {
    seen: FirstSeen,
    plan: String,
    /// The names of its table, of which it may not use all.
    keys: Vec<String>,
    prefixes: Vec<String>,
    signature: String,
    clause: String,
    panic_site: Option<String>,
    words: Option<String>,
    got: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FoundCost {
    calls: u64,
    requests: u64,
    sent: u64,
    received: u64,
    time: u64,
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Counted {
    fn of(tally: &Tally) -> Self {
        // A new count has to be carried, too.
        let Tally {
            cases,
            twins,
            operations,
            questions,
            struck,
            orders,
            free_orders,
            silent,
            heard,
            seen,
            rules,
            clauses,
            shapes,
            groups,
            notes,
            alarms,
            cannot_open,
            cut_short,
            gave_up,
            killed,
            // Which store hung in which case is told by a whole run alone.
            hung: _,
            has_written,
            has_seen,
            costs,
            time,
        } = tally;
        let clauses = Clause::ALL.iter().zip(clauses);
        let kinds =
            |kinds: &BTreeSet<OperationKind>| kinds.iter().map(ToString::to_string).collect();
        let cost = |(kind, cost): (OperationKind, Cost)| {
            let Cost { calls, traffic: Traffic { requests, sent, received }, time } = cost;
            let time = nanoseconds(time);
            (kind.to_string(), FoundCost { calls, requests, sent, received, time })
        };
        Self {
            cases: *cases,
            twins: *twins,
            operations: *operations,
            questions: *questions,
            struck: *struck,
            orders: *orders,
            free_orders: *free_orders,
            silent: kinds(silent),
            heard: kinds(heard),
            seen: seen.map(|seen| seen.to_string()),
            rules: rules.clone(),
            clauses: clauses.map(|(clause, count)| (clause.to_string(), *count)).collect(),
            shaped_plans: shapes.plans,
            shaped_states: shapes.states,
            shapes: Shape::ALL
                .iter()
                .map(|shape| (shape.name().to_owned(), shapes[*shape]))
                .collect(),
            groups: groups.iter().map(FoundGroup::of).collect(),
            notes: notes.clone(),
            alarms: alarms.clone(),
            cannot_open: cannot_open.as_ref().map(|error| error.reason().to_owned()),
            cut_short: *cut_short,
            gave_up: *gave_up,
            killed: *killed,
            has_written: *has_written,
            has_seen: *has_seen,
            costs: costs.iter().map(cost).collect(),
            time: nanoseconds(*time),
        }
    }

    fn tally(&self, rules: usize) -> Result<Tally, PartError> {
        let mut tally = Tally::new(rules.max(self.rules.len()));
        tally.cases = self.cases;
        tally.twins = self.twins;
        tally.operations = self.operations;
        tally.questions = self.questions;
        tally.struck = self.struck;
        tally.orders = self.orders;
        tally.free_orders = self.free_orders;
        let kinds = |names: &BTreeSet<String>| names.iter().map(|name| kind(name)).collect();
        let (silent, heard): (Result<_, _>, Result<_, _>) =
            (kinds(&self.silent), kinds(&self.heard));
        (tally.silent, tally.heard) = (silent?, heard?);
        tally.seen = self.seen.as_deref().map(overlap).transpose()?;
        tally.rules[..self.rules.len()].copy_from_slice(&self.rules);
        for (id, count) in &self.clauses {
            let clause = Clause::find(id).ok_or_else(|| unknown("clause")(id))?;
            tally.clauses[clause as usize] = *count;
        }
        tally.shapes.plans = self.shaped_plans;
        tally.shapes.states = self.shaped_states;
        for (name, states) in &self.shapes {
            let shape = Shape::ALL.iter().find(|shape| shape.name() == name);
            tally.shapes[*shape.ok_or_else(|| unknown("shape")(name))?] = *states;
        }
        tally.groups = self.groups.iter().map(FoundGroup::group).collect::<Result<_, _>>()?;
        tally.notes.clone_from(&self.notes);
        tally.alarms.clone_from(&self.alarms);
        tally.cannot_open = self.cannot_open.as_ref().map(OpenError::new);
        tally.cut_short = self.cut_short;
        tally.gave_up = self.gave_up;
        tally.killed = self.killed;
        tally.has_written = self.has_written;
        tally.has_seen = self.has_seen;
        for (name, cost) in &self.costs {
            let FoundCost { calls, requests, sent, received, time } = *cost;
            let traffic = Traffic { requests, sent, received };
            let time = Duration::from_nanos(time);
            tally.costs.add(kind(name)?, Cost { calls, traffic, time });
        }
        tally.time = Duration::from_nanos(self.time);
        Ok(tally)
    }
}

impl FoundGroup {
    fn of((suspect, group): (&Suspect, &Group)) -> Self {
        Self {
            signature: suspect.signature.to_string(),
            after: suspect.after.map(|kind| kind.to_string()),
            panic_site: suspect.panic_site.clone(),
            count: group.count,
            found: group.found.iter().map(FoundPlan::of).collect(),
        }
    }

    fn group(&self) -> Result<(Suspect, Group), PartError> {
        let suspect = Suspect {
            signature: signature(&self.signature)?,
            after: self.after.as_deref().map(kind).transpose()?,
            panic_site: self.panic_site.clone(),
        };
        let found = self.found.iter().map(FoundPlan::finding).collect::<Result<_, _>>()?;
        Ok((suspect, Group { count: self.count, found }))
    }
}

impl FoundPlan {
    fn of((seen, finding): (&FirstSeen, &Finding)) -> Self {
        let Finding { plan, signature, clause, panic_site, words, got, came: _ } = finding;
        let names = plan.names();
        Self {
            seen: seen.clone(),
            plan: plan.to_string(),
            keys: names.keys().map(|key| names.key(key).to_string()).collect(),
            prefixes: names.prefixes().map(|prefix| names.prefix(prefix).to_string()).collect(),
            signature: signature.to_string(),
            clause: clause.to_string(),
            panic_site: panic_site.clone(),
            words: words.clone(),
            got: got.clone(),
        }
    }

    fn finding(&self) -> Result<(FirstSeen, Finding), PartError> {
        let plan: Plan = self.plan.parse().map_err(|_| unknown("plan")(&self.plan))?;
        let key = |key: &String| StoreKey::new(key).map_err(|_| unknown("key")(key));
        let prefix =
            |prefix: &String| StorePrefix::new(prefix).map_err(|_| unknown("prefix")(prefix));
        // What the plan itself names is added, in case a table is not as it was written.
        let own = plan.names();
        let keys = own.keys().map(|key| Ok(own.key(key).clone()));
        let keys: Vec<StoreKey> =
            keys.chain(self.keys.iter().map(key)).collect::<Result<_, _>>()?;
        let prefixes = own.prefixes().map(|prefix| Ok(own.prefix(prefix).clone()));
        let prefixes = prefixes.chain(self.prefixes.iter().map(prefix));
        let prefixes: Vec<StorePrefix> = prefixes.collect::<Result<_, _>>()?;
        let finding = Finding {
            plan: plan.over(Arc::new(Names::new(keys, prefixes))),
            signature: signature(&self.signature)?,
            clause: Clause::find(&self.clause).ok_or_else(|| unknown("clause")(&self.clause))?,
            panic_site: self.panic_site.clone(),
            words: self.words.clone(),
            came: None,
            got: self.got.clone(),
        };
        Ok((self.seen.clone(), finding))
    }
}

fn signature(text: &str) -> Result<Signature, PartError> {
    text.parse().map_err(|_| unknown("signature")(text))
}

fn kind(name: &str) -> Result<OperationKind, PartError> {
    OperationKind::find(name).ok_or_else(|| unknown("operation")(name))
}

fn overlap(name: &str) -> Result<Overlap, PartError> {
    let all = [Overlap::None, Overlap::DistinctKeys, Overlap::Readers, Overlap::Linearizable];
    let named = all.into_iter().find(|overlap| overlap.name() == name);
    named.ok_or_else(|| unknown("level of overlap")(name))
}
