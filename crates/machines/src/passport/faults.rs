//! What is left when something goes wrong: each write with every fault on its way, on a fresh store
//! each.

use std::sync::Arc;

use zarr_conform_model::contract::{Declaration, Durable, Knob};
use zarr_conform_model::plan::{Fault, RequestFault};
use zarr_conform_model::{Dialect, Operation};
use zarr_conform_store::Adapter;

use crate::boundary::Faulty;
use crate::opener::Redeclared;
use crate::passport::asking::{Asker, Asking};
use crate::passport::entry::{Entry, Standing, Tier};
use crate::passport::judgement::{Judge, plain};
use crate::passport::knobs::STRUCK;
use crate::passport::question::parse;
use crate::play::answers::{answers, faults_on_the_way};
use crate::play::watch::Limits;

/// What is given, what is struck, and what is looked at then.
const QUESTIONS: [(&str, &str, &str); 8] = [
    ("set a \"the old value\"", "set a \"new\"", "get a"),
    ("set b \"other\"", "set a \"new\"", "get a\nget b"),
    ("set a \"the old value\"", "set_partial a 1 \"xy\"", "get a"),
    ("set a \"the old value\"", "erase a", "get a"),
    ("set p/a \"1\"\nset p/b \"22\"", "erase_prefix p/", "get p/a\nget p/b"),
    ("set b \"other\"", "set_if_absent a \"new\"", "get a"),
    ("set a \"the old value\"", "get a", "get a"),
    ("set a \"the old value\"", "get_partial a 1..4", "get a"),
];

/// Everything that was struck.
pub(super) struct Struck {
    askings: Vec<(Fault, Asking)>,
    pub(super) plans: usize,
    pub(super) operations: usize,
}

/// Strikes a store.
///
/// # Errors
///
/// Says how that stands for all that would have been found, if nothing struck.
pub(super) fn struck(adapter: &Arc<dyn Adapter>, limits: &Limits) -> Result<Struck, Standing> {
    // Of a store that promises nothing, a cut of the power is not looked at closely.
    let declared = adapter.declared();
    let dialect = Dialect { durable: Durable::OnReturn, ..declared.dialect };
    let durable = Redeclared::new(Arc::clone(adapter), Declaration { dialect, ..declared });
    let struck = Faulty::over(Arc::new(durable));
    let can = declared.capabilities;
    let mut asker = Asker::new(&struck, limits.clone());
    let mut askings = Vec::new();
    for (given, operation, look) in QUESTIONS {
        let plan = parse(&format!("{given}\n{operation}"));
        if !plan.operations().all(|operation| can.allow(operation.kind())) || !can.read {
            continue;
        }
        let faults = faults_on_the_way(&struck, &plan, limits).map_err(|why| {
            // A store that opens where nobody looks is sound: it is the looking that fails.
            match answers(adapter, &parse(""), limits) {
                Ok(_) => Standing::NotAsked(why),
                Err(why) => Standing::Unopened(why),
            }
        })?;
        for fault in faults {
            // What a store writes after bytes came back changed is what came of them.
            let is_write = plan.last().is_some_and(Operation::is_write);
            if is_write && is_corrupt(&fault) {
                continue;
            }
            let again = if can.reopen { format!("\nreopen\n{look}") } else { String::new() };
            let text = format!("{given}\n{fault}: {operation}\n{look}{again}");
            let asking = asker.ask(parse(&text), 0);
            askings.extend(
                asking.filter(|asking| !asking.answers.not_struck).map(|asking| (fault, asking)),
            );
        }
    }
    if let Some(why) = asker.take_shut() {
        return Err(Standing::Unopened(why));
    }
    if askings.is_empty() {
        let why = "the store makes no calls and no requests that were seen, so nothing struck";
        return Err(Standing::NotAsked(why.to_owned()));
    }
    Ok(Struck { askings, plans: asker.plans, operations: asker.operations })
}

/// What the answers say of the knobs about faults, and of what is left in each part.
pub(super) fn judged(struck: &Struck, judge: &mut Judge<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (knob, strikes) in KNOBS {
        let askings = struck.of(strikes);
        entries.push(if askings.is_empty() {
            judge.not_asked(knob, "nothing of the kind could go wrong")
        } else {
            judge.settle(knob, &askings, None)
        });
    }
    for (tier, subject, question) in STRUCK {
        let askings = struck.of(strikes_in(tier));
        let mut entry = plain(tier, subject, question, Standing::Kept);
        if askings.is_empty() {
            entry.standing = Standing::NotAsked("nothing of the kind could go wrong".to_owned());
        } else {
            let wrong = askings.iter().filter(|asking| !asking.agrees(judge.found));
            let shortest = wrong.clone().min_by_key(|asking| asking.plan.len());
            entry.askings = askings.len();
            entry.kept = askings.len() - wrong.clone().count();
            entry.plans = shortest.map(|asking| asking.shown(judge.found)).into_iter().collect();
            let standing = if entry.plans.is_empty() { Standing::Kept } else { Standing::Wrong };
            let wrongs = wrong.filter_map(|asking| {
                let wrong = asking.answers.first_wrong(&asking.plan, judge.found)?;
                Some((&asking.plan, wrong))
            });
            entry.standing = judge.or_known(standing, wrongs);
            entry.found =
                Some(if entry.plans.is_empty() { "yes" } else { "not always" }.to_owned());
        }
        entries.push(entry);
    }
    entries
}

/// Which faults are meant.
type Strikes = fn(&Fault) -> bool;

/// The knobs about faults, in the order in which they are found, and what strikes for each.
const KNOBS: [(Knob, Strikes); 4] = [
    (Knob::Retries, |fault| is_request(fault) && !is_corrupt(fault)),
    (Knob::Checksums, is_corrupt),
    (Knob::AtomicSet, |fault| !is_power_cut(fault) && !is_request(fault)),
    (Knob::Durable, is_power_cut),
];

fn strikes_in(tier: Tier) -> Strikes {
    match tier {
        Tier::PowerCuts => is_power_cut,
        Tier::Crashes => is_crash,
        _ => |fault| !is_power_cut(fault) && !is_crash(fault),
    }
}

const fn is_power_cut(fault: &Fault) -> bool {
    matches!(fault, Fault::PowerCut { .. })
}

const fn is_crash(fault: &Fault) -> bool {
    matches!(fault, Fault::Crash { .. })
}

const fn is_request(fault: &Fault) -> bool {
    matches!(fault, Fault::Request { .. })
}

const fn is_corrupt(fault: &Fault) -> bool {
    matches!(fault, Fault::Request { fault: RequestFault::CorruptBody, .. })
}

impl Struck {
    fn of(&self, strikes: Strikes) -> Vec<Asking> {
        let askings = self.askings.iter().filter(|(fault, _)| strikes(fault));
        askings.map(|(_, asking)| asking.clone()).collect()
    }
}
