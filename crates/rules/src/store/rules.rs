//! The built-in rules of the store machine: rows R, W, D, L and O of the catalogue.

use zarr_conform_model::{Clause, KeyId, Model, Operation, OperationKind, StoreModel};

use crate::generate::rule::{Draw, Role, Rule, with_frequency};

/// The rules of the store machine, with the clauses that each exercises.
///
/// # Examples
///
/// ```
/// use zarr_conform_rules::store_rules;
///
/// let rules = store_rules();
/// assert!(rules.iter().any(|rule| rule.name() == "overwrite"));
/// ```
#[must_use]
pub fn store_rules() -> Vec<Rule> {
    let mut rules = reads();
    rules.extend(writes());
    rules.extend(erases());
    rules.extend(listings());
    rules.push(
        with_frequency(Rule::new("reopen", OperationKind::Reopen, |_| Operation::Reopen), 0.04)
            .clauses(&[Clause::O1]),
    );
    rules
}

/// A key that `choose` finds; rules whose precondition holds always find one.
fn the(key: Option<KeyId>) -> KeyId {
    key.expect("the precondition holds")
}

fn has_live(model: &StoreModel) -> bool {
    model.live_count() > 0
}

fn has_absent(model: &StoreModel) -> bool {
    model.live_count() < model.names().key_count()
}

fn has_erased(model: &StoreModel) -> bool {
    model.erased_count() > 0
}

/// A key that has no value and is a directory of a live one, or has a live one for a directory,
/// if a few attempts find one; else any that has no value.
fn near_live_key(draw: &mut Draw<'_>) -> KeyId {
    for _ in 0..2 {
        let key = draw.any_key();
        let model = draw.model();
        if !model.is_live(key) && (model.is_above_live(key) || model.is_below_live(key)) {
            return key;
        }
    }
    the(draw.absent_key())
}

/// A key that the store may refuse, else any absent one.
fn doubtful_key(draw: &mut Draw<'_>) -> KeyId {
    let found = draw.key_where(|model, key| !model.is_sound(key));
    found.unwrap_or_else(|| the(draw.absent_key()))
}

/// A key that has a value, and one to give it to: near it now and then, or itself.
fn pair(draw: &mut Draw<'_>) -> [KeyId; 2] {
    let from = the(draw.live_key());
    let is_near = draw.choices().chance(1, 4) && has_absent(draw.model());
    [from, if is_near { near_live_key(draw) } else { draw.any_key() }]
}

fn reads() -> Vec<Rule> {
    vec![
        Rule::new("get_live", OperationKind::Get, |draw| Operation::Get {
            key: the(draw.live_key()),
        })
        .weight(6)
        .precondition(has_live)
        .clauses(&[Clause::R1, Clause::W2, Clause::W6, Clause::D8]),
        Rule::new("get_erased", OperationKind::Get, |draw| Operation::Get {
            key: the(draw.erased_key()),
        })
        .weight(3)
        .precondition(has_erased)
        .clauses(&[Clause::D1, Clause::R3]),
        Rule::new("get_absent", OperationKind::Get, |draw| Operation::Get {
            key: the(draw.absent_key()),
        })
        .weight(2)
        .precondition(has_absent)
        .clauses(&[Clause::R2, Clause::R3, Clause::D1]),
        Rule::new("get_near_live", OperationKind::Get, |draw| Operation::Get {
            key: near_live_key(draw),
        })
        .weight(2)
        .precondition(has_absent)
        .clauses(&[Clause::R3, Clause::R2, Clause::D1]),
        Rule::new("get_partial_live", OperationKind::GetPartial, |draw| {
            let key = the(draw.live_key());
            Operation::GetPartial { key, range: draw.range_of(key) }
        })
        .weight(7)
        .precondition(has_live)
        .clauses(&[Clause::R4, Clause::R5]),
        Rule::new("get_partial_absent", OperationKind::GetPartial, |draw| {
            let key = the(draw.absent_key());
            Operation::GetPartial { key, range: draw.range_of(key) }
        })
        .weight(2)
        .precondition(has_absent)
        .clauses(&[Clause::R2, Clause::R3, Clause::D1]),
        Rule::new("get_partial_many_live", OperationKind::GetPartialMany, |draw| {
            let key = the(draw.live_key());
            Operation::GetPartialMany { key, ranges: draw.ranges_of(key).into() }
        })
        .weight(5)
        .precondition(has_live)
        .clauses(&[Clause::R6, Clause::R7]),
        Rule::new("get_partial_many_absent", OperationKind::GetPartialMany, |draw| {
            let key = the(draw.absent_key());
            Operation::GetPartialMany { key, ranges: draw.ranges_of(key).into() }
        })
        .weight(1)
        .precondition(has_absent)
        .clauses(&[Clause::R2, Clause::R3, Clause::D1]),
        Rule::new("get_many", OperationKind::GetMany, |draw| Operation::GetMany {
            parts: draw.parts().into(),
        })
        .weight(3)
        .clauses(&[Clause::R15]),
        Rule::new("size_live", OperationKind::SizeKey, |draw| Operation::SizeKey {
            key: the(draw.live_key()),
        })
        .weight(3)
        .precondition(has_live)
        .clauses(&[Clause::R11]),
        Rule::new("size_absent", OperationKind::SizeKey, |draw| Operation::SizeKey {
            key: if draw.choices().chance(1, 2) {
                near_live_key(draw)
            } else {
                the(draw.absent_key())
            },
        })
        .weight(2)
        .precondition(has_absent)
        .clauses(&[Clause::R11]),
        Rule::new("exists", OperationKind::Exists, |draw| Operation::Exists {
            key: draw.any_key(),
        })
        .weight(2)
        .clauses(&[Clause::R10]),
    ]
}

fn writes() -> Vec<Rule> {
    vec![
        Rule::new("set_new", OperationKind::Set, |draw| {
            let key = the(draw.absent_key());
            Operation::Set { key, value: draw.fresh_value() }
        })
        .weight(8)
        .role(Role::Fill)
        .precondition(has_absent)
        .clauses(&[Clause::W1, Clause::D8, Clause::W9, Clause::W11]),
        Rule::new("set_again", OperationKind::Set, |draw| {
            let key = the(draw.erased_key());
            Operation::Set { key, value: draw.next_value(key) }
        })
        .weight(4)
        .precondition(has_erased)
        .clauses(&[Clause::D8, Clause::W9, Clause::W11]),
        Rule::new("overwrite", OperationKind::Set, |draw| {
            let key = the(draw.live_key());
            Operation::Set { key, value: draw.next_value(key) }
        })
        .weight(6)
        .precondition(has_live)
        .clauses(&[Clause::W2, Clause::W3]),
        Rule::new("set_near_live", OperationKind::Set, |draw| {
            let key = near_live_key(draw);
            Operation::Set { key, value: draw.fresh_value() }
        })
        .weight(2)
        .precondition(has_absent)
        .clauses(&[Clause::W11, Clause::W10, Clause::W1, Clause::D8, Clause::W9]),
        Rule::new("set_doubtful", OperationKind::Set, |draw| {
            let key = doubtful_key(draw);
            Operation::Set { key, value: draw.fresh_value() }
        })
        .weight(2)
        .precondition(has_absent)
        .clauses(&[
            Clause::W9,
            Clause::W10,
            Clause::W1,
            Clause::W2,
            Clause::D8,
            Clause::W11,
            Clause::W3,
        ]),
        Rule::new("create_absent", OperationKind::SetIfAbsent, |draw| {
            let key = the(draw.absent_key());
            Operation::SetIfAbsent { key, value: draw.fresh_value() }
        })
        .weight(2)
        .precondition(has_absent)
        .clauses(&[Clause::W4, Clause::W9, Clause::W10, Clause::W11]),
        Rule::new("create_live", OperationKind::SetIfAbsent, |draw| {
            let key = the(draw.live_key());
            Operation::SetIfAbsent { key, value: draw.fresh_value() }
        })
        .weight(3)
        .precondition(has_live)
        .clauses(&[Clause::W4]),
        Rule::new("copy", OperationKind::Copy, |draw| Operation::Copy { keys: pair(draw) })
            .weight(3)
            .precondition(has_live)
            .clauses(&[Clause::D9, Clause::W9, Clause::W10, Clause::W11]),
        Rule::new("copy_absent", OperationKind::Copy, |draw| Operation::Copy {
            keys: [the(draw.absent_key()), draw.any_key()],
        })
        .precondition(has_absent)
        .clauses(&[Clause::D9, Clause::W9]),
        Rule::new("rename", OperationKind::Rename, |draw| Operation::Rename { keys: pair(draw) })
            .weight(3)
            .precondition(has_live)
            .clauses(&[Clause::D9, Clause::W9, Clause::W10, Clause::W11]),
        Rule::new("rename_absent", OperationKind::Rename, |draw| Operation::Rename {
            keys: [the(draw.absent_key()), draw.any_key()],
        })
        .precondition(has_absent)
        .clauses(&[Clause::D9, Clause::W9]),
        Rule::new("set_partial_live", OperationKind::SetPartial, |draw| {
            let key = the(draw.live_key());
            Operation::SetPartial { key, patch: draw.patch_of(key) }
        })
        .weight(4)
        .precondition(has_live)
        .clauses(&[Clause::W6]),
        Rule::new("set_partial_absent", OperationKind::SetPartial, |draw| {
            let key = the(draw.absent_key());
            Operation::SetPartial { key, patch: draw.patch_of(key) }
        })
        .weight(1)
        .precondition(has_absent)
        .clauses(&[Clause::W6, Clause::W9, Clause::W11]),
        Rule::new("set_partial_many", OperationKind::SetPartialMany, |draw| {
            let key = draw.any_key();
            Operation::SetPartialMany { key, patches: draw.patches_of(key).into() }
        })
        .weight(2)
        .clauses(&[Clause::W7, Clause::W9, Clause::W11]),
    ]
}

fn erases() -> Vec<Rule> {
    vec![
        Rule::new("erase_live", OperationKind::Erase, |draw| Operation::Erase {
            key: the(draw.live_key()),
        })
        .weight(4)
        .role(Role::Erase)
        .precondition(has_live)
        .clauses(&[Clause::D1]),
        Rule::new("erase_absent", OperationKind::Erase, |draw| Operation::Erase {
            key: if draw.choices().chance(1, 2) {
                near_live_key(draw)
            } else {
                the(draw.absent_key())
            },
        })
        .weight(2)
        .precondition(has_absent)
        .clauses(&[Clause::D2]),
        Rule::new("erase_many", OperationKind::EraseMany, |draw| {
            let count = draw.choices().below(5);
            let mut keys: Vec<_> = (0..count).map(|_| draw.any_key()).collect();
            if draw.choices().chance(1, 3) {
                keys.extend(draw.live_key());
                keys.extend(keys.first().copied());
            }
            Operation::EraseMany { keys: keys.into() }
        })
        .weight(2)
        .role(Role::Erase)
        .clauses(&[Clause::D3]),
        Rule::new("erase_prefix", OperationKind::ErasePrefix, |draw| Operation::ErasePrefix {
            prefix: draw.prefix_where(|model, prefix| {
                let name = model.names().prefix(prefix);
                !name.as_str().is_empty() && model.covers_live(prefix)
            }),
        })
        .weight(2)
        .role(Role::Erase)
        .precondition(has_live)
        .clauses(&[Clause::D4]),
        Rule::new("erase_prefix_absent", OperationKind::ErasePrefix, |draw| {
            Operation::ErasePrefix {
                prefix: draw.prefix_where(|model, prefix| !model.covers_live(prefix)),
            }
        })
        .weight(1)
        .clauses(&[Clause::D4]),
        with_frequency(Rule::new("clear", OperationKind::Clear, |_| Operation::Clear), 0.01)
            .role(Role::Erase)
            .clauses(&[Clause::D7]),
    ]
}

fn listings() -> Vec<Rule> {
    vec![
        Rule::new("list", OperationKind::List, |_| Operation::List)
            .weight(2)
            .clauses(&[Clause::L1]),
        Rule::new("list_prefix", OperationKind::ListPrefix, |draw| Operation::ListPrefix {
            prefix: draw.prefix_where(StoreModel::covers_live),
        })
        .weight(4)
        .clauses(&[Clause::L2, Clause::L5]),
        Rule::new("list_prefix_absent", OperationKind::ListPrefix, |draw| Operation::ListPrefix {
            prefix: draw.prefix_where(|model, prefix| !model.covers_live(prefix)),
        })
        .weight(2)
        .clauses(&[Clause::L2, Clause::L5, Clause::L7]),
        Rule::new("list_dir", OperationKind::ListDir, |draw| Operation::ListDir {
            prefix: draw.prefix_where(StoreModel::covers_live),
        })
        .weight(4)
        .clauses(&[Clause::L4, Clause::L5]),
        Rule::new("list_dir_absent", OperationKind::ListDir, |draw| Operation::ListDir {
            prefix: draw.prefix_where(|model, prefix| !model.covers_live(prefix)),
        })
        .weight(1)
        .clauses(&[Clause::L4, Clause::L5, Clause::L7]),
        Rule::new("is_empty", OperationKind::IsEmpty, |draw| Operation::IsEmpty {
            prefix: draw.prefix_where(|_, _| true),
        })
        .weight(1)
        .clauses(&[Clause::L8]),
        Rule::new("size_prefix", OperationKind::SizePrefix, |draw| Operation::SizePrefix {
            prefix: draw.prefix_where(|_, _| true),
        })
        .weight(2)
        .clauses(&[Clause::L11]),
        Rule::new("size", OperationKind::Size, |_| Operation::Size)
            .weight(1)
            .clauses(&[Clause::L11]),
    ]
}
