//! What a store can be asked.

use crate::plan::operation_kind::OperationKind;
use crate::plan::table::operation_table;

/// What the store under test can be asked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// Values and sizes of keys can be read.
    pub read: bool,
    /// Keys can be set.
    pub write: bool,
    /// Keys can be erased; zarr-python calls it `supports_deletes`.
    pub erase: bool,
    /// Keys can be created on the condition that they have no value.
    pub create: bool,
    /// Values can be copied from key to key.
    pub copy: bool,
    /// Keys can be renamed.
    pub rename: bool,
    /// Parts of values can be written.
    pub write_partial: bool,
    /// Keys can be listed.
    pub list: bool,
    /// The store can be opened again at the same place.
    pub reopen: bool,
    /// It can be opened a second time at the same place, while the first one is asked.
    pub second_handle: bool,
    /// What is around the store can be audited.
    pub audit: bool,
    /// There is an array library over the store that can be asked for groups and arrays.
    pub nodes: bool,
    /// Every read is asked in two ways, which must agree; see `Differential` in `zarr-conform-store`.
    pub differential: bool,
    /// Requests to the service below are counted; see
    /// `StoreUnderTest::traffic` in `zarr-conform-store`.
    pub traffic: bool,
}

impl Capabilities {
    /// What a store has that can be asked nothing.
    pub const NONE: Self = Self {
        read: false,
        write: false,
        erase: false,
        create: false,
        copy: false,
        rename: false,
        write_partial: false,
        list: false,
        reopen: false,
        second_handle: false,
        audit: false,
        nodes: false,
        differential: false,
        traffic: false,
    };

    /// What a store with all of `zarrs_storage`'s readable, writable and listable traits has.
    pub const ZARRS: Self = Self {
        read: true,
        write: true,
        erase: true,
        write_partial: true,
        list: true,
        ..Self::NONE
    };
}

/// Derives from the table what capabilities allow.
macro_rules! allow {
    (
        store { $(
            $(#[$doc:meta])*
            $kind:ident $name:literal needs($($need:ident),+) $effect:ident
            $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })?
        )* }
        nodes { $($node:ident $node_name:literal needs($($node_need:ident),+) $node_effect:ident;)* }
    ) => {
        impl Capabilities {
            /// Whether operations of this kind can be asked.
            #[must_use]
            pub const fn allow(self, kind: OperationKind) -> bool {
                match kind {
                    $(OperationKind::$kind => $(self.$need)&&+,)*
                    $(OperationKind::$node => $(self.$node_need)&&+,)*
                }
            }
        }
    };
}

operation_table!(allow);
