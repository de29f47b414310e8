//! What a store can be asked.

use crate::plan::operation_kind::OperationKind;

/// What the store under test can be asked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// Values and sizes of keys can be read.
    pub read: bool,
    /// Keys can be set and erased.
    pub write: bool,
    /// Parts of values can be written.
    pub write_partial: bool,
    /// Keys can be listed.
    pub list: bool,
    /// The store can be opened again at the same place.
    pub reopen: bool,
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
        write_partial: false,
        list: false,
        reopen: false,
        audit: false,
        nodes: false,
        differential: false,
        traffic: false,
    };

    /// What a store with all of `zarrs_storage`'s readable, writable and listable traits has.
    pub const ZARRS: Self =
        Self { read: true, write: true, write_partial: true, list: true, ..Self::NONE };

    /// Whether operations of this kind can be asked.
    #[must_use]
    pub const fn allow(self, kind: OperationKind) -> bool {
        match kind {
            OperationKind::Get
            | OperationKind::GetPartial
            | OperationKind::GetPartialMany
            | OperationKind::SizeKey
            | OperationKind::Exists => self.read,
            OperationKind::Set
            | OperationKind::Erase
            | OperationKind::EraseMany
            | OperationKind::ErasePrefix
            | OperationKind::Clear => self.write,
            OperationKind::SetPartial | OperationKind::SetPartialMany => self.write_partial,
            OperationKind::List
            | OperationKind::ListPrefix
            | OperationKind::ListDir
            | OperationKind::IsEmpty
            | OperationKind::SizePrefix
            | OperationKind::Size => self.list,
            OperationKind::Reopen => self.reopen,
            OperationKind::Audit => self.audit,
            // A library reads the metadata of a node before it does anything else.
            OperationKind::ReadChunk
            | OperationKind::ReadRegion
            | OperationKind::ReadArray
            | OperationKind::GetChunk
            | OperationKind::OpenNode
            | OperationKind::GetMetadata => self.nodes && self.read,
            OperationKind::ListChildren | OperationKind::ListNodes | OperationKind::Walk => {
                self.nodes && self.read && self.list
            }
            OperationKind::AddGroup
            | OperationKind::AddArray
            | OperationKind::WriteChunk
            | OperationKind::WriteRegion
            | OperationKind::EraseChunk
            | OperationKind::Resize
            | OperationKind::SetAttributes
            | OperationKind::DeleteNode => self.nodes && self.read && self.write,
            OperationKind::CopyNode | OperationKind::MoveNode | OperationKind::Consolidate => {
                self.nodes && self.read && self.write && self.list
            }
        }
    }
}
