//! Requests that go wrong on purpose, and when.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How a request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The answer is `503 SlowDown`, and nothing was done.
    Unavailable,
    /// The answer is `500 InternalError`, and nothing was done.
    Internal,
    /// The answer is `429 Too Many Requests`, which S3's own service does not give and others do, and
    /// nothing was done.
    TooMany,
    /// The connection is reset without an answer, and nothing was done.
    Reset,
    /// The request is carried out, and the connection is closed without an answer.
    LostReply,
    /// The request is carried out, and the connection ends after half of the answer's body.
    ///
    /// An answer without a body does not come at all, as with [`Reset`](Self::Reset): then the
    /// client cannot know that the request was carried out.
    CutBody,
    /// The request is carried out, and a byte in the middle of the answer's body is another.
    CorruptBody,
    /// The request is carried out twice, and the answer is the first one.
    Twice,
}

impl Fault {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Unavailable,
        Self::Internal,
        Self::TooMany,
        Self::Reset,
        Self::LostReply,
        Self::CutBody,
        Self::CorruptBody,
        Self::Twice,
    ];

    /// The word for it in the header that [`S3Service::FAULT_HEADER`](crate::S3Service::FAULT_HEADER)
    /// names.
    ///
    /// ```
    /// use zarr_conform_s3_service::Fault;
    ///
    /// assert_eq!(Fault::LostReply.word(), "lost reply");
    /// ```
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unavailable => "503",
            Self::Internal => "500",
            Self::TooMany => "429",
            Self::Reset => "reset",
            Self::LostReply => "lost reply",
            Self::CutBody => "cut body",
            Self::CorruptBody => "corrupt body",
            Self::Twice => "twice",
        }
    }

    /// The kind with this word.
    pub(crate) fn find(word: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.word().as_bytes() == word)
    }
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

    #[test]
    fn every_fault_is_found_by_its_word() {
        for fault in Fault::ALL {
            assert_eq!(Fault::find(fault.word().as_bytes()), Some(*fault));
        }
        assert_eq!(Fault::find(b""), None);
    }
}
