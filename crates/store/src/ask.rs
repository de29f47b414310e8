//! How `zarrs_storage`'s traits are asked each operation: one table, with and without `.await`.

use zarr_conform_model::{Names, Operation};
use zarrs_storage::{
    Bytes, ListableStorageTraits, ReadableStorageTraits, StorageError, StoreKeys,
    StoreKeysPrefixes, StorePrefix, WritableStorageTraits,
};
#[cfg(feature = "async")]
use {
    futures::StreamExt,
    zarrs_storage::{
        AsyncListableStorageTraits, AsyncReadableStorageTraits, AsyncWritableStorageTraits,
    },
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

/// The traits of a store that can be asked.
#[derive(Debug)]
pub struct Traits<'a, R: ?Sized, W: ?Sized, L: ?Sized> {
    /// How it is read.
    pub readable: Option<&'a R>,
    /// How it is written.
    pub writable: Option<&'a W>,
    /// How it is listed.
    pub listable: Option<&'a L>,
}

/// The table: which method of which trait is asked each operation, with `$wait` behind each call.
macro_rules! ask {
    ($traits:ident, $names:ident, $operation:ident, $answers:ident, $collect:expr, $($wait:tt)*) => {{
        let Traits { readable, writable, listable } = $traits;
        let key = |key| $names.key(key);
        let prefix = |prefix| $names.prefix(prefix);
        Some(match $operation {
            Operation::Get { key: of } => {
                readable?.get(key(*of))$($wait)*.map(|value| $answers.value(value))
            }
            Operation::GetPartial { key: of, range } => {
                let part = readable?.get_partial(key(*of), range.0)$($wait)*;
                part.map(|part| $answers.value(part))
            }
            Operation::GetPartialMany { key: of, ranges } => {
                let ranges = Box::new(ranges.iter().map(|range| range.0));
                match readable?.get_partial_many(key(*of), ranges)$($wait)* {
                    Ok(Some(parts)) => Ok($answers.parts(Some($collect(parts)$($wait)*.into_iter()))),
                    Ok(None) => Ok($answers.parts(None::<std::iter::Empty<_>>)),
                    Err(error) => Err(error),
                }
            }
            Operation::SizeKey { key: of } => {
                readable?.size_key(key(*of))$($wait)*.map(|size| $answers.size_of_key(size))
            }
            Operation::Exists { key: of } => {
                readable?.size_key(key(*of))$($wait)*.map(|size| $answers.existence(size))
            }
            Operation::Set { key: of, value } => {
                let set = writable?.set(key(*of), value.to_bytes())$($wait)*;
                set.map(|done| $answers.done(done))
            }
            Operation::SetPartial { key: of, patch } => {
                let value = patch.value.to_bytes();
                let set = writable?.set_partial(key(*of), patch.offset, value)$($wait)*;
                set.map(|done| $answers.done(done))
            }
            Operation::SetPartialMany { key: of, patches } => {
                let patches = patches.iter().map(|patch| (patch.offset, patch.value.to_bytes()));
                let set = writable?.set_partial_many(key(*of), Box::new(patches))$($wait)*;
                set.map(|done| $answers.done(done))
            }
            Operation::Erase { key: of } => {
                writable?.erase(key(*of))$($wait)*.map(|done| $answers.done(done))
            }
            Operation::EraseMany { keys } => {
                let keys: Vec<_> = keys.iter().map(|of| key(*of).clone()).collect();
                writable?.erase_many(&keys)$($wait)*.map(|done| $answers.done(done))
            }
            Operation::ErasePrefix { prefix: of } => {
                writable?.erase_prefix(prefix(*of))$($wait)*.map(|done| $answers.done(done))
            }
            Operation::Clear => {
                let root = StorePrefix::root();
                writable?.erase_prefix(&root)$($wait)*.map(|done| $answers.done(done))
            }
            Operation::List => listable?.list()$($wait)*.map(|keys| $answers.keys(keys)),
            Operation::ListPrefix { prefix: of } => {
                listable?.list_prefix(prefix(*of))$($wait)*.map(|keys| $answers.keys(keys))
            }
            Operation::ListDir { prefix: of } => {
                let directory = listable?.list_dir(prefix(*of))$($wait)*;
                directory.map(|directory| $answers.directory(directory))
            }
            Operation::IsEmpty { prefix: of } => {
                listable?.list_prefix(prefix(*of))$($wait)*.map(|keys| $answers.emptiness(keys))
            }
            Operation::SizePrefix { prefix: of } => {
                listable?.size_prefix(prefix(*of))$($wait)*.map(|size| $answers.size(size))
            }
            Operation::Size => listable?.size()$($wait)*.map(|size| $answers.size(size)),
            // Asked of the adapter, or of a library over the store.
            Operation::Reopen | Operation::Audit | Operation::Node(_) => return None,
        })
    }};
}

/// Asks a synchronous store; `None` for what it cannot be asked.
pub fn ask<R, W, L, A>(
    traits: Traits<'_, R, W, L>,
    names: &Names,
    operation: &Operation,
    answers: &A,
) -> Option<Result<A::Answer, StorageError>>
where
    R: ReadableStorageTraits + ?Sized,
    W: WritableStorageTraits + ?Sized,
    L: ListableStorageTraits + ?Sized,
    A: Answers,
{
    ask!(traits, names, operation, answers, std::convert::identity,)
}

/// [`ask`] for an asynchronous store.
#[cfg(feature = "async")]
pub async fn ask_async<R, W, L, A>(
    traits: Traits<'_, R, W, L>,
    names: &Names,
    operation: &Operation,
    answers: &A,
) -> Option<Result<A::Answer, StorageError>>
where
    R: AsyncReadableStorageTraits + ?Sized,
    W: AsyncWritableStorageTraits + ?Sized,
    L: AsyncListableStorageTraits + ?Sized,
    A: Answers,
{
    ask!(traits, names, operation, answers, StreamExt::collect::<Vec<_>>, .await)
}
