//! Errors of stores and of `zarrs` as refusals, and refusals as errors of stores.

use zarr_conform_model::{ErrorClass, Refusal};
use zarr_conform_store::classify;
use zarrs::array::{ArrayCreateError, ArrayError, CodecError};
use zarrs::group::GroupCreateError;
use zarrs::node::{NodeCreateError, NodePathError};
use zarrs_storage::StorageError;

/// An error of the library's own, in no class.
pub(crate) fn other(message: impl Into<String>) -> Refusal {
    Refusal::new(ErrorClass::Other, message)
}

/// An error that can be answered with.
///
/// One that wraps an error of the store has the class of that; what else went wrong is in no class,
/// unless the error says that nothing is there or that the path is none.
pub(crate) trait Refuse {
    /// The error as an answer.
    fn refusal(self) -> Refusal;
}

impl Refuse for StorageError {
    fn refusal(self) -> Refusal {
        Refusal::new(classify(&self), self.to_string())
    }
}

impl Refuse for NodePathError {
    fn refusal(self) -> Refusal {
        Refusal::new(ErrorClass::InvalidKey, self.to_string())
    }
}

impl Refuse for ArrayCreateError {
    fn refusal(self) -> Refusal {
        match self {
            Self::StorageError(error) => error.refusal(),
            Self::NodePathError(error) => error.refusal(),
            Self::MissingMetadata => Refusal::new(ErrorClass::NotFound, self.to_string()),
            error => other(error.to_string()),
        }
    }
}

impl Refuse for GroupCreateError {
    fn refusal(self) -> Refusal {
        match self {
            Self::StorageError(error) => error.refusal(),
            Self::NodePathError(error) => error.refusal(),
            Self::MissingMetadata => Refusal::new(ErrorClass::NotFound, self.to_string()),
            Self::AdditionalFieldUnsupportedError(error) => other(error.to_string()),
        }
    }
}

impl Refuse for NodeCreateError {
    fn refusal(self) -> Refusal {
        match self {
            Self::StorageError(error) => error.refusal(),
            Self::NodePathError(error) => error.refusal(),
            Self::MissingMetadata(_) => Refusal::new(ErrorClass::NotFound, self.to_string()),
            error => other(error.to_string()),
        }
    }
}

impl Refuse for ArrayError {
    fn refusal(self) -> Refusal {
        match self {
            Self::StorageError(error) | Self::CodecError(CodecError::StorageError(error)) => {
                error.refusal()
            }
            error => other(error.to_string()),
        }
    }
}
