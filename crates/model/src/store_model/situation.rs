//! The situation in which the store model was asked: facts about the operands of an operation.
//!
//! A situation is told by what was done, and not by which names there are. A smaller plan names
//! fewer keys; if its signature could change by that alone, nothing could be left out of the plan.

use bytes::Bytes;

use crate::contract::mismatch::Mismatch;
use crate::contract::ranges::RangePosition;
use crate::contract::reply::Reply;
use crate::contract::signature::{Facts, Situation};
use crate::model::Model;
use crate::plan::names::{KeyId, PrefixId};
use crate::plan::operation::Operation;
use crate::store_model::store_model::StoreModel;

impl StoreModel {
    /// The facts that a failure is filed under.
    pub(super) fn situation_of(&self, operation: &Operation, mismatch: &Mismatch) -> Situation {
        let mut situation = self.situation_as_it_is(operation, mismatch);
        if let Some(aftermath) = self.aftermath {
            situation.facts |= aftermath.fact;
        }
        situation
    }

    fn situation_as_it_is(&self, operation: &Operation, mismatch: &Mismatch) -> Situation {
        let directory = operation.prefix().map(|prefix| self.names().prefix(prefix).as_str());
        let directory = directory.and_then(|prefix| prefix.strip_suffix('/'));
        let hazard_of = |name: Option<&str>| {
            let names = name.map(|name| name.trim_end_matches('/')).into_iter().chain(directory);
            names.filter_map(|name| self.dialect().hazard(name)).min()
        };
        if let Some(offender) = &mismatch.offender {
            let facts = self.offender_facts(offender, operation.prefix());
            return Situation { facts, hazard: hazard_of(Some(offender)), ..Situation::default() };
        }
        if let Some(directory) = directory {
            let facts = self.name_facts(directory);
            return Situation { facts, hazard: hazard_of(None), ..Situation::default() };
        }
        let Some(key) = self.key_in_question(operation) else {
            return Situation { hazard: hazard_of(None), ..Situation::default() };
        };
        let hazard = hazard_of(Some(self.names().key(key).as_str()));
        let length = self.value(key).map(|value| value.len() as u64);
        let position = |range| length.map(|length| RangePosition::of(range, length));
        let range = match operation {
            Operation::GetPartial { range, .. } => position(range.0),
            Operation::GetPartialMany { ranges, .. } => {
                // A range that is answered anyway is rarely to blame.
                let positions = ranges.iter().filter_map(|range| position(range.0));
                let reply = |position: &RangePosition| self.dialect().ranges.reply(*position);
                positions.max_by_key(|position| (reply(position) != Reply::Answer, *position))
            }
            _ => None,
        };
        Situation { facts: self.key_facts(key), range, hazard, ..Situation::default() }
    }

    /// The key that the situation of an operation is about.
    fn key_in_question(&self, operation: &Operation) -> Option<KeyId> {
        operation.key().or_else(|| operation.keys().find(|key| !self.is_live(*key)))
    }

    fn key_facts(&self, key: KeyId) -> Facts {
        let value = self.value(key);
        let mut facts = self.first().history(key);
        if value.is_some() {
            facts |= Facts::LIVE;
        } else if !facts.contains(Facts::ERASED) {
            facts |= Facts::NEVER_SET;
        }
        facts.set(Facts::EMPTY, value.is_some_and(Bytes::is_empty));
        let above_live = self.is_above_live(key);
        facts.set(Facts::ABOVE_LIVE, above_live);
        let mut children = self.names().children(key);
        let above_erased = children.any(|at| self.first().history_at(at).contains(Facts::ERASED));
        facts.set(Facts::ABOVE_ERASED, above_erased && !above_live);
        facts.set(Facts::BELOW_LIVE, self.is_below_live(key));
        facts
    }

    /// The facts about a name that an operation does not give as a key.
    ///
    /// Only what was done counts, and not which other names the table holds: a smaller plan has
    /// fewer.
    fn name_facts(&self, name: &str) -> Facts {
        let name = name.strip_suffix('/').unwrap_or(name);
        let world = self.first();
        let key = self.names().find_key(name);
        if let Some(key) = key.filter(|key| self.is_live(*key) || !world.history(*key).is_empty()) {
            return self.key_facts(key);
        }
        let below = || self.names().below(&format!("{name}/"));
        let mut facts = Facts::empty();
        let live = below().any(|at| world.is_live_at(at));
        facts.set(Facts::ABOVE_LIVE, live);
        let erased = below().any(|at| world.history_at(at).contains(Facts::ERASED));
        facts.set(Facts::ABOVE_ERASED, erased && !live);
        let mut directories = name.match_indices('/').map(|(at, _)| &name[..at]);
        let is_live = |name| self.names().find_key(name).is_some_and(|key| self.is_live(key));
        facts.set(Facts::BELOW_LIVE, directories.any(is_live));
        facts
    }

    /// The facts about a wrong name in a listing of `prefix`.
    fn offender_facts(&self, offender: &str, prefix: Option<PrefixId>) -> Facts {
        let mut facts = self.name_facts(offender);
        facts.set(Facts::FOREIGN, facts.is_empty());
        let prefix = prefix.map_or("", |prefix| self.names().prefix(prefix).as_str());
        facts.set(Facts::OUTSIDE, !offender.starts_with(prefix));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::mismatch::MismatchKind;
    use crate::contract::outcome::Outcome;
    use crate::plan::plan::Plan;
    use crate::plan::step::Step;

    /// The situation of the last operation of a plan, asked over the names of another plan too.
    fn situation(plan: &str, also: &str, offender: Option<&str>) -> String {
        let whole: Plan = format!("{plan}; {also}").replace("; ", "\n").parse().unwrap();
        let asked = whole.first(plan.split("; ").count());
        let mut model = StoreModel::new(whole.names().clone(), crate::Dialect::ZARRS);
        let (Step { operation: last, .. }, before) = asked.steps().split_last().unwrap();
        for Step { operation, .. } in before {
            model.advance(operation, &Outcome::Done);
        }
        let offender = offender.map(str::to_owned);
        let kind = MismatchKind::KeyUnexpected;
        model.situation_of(last, &Mismatch { kind, offender }).to_string()
    }

    #[test]
    fn names_that_a_plan_does_not_use_change_nothing() {
        for (plan, offender, wanted) in [
            ("set a \"\"; list_prefix a/a/", None, "below a live key"),
            ("set a/a \"\"; list_dir a/", None, "above a live key"),
            ("set a/a \"\"; erase a/a; list_dir a/", None, "above erased keys"),
            ("set a \"\"; list", Some("b"), "foreign"),
            ("set a \"\"; list", Some("a/a"), "below a live key"),
            ("set a \"\"; erase a; list", Some("a"), "erased"),
        ] {
            for also in ["get c", "get a/a", "get b", "get a/a/a; list_prefix a/a/"] {
                assert_eq!(situation(plan, also, offender), wanted, "{plan}, beside {also}");
            }
        }
    }
}
