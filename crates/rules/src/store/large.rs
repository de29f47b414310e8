//! Long values, of more than a megabyte.
//!
//! In parts of some megabytes values are sent to services and kept in memory. A plan with such a value
//! costs what hundreds of others do, so its few operations are all written here.

use zarr_conform_model::{Dialect, KeyId, Names, Operation, Patch, Range, Value};
use zarrs_storage::byte_range::ByteRange;

use crate::generate::choices::Choices;
use crate::store::key_table;

const MIB: u32 = 1 << 20;

/// Lengths of each turn: those of parts that usual services and libraries have, whole and with a byte
/// more, and of two parts; 5 MiB is the least of S3, and 16 MiB what any store has room for.
const LENGTHS: [[u32; 3]; 4] = [
    [16 * MIB, 16 * MIB + 1, 2 * MIB + 1],
    [5 * MIB, 5 * MIB + 1, 10 * MIB],
    [8 * MIB, 8 * MIB + 1, 4 * MIB],
    [MIB + 2, 4 * MIB + 1, 3 * MIB - 1],
];

/// Values of the lengths of one turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Large {
    turn: u64,
}

impl Large {
    /// The turn that has the longest value.
    pub(super) const LONGEST: u64 = 0;

    pub(super) const fn of_turn(turn: u64) -> Self {
        Self { turn }
    }

    pub(super) fn names(choices: &mut Choices, dialect: &Dialect) -> Names {
        let directory = *choices.pick(&["", "a/", "c/0/"]);
        let keys = ["large", "other"].map(|name| format!("{directory}{name}"));
        key_table::of_keys(choices, keys.into(), dialect)
    }

    /// A value of each length over the one before it, and parts of it; a second one beside it.
    ///
    /// Nothing is written from 2^63 on: `zarrs_storage`'s own helper for partial writes panics there, so
    /// that every store that uses it would.
    pub(super) fn script(self, choices: &mut Choices, names: &Names) -> Vec<Operation> {
        let [key, other] = [0, 1].map(|at| names.key_at(at));
        let [whole, more, last] = LENGTHS[(self.turn % LENGTHS.len() as u64) as usize];
        let pattern = |length, id| Value::Pattern { length, id };
        let mut script = vec![Operation::Set { key, value: pattern(whole, 1) }];
        script.extend(looks(choices, key, whole));
        script.push(Operation::Set { key, value: pattern(more, 2) });
        script.extend(looks(choices, key, more));
        let patch = Patch { offset: u64::from(more) - 2, value: "end".into() };
        script.extend([Operation::SetPartial { key, patch }, Operation::SizeKey { key }]);
        script.push(Operation::Set { key: other, value: pattern(last, 3) });
        script.extend([Operation::Get { key: other }, Operation::Size]);
        script
    }
}

/// The value whole, in some parts, and its size.
fn looks(choices: &mut Choices, key: KeyId, length: u32) -> Vec<Operation> {
    let end = u64::from(length);
    let from = |start, count| Range(ByteRange::FromStart(start, Some(count)));
    let inside = choices.below(length as usize) as u64;
    let ranges = [
        from(end - 1, 1),
        Range(ByteRange::Suffix(2)),
        from(inside, (end - inside).min(100)),
        from(u64::from(MIB) - 1, 2),
    ];
    vec![
        Operation::Get { key },
        Operation::GetPartial { key, range: from(end / 2, 70_000.min(end / 2)) },
        Operation::GetPartialMany { key, ranges: ranges.into() },
        Operation::SizeKey { key },
    ]
}
