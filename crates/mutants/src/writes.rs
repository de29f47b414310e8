//! Bugs of writes: the wrong bytes are stored, or none.

use std::collections::HashMap;

use zarr_conform_model::{Operation, Outcome, Patch, Value};
use zarrs_storage::StoreKey;

use crate::host::{Bug, creates};

pub(crate) fn set_truncates_large() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Set { key, value } if value.len() >= 64 => {
            host.set(*key, &value.to_bytes()[..value.len() - 1])
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn set_drops_empty() -> Bug {
    Box::new(|host, operation| {
        let outcome = host.ask(operation);
        match operation {
            Operation::Set { key, value } if value.is_empty() && outcome == Outcome::Done => {
                host.ask(&Operation::Erase { key: *key })
            }
            _ => outcome,
        }
    })
}

pub(crate) fn overwrite_keeps_tail() -> Bug {
    Box::new(|host, operation| {
        if let Operation::Set { key, value } = operation
            && let Some(old) = host.value(*key)
            && old.len() > value.len()
        {
            return host.set(*key, &[&value.to_bytes()[..], &old[value.len()..]].concat());
        }
        host.ask(operation)
    })
}

pub(crate) fn same_length_lost() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Set { key, value } if host.length(*key) == Some(value.len() as u64) => {
            Outcome::Done
        }
        _ => host.ask(operation),
    })
}

/// The length of the parts in which values are sent, and how many are sent together.
const SENT: (usize, usize) = (4096, 10);

pub(crate) fn lone_part_lost() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Set { key, value } => {
            let (part, together) = SENT;
            let parts = value.len().div_ceil(part);
            if parts > together && parts % together == 1 {
                return host.set(*key, &value.to_bytes()[..(parts - 1) * part]);
            }
            host.ask(operation)
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn parts_swapped() -> Bug {
    const PART: usize = 1 << 16;
    Box::new(|host, operation| match operation {
        Operation::Set { key, value } if value.len() >= 3 * PART => {
            let mut bytes = value.to_bytes().to_vec();
            let (one, other) = bytes.split_at_mut(2 * PART);
            one[PART..].swap_with_slice(&mut other[..PART]);
            host.set(*key, &bytes)
        }
        _ => host.ask(operation),
    })
}

const MIB: usize = 1 << 20;

pub(crate) fn values_cut_behind_a_mebibyte() -> Bug {
    values_cut(|length| length.min(MIB + 1))
}

pub(crate) fn values_cut_at_16_mebibytes() -> Bug {
    values_cut(|length| length.min(16 * MIB))
}

pub(crate) fn even_parts_lost() -> Bug {
    const PART: usize = 5 * MIB;
    values_cut(|length| match length {
        PART => PART,
        _ if length > 0 && length.is_multiple_of(PART) => length - PART,
        _ => length,
    })
}

/// Values are cut to another length.
fn values_cut(cut: fn(usize) -> usize) -> Bug {
    Box::new(move |host, operation| match operation {
        Operation::Set { key, value } if cut(value.len()) < value.len() => {
            host.set(*key, &value.to_bytes()[..cut(value.len())])
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn many_patches_cut() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::SetPartialMany { key, patches } if patches.len() > 16 => {
            host.ask(&Operation::SetPartialMany { key: *key, patches: patches[..16].into() })
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn temporary_name() -> Bug {
    Box::new(|host, operation| {
        if let Operation::Set { key, .. } = operation
            && let Ok(temporary) = StoreKey::new(format!("{}.tmp", host.names.key(*key)))
        {
            host.erase_all(vec![temporary]);
        }
        host.ask(operation)
    })
}

pub(crate) fn kilobyte_names_lost() -> Bug {
    sets_lost(|name| name.len() > 1000)
}

pub(crate) fn ten_levels_lost() -> Bug {
    sets_lost(|name| name.split('/').count() >= 10)
}

pub(crate) fn reserved_names_lost() -> Bug {
    sets_lost(|name| name.split('/').any(|segment| segment.starts_with("__")))
}

pub(crate) fn patterns_lost() -> Bug {
    sets_lost(|name| name.contains('['))
}

pub(crate) fn names_of_255_lost() -> Bug {
    sets_lost(|name| name.split('/').any(|segment| segment.len() >= 255))
}

pub(crate) fn drives_lost() -> Bug {
    sets_lost(|name| matches!(name.as_bytes(), [b'a'..=b'z' | b'A'..=b'Z', b':', ..]))
}

/// Sets of some names are reported as done and lost.
fn sets_lost(is_lost: fn(&str) -> bool) -> Bug {
    Box::new(move |host, operation| match operation {
        Operation::Set { key, .. } if is_lost(host.names.key(*key).as_str()) => Outcome::Done,
        _ => host.ask(operation),
    })
}

pub(crate) fn swapped_values() -> Bug {
    let mut last = None;
    Box::new(move |host, operation| {
        let Operation::Set { key, value } = operation else {
            // Reads in between do not matter: a machine may look at what was set.
            last = last.take().filter(|_| !operation.is_write());
            return host.ask(operation);
        };
        let name = host.names.key(*key);
        match last.replace((name.clone(), value.clone())) {
            Some((other, swapped)) if other != *name && swapped.len() == value.len() => {
                host.ask(&Operation::Set { key: *key, value: swapped })
            }
            _ => host.ask(operation),
        }
    })
}

pub(crate) fn resurrect() -> Bug {
    let mut erased = HashMap::new();
    Box::new(move |host, operation| match operation {
        Operation::Erase { key } => {
            let value = host.value(*key);
            let outcome = host.ask(operation);
            if let (Some(value), Outcome::Done) = (value, &outcome) {
                erased.insert(host.names.key(*key).clone(), value);
            }
            outcome
        }
        Operation::Set { key, .. }
        | Operation::SetPartial { key, .. }
        | Operation::SetPartialMany { key, .. } => {
            match (erased.remove(host.names.key(*key)), operation) {
                (Some(value), Operation::Set { .. }) => host.set(*key, &value),
                _ => host.ask(operation),
            }
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn hundredth_write_lost() -> Bug {
    let mut sets = 0_u64;
    Box::new(move |host, operation| {
        let Operation::Set { key, .. } = operation else {
            return host.ask(operation);
        };
        sets += 1;
        if !sets.is_multiple_of(100) {
            return host.ask(operation);
        }
        let old = host.value(*key);
        let outcome = host.ask(operation);
        if outcome == Outcome::Done {
            match old {
                Some(old) => host.set(*key, &old),
                None => host.ask(&Operation::Erase { key: *key }),
            };
        }
        outcome
    })
}

pub(crate) fn set_partial_gap() -> Bug {
    Box::new(|host, operation| {
        let Some(key) = operation.key().filter(|_| !operation.patches().is_empty()) else {
            return host.ask(operation);
        };
        let length = host.length(key).unwrap_or(0);
        let outcome = host.ask(operation);
        let filled = filled(length, operation.patches());
        if outcome == Outcome::Done && filled.len() > operation.patches().len() {
            return host.ask(&Operation::SetPartialMany { key, patches: filled.into() });
        }
        outcome
    })
}

/// The patches, with one of 0xFF before each that leaves a gap behind the bytes that are there.
fn filled(mut length: u64, patches: &[Patch]) -> Vec<Patch> {
    let mut filled = Vec::new();
    for patch in patches.iter().filter(|patch| !patch.value.is_empty()) {
        if let Some(gap) = patch.offset.checked_sub(length).filter(|gap| *gap > 0) {
            let value =
                Value::Repeat { length: u32::try_from(gap).unwrap_or(u32::MAX), byte: 0xff };
            filled.push(Patch { offset: length, value });
        }
        length = length.max(patch.offset.saturating_add(patch.value.len() as u64));
        filled.push(patch.clone());
    }
    filled
}

pub(crate) fn set_partial_truncates() -> Bug {
    Box::new(|host, operation| {
        let outcome = host.ask(operation);
        let (Some(key), Some(last)) = (operation.key(), operation.patches().last()) else {
            return outcome;
        };
        let end = last.offset.saturating_add(last.value.len() as u64);
        match host.value(key) {
            Some(value) if outcome == Outcome::Done && value.len() as u64 > end => {
                host.set(key, &value[..end as usize])
            }
            _ => outcome,
        }
    })
}

pub(crate) fn second_patch_lost() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::SetPartialMany { key, patches } if patches.len() > 1 => {
            host.ask(&Operation::SetPartial { key: *key, patch: patches[0].clone() })
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn reopen_loses_last() -> Bug {
    let mut last = None;
    Box::new(move |host, operation| {
        let outcome = host.ask(operation);
        match operation {
            _ if outcome != Outcome::Done => {}
            Operation::Reopen => {
                host.erase_all(last.take().into_iter().collect());
            }
            _ if creates(operation) => {
                last = operation.key().map(|key| host.names.key(key).clone());
            }
            _ => {}
        }
        outcome
    })
}

pub(crate) fn torn_set() -> Bug {
    Box::new(|host, operation| {
        if let Operation::Set { key, .. } = operation {
            host.ask(&Operation::Erase { key: *key });
            std::thread::yield_now();
        }
        host.ask(operation)
    })
}

pub(crate) fn created_over() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::SetIfAbsent { key, value } => {
            match host.ask(&Operation::Set { key: *key, value: value.clone() }) {
                Outcome::Done => Outcome::Truth(true),
                outcome => outcome,
            }
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn copy_takes_source() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Copy { keys } => host.ask(&Operation::Rename { keys: *keys }),
        _ => host.ask(operation),
    })
}

pub(crate) fn rename_keeps_source() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Rename { keys } => host.ask(&Operation::Copy { keys: *keys }),
        _ => host.ask(operation),
    })
}
