//! How `zarrs_storage`'s traits are asked each operation: one table, with and without `.await`.

#![deny(clippy::wildcard_enum_match_arm, reason = "a new operation has to be thought of")]

use zarr_conform_model::plan::KeyPart;
use zarr_conform_model::{Names, Operation};
use zarrs_storage::{
    Bytes, ListableStorageTraits, ReadableStorageTraits, StorageError, StoreKeys,
    StoreKeysPrefixes, StorePrefix, WritableStorageTraits,
};
#[cfg(feature = "async")]
use {
    crate::optional::{
        AsyncCopyableStorageTraits, AsyncCreatableStorageTraits, AsyncRenamableStorageTraits,
    },
    futures::StreamExt,
    zarrs_storage::{
        AsyncListableStorageTraits, AsyncReadableStorageTraits, AsyncWritableStorageTraits,
    },
};

use crate::optional::{
    CopyableStorageTraits, CreatableStorageTraits, Created, RenamableStorageTraits,
};

/// What becomes of the answers of a store: outcomes, or nothing where only the asking counts.
pub trait Answers {
    /// What becomes of one answer.
    type Answer;

    /// A value, or a part of one; `None` if the key has none.
    fn value(&self, value: Option<Bytes>) -> Self::Answer;

    /// The parts of a value; `None` if the key has none.
    fn parts(
        &self,
        parts: Option<impl Iterator<Item = Result<Bytes, StorageError>>>,
    ) -> Self::Answer;

    /// Values of several keys, or parts of them; `None` for a key that has none.
    fn many(&self, parts: Vec<Result<Option<Bytes>, StorageError>>) -> Self::Answer;

    /// Whether a key that was to be created only if it has no value was created.
    fn created(&self, created: Created) -> Self::Answer;

    /// The size of a key; `None` if it has no value.
    fn size_of_key(&self, size: Option<u64>) -> Self::Answer;

    /// Whether a key has a value, told from its size.
    fn existence(&self, size: Option<u64>) -> Self::Answer;

    /// A write or an erase that succeeded.
    fn done(&self, done: ()) -> Self::Answer;

    /// A listing.
    fn keys(&self, keys: StoreKeys) -> Self::Answer;

    /// Whether a listing is empty.
    fn emptiness(&self, keys: StoreKeys) -> Self::Answer;

    /// A directory.
    fn directory(&self, directory: StoreKeysPrefixes) -> Self::Answer;

    /// A sum of sizes.
    fn size(&self, size: u64) -> Self::Answer;
}

/// The traits of a synchronous store that can be asked.
#[derive(Clone, Copy, Default)]
pub struct Traits<'a> {
    /// How it is read.
    pub readable: Option<&'a dyn ReadableStorageTraits>,
    /// How it is written.
    pub writable: Option<&'a dyn WritableStorageTraits>,
    /// How it is listed.
    pub listable: Option<&'a dyn ListableStorageTraits>,
    /// How keys are created on a condition.
    pub creatable: Option<&'a dyn CreatableStorageTraits>,
    /// How values are copied.
    pub copyable: Option<&'a dyn CopyableStorageTraits>,
    /// How keys are renamed.
    pub renamable: Option<&'a dyn RenamableStorageTraits>,
}

/// [`Traits`] of an asynchronous store.
#[cfg(feature = "async")]
#[derive(Clone, Copy, Default)]
pub struct AsyncTraits<'a> {
    /// How it is read.
    pub readable: Option<&'a dyn AsyncReadableStorageTraits>,
    /// How it is written.
    pub writable: Option<&'a dyn AsyncWritableStorageTraits>,
    /// How it is listed.
    pub listable: Option<&'a dyn AsyncListableStorageTraits>,
    /// How keys are created on a condition.
    pub creatable: Option<&'a dyn AsyncCreatableStorageTraits>,
    /// How values are copied.
    pub copyable: Option<&'a dyn AsyncCopyableStorageTraits>,
    /// How keys are renamed.
    pub renamable: Option<&'a dyn AsyncRenamableStorageTraits>,
}

/// The same bytes in a buffer of their own.
///
/// Thousands of values are held at once, and a store may give a few bytes of a large buffer: with
/// opendal's files, 3,000 values of a few bytes took 5 GB.
fn own_buffer(value: &Bytes) -> Bytes {
    Bytes::copy_from_slice(value)
}

/// The table: which method of which trait is asked each operation, with `$wait` behind each call.
macro_rules! ask {
    ($traits:ident, $names:ident, $operation:ident, $answers:ident, $collect:expr, $($wait:tt)*) => {{
        let traits = $traits;
        let key = |key| $names.key(key);
        let prefix = |prefix| $names.prefix(prefix);
        Some(match $operation {
            Operation::Get { key: of } => {
                traits.readable?.get(key(*of))$($wait)*.map(|value| $answers.value(value))
            }
            Operation::GetPartial { key: of, range } => {
                let part = traits.readable?.get_partial(key(*of), range.0)$($wait)*;
                part.map(|part| $answers.value(part))
            }
            Operation::GetPartialMany { key: of, ranges } => {
                let count = ranges.len();
                let ranges = Box::new(ranges.iter().map(|range| range.0));
                match traits.readable?.get_partial_many(key(*of), ranges)$($wait)* {
                    // One too many tells that there are more, however many a store says there are.
                    Ok(Some(parts)) => {
                        let parts = parts.take(count + 1);
                        Ok($answers.parts(Some($collect(parts)$($wait)*.into_iter())))
                    }
                    Ok(None) => Ok($answers.parts(None::<std::iter::Empty<_>>)),
                    Err(error) => Err(error),
                }
            }
            Operation::GetMany { parts } => {
                let mut many = Vec::with_capacity(parts.len());
                // One call a key: `zarrs_storage` reads no two keys at once.
                for run in parts.chunk_by(KeyPart::is_together) {
                    let of = key(run[0].key);
                    if run[0].range.is_none() {
                        match traits.readable?.get(of)$($wait)* {
                            Ok(value) => many.push(Ok(value.as_ref().map(own_buffer))),
                            Err(error) => return Some(Err(error)),
                        }
                        continue;
                    }
                    let ranges = run.iter().filter_map(|part| part.range.map(|range| range.0));
                    match traits.readable?.get_partial_many(of, Box::new(ranges))$($wait)* {
                        Ok(Some(values)) => {
                            let values = $collect(values.take(run.len() + 1))$($wait)*.into_iter();
                            let values = values.map(|value| value.map(|value| own_buffer(&value)));
                            many.extend(values.map(|value| value.map(Some)));
                        }
                        Ok(None) => many.extend(run.iter().map(|_| Ok(None))),
                        Err(error) => return Some(Err(error)),
                    }
                }
                Ok($answers.many(many))
            }
            Operation::SizeKey { key: of } => {
                traits.readable?.size_key(key(*of))$($wait)*.map(|size| $answers.size_of_key(size))
            }
            Operation::Exists { key: of } => {
                traits.readable?.size_key(key(*of))$($wait)*.map(|size| $answers.existence(size))
            }
            Operation::Set { key: of, value } => {
                let set = traits.writable?.set(key(*of), value.to_bytes())$($wait)*;
                set.map(|done| $answers.done(done))
            }
            Operation::SetIfAbsent { key: of, value } => {
                let set = traits.creatable?.set_if_absent(key(*of), value.to_bytes())$($wait)*;
                set.map(|created| $answers.created(created))
            }
            Operation::Copy { keys: [from, to] } => {
                let copied = traits.copyable?.copy(key(*from), key(*to))$($wait)*;
                copied.map(|done| $answers.done(done))
            }
            Operation::Rename { keys: [from, to] } => {
                let renamed = traits.renamable?.rename(key(*from), key(*to))$($wait)*;
                renamed.map(|done| $answers.done(done))
            }
            Operation::SetPartial { key: of, patch } => {
                let value = patch.value.to_bytes();
                let set = traits.writable?.set_partial(key(*of), patch.offset, value)$($wait)*;
                set.map(|done| $answers.done(done))
            }
            Operation::SetPartialMany { key: of, patches } => {
                let patches = patches.iter().map(|patch| (patch.offset, patch.value.to_bytes()));
                let set = traits.writable?.set_partial_many(key(*of), Box::new(patches))$($wait)*;
                set.map(|done| $answers.done(done))
            }
            Operation::Erase { key: of } => {
                traits.writable?.erase(key(*of))$($wait)*.map(|done| $answers.done(done))
            }
            Operation::EraseMany { keys } => {
                let keys: Vec<_> = keys.iter().map(|of| key(*of).clone()).collect();
                traits.writable?.erase_many(&keys)$($wait)*.map(|done| $answers.done(done))
            }
            Operation::ErasePrefix { prefix: of } => {
                traits.writable?.erase_prefix(prefix(*of))$($wait)*.map(|done| $answers.done(done))
            }
            Operation::Clear => {
                let root = StorePrefix::root();
                traits.writable?.erase_prefix(&root)$($wait)*.map(|done| $answers.done(done))
            }
            Operation::List => traits.listable?.list()$($wait)*.map(|keys| $answers.keys(keys)),
            Operation::ListPrefix { prefix: of } => {
                traits.listable?.list_prefix(prefix(*of))$($wait)*.map(|keys| $answers.keys(keys))
            }
            Operation::ListDir { prefix: of } => {
                let directory = traits.listable?.list_dir(prefix(*of))$($wait)*;
                directory.map(|directory| $answers.directory(directory))
            }
            Operation::IsEmpty { prefix: of } => {
                traits.listable?.list_prefix(prefix(*of))$($wait)*.map(|keys| $answers.emptiness(keys))
            }
            Operation::SizePrefix { prefix: of } => {
                traits.listable?.size_prefix(prefix(*of))$($wait)*.map(|size| $answers.size(size))
            }
            Operation::Size => traits.listable?.size()$($wait)*.map(|size| $answers.size(size)),
            // Asked of the adapter, of whoever opened the store, or of a library over it.
            Operation::Reopen | Operation::Audit | Operation::Close | Operation::Node(_) => {
                return None;
            }
        })
    }};
}

/// Asks a synchronous store; `None` for what it cannot be asked.
pub fn ask<A: Answers>(
    traits: Traits<'_>,
    names: &Names,
    operation: &Operation,
    answers: &A,
) -> Option<Result<A::Answer, StorageError>> {
    ask!(traits, names, operation, answers, std::convert::identity,)
}

/// [`ask`] for an asynchronous store.
#[cfg(feature = "async")]
pub async fn ask_async<A: Answers>(
    traits: AsyncTraits<'_>,
    names: &Names,
    operation: &Operation,
    answers: &A,
) -> Option<Result<A::Answer, StorageError>> {
    ask!(traits, names, operation, answers, StreamExt::collect::<Vec<_>>, .await)
}
