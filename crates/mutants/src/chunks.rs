//! Bugs of chunks: keys that are named like those of chunks are written, read or erased wrongly.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use zarr_conform_model::{Operation, Outcome, Range};
use zarrs_storage::byte_range::ByteRange;
use zarrs_storage::{StoreKey, StorePrefix};

use crate::aliases::takes_names_for;
use crate::host::{Bug, Host};
use crate::zarr_names::{document_in, is_chunk, is_document};

pub(crate) fn chunk_offset_ignored() -> Bug {
    Box::new(|host, operation| {
        let chunk = operation.key().filter(|key| is_chunk(host.names.key(*key)));
        let Some(length) = chunk.and_then(|key| host.length(key)) else {
            return host.ask(operation);
        };
        match operation {
            Operation::GetPartial { key, range } => {
                host.ask(&Operation::GetPartial { key: *key, range: from_start(*range, length) })
            }
            Operation::GetPartialMany { key, ranges } => {
                let ranges = ranges.iter().map(|range| from_start(*range, length)).collect();
                host.ask(&Operation::GetPartialMany { key: *key, ranges })
            }
            _ => host.ask(operation),
        }
    })
}

/// A range of the same length that begins at the start; a suffix, and a range that the value does
/// not have, as it is.
fn from_start(range: Range, value: u64) -> Range {
    let ByteRange::FromStart(offset, length) = range.0 else { return range };
    let Some(rest) = value.checked_sub(offset) else { return range };
    let length = length.unwrap_or(rest);
    if length > rest { range } else { Range(ByteRange::FromStart(0, Some(length))) }
}

pub(crate) fn chunk_rewrite_lost() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Set { key, value }
            if value.len() <= 16
                && is_chunk(host.names.key(*key))
                && host.length(*key) == Some(value.len() as u64) =>
        {
            Outcome::Done
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn chunk_number_cut() -> Bug {
    takes_names_for(|name| {
        let start = name.rfind('/').map_or(0, |slash| slash + 1);
        let number = &name[start..];
        let is_long = number.len() > 1 && number.bytes().all(|byte| byte.is_ascii_digit());
        is_long.then(|| name[..=start].to_owned())
    })
}

pub(crate) fn last_chunk_takes_array() -> Bug {
    Box::new(|host, operation| {
        if !matches!(operation, Operation::Erase { .. } | Operation::EraseMany { .. }) {
            return host.ask(operation);
        }
        let mut chunks = host.doomed(operation);
        chunks.retain(is_chunk);
        let outcome = host.ask(operation);
        if outcome == Outcome::Done {
            // All of them first: without its document, the array would be the node above it.
            let arrays: BTreeSet<_> =
                chunks.iter().filter_map(|chunk| array_of(host, chunk)).collect();
            for array in arrays {
                if !host.below(&array).iter().any(is_chunk) {
                    host.erase_all(document_in(&array).into_iter().collect());
                }
            }
        }
        outcome
    })
}

/// The prefix of the node that a key is in: the nearest one above it with a `zarr.json`.
fn array_of(host: &mut Host<'_>, chunk: &StoreKey) -> Option<StorePrefix> {
    let mut above = chunk.parent();
    loop {
        if host.value_named(&document_in(&above)?).is_some() {
            return Some(above);
        }
        above = above.parent()?;
    }
}

pub(crate) fn deleted_array_returns() -> Bug {
    let mut erased = HashMap::new();
    Box::new(move |host, operation| {
        let chunks: Arc<[(StoreKey, Bytes)]> = match operation {
            Operation::ErasePrefix { .. } => {
                let chunks = host.doomed(operation).into_iter().filter(is_chunk);
                chunks.filter_map(|key| Some((key.clone(), host.value_named(&key)?))).collect()
            }
            _ => Arc::default(),
        };
        let outcome = host.ask(operation);
        match operation {
            _ if outcome != Outcome::Done => {}
            Operation::ErasePrefix { prefix } if !chunks.is_empty() => {
                erased.insert(host.names.prefix(*prefix).clone(), chunks);
            }
            Operation::Set { key, .. } if is_document(host.names.key(*key)) => {
                let returning = erased.remove(&host.names.key(*key).parent());
                for (key, value) in returning.iter().flat_map(|chunks| chunks.iter()) {
                    host.set_named(key, value);
                }
            }
            _ => {}
        }
        outcome
    })
}
