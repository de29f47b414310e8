//! Which question an operation asks, without its operands.

use std::fmt;

/// Defines [`OperationKind`] and its names in one place.
macro_rules! kinds {
    (store { $($kind:ident $name:literal;)* } nodes { $($node:ident $node_name:literal;)* }) => {
        /// Which question an operation asks, without its operands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum OperationKind {
            $(#[doc = concat!("`", $name, "`")] $kind,)*
            $(#[doc = concat!("`", $node_name, "`")] $node,)*
        }

        impl OperationKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind,)* $(Self::$node,)*];

            /// Those that an array library over the store is asked, and not the store itself.
            pub const NODES: &[Self] = &[$(Self::$node),*];

            /// The name in plans and reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                    $(Self::$node => $node_name,)*
                }
            }
        }
    };
}

kinds! {
store {
    Get "get";
    GetPartial "get_partial";
    GetPartialMany "get_partial_many";
    SizeKey "size_key";
    Exists "exists";
    Set "set";
    SetPartial "set_partial";
    SetPartialMany "set_partial_many";
    Erase "erase";
    EraseMany "erase_many";
    ErasePrefix "erase_prefix";
    Clear "clear";
    List "list";
    ListPrefix "list_prefix";
    ListDir "list_dir";
    IsEmpty "is_empty";
    SizePrefix "size_prefix";
    Size "size";
    Reopen "reopen";
    Audit "audit";
}
nodes {
    AddGroup "add_group";
    AddArray "add_array";
    WriteChunk "write_chunk";
    WriteRegion "write_region";
    ReadChunk "read_chunk";
    ReadRegion "read_region";
    ReadArray "read_array";
    GetChunk "get_chunk";
    EraseChunk "erase_chunk";
    Resize "resize";
    SetAttributes "set_attributes";
    OpenNode "open_node";
    GetMetadata "get_metadata";
    ListChildren "list_children";
    ListNodes "list_nodes";
    Walk "walk";
    DeleteNode "delete_node";
    CopyNode "copy_node";
    MoveNode "move_node";
    Consolidate "consolidate";
}
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
