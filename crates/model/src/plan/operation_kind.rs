//! Which question an operation asks, without its operands.

use std::fmt;

use crate::plan::table::operation_table;

/// What an operation does to what the store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// Keys get whole values, be it of nodes, and may lose old ones.
    Sets,
    /// A key gets the value of another one, which may lose it.
    Copies,
    /// Parts of values are written.
    Patches,
    /// The keys that it names are removed.
    Erases,
    /// Keys are removed that it does not name.
    ErasesBelow,
    /// Nothing: it is asked of the handle on the store, or of what is around it.
    Handles,
}

/// Defines [`OperationKind`] from the table.
macro_rules! kinds {
    (
        store { $(
            $(#[$doc:meta])*
            $kind:ident $name:literal needs($($need:ident),+) $effect:ident
            $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })?
        )* }
        nodes { $($node:ident $node_name:literal needs($($node_need:ident),+) $node_effect:ident;)* }
    ) => {
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

            /// What it does to what the store holds.
            #[must_use]
            pub const fn effect(self) -> Effect {
                match self {
                    $(Self::$kind => Effect::$effect,)*
                    $(Self::$node => Effect::$node_effect,)*
                }
            }
        }
    };
}

operation_table!(kinds);

impl OperationKind {
    /// The kind of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether it may change what the store holds.
    #[must_use]
    pub const fn is_write(self) -> bool {
        !matches!(self.effect(), Effect::Reads | Effect::Handles)
    }

    /// Whether all that it may do is to remove keys.
    #[must_use]
    pub const fn is_erase(self) -> bool {
        matches!(self.effect(), Effect::Erases | Effect::ErasesBelow)
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
