//! An answer that the contract does not allow.

use zarr_conform_model::contract::MismatchKind;
use zarr_conform_model::{Clause, OperationKind, Outcome, Signature};

/// An answer that the contract does not allow.
#[derive(Clone, Debug)]
pub(crate) struct Disagreement {
    pub(crate) signature: Signature,
    pub(crate) clause: Clause,
    pub(crate) outcome: Outcome,
    /// The first name in a listing that is wrong, if a listing is.
    pub(crate) offender: Option<String>,
}

impl Disagreement {
    /// Whether the store may have been left in the middle of something.
    pub(crate) fn is_violent(&self) -> bool {
        self.signature.mismatch == MismatchKind::Panicked
    }

    /// Whether the answer is right, and only took too much.
    pub(crate) fn is_costly(&self) -> bool {
        self.signature.mismatch == MismatchKind::TooManyRequests
    }

    /// Whether the answer shows that the store holds something else than the model.
    pub(crate) fn is_divergence(&self) -> bool {
        match self.signature.operation {
            OperationKind::Get => matches!(
                self.signature.mismatch,
                MismatchKind::ValueTooShort
                    | MismatchKind::ValueTooLong
                    | MismatchKind::ValueDiffers
                    | MismatchKind::ValueLost
                    | MismatchKind::ValueForAbsent
            ),
            OperationKind::List => matches!(
                self.signature.mismatch,
                MismatchKind::KeyMissing | MismatchKind::KeyUnexpected
            ),
            OperationKind::ReadArray | OperationKind::GetMetadata | OperationKind::GetChunk => {
                self.signature.mismatch.is_content()
            }
            _ => false,
        }
    }

    /// Whether the answer is another value than that which the store should hold, if it is to hold
    /// one.
    pub(crate) fn is_wrong_value(&self) -> bool {
        let Signature { operation, mismatch, .. } = self.signature;
        operation == OperationKind::Get
            && (self.is_divergence() || mismatch == MismatchKind::EmptyForAbsent)
    }

    /// Where the store panicked and with which words, without the numbers in them.
    pub(crate) fn panic_site(&self) -> Option<String> {
        let Outcome::Panicked(message) = &self.outcome else {
            return None;
        };
        let (words, place) = message.rsplit_once(" at ").unwrap_or((message, ""));
        let words: String = words.chars().filter(|char| !char.is_ascii_digit()).collect();
        Some(format!("{words} at {place}"))
    }
}
