//! The probe: asks a store all questions of a passport.

use std::sync::Arc;

use zarr_conform_model::contract::{Declaration, Knob, MismatchKind, SecondHandle};
use zarr_conform_model::{Clause, Dialect};
use zarr_conform_store::Adapter;

use crate::passport::abilities::{Ability, abilities, is_unsupported, undeclared};
use crate::passport::asking::{Asker, Asking, Requests};
use crate::passport::beside::{self, Met, Second};
use crate::passport::entry::{Entry, Standing, Tier};
use crate::passport::facts::facts;
use crate::passport::judgement::{Judge, plain};
use crate::passport::knobs::{STRUCK, Way, in_order, way};
use crate::passport::lengths::{LONGEST, Long};
use crate::passport::question::{core, parse};
use crate::play::answers::Wrong;
use crate::play::watch::Limits;
use crate::report::known_issue::KnownIssue;

/// What a store was asked, and what was found.
#[derive(Clone, Debug)]
pub(crate) struct Probed {
    pub(crate) declared: Declaration,
    pub(crate) found: Dialect,
    /// In the order of their parts.
    pub(crate) entries: Vec<Entry>,
    pub(crate) plans: usize,
    pub(crate) operations: usize,
}

/// Asks a store all questions. Of one that is held against a model of its own, or whose stores are
/// in other processes, those about faults and callers are left out.
pub(crate) fn probe(
    adapter: &Arc<dyn Adapter>,
    limits: &Limits,
    issues: &[KnownIssue],
    is_here: bool,
) -> Probed {
    let adapter = adapter.layered().map_or(adapter, |layered| layered.below());
    let declared = adapter.declared();
    let asker = Asker::new(adapter, limits.clone());
    let judge = Judge { declared, found: declared, issues };
    let mut probe = Probe { asker, judge, entries: Vec::new() };
    // Whether faults strike is the last question but what callers see of each other: the others have to
    // be settled by then.
    let (faults, knobs): (Vec<Knob>, Vec<Knob>) =
        in_order().into_iter().partition(|knob| matches!(way(*knob), Way::Faults));
    let (callers, knobs): (Vec<Knob>, Vec<Knob>) =
        knobs.into_iter().partition(|knob| matches!(way(*knob), Way::Callers));
    for knob in knobs {
        let entry = probe.find(knob);
        probe.entries.push(entry);
    }
    probe.read_facts();
    probe.meet_foreign();
    probe.try_abilities();
    probe.tell_costs();
    probe.met_transients();
    probe.strike(&faults, is_here);
    probe.overlap(&callers, is_here);
    let Probe { asker, judge, mut entries } = probe;
    let place = |entry: &Entry| Knob::ALL.iter().position(|knob| knob.path() == entry.subject);
    entries.sort_by_key(|entry| (entry.tier, place(entry).unwrap_or(Knob::ALL.len())));
    let found = judge.found.dialect;
    Probed { declared, found, entries, plans: asker.plans, operations: asker.operations }
}

struct Probe<'a> {
    asker: Asker<'a>,
    judge: Judge<'a>,
    entries: Vec<Entry>,
}

impl Probe<'_> {
    /// Asks what tells the value of a knob. What a store was found to do that did not open for all of it
    /// tells nothing.
    fn find(&mut self, knob: Knob) -> Entry {
        self.asker.begin();
        let before = self.judge.found;
        let entry = self.ask_about(knob);
        if self.asker.is_shut() {
            self.judge.found = before;
        }
        self.asker.ended(entry)
    }

    fn ask_about(&mut self, knob: Knob) -> Entry {
        let askings = match way(knob) {
            Way::NotAsked(why) => return self.judge.not_asked(knob, why),
            Way::Asked(cores) => {
                cores.iter().flat_map(|core| self.asker.in_all_states(core)).collect()
            }
            Way::Telling(cores, tells) => {
                let asked = cores.iter().flat_map(|core| self.asker.in_all_states(core));
                let telling: Vec<Asking> =
                    asked.filter(|asking| tells(asking.outcomes())).collect();
                if telling.is_empty() {
                    self.asker.not_asked("no such operation was refused".to_owned());
                }
                telling
            }
            Way::LongestKey => return self.find_length(knob, Long::Key, LONGEST),
            Way::LongestName => {
                let most = self.judge.found.dialect.max_key_bytes.unwrap_or(LONGEST);
                return self.find_length(knob, Long::Name, most.min(LONGEST));
            }
            // Asked first, so that what the store says to this is known before all else.
            Way::Transients => {
                let plain = core("set a \"1\"\nset b/c \"2\"", "get a\nget b/c\nlist\nexists d");
                let askings = self.asker.in_all_states(&plain);
                self.judge.found.dialect.transient_errors |= self.asker.transient.is_some();
                // What it comes to is known when all else was asked.
                return self.judge.entry(knob, &askings, askings.len());
            }
            Way::Second => return self.ask_second(knob),
            Way::Faults | Way::Callers => unreachable!("they are asked in the end"),
        };
        if askings.is_empty() {
            return self.judge.entry(knob, &askings, 0);
        }
        self.judge.settle(knob, &askings, None)
    }

    /// Asks a second store what it sees of what the first one writes.
    fn ask_second(&mut self, knob: Knob) -> Entry {
        let can = self.judge.declared.capabilities;
        let needed = [
            ("write", can.write),
            ("read", can.read),
            ("list", can.list),
            ("erase", can.erase),
            ("second_handle", can.second_handle),
        ];
        if let Some((capability, _)) = needed.into_iter().find(|(_, can)| !can) {
            return self.judge.not_asked(knob, undeclared(capability));
        }
        let mut entry = self.judge.entry(knob, &[], 0);
        let seconds = match beside::seconds(self.asker.adapter, &self.asker.limits) {
            Ok(seconds) => seconds,
            Err(lack) => {
                entry.standing = lack.standing();
                return entry;
            }
        };
        entry.askings = seconds.len();
        // It keeps to what it does in the worst of all states.
        entry.kept = seconds.iter().filter(|second| second.sees.is_some()).count();
        let weakest = seconds.into_iter().min_by_key(|second| second.sees);
        let Some(Second { sees, words, shown }) = weakest else { return entry };
        entry.found = Some(words.to_owned());
        let declares = self.judge.declared.dialect.second_handle;
        entry.standing = match sees {
            Some(sees) if sees == declares => Standing::Kept,
            Some(SecondHandle::Immediate) => Standing::Undeclared,
            Some(SecondHandle::OnReopen) => Standing::Differs,
            None => Standing::Wrong,
        };
        if let Some(sees) = sees {
            self.judge.found.dialect.second_handle = sees;
        }
        if matches!(entry.standing, Standing::Undeclared | Standing::Differs) {
            entry.line = Some(knob.line(&self.judge.found.dialect));
        }
        if entry.standing.is_red() {
            entry.plans = vec![shown];
        }
        entry
    }

    /// Puts what is no store's where the store keeps its files.
    fn meet_foreign(&mut self) {
        let can = self.judge.declared.capabilities;
        for foreign in &beside::FOREIGN {
            let mut entry = plain(Tier::Beside, foreign.subject, foreign.question, Standing::Told);
            let needed = [("write", can.write), ("read", can.read), ("list", can.list)];
            if let Some((capability, _)) = needed.into_iter().find(|(_, can)| !can) {
                entry.standing = Standing::NotAsked(undeclared(capability));
                self.entries.push(entry);
                continue;
            }
            match beside::met(self.asker.adapter, &self.asker.limits, foreign) {
                Err(lack) => entry.standing = lack.standing(),
                Ok(met) => {
                    let mut words: Vec<&str> = met.iter().map(|met| met.words.as_str()).collect();
                    words.dedup();
                    (entry.askings, entry.kept) = (met.len(), met.len());
                    entry.found = Some(words.join(", and after it was opened again: "));
                    let is_met = |met: &Met| met.words != beside::NOT_LISTED;
                    entry.plans =
                        met.into_iter().filter(is_met).map(|met| met.shown).take(1).collect();
                }
            }
            self.entries.push(entry);
        }
    }

    fn find_length(&mut self, knob: Knob, long: Long, most: usize) -> Entry {
        let can = self.asker.adapter.capabilities();
        let lacks = [("write", can.write), ("read", can.read)].into_iter().find(|(_, can)| !can);
        if let Some((capability, _)) = lacks {
            return self.judge.not_asked(knob, undeclared(capability));
        }
        let limit = self.asker.longest(long, most);
        let askings = self.asker.around(long, limit, most);
        let found = self.judge.found.dialect;
        let further = match long {
            Long::Key => Dialect { max_key_bytes: limit, ..found },
            Long::Name => Dialect { max_name_bytes: limit, ..found },
        };
        self.judge.settle(knob, &askings, Some(further))
    }

    fn read_facts(&mut self) {
        for fact in facts() {
            self.asker.begin();
            let asked = fact.cores.iter().map(|core| self.asker.in_all_states(core));
            let askings: Vec<Vec<Asking>> = asked.collect();
            let entry = self.judge.read(&fact, &askings);
            self.entries.push(self.asker.ended(entry));
        }
    }

    fn try_abilities(&mut self) {
        let can = self.judge.declared.capabilities;
        for Ability { name, question, asked, declared } in abilities(can) {
            let subject = format!("capabilities.{name}");
            let mut entry = plain(Tier::Lifecycle, &subject, question, Standing::Kept);
            let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
            entry.declared = Some(yes(declared));
            self.asker.begin();
            match asked {
                Err(why) => entry.standing = Standing::NotAsked(why.to_owned()),
                Ok(operation) => {
                    let given = if can.write { "set a \"1\"\n" } else { "" };
                    let states = [given.to_owned(), format!("set yonder \"\"\n{given}")];
                    let plans = states.iter().map(|given| parse(&format!("{given}{operation}")));
                    let askings: Vec<Asking> = plans
                        .filter_map(|plan| {
                            let last = plan.len() - 1;
                            self.asker.ask(plan, last)
                        })
                        .collect();
                    let has = |asking: &Asking| {
                        asking.outcomes().first().is_some_and(|answer| !is_unsupported(answer))
                    };
                    let able = askings.iter().filter(|asking| has(asking)).count();
                    entry.askings = askings.len();
                    entry.kept = able.max(askings.len() - able);
                    entry.found = Some(yes(able > 0));
                    let wrong = askings.iter().find(|asking| !asking.agrees(self.judge.found));
                    let standing = match wrong {
                        // Nobody asked, and the asker says why.
                        _ if askings.is_empty() => Standing::Kept,
                        _ if able > 0 && able < askings.len() => Standing::Contradicts,
                        _ if able > 0 && !declared => Standing::Undeclared,
                        _ if able == 0 && declared => Standing::Differs,
                        Some(_) => Standing::Wrong,
                        None => Standing::Kept,
                    };
                    if standing.is_red() {
                        let shown = wrong.map(|asking| asking.shown(self.judge.found));
                        entry.plans = shown.into_iter().collect();
                    }
                    if standing == Standing::Undeclared {
                        entry.line = Some(format!("{subject} = true;"));
                    }
                    let wrongs = askings.iter().filter_map(|asking| {
                        let wrong = asking.answers.first_wrong(&asking.plan, self.judge.found)?;
                        Some((&asking.plan, wrong))
                    });
                    entry.standing = self.judge.or_known(standing, wrongs);
                }
            }
            self.entries.push(self.asker.ended(entry));
        }
    }

    fn tell_costs(&mut self) {
        if !self.judge.declared.capabilities.traffic {
            let why = Standing::NotAsked(undeclared("traffic"));
            self.entries.push(plain(Tier::Cost, "cost", "requests a call", why));
            return;
        }
        let budget = self.judge.declared.dialect.requests;
        for (kind, Requests { calls, least, most, dearest }) in &self.asker.requests {
            let many = if *most == 1 { "" } else { "s" };
            let found = if least == most {
                format!("{most} request{many}")
            } else {
                format!("{least} to {most} requests")
            };
            let limit = budget.most(*kind);
            let is_kept = limit.is_none_or(|limit| *most <= u64::from(limit));
            let standing = if is_kept { Standing::Kept } else { Standing::Differs };
            let subject = format!("cost.{kind}");
            let mut entry = plain(Tier::Cost, &subject, &format!("`{kind}`"), standing);
            let calls = usize::try_from(*calls).unwrap_or(usize::MAX);
            (entry.askings, entry.kept, entry.found) = (calls, calls, Some(found));
            entry.declared = limit.map(|limit| format!("{limit} at the most"));
            if entry.standing.is_red() {
                entry.plans = vec![dearest.shown(self.judge.found)];
                let wrong = Wrong {
                    clause: Clause::I14,
                    operation: *kind,
                    miss: MismatchKind::TooManyRequests,
                };
                let wrongs = std::iter::once((&dearest.plan, wrong));
                entry.standing = self.judge.or_known(entry.standing, wrongs);
            }
            self.entries.push(entry);
        }
    }

    /// Says of errors that may be asked again in how many of all plans there were none.
    fn met_transients(&mut self) {
        let Judge { declared, .. } = self.judge;
        let is_declared = declared.dialect.transient_errors;
        let (plans, transients) = (self.asker.plans, self.asker.transients);
        let met = self.asker.transient.as_ref();
        let path = Knob::TransientErrors.path();
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.subject == path) else {
            return;
        };
        if plans == 0 || matches!(entry.standing, Standing::Unopened(_)) {
            return;
        }
        // Where they are declared, a plan with some keeps to that as well.
        (entry.askings, entry.kept) = (plans, if is_declared { plans } else { plans - transients });
        self.judge.found.dialect.transient_errors = met.is_some();
        entry.found = Some(if met.is_some() { "yes" } else { "no" }.to_owned());
        let standing = match (is_declared, met) {
            (false, Some(_)) => Standing::Differs,
            (true, None) => Standing::Undeclared,
            _ => Standing::Kept,
        };
        let line = Knob::TransientErrors.line(&self.judge.found.dialect);
        entry.line = (standing != Standing::Kept).then_some(line);
        let shown = met.filter(|_| standing.is_red());
        entry.plans = shown.map(|asking| asking.shown(declared)).into_iter().collect();
        let wrongs = shown.and_then(|asking| {
            let wrong = asking.answers.first_wrong(&asking.plan, declared)?;
            Some((&asking.plan, wrong))
        });
        entry.standing = self.judge.or_known(standing, wrongs.into_iter());
    }

    #[cfg(feature = "faults")]
    fn strike(&mut self, knobs: &[Knob], is_here: bool) {
        use crate::passport::faults;

        let struck =
            if_here(is_here).and_then(|()| faults::struck(self.asker.adapter, &self.asker.limits));
        match struck {
            Ok(struck) => {
                self.asker.plans += struck.plans;
                self.asker.operations += struck.operations;
                self.entries.extend(faults::judged(&struck, &mut self.judge));
            }
            Err(why) => self.strikes_not(knobs, &why),
        }
    }

    #[cfg(not(feature = "faults"))]
    fn strike(&mut self, knobs: &[Knob], _: bool) {
        self.strikes_not(knobs, &Standing::NotAsked("it takes the feature `faults`".to_owned()));
    }

    #[cfg(feature = "faults")]
    fn overlap(&mut self, knobs: &[Knob], is_here: bool) {
        use crate::passport::callers::callers;

        let callers =
            if_here(is_here).and_then(|()| callers(self.asker.adapter, &self.asker.limits));
        match callers {
            Ok(callers) => {
                self.asker.plans += callers.plans();
                self.entries.extend(callers.judged(&mut self.judge));
            }
            Err(why) => self.find_not(knobs, &why),
        }
    }

    #[cfg(not(feature = "faults"))]
    fn overlap(&mut self, knobs: &[Knob], _: bool) {
        self.find_not(knobs, &Standing::NotAsked("it takes the feature `faults`".to_owned()));
    }

    fn find_not(&mut self, knobs: &[Knob], why: &Standing) {
        for knob in knobs {
            let entry = self.judge.entry(*knob, &[], 0);
            self.entries.push(Entry { standing: why.clone(), ..entry });
        }
    }

    fn strikes_not(&mut self, knobs: &[Knob], why: &Standing) {
        self.find_not(knobs, why);
        for (tier, subject, question) in STRUCK {
            self.entries.push(plain(tier, subject, question, why.clone()));
        }
    }
}

/// Nothing can be struck or given turns in other processes.
#[cfg(feature = "faults")]
fn if_here(is_here: bool) -> Result<(), Standing> {
    let why = "the stores are in processes of their own";
    if is_here { Ok(()) } else { Err(Standing::NotAsked(why.to_owned())) }
}
