//! One case of the machine for callers at the same time: a plan in the orders of its callers, up to the
//! first that shows something.

use zarr_conform_model::{Clause, Operation};
use zarr_conform_store::OpenError;

use crate::campaign::case::{Asked, Case, Circumstances, Swept};
use crate::together::clauses::clauses;
use crate::together::schedules::{Orders, SWITCHES};

impl Case<'_, '_> {
    /// Plays the case, and gives what was played.
    pub(super) fn interleave(&mut self) -> Result<Asked, OpenError> {
        let orders = Orders {
            adapter: self.adapter,
            plan: self.plan,
            pulse: self.player.pulse(),
            switches: SWITCHES,
            is_over: self.is_over,
        };
        let tried = orders.first_wrong(&|_| true)?;
        let operations = self.plan.len();
        self.player.asked += tried.calls;
        // What goes wrong with one caller after the other says nothing of several.
        let overlapped = if tried.is_wrong_in_peace { 0 } else { tried.switched };
        for clause in clauses(self.plan) {
            self.player.clauses[clause as usize] += overlapped;
        }
        self.player.clauses[Clause::C10 as usize] += tried.dropped;
        self.player.has_written |= self.plan.operations().any(Operation::writes_bytes);
        self.player.has_seen |= tried.has_seen;
        if let Some(shown) = tried.wrong {
            let plan = self.plan.first(shown.at + 1).with_turns(shown.turns);
            let circumstances = Circumstances { operations, after: None, plan: Some(&plan) };
            (self.disagrees)(self.player, &shown.disagreement, circumstances);
        }
        Ok(Asked {
            operations,
            swept: Swept { struck: tried.switched, ..Swept::default() },
            orders: tried.schedules,
            free_orders: tried.free,
            seen: tried.seen,
            ..Asked::default()
        })
    }
}
