//! Operations: one call on the abstract store interface each, as plain data.
//!
//! Every operation may be asked in every state. Nothing has to be rejected, so any part of a plan
//! is a plan, and shrinking needs no validity checks: what a state allows is the model's answer,
//! not a precondition.
//!
//! Operations are `Clone` and carry their lists in `Arc`s. One that is `Copy` would have to point
//! into a plan. This one means the same by itself, given the table of names, so a rule can return
//! it, a strategy can yield it and `prop_state_machine!` can hold it; a clone copies a few words.

use std::fmt;
use std::sync::Arc;

use crate::plan::names::{KeyId, Names, PrefixId};
use crate::plan::node::{NodeAction, NodeOperation};
use crate::plan::operation_kind::OperationKind;
use crate::plan::patch::Patch;
use crate::plan::range::Range;
use crate::plan::text;
use crate::plan::value::Value;

/// One question to a store.
///
/// Every operation may be asked in every state: nothing has to be rejected, so any part of a
/// plan is a plan. An operation names its keys through its plan's [`Names`]; in text, the names
/// stand.
///
/// Most operations are one method of `zarrs_storage`'s traits. The questions that zarr-python
/// asks and `zarrs_storage` has no method for are asked through what it has:
///
/// | zarr-python | here | asked as |
/// |---|---|---|
/// | `exists(key)` | [`Exists`](Self::Exists) | `size_key(key)` is `Some` |
/// | `is_empty(prefix)` | [`IsEmpty`](Self::IsEmpty) | `list_prefix(prefix)` is empty |
/// | `clear()` | [`Clear`](Self::Clear) | `erase_prefix("")` |
/// | `getsize(key)` | [`SizeKey`](Self::SizeKey) | `size_key(key)` |
/// | `getsize_prefix(prefix)` | [`SizePrefix`](Self::SizePrefix) | `size_prefix(prefix)` |
/// | `delete(key)`, `delete_dir(prefix)` | [`Erase`](Self::Erase), [`ErasePrefix`](Self::ErasePrefix) | `erase`, `erase_prefix` |
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `get key`: the whole value.
    Get {
        /// The key asked for.
        key: KeyId,
    },
    /// `get_partial key range`: one part of the value.
    GetPartial {
        /// The key asked for.
        key: KeyId,
        /// The part asked for.
        range: Range,
    },
    /// `get_partial_many key [range, …]`: several parts of one value, in the order asked for.
    GetPartialMany {
        /// The key asked for.
        key: KeyId,
        /// The parts asked for: unsorted, repeated and overlapping ones are fine.
        ranges: Arc<[Range]>,
    },
    /// `size_key key`: the length of the value in bytes.
    SizeKey {
        /// The key asked for.
        key: KeyId,
    },
    /// `exists key`: whether the key has a value, be it empty.
    Exists {
        /// The key asked for.
        key: KeyId,
    },
    /// `set key value`: creates the key or replaces its whole value.
    Set {
        /// The key written.
        key: KeyId,
        /// The new value.
        value: Value,
    },
    /// `set_partial key offset value`: overlays a part of the value.
    SetPartial {
        /// The key written.
        key: KeyId,
        /// Where the overlay goes.
        patch: Patch,
    },
    /// `set_partial_many key [offset value, …]`: overlays parts of one value, in order.
    SetPartialMany {
        /// The key written.
        key: KeyId,
        /// The overlays. The specification forbids ones that overlap.
        patches: Arc<[Patch]>,
    },
    /// `erase key`: removes the key, if it is there.
    Erase {
        /// The key erased.
        key: KeyId,
    },
    /// `erase_many [key, …]`: removes each key that is there.
    EraseMany {
        /// The keys erased; missing and repeated ones are fine.
        keys: Arc<[KeyId]>,
    },
    /// `erase_prefix prefix`: removes the keys below the prefix.
    ErasePrefix {
        /// The prefix erased.
        prefix: PrefixId,
    },
    /// `clear`: removes every key.
    Clear,
    /// `list`: every key.
    List,
    /// `list_prefix prefix`: the keys below the prefix.
    ListPrefix {
        /// The prefix listed.
        prefix: PrefixId,
    },
    /// `list_dir prefix`: the keys and the prefixes directly below the prefix.
    ListDir {
        /// The prefix listed.
        prefix: PrefixId,
    },
    /// `is_empty prefix`: whether no key is below the prefix.
    IsEmpty {
        /// The prefix asked for.
        prefix: PrefixId,
    },
    /// `size_prefix prefix`: the summed length of the values below the prefix.
    SizePrefix {
        /// The prefix asked for.
        prefix: PrefixId,
    },
    /// `size`: the summed length of all values.
    Size,
    /// `reopen`: drops the store and opens it again at the same place.
    Reopen,
    /// `audit`: asks the adapter, not the store, whether everything around the store is as it
    /// was: files beside the root, leftovers inside it.
    Audit,
    /// A question to an array library over the store, such as `add_group a`.
    Node(NodeOperation),
}

impl Operation {
    /// Which question this is.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Get { .. } => OperationKind::Get,
            Self::GetPartial { .. } => OperationKind::GetPartial,
            Self::GetPartialMany { .. } => OperationKind::GetPartialMany,
            Self::SizeKey { .. } => OperationKind::SizeKey,
            Self::Exists { .. } => OperationKind::Exists,
            Self::Set { .. } => OperationKind::Set,
            Self::SetPartial { .. } => OperationKind::SetPartial,
            Self::SetPartialMany { .. } => OperationKind::SetPartialMany,
            Self::Erase { .. } => OperationKind::Erase,
            Self::EraseMany { .. } => OperationKind::EraseMany,
            Self::ErasePrefix { .. } => OperationKind::ErasePrefix,
            Self::Clear { .. } => OperationKind::Clear,
            Self::List { .. } => OperationKind::List,
            Self::ListPrefix { .. } => OperationKind::ListPrefix,
            Self::ListDir { .. } => OperationKind::ListDir,
            Self::IsEmpty { .. } => OperationKind::IsEmpty,
            Self::SizePrefix { .. } => OperationKind::SizePrefix,
            Self::Size { .. } => OperationKind::Size,
            Self::Reopen { .. } => OperationKind::Reopen,
            Self::Audit { .. } => OperationKind::Audit,
            Self::Node(operation) => operation.action.kind(),
        }
    }

    /// Whether the operation may change what the store holds.
    #[must_use]
    pub fn is_write(&self) -> bool {
        match self {
            Self::Set { .. } | Self::SetPartial { .. } | Self::SetPartialMany { .. } => true,
            Self::Node(operation) => operation.action.is_write(),
            other => other.is_erase(),
        }
    }

    /// The longest value in bytes, 256 MiB, that a partial write may make: the model has to hold it.
    pub const LONGEST_PATCHED_VALUE: u64 = 1 << 28;

    /// The partial writes, if the operation makes some.
    #[must_use]
    pub fn patches(&self) -> &[Patch] {
        match self {
            Self::SetPartial { patch, .. } => std::slice::from_ref(patch),
            Self::SetPartialMany { patches, .. } => patches,
            _ => &[],
        }
    }

    /// Whether the operation writes a value, be it empty, or a part of one that is not.
    #[must_use]
    pub fn writes_bytes(&self) -> bool {
        matches!(self, Self::Set { .. })
            || self.patches().iter().any(|patch| !patch.value.is_empty())
    }

    /// Whether the operation may remove keys.
    #[must_use]
    pub const fn is_erase(&self) -> bool {
        matches!(
            self,
            Self::Erase { .. } | Self::EraseMany { .. } | Self::ErasePrefix { .. } | Self::Clear
        )
    }

    /// The one key that the operation is about, if there is one.
    #[must_use]
    pub const fn key(&self) -> Option<KeyId> {
        match self {
            Self::Get { key }
            | Self::GetPartial { key, .. }
            | Self::GetPartialMany { key, .. }
            | Self::SizeKey { key }
            | Self::Exists { key }
            | Self::Set { key, .. }
            | Self::SetPartial { key, .. }
            | Self::SetPartialMany { key, .. }
            | Self::Erase { key } => Some(*key),
            _ => None,
        }
    }

    /// Every key that the operation names.
    #[must_use]
    pub fn keys(&self) -> &[KeyId] {
        match self {
            Self::Get { key }
            | Self::GetPartial { key, .. }
            | Self::GetPartialMany { key, .. }
            | Self::SizeKey { key }
            | Self::Exists { key }
            | Self::Set { key, .. }
            | Self::SetPartial { key, .. }
            | Self::SetPartialMany { key, .. }
            | Self::Erase { key } => std::slice::from_ref(key),
            Self::EraseMany { keys } => keys,
            _ => &[],
        }
    }

    /// The prefix that the operation is about, if it is about one.
    #[must_use]
    pub const fn prefix(&self) -> Option<PrefixId> {
        match self {
            Self::ErasePrefix { prefix }
            | Self::ListPrefix { prefix }
            | Self::ListDir { prefix }
            | Self::IsEmpty { prefix }
            | Self::SizePrefix { prefix }
            | Self::Node(NodeOperation { node: prefix, .. }) => Some(*prefix),
            _ => None,
        }
    }

    /// Every prefix that the operation names.
    pub fn prefixes(&self) -> impl Iterator<Item = PrefixId> {
        let target = match self {
            Self::Node(operation) => operation.action.target(),
            _ => None,
        };
        self.prefix().into_iter().chain(target)
    }

    /// The same operation on other names.
    #[must_use]
    pub fn rename(
        &self,
        key: impl Fn(KeyId) -> KeyId,
        prefix: impl Fn(PrefixId) -> PrefixId,
    ) -> Self {
        let mut renamed = self.clone();
        match &mut renamed {
            Self::Get { key: name }
            | Self::GetPartial { key: name, .. }
            | Self::GetPartialMany { key: name, .. }
            | Self::SizeKey { key: name }
            | Self::Exists { key: name }
            | Self::Set { key: name, .. }
            | Self::SetPartial { key: name, .. }
            | Self::SetPartialMany { key: name, .. }
            | Self::Erase { key: name } => *name = key(*name),
            Self::EraseMany { keys } => *keys = keys.iter().map(|name| key(*name)).collect(),
            Self::ErasePrefix { prefix: name }
            | Self::ListPrefix { prefix: name }
            | Self::ListDir { prefix: name }
            | Self::IsEmpty { prefix: name }
            | Self::SizePrefix { prefix: name } => *name = prefix(*name),
            Self::Node(NodeOperation { node, action }) => {
                *node = prefix(*node);
                match **action {
                    NodeAction::CopyNode { to } => {
                        *action = Arc::new(NodeAction::CopyNode { to: prefix(to) });
                    }
                    NodeAction::MoveNode { to } => {
                        *action = Arc::new(NodeAction::MoveNode { to: prefix(to) });
                    }
                    _ => {}
                }
            }
            Self::Clear | Self::List | Self::Size | Self::Reopen | Self::Audit => {}
        }
        renamed
    }

    /// The operation as one line of a plan, with the names that `names` gives.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_model::Plan;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let plan: Plan = "get_partial a/b 1..4".parse()?;
    /// let line = plan.operations()[0].display(plan.names()).to_string();
    /// assert_eq!(line, "get_partial a/b 1..4");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub const fn display<'a>(&'a self, names: &'a Names) -> OperationText<'a> {
        OperationText { operation: self, names }
    }
}

/// Prints an operation; see [`Operation::display`].
#[derive(Clone, Copy)]
pub struct OperationText<'a> {
    operation: &'a Operation,
    names: &'a Names,
}

impl fmt::Display for OperationText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, names } = *self;
        f.write_str(operation.kind().name())?;
        if let Some(key) = operation.key() {
            write!(f, " {}", text::Name(names.key(key).as_str()))?;
        }
        if let Operation::Node(NodeOperation { node, action }) = operation {
            write!(f, " {}{action}", text::Node(names.prefix(*node).as_str()))?;
            let target = action.target().map(|to| text::Node(names.prefix(to).as_str()));
            return target.map_or(Ok(()), |target| write!(f, " {target}"));
        }
        if let Some(prefix) = operation.prefix() {
            write!(f, " {}", text::Prefix(names.prefix(prefix).as_str()))?;
        }
        match operation {
            Operation::GetPartial { range, .. } => write!(f, " {range}"),
            Operation::GetPartialMany { ranges, .. } => {
                f.write_str(" ")?;
                text::write_list(f, ranges.iter())
            }
            Operation::Set { value, .. } => write!(f, " {value}"),
            Operation::SetPartial { patch, .. } => write!(f, " {patch}"),
            Operation::SetPartialMany { patches, .. } => {
                f.write_str(" ")?;
                text::write_list(f, patches.iter())
            }
            Operation::EraseMany { keys } => {
                f.write_str(" ")?;
                text::write_list(f, keys.iter().map(|key| text::Name(names.key(*key).as_str())))
            }
            _ => Ok(()),
        }
    }
}
