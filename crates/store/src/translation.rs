//! Translation: what the methods of `zarrs_storage`'s traits return, as outcomes.

use std::io;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use zarr_conform_model::plan::Operand;
use zarr_conform_model::{ErrorClass, Operation, Outcome, Refusal};
use zarrs_storage::{Bytes, StorageError, StoreKeys, StoreKeysPrefixes};

use crate::ask::Answers;
use crate::optional::Created;
use crate::words::words_of;

/// Makes outcomes of what stores with `zarrs_storage`'s traits return, be they synchronous or not.
///
/// For implementations of [`StoreUnderTest`](crate::StoreUnderTest): each method of a trait is
/// asked in one place, and what came back means the same in all of them.
#[derive(Clone, Copy, Debug)]
pub struct Translation {
    classify: fn(&StorageError) -> ErrorClass,
}

impl Default for Translation {
    fn default() -> Self {
        Self::new(classify)
    }
}

impl Translation {
    /// A translation that sorts errors with a function; [`classify`] is the default.
    #[must_use]
    pub const fn new(classify: fn(&StorageError) -> ErrorClass) -> Self {
        Self { classify }
    }

    /// What came back when an operation was asked; `None` if the store cannot be asked it.
    #[must_use]
    pub fn outcome(
        self,
        operation: &Operation,
        answer: Option<Result<Outcome, StorageError>>,
    ) -> Outcome {
        match answer {
            Some(Ok(outcome)) => outcome,
            Some(Err(error)) => {
                let error = held(error);
                let mut refusal = self.refusal(&error);
                // What the operating system calls an invalid argument of a partial read is the
                // range: the key is one that other questions are answered about.
                let is_range = |operand| {
                    matches!(operand, Operand::Range(_) | Operand::Ranges(_) | Operand::Parts(_))
                };
                if operation.operands().any(is_range) && is_invalid_input(&error) {
                    refusal.class = ErrorClass::InvalidRange;
                }
                drop(ManuallyDrop::into_inner(error));
                Outcome::Refused(refusal)
            }
            None => Outcome::Refused(Refusal::new(
                ErrorClass::Unsupported,
                format!("this store cannot be asked `{}`", operation.kind()),
            )),
        }
    }

    fn refusal(self, error: &StorageError) -> Refusal {
        // The words of `zarrs_storage` 0.4 for an invalid range overflow on one that ends beyond
        // 64 bits, which no store that answers with them is to blame for.
        let message = match error {
            StorageError::InvalidByteRangeError(error) => format!("{error:?}"),
            _ => words_of(error),
        };
        Refusal::new((self.classify)(error), message)
    }
}

/// An error that is not dropped on the way from a panic: a second one there would end the process.
const fn held(error: StorageError) -> ManuallyDrop<StorageError> {
    ManuallyDrop::new(error)
}

impl Answers for Translation {
    type Answer = Outcome;

    fn value(&self, value: Option<Bytes>) -> Outcome {
        value.map_or(Outcome::Absent, Outcome::Value)
    }

    fn parts(&self, parts: Option<impl Iterator<Item = Result<Bytes, StorageError>>>) -> Outcome {
        let parts = parts.map(|parts| parts.map(|part| part.map(Some)).collect());
        parts.map_or(Outcome::Absent, |parts| self.many(parts))
    }

    fn many(&self, parts: Vec<Result<Option<Bytes>, StorageError>>) -> Outcome {
        let refusal = |error: ManuallyDrop<StorageError>| {
            let mut refusal = self.refusal(&error);
            if is_invalid_input(&error) {
                refusal.class = ErrorClass::InvalidRange;
            }
            drop(ManuallyDrop::into_inner(error));
            refusal
        };
        let parts: Vec<_> = parts.into_iter().map(|part| part.map_err(held)).collect();
        Outcome::Values(parts.into_iter().map(|part| part.map_err(refusal)).collect())
    }

    fn created(&self, created: Created) -> Outcome {
        match created {
            Created::New => Outcome::Truth(true),
            Created::Exists => Outcome::Truth(false),
            Created::Unsaid => Outcome::Done,
        }
    }

    fn size_of_key(&self, size: Option<u64>) -> Outcome {
        size.map_or(Outcome::Absent, Outcome::Size)
    }

    fn existence(&self, size: Option<u64>) -> Outcome {
        Outcome::Truth(size.is_some())
    }

    fn done(&self, (): ()) -> Outcome {
        Outcome::Done
    }

    fn keys(&self, keys: StoreKeys) -> Outcome {
        Outcome::Keys(keys)
    }

    fn emptiness(&self, keys: StoreKeys) -> Outcome {
        Outcome::Truth(keys.is_empty())
    }

    fn directory(&self, directory: StoreKeysPrefixes) -> Outcome {
        Outcome::Directory {
            keys: directory.keys().clone(),
            prefixes: directory.prefixes().clone(),
        }
    }

    fn size(&self, size: u64) -> Outcome {
        Outcome::Size(size)
    }
}

/// The class of a `zarrs_storage` error.
///
/// Errors of the operating system are classed by what they say of the request: reading past
/// the end of a file is an invalid range, a name that no file can have an invalid key.
#[must_use]
pub fn classify(error: &StorageError) -> ErrorClass {
    match error {
        StorageError::ReadOnly => ErrorClass::ReadOnly,
        StorageError::IOError(error) => classify_io(error.kind()),
        StorageError::StorePrefixError(_) | StorageError::InvalidStoreKey(_) => {
            ErrorClass::InvalidKey
        }
        StorageError::InvalidByteRangeError(_) => ErrorClass::InvalidRange,
        StorageError::MissingMetadata(_) => ErrorClass::NotFound,
        StorageError::Unsupported(_) => ErrorClass::Unsupported,
        StorageError::InvalidMetadata(..)
        | StorageError::UnknownKeySize(_)
        | StorageError::Other(_) => ErrorClass::Other,
    }
}

fn is_invalid_input(error: &StorageError) -> bool {
    matches!(error, StorageError::IOError(error) if error.kind() == io::ErrorKind::InvalidInput)
}

fn classify_io(kind: io::ErrorKind) -> ErrorClass {
    match kind {
        io::ErrorKind::NotFound => ErrorClass::NotFound,
        io::ErrorKind::AlreadyExists => ErrorClass::AlreadyExists,
        io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput => ErrorClass::InvalidKey,
        io::ErrorKind::UnexpectedEof => ErrorClass::InvalidRange,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ErrorClass::ReadOnly,
        io::ErrorKind::Unsupported => ErrorClass::Unsupported,
        io::ErrorKind::Interrupted
        | io::ErrorKind::WouldBlock
        | io::ErrorKind::TimedOut
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::ConnectionRefused => ErrorClass::Transient,
        _ => ErrorClass::Other,
    }
}

/// The error that [`classify`] puts into the class of the refusal, in the same words.
///
/// No error says that a precondition does not hold: it becomes one of no class.
#[must_use]
pub(crate) fn storage_error(refusal: Refusal) -> StorageError {
    let kind = match refusal.class {
        ErrorClass::NotFound => io::ErrorKind::NotFound,
        ErrorClass::AlreadyExists => io::ErrorKind::AlreadyExists,
        ErrorClass::InvalidKey => io::ErrorKind::InvalidFilename,
        ErrorClass::InvalidRange => io::ErrorKind::UnexpectedEof,
        ErrorClass::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
        ErrorClass::Transient => io::ErrorKind::TimedOut,
        ErrorClass::Unsupported => return StorageError::Unsupported(refusal.message),
        ErrorClass::Precondition | ErrorClass::Other => {
            return StorageError::Other(refusal.message);
        }
    };
    StorageError::IOError(Arc::new(io::Error::new(kind, refusal.message)))
}
