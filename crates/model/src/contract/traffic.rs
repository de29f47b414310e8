//! Traffic: what operations cost the service below a store.

use std::ops::{Add, AddAssign, Sub};

use crate::plan::operation_kind::OperationKind;

/// Requests to the service below a store, and the bytes of values in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests.
    pub requests: u64,
    /// Bytes of values that were sent.
    pub sent: u64,
    /// Bytes of values that were received.
    pub received: u64,
}

impl Add for Traffic {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            sent: self.sent + other.sent,
            received: self.received + other.received,
        }
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What came since an earlier count; nothing, if the counts began anew.
impl Sub for Traffic {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(earlier.requests),
            sent: self.sent.saturating_sub(earlier.sent),
            received: self.received.saturating_sub(earlier.received),
        }
    }
}

/// How many requests one operation of each kind may cost at the most.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::OperationKind;
/// use zarr_conform_model::contract::RequestBudget;
///
/// // However many ranges of a key are read, they come with one request.
/// let budget = RequestBudget::NONE.with(OperationKind::GetPartialMany, 1);
/// assert_eq!(budget.most(OperationKind::GetPartialMany), Some(1));
/// assert_eq!(budget.most(OperationKind::Get), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestBudget([u8; OperationKind::ALL.len()]);

/// What stands for no limit.
const ANY: u8 = u8::MAX;

impl RequestBudget {
    /// No limit for any operation.
    pub const NONE: Self = Self([ANY; OperationKind::ALL.len()]);

    /// At most this many requests for an operation of this kind; 255 is no limit.
    #[must_use]
    pub const fn with(mut self, kind: OperationKind, most: u8) -> Self {
        self.0[kind as usize] = most;
        self
    }

    /// How many requests an operation of this kind may cost, if there is a limit.
    #[must_use]
    pub const fn most(&self, kind: OperationKind) -> Option<u8> {
        match self.0[kind as usize] {
            ANY => None,
            most => Some(most),
        }
    }

    /// Whether there is no limit at all.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.iter().all(|most| *most == ANY)
    }
}
