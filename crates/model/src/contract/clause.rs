//! Clauses: the sentences that a store is held against, each with its level and its source.

use std::fmt;

/// How binding a clause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// The Zarr v3 core specification says so.
    Specified,
    /// Every API that was read agrees on it.
    Agreed,
    /// Stores differ: the [`Dialect`](crate::Dialect) declares which way this one goes.
    Knob,
    /// Nobody says: the model allows a set of answers.
    Open,
}

impl Level {
    /// The letter in tables: S, A, K or N.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Specified => 'S',
            Self::Agreed => 'A',
            Self::Knob => 'K',
            Self::Open => 'N',
        }
    }
}

/// Defines [`Clause`] with its table in one place.
macro_rules! clauses {
    ($($id:ident $level:ident $sentence:literal, $source:literal;)*) => {
        /// One sentence of the contract. `CONTRACT.md` is the same table, with the rules and
        /// checks that exercise each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Clause {
            $(#[doc = $sentence] $id,)*
        }

        impl Clause {
            /// Every clause, in the order of the contract.
            pub const ALL: &[Self] = &[$(Self::$id),*];

            /// The id in plans, reports and `CONTRACT.md`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$id => stringify!($id),)* }
            }

            /// The sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$id => $sentence,)* }
            }

            /// How binding it is.
            #[must_use]
            pub const fn level(self) -> Level {
                match self { $(Self::$id => Level::$level,)* }
            }

            /// Who says so.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $(Self::$id => $source,)* }
            }
        }
    };
}

clauses! {
    R1 Specified "The value of a key is the bytes that were last set, all of them and no others.",
        "Zarr v3 core, abstract store interface, `get`";
    R2 Specified "A key that has no value reads as absent, with or without a range; this is no error.",
        "`zarrs_storage::ReadableStorageTraits::get`; zarr-python `StoreTests`";
    R3 Specified "A name that is only a directory of other keys has no value.",
        "Zarr v3 core: prefixes are not keys; object_store and opendal test suites";
    R4 Knob "A range gives exactly the bytes it covers; what it gives beyond the end is the dialect's.",
        "Zarr v3 core, `get_partial_values`; `zarrs_storage::byte_range`";
    R5 Knob "A range whose end is beyond any value is answered or refused like any other: no panic, and no memory for what is not there.",
        "zarr-python #2201";
    R6 Specified "Several ranges of one value give one answer each, in the order asked for, as if asked for alone.",
        "Zarr v3 core, `get_partial_values`: keys may repeat";
    R7 Knob "Among several ranges a bad one fails alone or fails the call, and never makes another one wrong.",
        "`zarrs_storage::ReadableStorageTraits::get_partial_many`; zarr-python `test_get_ranges`";
    R15 Specified "Values of several keys, or parts of them, that are asked for in one call come one for one in the order asked for; a key without a value gives none.",
        "Zarr v3 core, `get_partial_values`";
    R10 Agreed "A key exists exactly if it has a value, be it empty.",
        "zarr-python `Store.exists`; opendal `stat`";
    R11 Specified "The size of a key is the length of its value; a key that has no value has no size.",
        "`zarrs_storage::ReadableStorageTraits::size_key`";
    R12 Agreed "Bytes that a read returned do not change afterwards.",
        "zarr-python `MemoryStore` tests";
    W1 Specified "Setting a key that has no value creates it, and nothing else.",
        "Zarr v3 core, `set`";
    W2 Specified "Setting a key that has a value replaces all of it.",
        "Zarr v3 core, `set`; acquire-zarr #234";
    W3 Agreed "Setting the same value twice, or an earlier value again, leaves that value.",
        "idempotence of `set`, Zarr v3 core";
    W4 Knob "A key that is to be created only if it has no value is created once; a value that is there, be it empty, stays as it is.",
        "zarr-python `Store.set_if_not_exists`; object_store `PutMode::Create`";
    W6 Knob "A partial write lays its bytes over the value and keeps all others; a gap before it reads as zeros, if it is allowed.",
        "Zarr v3 core, `set_partial_values`; `zarrs_storage::store_set_partial_many`";
    W7 Specified "Several partial writes of one value are all applied; none at all leave the value as it is.",
        "Zarr v3 core, `set_partial_values`";
    W9 Specified "A key that the store cannot hold is refused before anything happens; one that is accepted is a key like any other.",
        "Zarr v3 core, key grammar; dandi-archive #2881, Zarr.jl #344";
    W10 Agreed "An operation that is refused changes nothing; one on many keys may have changed some of them, unless the dialect says otherwise.",
        "tensorstore `kvstore/test_util`";
    W11 Knob "A key and a key below it both keep their values; a store that cannot hold both refuses the second.",
        "object_store integration tests; Zarr v3 core, file system store";
    D1 Specified "An erased key is gone, and only that key.",
        "Zarr v3 core, `erase`; zarr-python #2451";
    D2 Agreed "Erasing a key that has no value succeeds.",
        "zarr-python #2967; `zarrs_storage::store_test`";
    D3 Specified "Erasing many keys removes each that is there; missing and repeated ones do not matter.",
        "Zarr v3 core, `erase_values`";
    D4 Specified "Erasing a prefix removes exactly the keys below it, by whole segments; a prefix that covers nothing is no error.",
        "Zarr v3 core, `erase_prefix`; zarr-python #2917";
    D7 Agreed "A cleared store is empty, and can be used again.",
        "zarr-python `Store.clear`";
    D8 Specified "A key that is set again after its erase has the new value.",
        "Zarr v3 core, `set`; zarr-python #1076, #3366";
    D9 Knob "A copy has the value of its source, which keeps it; a renamed key has moved, and its old name is gone; a source without a value is an error, and changes nothing.",
        "object_store `copy` and `rename`; opendal behaviour tests";
    L1 Specified "Listing gives every key that has a value, once, and no other.",
        "Zarr v3 core, `list`";
    L2 Specified "Listing a prefix gives every key below it, by whole segments, once, and no other.",
        "Zarr v3 core, `list_prefix`; icechunk #1824";
    L4 Specified "A directory gives each direct child once: the keys, and apart from them the prefixes that have keys below.",
        "Zarr v3 core, `list_dir`";
    L5 Specified "A prefix below which no key is left appears in no directory, and is an empty directory itself.",
        "Zarr v3 core, `list_dir`; zarr-python #2218";
    L7 Agreed "Below a key that is no directory there is nothing.",
        "object_store #3712";
    L8 Agreed "A prefix is empty exactly if no key is below it.",
        "zarr-python `Store.is_empty`";
    L11 Agreed "The size of a prefix is the summed length of the values below it; that of the store, of all values.",
        "`zarrs_storage::ListableStorageTraits::size_prefix`";
    H1 Agreed "A group that is made has the metadata that it was made with, and is listed.",
        "zarr-python `ZarrHierarchyStateMachine.add_group`";
    H2 Agreed "An array that is made has the metadata that it was made with, and every element is the fill value.",
        "zarr-python `ZarrHierarchyStateMachine.add_array`; Zarr v3 core, array metadata";
    H3 Agreed "Where a node is, no other is made, unless it is to be overwritten: nothing of the old one is left then.",
        "zarr-python `overwrite`";
    H4 Specified "A node name is not empty, has no `/`, is not made of dots alone and does not begin with `__`.",
        "Zarr v3 core, node names";
    H5 Agreed "What is read of an array is what was written last, element by element, and chunks with nothing but the fill value need not be there.",
        "zarr-python `ZarrHierarchyStateMachine.overwrite_array_basic_indexing`; zarr-python #2849";
    H7 Agreed "An erased chunk reads as the fill value; erasing one that is not there does nothing.",
        "zarr-python `ZarrHierarchyStateMachine.delete_chunk`; icechunk #1921, #2312";
    H8 Agreed "Resizing keeps what both shapes have; what is new is the fill value, and never what was cut off before.",
        "zarr-python `ZarrHierarchyStateMachine.resize_array`";
    H10 Agreed "A node that is deleted is gone with everything below it, and its siblings stay.",
        "zarr-python #3977, #4002";
    H11 Agreed "A node that is copied or moved is at its new place what it was, with everything below it; nothing is written over, and nothing else changes.",
        "zarr-python `ZarrHierarchyStateMachine.move_array`, `move_group` (commented out there); icechunk `move_node`";
    H12 Agreed "A group lists the nodes below it, and nothing that is none: foreign objects and malformed metadata are passed over.",
        "zarr-python `ZarrHierarchyStateMachine.check_list_dir`, `contains_array`";
    H13 Agreed "User attributes are read as they were set, and setting them changes no other metadata.",
        "zarr-python `update_attributes`";
    H14 Knob "A group whose metadata was consolidated lists the nodes that were below it then, with the metadata that they had, until it is consolidated again.",
        "zarr-python `consolidate_metadata`; `zarrs` `Group::children`";
    O1 Knob "A store that persists holds the same after it is opened again.",
        "icechunk and fsx: reopen";
    O10 Agreed "Two ways into one place agree: on values, on what is absent, on what is listed and on the class of an error.",
        "zarr-python `StoreTests` of synchronous beside asynchronous methods; the twin traits of `zarrs_storage`";
    I14 Knob "An operation costs no more requests to the service below the store than the store declares.",
        "tensorstore: request counts of coalesced reads";
    C1 Knob "Each of several operations at the same time happens at one moment between its call and its return, key by key; what is read afterwards agrees.",
        "Herlihy and Wing, Linearizability (TOPLAS 1990); porcupine; S3, strong consistency";
    C2 Knob "A read beside a write gives the old value or the new one, all of it, and never absent, empty or a mixture.",
        "S3, data consistency model; zarr-python #3411, #3412";
    C3 Knob "A size, or parts of a value, that are read beside a write are those of one version.",
        "S3, data consistency model; object_store `get_ranges`";
    C4 Knob "A listing beside writes has every key that nobody touches, once, and no name that never was a key; a key that vanishes is no error.",
        "opendal #7230; tensorstore `kvstore/test_util`";
    C5 Knob "What one handle on a place writes, another one that is open there reads at once, where the dialect says so.",
        "icechunk's tests of several sessions; zarr-python #1076, #4282";
    C6 Knob "Of several callers that create one key at the same time, one succeeds.",
        "object_store `PutMode::Create`; S3 conditional writes";
    C7 Agreed "A handle that is opened again reads all that others on its place wrote.",
        "icechunk's tests of several sessions; zarr v2 consolidated metadata that is written back";
    C8 Knob "An erase of a prefix beside writes below it leaves each key gone, or with a value that was set meanwhile.",
        "Zarr v3 core, `erase_prefix`: one erase for each key";
    C9 Knob "Partial writes of one key at the same time are all kept, where the dialect says so.",
        "zarr-python #3682, #3683, #3514; `zarrs`: a key is not written by two callers at once";
    C10 Agreed "A write that is dropped on the way has happened or has not, what is read later agrees, and nobody waits for it.",
        "tensorstore cancellation tests; `zarrs` changelog on deadlocks";
    X1 Agreed "A write that fails on the way, or says that it may be asked again, has happened or has not, and nothing in between; a read gives what is there or fails.",
        "tensorstore file driver tests; ShardStore (SOSP 2021)";
    X2 Specified "A call that is interrupted, or that reads or writes less than it was to, is gone on with: an operation does all of it or fails.",
        "POSIX, `read` and `write`; tensorstore file driver tests";
    X3 Agreed "A write that finds no space left has happened or has not; with space again it succeeds.",
        "opendal edge tests; tensorstore file driver tests";
    X4 Agreed "A request that is refused for now, unanswered or cut short is asked again, a bounded number of times, or is an error: never absent, never less, never half a value.",
        "icechunk's tests with toxiproxy (`limit_data`, `reset_peer`); Amazon S3 API reference, error responses";
    X5 Agreed "A request that is carried out though its reply is lost, or that arrives twice, does what it does once: a key that was created so is no conflict.",
        "RFC 9110, section 9.2.2, idempotent methods; Amazon S3 user guide, conditional writes";
    X6 Agreed "When the process ends at any time, the store opens again, and each key has what was acknowledged last, or what was being written.",
        "ShardStore (SOSP 2021), `DirtyReboot`; CrashMonkey (OSDI 2018)";
    X7 Knob "When the power is cut, the store opens again, and each key has a value that was written whole: of a durable store, the one that was acknowledged last.",
        "zarrs #420, #421; zarrs-python #185; lazyfs";
    X8 Knob "Bytes that come back changed are found out by a store that declares checksums; another one passes them on, and gives what is there when they come back right.",
        "TigerBeetle's VOPR, storage faults; Amazon S3 user guide, checking object integrity";
    X9 Agreed "Nothing outside the store's root is created, changed or removed.",
        "dandi-archive #2881";
    X10 Agreed "Whatever went wrong, no file and no open handle is left behind.",
        "CERT secure coding, FIO42-C";
    X11 Agreed "A store that is dropped goes without a panic, and the process stays.",
        "Rust API guidelines, C-DTOR-FAIL and C-DTOR-BLOCK";
}

impl Clause {
    /// The clause with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|clause| clause.id() == id)
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clause_is_one_sentence_with_a_source() {
        for clause in Clause::ALL {
            let sentence = clause.sentence();
            assert!(sentence.ends_with('.'), "{clause}: {sentence}");
            assert!(!clause.source().is_empty(), "{clause} has no source");
        }
    }
}
