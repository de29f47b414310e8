//! Knobs: the open questions of a dialect, each with the values that it can be turned to.
//!
//! Whoever looks for the dialect of a store turns one knob after the other, and holds what the store
//! answered against each value. So all of them are in one table, in the order in which they are
//! tried, and the compiler asks of a new field of [`Dialect`] where it stands there.

use std::fmt;

use crate::contract::dialect::{Dialect, Durable, ListOrder};
use crate::contract::overlap::{Overlap, PartialWrites, SecondHandle};
use crate::contract::ranges::RangeDialect;
use crate::contract::reply::Reply;
use crate::contract::traffic::RequestBudget;
use crate::plan::operation_kind::OperationKind;

/// A value of a knob.
trait Setting {
    /// The value as Rust writes it.
    fn written(&self) -> String;

    /// Whether it says that nobody says.
    fn leaves_open(&self) -> bool {
        false
    }
}

/// Derives [`Setting`] for values that Rust writes as `Debug` does, with the type before them.
macro_rules! settings {
    ($($value:ty, $prefix:literal;)*) => {
        $(impl Setting for $value {
            fn written(&self) -> String {
                format!(concat!($prefix, "{:?}"), self)
            }
        })*
    };
}

settings! {
    bool, "";
    usize, "";
    Option<usize>, "";
    ListOrder, "ListOrder::";
    Durable, "Durable::";
    Overlap, "Overlap::";
    PartialWrites, "PartialWrites::";
    SecondHandle, "SecondHandle::";
}

impl Setting for Reply {
    fn written(&self) -> String {
        format!("Reply::{self:?}")
    }

    fn leaves_open(&self) -> bool {
        *self == Self::Either
    }
}

impl Setting for RequestBudget {
    fn written(&self) -> String {
        let limits = OperationKind::ALL.iter().filter_map(|kind| Some((kind, self.most(*kind)?)));
        limits.fold("RequestBudget::NONE".to_owned(), |text, (kind, most)| {
            format!("{text}.with(OperationKind::{kind:?}, {most})")
        })
    }
}

/// Defines [`Knob`] with its table in one place: those of [`Dialect`] itself, those of
/// [`RangeDialect`], and the rest.
macro_rules! knobs {
    (
        first { $($first:ident $first_field:ident [$($first_value:expr),+];)* }
        ranges { $($range:ident $range_field:ident;)* }
        then { $($then:ident $then_field:ident [$($then_value:expr),+];)* }
    ) => {
        /// An open question of a dialect: one field of it.
        ///
        /// # Examples
        ///
        /// ```
        /// use zarr_conform_model::Dialect;
        /// use zarr_conform_model::contract::Knob;
        ///
        /// let files = Dialect { key_below_key: false, ..Dialect::ZARRS };
        /// assert_eq!(Knob::KeyBelowKey.line(&files), "dialect.key_below_key = false;");
        /// let [with, without] = Knob::KeyBelowKey.turned(&files)[..] else { unreachable!() };
        /// assert!(with.key_below_key && without == files);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Knob {
            $(#[doc = concat!("[`Dialect::", stringify!($first_field), "`].")] $first,)*
            $(#[doc = concat!("[`RangeDialect::", stringify!($range_field), "`].")] $range,)*
            $(#[doc = concat!("[`Dialect::", stringify!($then_field), "`].")] $then,)*
        }

        impl Knob {
            /// Every knob.
            pub const ALL: &[Self] =
                &[$(Self::$first,)* $(Self::$range,)* $(Self::$then,)*];

            /// Where it stands in a dialect: `key_below_key`, `ranges.suffix_zero`.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self {
                    $(Self::$first => stringify!($first_field),)*
                    $(Self::$range => concat!("ranges.", stringify!($range_field)),)*
                    $(Self::$then => stringify!($then_field),)*
                }
            }

            /// The value that a dialect has, among all that are there.
            fn setting(self, dialect: &Dialect) -> &dyn Setting {
                let Dialect {
                    $($first_field,)*
                    ranges: RangeDialect { $($range_field,)* },
                    $($then_field,)*
                } = dialect;
                match self {
                    $(Self::$first => $first_field,)*
                    $(Self::$range => $range_field,)*
                    $(Self::$then => $then_field,)*
                }
            }

            /// The dialects that differ from this one in this knob alone, and itself: those that
            /// promise most first. Of lengths, those that file systems and services have.
            #[must_use]
            pub fn turned(self, dialect: &Dialect) -> Vec<Dialect> {
                let ranges = dialect.ranges;
                match self {
                    $(Self::$first => {
                        vec![$(Dialect { $first_field: $first_value, ..*dialect }),+]
                    })*
                    $(Self::$range => {
                        let turn = |reply| RangeDialect { $range_field: reply, ..ranges };
                        Reply::ALL.map(|reply| Dialect { ranges: turn(reply), ..*dialect }).into()
                    })*
                    $(Self::$then => {
                        vec![$(Dialect { $then_field: $then_value, ..*dialect }),+]
                    })*
                }
            }

            /// A dialect with this knob as it is in another one.
            #[must_use]
            pub fn as_in(self, other: &Dialect, dialect: Dialect) -> Dialect {
                let ranges = dialect.ranges;
                match self {
                    $(Self::$first => Dialect { $first_field: other.$first_field, ..dialect },)*
                    $(Self::$range => Dialect {
                        ranges: RangeDialect { $range_field: other.ranges.$range_field, ..ranges },
                        ..dialect
                    },)*
                    $(Self::$then => Dialect { $then_field: other.$then_field, ..dialect },)*
                }
            }
        }
    };
}

knobs! {
    first {
        KeyBelowKey key_below_key [true, false];
        EraseMissing erase_missing [Reply::Answer, Reply::Refuse, Reply::Either];
        EraseMissingPrefix erase_missing_prefix [Reply::Answer, Reply::Refuse, Reply::Either];
        ListMissingPrefix list_missing_prefix [Reply::Answer, Reply::Refuse, Reply::Either];
        WritePartialMissing write_partial_missing [Reply::Answer, Reply::Refuse, Reply::Either];
        WritePartialGap write_partial_gap [Reply::Answer, Reply::Refuse, Reply::Either];
    }
    ranges {
        BoundedOverEnd bounded_over_end;
        BoundedPastEnd bounded_past_end;
        ZeroLengthInside zero_length_inside;
        ZeroLengthPastEnd zero_length_past_end;
        OffsetAtEnd offset_at_end;
        OffsetPastEnd offset_past_end;
        SuffixOver suffix_over;
        SuffixZero suffix_zero;
    }
    then {
        Order order [ListOrder::Bytes, ListOrder::Segments, ListOrder::Unordered];
        CaseSensitive case_sensitive [true, false];
        UnicodeKeys unicode_keys [true, false];
        MaxNameBytes max_name_bytes [None, Some(255)];
        MaxKeyBytes max_key_bytes [None, Some(4096), Some(1024), Some(255)];
        Climb climb [usize::MAX, 0];
        PhantomDirs phantom_dirs [false, true];
        EmptyChunks empty_chunks [false, true];
        AtomicMany atomic_many [true, false];
        AtomicSet atomic_set [true, false];
        Durable durable [Durable::OnReturn, Durable::No];
        TransientErrors transient_errors [false, true];
        Retries retries [true, false];
        Checksums checksums [true, false];
        Overlap overlap
            [Overlap::Linearizable, Overlap::Readers, Overlap::DistinctKeys, Overlap::None];
        PartialWrites partial_writes [PartialWrites::Kept, PartialWrites::Lost];
        SecondHandle second_handle [SecondHandle::Immediate, SecondHandle::OnReopen];
        Requests requests [RequestBudget::NONE];
    }
}

impl Knob {
    /// The value that a dialect has, as Rust writes it: `Reply::Answer`, `Some(255)`.
    #[must_use]
    pub fn value(self, dialect: &Dialect) -> String {
        self.setting(dialect).written()
    }

    /// Whether a dialect says that nobody says.
    #[must_use]
    pub fn is_open(self, dialect: &Dialect) -> bool {
        self.setting(dialect).leaves_open()
    }

    /// The line of Rust that declares what a dialect has.
    #[must_use]
    pub fn line(self, dialect: &Dialect) -> String {
        format!("dialect.{} = {};", self.path(), self.value(dialect))
    }

    /// The dialect that differs from another one in this knob, as Rust writes it.
    #[must_use]
    pub fn literal(self, dialect: &Dialect) -> String {
        let value = self.value(dialect);
        match self.path().strip_prefix("ranges.") {
            Some(field) => {
                format!("Dialect {{ ranges: RangeDialect {{ {field}: {value}, .. }}, .. }}")
            }
            None => format!("Dialect {{ {}: {value}, .. }}", self.path()),
        }
    }
}

impl fmt::Display for Knob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_knob_turns_to_values_of_its_own_and_to_nothing_else() {
        let zarrs = Dialect::ZARRS;
        for knob in Knob::ALL.iter().copied() {
            let turned = knob.turned(&zarrs);
            let values: std::collections::BTreeSet<String> =
                turned.iter().map(|dialect| knob.value(dialect)).collect();
            assert_eq!(values.len(), turned.len(), "{knob}");
            for dialect in &turned {
                assert_eq!(knob.as_in(dialect, zarrs), *dialect, "{knob}");
                let others = Knob::ALL.iter().filter(|other| **other != knob);
                for other in others {
                    assert_eq!(other.value(dialect), other.value(&zarrs), "{knob} turns {other}");
                }
            }
        }
    }

    #[test]
    fn values_are_written_as_rust_has_them() {
        let requests = RequestBudget::NONE.with(OperationKind::Get, 1);
        let dialect = Dialect { max_key_bytes: Some(984), requests, ..Dialect::ZARRS };
        assert_eq!(Knob::MaxKeyBytes.line(&dialect), "dialect.max_key_bytes = Some(984);");
        assert_eq!(
            Knob::Requests.value(&dialect),
            "RequestBudget::NONE.with(OperationKind::Get, 1)"
        );
        assert_eq!(
            Knob::SuffixZero.literal(&dialect),
            "Dialect { ranges: RangeDialect { suffix_zero: Reply::Answer, .. }, .. }"
        );
    }
}
