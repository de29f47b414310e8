//! Operands: what an operation is asked about or with, and what each type of them can do.

use std::fmt::{self, Display};
use std::sync::Arc;

use crate::plan::cursor::Cursor;
use crate::plan::key_part::KeyPart;
use crate::plan::names::{Draft, KeyId, Names, PrefixId};
use crate::plan::node::NodeOperation;
use crate::plan::patch::Patch;
use crate::plan::plan_error::PlanError;
use crate::plan::range::Range;
use crate::plan::text;
use crate::plan::value::Value;

/// One operand of an operation, by its type.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'a> {
    /// The key that the operation is about.
    Key(KeyId),
    /// Keys, in the order asked for.
    Keys(&'a [KeyId]),
    /// A key, and the one that gets its value.
    Pair(&'a [KeyId; 2]),
    /// Keys or parts of their values, in the order asked for.
    Parts(&'a [KeyPart]),
    /// The prefix that the operation is about.
    Prefix(PrefixId),
    /// A part of a value.
    Range(Range),
    /// Parts of one value, in the order asked for.
    Ranges(&'a [Range]),
    /// A whole value.
    Value(&'a Value),
    /// A part of a value that is written.
    Patch(&'a Patch),
    /// Parts of one value that are written, in order.
    Patches(&'a [Patch]),
    /// A node and what is done to it.
    Node(&'a NodeOperation),
}

/// An operand that can be put in another's place.
#[derive(Debug)]
pub enum OperandMut<'a> {
    /// See [`Operand::Key`].
    Key(&'a mut KeyId),
    /// See [`Operand::Keys`].
    Keys(&'a mut Arc<[KeyId]>),
    /// See [`Operand::Pair`].
    Pair(&'a mut [KeyId; 2]),
    /// See [`Operand::Parts`].
    Parts(&'a mut Arc<[KeyPart]>),
    /// See [`Operand::Prefix`].
    Prefix(&'a mut PrefixId),
    /// See [`Operand::Range`].
    Range(&'a mut Range),
    /// See [`Operand::Ranges`].
    Ranges(&'a mut Arc<[Range]>),
    /// See [`Operand::Value`].
    Value(&'a mut Value),
    /// See [`Operand::Patch`].
    Patch(&'a mut Patch),
    /// See [`Operand::Patches`].
    Patches(&'a mut Arc<[Patch]>),
    /// See [`Operand::Node`].
    Node(&'a mut NodeOperation),
}

impl<'a> Operand<'a> {
    /// The keys that it names, in their order.
    pub(super) fn keys(self) -> OperandKeys<'a> {
        match self {
            Self::Key(key) => OperandKeys::One(Some(key)),
            Self::Keys(keys) => OperandKeys::Many(keys.iter()),
            Self::Pair(keys) => OperandKeys::Many(keys.iter()),
            Self::Parts(parts) => OperandKeys::Parts(parts.iter()),
            Self::Prefix(_)
            | Self::Range(_)
            | Self::Ranges(_)
            | Self::Value(_)
            | Self::Patch(_)
            | Self::Patches(_)
            | Self::Node(_) => OperandKeys::One(None),
        }
    }

    /// The prefixes that it names: that which the operation is about, and where it takes it to.
    pub(super) fn prefixes(self) -> [Option<PrefixId>; 2] {
        match self {
            Self::Prefix(prefix) => [Some(prefix), None],
            Self::Node(NodeOperation { node, action }) => [Some(*node), action.target()],
            Self::Key(_)
            | Self::Keys(_)
            | Self::Pair(_)
            | Self::Parts(_)
            | Self::Range(_)
            | Self::Ranges(_)
            | Self::Value(_)
            | Self::Patch(_)
            | Self::Patches(_) => [None, None],
        }
    }

    /// Writes it as it stands in a plan.
    pub(super) fn write(self, f: &mut fmt::Formatter<'_>, names: &Names) -> fmt::Result {
        let name = |key: KeyId| text::Name(names.key(key).as_str());
        let node = |prefix: PrefixId| text::Node(names.prefix(prefix).as_str());
        match self {
            Self::Key(key) => name(key).fmt(f),
            Self::Keys(keys) => text::write_list(f, keys.iter().map(|key| name(*key))),
            Self::Pair([from, to]) => write!(f, "{} {}", name(*from), name(*to)),
            Self::Parts(parts) => text::write_list(
                f,
                parts.iter().map(|part| match part.range {
                    Some(range) => format!("{} {range}", name(part.key)),
                    None => name(part.key).to_string(),
                }),
            ),
            Self::Prefix(prefix) => text::Prefix(names.prefix(prefix).as_str()).fmt(f),
            Self::Range(range) => range.fmt(f),
            Self::Ranges(ranges) => text::write_list(f, ranges.iter()),
            Self::Value(value) => value.fmt(f),
            Self::Patch(patch) => patch.fmt(f),
            Self::Patches(patches) => text::write_list(f, patches.iter()),
            Self::Node(NodeOperation { node: of, action }) => {
                write!(f, "{}{action}", node(*of))?;
                action.target().map_or(Ok(()), |target| write!(f, " {}", node(target)))
            }
        }
    }
}

impl OperandMut<'_> {
    /// Puts other names in the place of those that it names.
    pub(super) fn rename(
        self,
        key: &impl Fn(KeyId) -> KeyId,
        prefix: &impl Fn(PrefixId) -> PrefixId,
    ) {
        match self {
            Self::Key(name) => *name = key(*name),
            Self::Keys(names) => *names = names.iter().map(|name| key(*name)).collect(),
            Self::Pair(names) => *names = names.map(key),
            Self::Parts(parts) => {
                let renamed = |part: &KeyPart| KeyPart { key: key(part.key), ..*part };
                *parts = parts.iter().map(renamed).collect();
            }
            Self::Prefix(name) => *name = prefix(*name),
            Self::Node(operation) => operation.rename(prefix),
            Self::Range(_)
            | Self::Ranges(_)
            | Self::Value(_)
            | Self::Patch(_)
            | Self::Patches(_) => {}
        }
    }
}

/// The keys of one operand.
#[derive(Clone, Debug)]
pub(super) enum OperandKeys<'a> {
    One(Option<KeyId>),
    Many(std::slice::Iter<'a, KeyId>),
    Parts(std::slice::Iter<'a, KeyPart>),
}

impl Iterator for OperandKeys<'_> {
    type Item = KeyId;

    fn next(&mut self) -> Option<KeyId> {
        match self {
            Self::One(key) => key.take(),
            Self::Many(keys) => keys.next().copied(),
            Self::Parts(parts) => parts.next().map(|part| part.key),
        }
    }
}

/// A type of operands in the table of operations.
pub(super) trait OperandType: Sized {
    /// It, by its type.
    fn view(&self) -> Operand<'_>;

    /// It, to be changed.
    fn edit(&mut self) -> OperandMut<'_>;

    /// Reads it where the cursor stands; names get ids of the draft.
    fn read(cursor: &mut Cursor<'_>, draft: &mut Draft) -> Result<Self, PlanError>;
}

/// Implements [`OperandType`] for a type that is viewed as a copy or as a borrow.
macro_rules! operand_type {
    ($type:ty, $variant:ident, $view:expr, $read:expr) => {
        impl OperandType for $type {
            fn view(&self) -> Operand<'_> {
                let view: for<'a> fn(&'a Self) -> Operand<'a> = $view;
                view(self)
            }

            fn edit(&mut self) -> OperandMut<'_> {
                OperandMut::$variant(self)
            }

            fn read(cursor: &mut Cursor<'_>, draft: &mut Draft) -> Result<Self, PlanError> {
                let read: fn(&mut Cursor<'_>, &mut Draft) -> Result<Self, PlanError> = $read;
                read(cursor, draft)
            }
        }
    };
}

operand_type!(KeyId, Key, |key| Operand::Key(*key), |cursor, draft| Ok(draft.key(cursor.key()?)));
operand_type!(Arc<[KeyId]>, Keys, |keys| Operand::Keys(keys), |cursor, draft| {
    let keys = cursor.list(Cursor::key)?;
    Ok(keys.into_iter().map(|key| draft.key(key)).collect())
});
operand_type!([KeyId; 2], Pair, |keys| Operand::Pair(keys), |cursor, draft| {
    Ok([draft.key(cursor.key()?), draft.key(cursor.key()?)])
});
operand_type!(Arc<[KeyPart]>, Parts, |parts| Operand::Parts(parts), |cursor, draft| {
    let parts = cursor.list(|cursor| Ok((cursor.key()?, cursor.optional_range()?)))?;
    let named = |(key, range)| KeyPart { key: draft.key(key), range };
    Ok(parts.into_iter().map(named).collect())
});
operand_type!(PrefixId, Prefix, |prefix| Operand::Prefix(*prefix), |cursor, draft| {
    Ok(draft.prefix(cursor.prefix()?))
});
operand_type!(Range, Range, |range| Operand::Range(*range), |cursor, _| cursor.range());
operand_type!(Arc<[Range]>, Ranges, |ranges| Operand::Ranges(ranges), |cursor, _| {
    Ok(cursor.list(Cursor::range)?.into())
});
operand_type!(Value, Value, |value| Operand::Value(value), |cursor, _| cursor.value());
operand_type!(Patch, Patch, |patch| Operand::Patch(patch), |cursor, _| cursor.patch());
operand_type!(Arc<[Patch]>, Patches, |patches| Operand::Patches(patches), |cursor, _| {
    Ok(cursor.list(Cursor::patch)?.into())
});
