//! Costs: how long operations take, and how many requests and bytes.

use std::ops::AddAssign;
use std::time::Duration;

use zarr_conform_model::OperationKind;
use zarr_conform_model::contract::Traffic;

/// What operations of one kind cost together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) calls: u64,
    pub(crate) traffic: Traffic,
    pub(crate) time: Duration,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.traffic += other.traffic;
        self.time += other.time;
    }
}

/// What operations of each kind cost; nothing, if nobody measures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Costs(Vec<Cost>);

impl Costs {
    pub(crate) fn add(&mut self, kind: OperationKind, cost: Cost) {
        self.0.resize(OperationKind::ALL.len(), Cost::default());
        self.0[kind as usize] += cost;
    }

    /// The kinds that were asked, with what they cost.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (OperationKind, Cost)> + '_ {
        let all = OperationKind::ALL.iter().copied().zip(self.0.iter().copied());
        all.filter(|(_, cost)| cost.calls > 0)
    }

    /// The kind whose calls take longest, and how long one does.
    pub(crate) fn slowest(&self) -> Option<(OperationKind, Duration)> {
        let mean = |cost: Cost| cost.time / u32::try_from(cost.calls).unwrap_or(u32::MAX);
        let means = self.iter().map(|(kind, cost)| (kind, mean(cost)));
        means.filter(|(_, mean)| !mean.is_zero()).max_by_key(|(_, mean)| *mean)
    }
}

impl AddAssign<&Self> for Costs {
    fn add_assign(&mut self, other: &Self) {
        for (kind, cost) in other.iter() {
            self.add(kind, cost);
        }
    }
}
