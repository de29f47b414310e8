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

use crate::plan::cursor::Cursor;
use crate::plan::key_part::KeyPart;
use crate::plan::names::{Draft, KeyId, Names, PrefixId};
use crate::plan::node::NodeOperation;
use crate::plan::operand::{Operand, OperandMut, OperandType};
use crate::plan::operation_kind::OperationKind;
use crate::plan::patch::Patch;
use crate::plan::plan_error::PlanError;
use crate::plan::range::Range;
use crate::plan::table::operation_table;
use crate::plan::value::Value;

/// The most operands that an operation has.
const MOST_OPERANDS: usize = 2;

/// Up to [`MOST_OPERANDS`] of them, in the order of the table.
fn in_order<T, const COUNT: usize>(
    operands: [T; COUNT],
) -> std::iter::Flatten<std::array::IntoIter<Option<T>, MOST_OPERANDS>> {
    let mut operands = operands.into_iter();
    std::array::from_fn(|_| operands.next()).into_iter().flatten()
}

/// Defines [`Operation`] from the table, and what follows from a row alone.
macro_rules! operations {
    (
        store { $(
            $(#[$doc:meta])*
            $kind:ident $name:literal needs($($need:ident),+) $effect:ident
            $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })?
        )* }
        nodes { $($node:ident $node_name:literal needs($($node_need:ident),+) $node_effect:ident;)* }
    ) => {
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
            $($(#[$doc])* $kind $({ $($(#[$field_doc])* $field: $type,)+ })?,)*
            /// A question to an array library over the store, such as `add_group a`.
            Node(NodeOperation),
        }

        impl Operation {
            /// Which question this is.
            #[must_use]
            pub fn kind(&self) -> OperationKind {
                match self {
                    $(Self::$kind { .. } => OperationKind::$kind,)*
                    Self::Node(operation) => operation.action.kind(),
                }
            }

            /// Its operands, in the order in which they are written.
            pub fn operands(&self) -> impl Iterator<Item = Operand<'_>> + Clone {
                match self {
                    $(Self::$kind $({ $($field),+ })? => in_order([$($($field.view()),+)?]),)*
                    Self::Node(operation) => in_order([Operand::Node(operation)]),
                }
            }

            /// [`operands`](Self::operands), to be changed.
            pub fn operands_mut(&mut self) -> impl Iterator<Item = OperandMut<'_>> {
                match self {
                    $(Self::$kind $({ $($field),+ })? => in_order([$($($field.edit()),+)?]),)*
                    Self::Node(operation) => in_order([OperandMut::Node(operation)]),
                }
            }

            /// Reads the operands of an operation of this kind.
            pub(super) fn read(
                kind: OperationKind,
                cursor: &mut Cursor<'_>,
                draft: &mut Draft,
            ) -> Result<Self, PlanError> {
                Ok(match kind {
                    $(OperationKind::$kind => Self::$kind $({
                        $($field: OperandType::read(cursor, draft)?,)+
                    })?,)*
                    $(OperationKind::$node)|* => {
                        Self::Node(NodeOperation::read(kind, cursor, draft)?)
                    }
                })
            }
        }
    };
}

operation_table!(operations);

impl Operation {
    /// The longest value in bytes, 256 MiB, that a partial write may make: the model has to hold it.
    pub const LONGEST_PATCHED_VALUE: u64 = 1 << 28;

    /// The offset from which on no store can hold a byte: neither files nor memory reach 2^63 bytes.
    pub const BEHIND_ALL: u64 = 1 << 63;

    /// The question that reads one of several keys or parts alone.
    #[must_use]
    pub const fn of_part(part: &KeyPart) -> Self {
        match part.range {
            Some(range) => Self::GetPartial { key: part.key, range },
            None => Self::Get { key: part.key },
        }
    }

    /// Whether the operation may change what the store holds.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.kind().is_write()
    }

    /// Whether all that the operation may do is to remove keys.
    #[must_use]
    pub fn is_erase(&self) -> bool {
        self.kind().is_erase()
    }

    /// The partial writes, if the operation makes some.
    #[must_use]
    pub fn patches(&self) -> &[Patch] {
        let patches = self.operands().find_map(|operand| match operand {
            Operand::Patch(patch) => Some(std::slice::from_ref(patch)),
            Operand::Patches(patches) => Some(patches),
            Operand::Key(_)
            | Operand::Keys(_)
            | Operand::Pair(_)
            | Operand::Parts(_)
            | Operand::Prefix(_)
            | Operand::Range(_)
            | Operand::Ranges(_)
            | Operand::Value(_)
            | Operand::Node(_) => None,
        });
        patches.unwrap_or_default()
    }

    /// The values that the operation writes, whole or as parts.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let whole = self.operands().find_map(|operand| match operand {
            Operand::Value(value) => Some(value),
            _ => None,
        });
        whole.into_iter().chain(self.patches().iter().map(|patch| &patch.value))
    }

    /// Whether the operation writes a value, be it empty, or a part of one that is not.
    #[must_use]
    pub fn writes_bytes(&self) -> bool {
        self.operands().any(|operand| matches!(operand, Operand::Value(_)))
            || self.patches().iter().any(|patch| !patch.value.is_empty())
    }

    /// The one key that the operation is about, if there is one.
    #[must_use]
    pub fn key(&self) -> Option<KeyId> {
        self.operands().find_map(|operand| match operand {
            Operand::Key(key) => Some(key),
            _ => None,
        })
    }

    /// Every key that the operation names.
    pub fn keys(&self) -> impl Iterator<Item = KeyId> + Clone + '_ {
        self.operands().flat_map(Operand::keys)
    }

    /// The prefix that the operation is about, if it is about one.
    #[must_use]
    pub fn prefix(&self) -> Option<PrefixId> {
        self.prefixes().next()
    }

    /// Every prefix that the operation names.
    pub fn prefixes(&self) -> impl Iterator<Item = PrefixId> + '_ {
        self.operands().flat_map(Operand::prefixes).flatten()
    }

    /// The same operation on other names.
    #[must_use]
    pub fn rename(
        &self,
        key: impl Fn(KeyId) -> KeyId,
        prefix: impl Fn(PrefixId) -> PrefixId,
    ) -> Self {
        let mut renamed = self.clone();
        renamed.operands_mut().for_each(|operand| operand.rename(&key, &prefix));
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
    /// let line = plan.steps()[0].operation.display(plan.names()).to_string();
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
        f.write_str(self.operation.kind().name())?;
        for operand in self.operation.operands() {
            f.write_str(" ")?;
            operand.write(f, self.names)?;
        }
        Ok(())
    }
}
