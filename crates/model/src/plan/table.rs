//! The table of operations: one row each, from which all that follows from a row is derived.
//!
//! A row says how the operation is written, what a store must be able to do for it, what it does to
//! what the store holds, and its operands with their types. Derived from it are the enum
//! [`Operation`](crate::Operation), its kinds, `needs` and effects (`operation_kind.rs`), its text, both
//! ways, and its renaming (`operation.rs`), what capabilities allow (`capabilities.rs`), and, over the
//! types of operands, sizes and simpler forms of plans in `zarr-conform-rules`.
//!
//! A new operation is a row here, what a store must answer and holds afterwards in
//! `store_model/semantics.rs`, and how stores are asked in `ask.rs` of `zarr-conform-store`.

/// Calls the macro `$then` with the table.
///
/// Rows of `store` are asked of stores; those of `nodes`, whose operands are in `node.rs`, of an array
/// library over one.
macro_rules! operation_table {
    ($then:ident) => {
        $then! {
            store {
                /// `get key`: the whole value.
                Get "get" needs(read) Reads {
                    /// The key asked for.
                    key: KeyId,
                }
                /// `get_partial key range`: one part of the value.
                GetPartial "get_partial" needs(read) Reads {
                    /// The key asked for.
                    key: KeyId,
                    /// The part asked for.
                    range: Range,
                }
                /// `get_partial_many key [range, …]`: several parts of one value, in the order asked
                /// for.
                GetPartialMany "get_partial_many" needs(read) Reads {
                    /// The key asked for.
                    key: KeyId,
                    /// The parts asked for: unsorted, repeated and overlapping ones are fine.
                    ranges: Arc<[Range]>,
                }
                /// `get_many [key, key range, …]`: values of several keys or parts of them, in the order
                /// asked for.
                GetMany "get_many" needs(read) Reads {
                    /// What is asked for: unsorted and repeated keys are fine.
                    parts: Arc<[KeyPart]>,
                }
                /// `size_key key`: the length of the value in bytes.
                SizeKey "size_key" needs(read) Reads {
                    /// The key asked for.
                    key: KeyId,
                }
                /// `exists key`: whether the key has a value, be it empty.
                Exists "exists" needs(read) Reads {
                    /// The key asked for.
                    key: KeyId,
                }
                /// `set key value`: creates the key or replaces its whole value.
                Set "set" needs(write) Sets {
                    /// The key written.
                    key: KeyId,
                    /// The new value.
                    value: Value,
                }
                /// `set_if_absent key value`: creates the key, if it has no value.
                SetIfAbsent "set_if_absent" needs(create) Sets {
                    /// The key written.
                    key: KeyId,
                    /// Its value, if it has none.
                    value: Value,
                }
                /// `copy from to`: gives a key the value of another one.
                Copy "copy" needs(copy) Copies {
                    /// The key that is copied, and the one that gets its value.
                    keys: [KeyId; 2],
                }
                /// `rename from to`: gives a key the value of another one, which loses it.
                Rename "rename" needs(rename) Copies {
                    /// The old name and the new one.
                    keys: [KeyId; 2],
                }
                /// `set_partial key offset value`: overlays a part of the value.
                SetPartial "set_partial" needs(write_partial) Patches {
                    /// The key written.
                    key: KeyId,
                    /// Where the overlay goes.
                    patch: Patch,
                }
                /// `set_partial_many key [offset value, …]`: overlays parts of one value, in order.
                SetPartialMany "set_partial_many" needs(write_partial) Patches {
                    /// The key written.
                    key: KeyId,
                    /// The overlays. The specification forbids ones that overlap.
                    patches: Arc<[Patch]>,
                }
                /// `erase key`: removes the key, if it is there.
                Erase "erase" needs(erase) Erases {
                    /// The key erased.
                    key: KeyId,
                }
                /// `erase_many [key, …]`: removes each key that is there.
                EraseMany "erase_many" needs(erase) Erases {
                    /// The keys erased; missing and repeated ones are fine.
                    keys: Arc<[KeyId]>,
                }
                /// `erase_prefix prefix`: removes the keys below the prefix.
                ErasePrefix "erase_prefix" needs(erase) ErasesBelow {
                    /// The prefix erased.
                    prefix: PrefixId,
                }
                /// `clear`: removes every key.
                Clear "clear" needs(erase) ErasesBelow
                /// `list`: every key.
                List "list" needs(list) Reads
                /// `list_prefix prefix`: the keys below the prefix.
                ListPrefix "list_prefix" needs(list) Reads {
                    /// The prefix listed.
                    prefix: PrefixId,
                }
                /// `list_dir prefix`: the keys and the prefixes directly below the prefix.
                ListDir "list_dir" needs(list) Reads {
                    /// The prefix listed.
                    prefix: PrefixId,
                }
                /// `is_empty prefix`: whether no key is below the prefix.
                IsEmpty "is_empty" needs(list) Reads {
                    /// The prefix asked for.
                    prefix: PrefixId,
                }
                /// `size_prefix prefix`: the summed length of the values below the prefix.
                SizePrefix "size_prefix" needs(list) Reads {
                    /// The prefix asked for.
                    prefix: PrefixId,
                }
                /// `size`: the summed length of all values.
                Size "size" needs(list) Reads
                /// `reopen`: drops the store and opens it again at the same place.
                Reopen "reopen" needs(reopen) Handles
                /// `audit`: asks the adapter, not the store, whether everything around the store is
                /// as it was: files beside the root, leftovers inside it.
                Audit "audit" needs(audit) Handles
                /// `close`: drops the store, after which nothing is asked; whoever opened it does that.
                Close "close" needs(read) Handles
            }
            // A library reads the metadata of a node before it does anything else, and erases where
            // chunks come to hold nothing but fill values.
            nodes {
                AddGroup "add_group" needs(nodes, read, write, erase) Sets;
                AddArray "add_array" needs(nodes, read, write, erase) Sets;
                WriteChunk "write_chunk" needs(nodes, read, write, erase) Sets;
                WriteRegion "write_region" needs(nodes, read, write, erase) Sets;
                ReadChunk "read_chunk" needs(nodes, read) Reads;
                ReadRegion "read_region" needs(nodes, read) Reads;
                ReadArray "read_array" needs(nodes, read) Reads;
                GetChunk "get_chunk" needs(nodes, read) Reads;
                EraseChunk "erase_chunk" needs(nodes, read, write, erase) Sets;
                Resize "resize" needs(nodes, read, write, erase) Sets;
                SetAttributes "set_attributes" needs(nodes, read, write, erase) Sets;
                OpenNode "open_node" needs(nodes, read) Reads;
                GetMetadata "get_metadata" needs(nodes, read) Reads;
                ListChildren "list_children" needs(nodes, read, list) Reads;
                ListNodes "list_nodes" needs(nodes, read, list) Reads;
                Walk "walk" needs(nodes, read, list) Reads;
                DeleteNode "delete_node" needs(nodes, read, write, erase) Sets;
                CopyNode "copy_node" needs(nodes, read, write, erase, list) Sets;
                MoveNode "move_node" needs(nodes, read, write, erase, list) Sets;
                Consolidate "consolidate" needs(nodes, read, write, erase, list) Sets;
            }
        }
    };
}

pub(crate) use operation_table;
