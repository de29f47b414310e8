//! Requests that go wrong on purpose, and when.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How a request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The answer is `503 SlowDown`, and nothing was done.
    Unavailable,
    /// The request is carried out, and the connection ends after half of the answer's body.
    ///
    /// An answer without a body does not come at all, as with [`Reset`](Self::Reset): then the
    /// client cannot know that the request was carried out.
    CutBody,
    /// The connection is reset without an answer, and nothing was done.
    Reset,
}

/// The faults to come, in order.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<VecDeque<(u64, Fault)>>);

impl Faults {
    pub(crate) fn add(&self, n: u64, fault: Fault) {
        if n > 0 {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back((n, fault));
        }
    }

    /// What happens to the request that just came in, if it goes wrong.
    pub(crate) fn next(&self) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, fault) = faults.front_mut()?;
        let fault = *fault;
        *left -= 1;
        if *left == 0 {
            faults.pop_front();
        }
        Some(fault)
    }

    pub(crate) fn left(&self) -> u64 {
        let faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.iter().map(|(n, _)| n).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_in_the_order_they_were_ordered_in() {
        let faults = Faults::default();
        faults.add(2, Fault::Reset);
        faults.add(0, Fault::CutBody);
        faults.add(1, Fault::Unavailable);
        assert_eq!(faults.left(), 3);
        let met: Vec<_> = std::iter::from_fn(|| faults.next()).collect();
        assert_eq!(met, [Fault::Reset, Fault::Reset, Fault::Unavailable]);
        assert_eq!(faults.left(), 0);
    }
}
