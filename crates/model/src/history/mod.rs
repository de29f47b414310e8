//! Histories: callers at the same time, and whether what they saw can be explained.
//!
//! A history is judged key by key: a store is linearizable exactly if it is for each key (Herlihy and
//! Wing 1990). For each key, the search takes the calls in the order of their returns, and keeps what
//! the store may hold by any order of those that overlap (Wing and Gong 1993), each state of it once
//! (Lowe 2017). What is right of one operation in one state is the [`StoreModel`](crate::StoreModel)'s
//! to say.
//!
//! | Operation | is, for each key |
//! |---|---|
//! | `set`, `set_if_absent`, `erase`, a partial write | one write |
//! | `get`, `size_key`, `exists`, a partial read, several of one value | one read of one version |
//! | a part of `get_many` | a read of its own |
//! | `erase_many`, `erase_prefix`, `clear` | an erase of its own |
//! | a listing, `is_empty` | a question of its own whether the key is there |
//! | `size_prefix`, `size` | one of the lengths that the key may have had meanwhile |
//! | `copy` | a read of the source, then a write of what was read |
//! | `rename` | the same, then an erase of the source |
//!
//! Copies and renames are in steps because most stores have them so, and nobody promises more. Where
//! [`PartialWrites::Lost`](crate::contract::PartialWrites) is declared, partial writes are, too.
//!
//! A write that fails against the contract, or never returns, has happened or has not by the time at
//! which all callers have joined. An error that the contract allows means what it means in sequence.
//!
//! | [`Overlap`](crate::contract::Overlap) | leaves open |
//! |---|---|
//! | `Linearizable` | nothing |
//! | `Readers` | which of the values that overlapping writers of a key write is read; one of them stays |
//! | `DistinctKeys` | all of a key, once two calls share it and one writes, until all have joined |
//! | `None` | all of all keys, once two calls overlap, until all have joined |
//!
//! What is there when all have joined is read the same each time, whatever was left open. No level but
//! `None` allows a panic, a missing answer, or a name that never was a key.
//!
//! With [`SecondHandle::OnReopen`](crate::contract::SecondHandle), a read through one handle of a key that
//! another one writes may be as old as the last write or opening of its own handle.

mod blame;
mod crowd;
mod deed;
mod guess;
mod history;
mod judge;
mod levels;
mod listing;
mod projection;
mod search;
mod share;
mod state;
mod stuck;
mod timeline;
mod verdict;

pub use history::{Answer, Call, End, History, Position};
pub use verdict::{Finding, Verdict};
