//! What a store holds of calls that overlap: a few plans with two callers, each in every order with one
//! switch.
//!
//! A campaign of the machine `concurrent` plays hundreds of plans and two switches; this tells what to
//! declare before one.

use std::cmp::Ordering;
use std::sync::Arc;

use zarr_conform_model::contract::{Declaration, Knob, Overlap, PartialWrites};
use zarr_conform_model::{Dialect, Plan};
use zarr_conform_store::{Adapter, OpenError};

use crate::opener::Redeclared;
use crate::passport::entry::{Entry, Shown, Standing};
use crate::passport::judgement::{Judge, said};
use crate::passport::question::parse;
use crate::passport::watched::{Lack, watched};
use crate::passport::words::plan_text;
use crate::play::answers::{Wrong, answers};
use crate::play::watch::Limits;
use crate::together::lines::lines;
use crate::together::schedules::Orders;

/// What is there before, what two callers ask, and what is looked at then.
type Given = (&'static str, [&'static str; 2], &'static str);

/// Calls on different keys, a write beside a read, and writes of one key.
const PLANS: [Given; 17] = [
    ("set a \"1\"", ["set a \"22\"", "set b \"333\""], "get a\nget b\nlist"),
    ("set a \"1\"\nset b \"22\"", ["erase a", "get b"], "list"),
    ("set a \"1\"\nset b \"22\"", ["erase a", "list"], "list"),
    ("set p/a \"1\"\nset q/b \"22\"", ["erase_prefix p/", "set q/b \"3\""], "list"),
    ("set p/a \"1\"\nset p/b \"22\"", ["erase p/a", "list_dir p/"], "list"),
    ("", ["set a \"1\"", "list"], "list"),
    ("set a \"the old value\"", ["set a \"new\"", "get a"], "get a"),
    ("set a \"the old value\"", ["set a \"new\"", "get_partial a 1..3"], "get a"),
    ("set a \"the old value\"", ["set a \"new\"", "size_key a"], "get a"),
    ("set a \"the old value\"", ["erase a", "get a"], "get a"),
    ("set a \"the old value\"", ["set_partial a 4 \"new\"", "get a"], "get a"),
    ("", ["set a \"1\"", "set a \"22\""], "get a"),
    ("set a \"1\"", ["set a \"22\"", "erase a"], "get a\nlist"),
    ("set a \"1\"", ["erase a", "erase a"], "list"),
    ("set a \"1\"\nset b \"22\"", ["erase a", "erase_many [a, b]"], "list"),
    ("set p/a \"1\"", ["erase_prefix p/", "set p/a \"22\""], "get p/a\nlist"),
    ("", ["set_if_absent a \"1\"", "set_if_absent a \"22\""], "get a"),
];

/// Two writes of parts of one value, within it and beyond its end.
const PARTS: [Given; 2] = [
    ("set a \"0000\"", ["set_partial a 0 \"11\"", "set_partial a 2 \"22\""], "get a"),
    ("set a \"00\"", ["set_partial a 2 \"11\"", "set_partial a 4 \"22\""], "get a"),
];

/// How many times the turn goes to the other caller in one order. One shows nearly all that goes wrong
/// ([`SWITCHES`](crate::together::schedules::SWITCHES) has the source).
const SWITCHES: usize = 1;

/// What one plan came to, in all its orders.
struct Asked {
    /// The highest level that explains all of them; nothing, if none does.
    seen: Option<Overlap>,
    /// What is wrong by what the store declares.
    wrong: Option<(Plan, Wrong, Shown)>,
}

/// What all plans came to.
pub(super) struct Callers {
    asked: Vec<Asked>,
    /// What writes of parts of one value came to, of a store that keeps them all.
    parts: Vec<Asked>,
}

/// Asks a store what its callers see of each other.
///
/// # Errors
///
/// Says how that stands for all that would have been found, if no order could be given.
pub(super) fn callers(adapter: &Arc<dyn Adapter>, limits: &Limits) -> Result<Callers, Standing> {
    let asked = all_in_all_orders(adapter, limits, &PLANS)?;
    if asked.is_empty() {
        let why = "nobody can give its callers turns: it makes no calls that are seen, or threads of \
                   others answer; the machine `concurrent` takes whatever order comes";
        return Err(Standing::NotAsked(why.to_owned()));
    }
    let declared = adapter.declared();
    let (overlap, partial_writes) = (Overlap::Linearizable, PartialWrites::Kept);
    let dialect = Dialect { overlap, partial_writes, ..declared.dialect };
    let strict = Redeclared::new(Arc::clone(adapter), Declaration { dialect, ..declared });
    let strict: Arc<dyn Adapter> = Arc::new(strict);
    Ok(Callers { asked, parts: all_in_all_orders(&strict, limits, &PARTS)? })
}

/// Plays those that the store can be asked and that tell something.
fn all_in_all_orders(
    adapter: &Arc<dyn Adapter>,
    limits: &Limits,
    given: &[Given],
) -> Result<Vec<Asked>, Standing> {
    let can = adapter.capabilities();
    let plans = given.iter().map(together);
    let plans = plans.filter(|plan| plan.operations().all(|operation| can.allow(operation.kind())));
    plans.filter_map(|plan| in_all_orders(adapter, limits, plan).transpose()).collect()
}

fn together((given, [one, other], look): &Given) -> Plan {
    parse(&format!("{given}\ntogether\n  1: {one}\n  2: {other}\nend\n{look}"))
}

/// Plays a plan in all its orders, up to one that is wrong; nothing, if nobody was ever switched away,
/// or if it is wrong with one caller after the other.
fn in_all_orders(
    adapter: &Arc<dyn Adapter>,
    limits: &Limits,
    plan: Plan,
) -> Result<Option<Asked>, Standing> {
    let tried = watched(adapter, limits, move |adapter, pulse| {
        let asked = || -> Result<Option<Asked>, OpenError> {
            let orders =
                Orders { adapter, plan: &plan, pulse, switches: SWITCHES, is_over: &|| false };
            let tried = orders.first_wrong_in_turns(&|_| true)?;
            if tried.switched == 0 || tried.is_wrong_in_peace {
                return Ok(None);
            }
            let wrong = tried.wrong.map(|shown| {
                let signature = shown.disagreement.signature;
                let (operation, miss) = (signature.operation, signature.mismatch);
                let wrong = Wrong { clause: shown.disagreement.clause, operation, miss };
                let plan = plan.with_turns(shown.turns);
                let lines = lines(adapter, &plan, pulse)?.lines;
                let shown = Shown { plan: plan_text(&plan), lines };
                Ok((plan, wrong, shown))
            });
            Ok(Some(Asked { seen: tried.seen, wrong: wrong.transpose()? }))
        };
        asked().map_err(|error| Lack::Unasked(error.reason().to_owned()))
    });
    tried.map_err(|lack| match lack {
        // Why it cannot be asked by two callers, if it opens for one.
        Lack::Unasked(why) if answers(adapter, &parse(""), limits).is_err() => {
            Standing::Unopened(why)
        }
        lack => lack.standing(),
    })
}

impl Callers {
    /// How many plans were played.
    pub(super) fn plans(&self) -> usize {
        self.asked.len() + self.parts.len()
    }

    /// What is found, beside what is declared.
    pub(super) fn judged(&self, judge: &mut Judge<'_>) -> Vec<Entry> {
        vec![self.overlap(judge), self.partial_writes(judge)]
    }

    fn overlap(&self, judge: &mut Judge<'_>) -> Entry {
        let declares = judge.declared.dialect.overlap;
        let mut entry = judge.entry(Knob::Overlap, &[], 0);
        let wrong = || self.asked.iter().filter_map(|asked| asked.wrong.as_ref());
        entry.askings = self.asked.len();
        entry.kept = entry.askings - wrong().count();
        // The level of a store is that of its weakest answer.
        let seen = self.asked.iter().map(|asked| asked.seen).min().flatten();
        if let Some(overlap) = seen {
            judge.found.dialect.overlap = overlap;
            entry.found = Some(said(Knob::Overlap, &judge.found.dialect));
        }
        let standing = match seen {
            None => Standing::Wrong,
            Some(_) if wrong().next().is_some() => Standing::Differs,
            Some(seen) if seen > declares => Standing::Undeclared,
            Some(_) => Standing::Kept,
        };
        if matches!(standing, Standing::Undeclared | Standing::Differs) {
            entry.line = Some(Knob::Overlap.line(&judge.found.dialect));
        }
        entry.plans = wrong().take(1).map(|(_, _, shown)| shown.clone()).collect();
        let wrongs = wrong().map(|(plan, wrong, _)| (plan, *wrong));
        entry.standing = judge.or_known(standing, wrongs);
        entry
    }

    fn partial_writes(&self, judge: &mut Judge<'_>) -> Entry {
        if self.parts.is_empty() {
            let why = "the store writes no parts, or makes no calls on the way";
            return judge.not_asked(Knob::PartialWrites, why);
        }
        let wrong = self.parts.iter().find_map(|asked| asked.wrong.as_ref());
        let found = if wrong.is_some() { PartialWrites::Lost } else { PartialWrites::Kept };
        let declares = judge.declared.dialect.partial_writes;
        judge.found.dialect.partial_writes = found;
        let mut entry = judge.entry(Knob::PartialWrites, &[], 0);
        (entry.askings, entry.kept) = (self.parts.len(), self.parts.len());
        entry.found = Some(said(Knob::PartialWrites, &judge.found.dialect));
        entry.standing = match found.cmp(&declares) {
            Ordering::Less => Standing::Differs,
            Ordering::Equal => Standing::Kept,
            Ordering::Greater => Standing::Undeclared,
        };
        if entry.standing.is_red() {
            entry.plans = wrong.iter().map(|(_, _, shown)| shown.clone()).collect();
        }
        if entry.standing != Standing::Kept {
            entry.line = Some(Knob::PartialWrites.line(&judge.found.dialect));
        }
        entry
    }
}
