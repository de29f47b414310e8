//! Bugs of erasing: too much goes, too little, or an error comes where none should.

use zarr_conform_model::{ErrorClass, Operation, Outcome, Refusal};
use zarrs_storage::{StoreKey, StoreKeys};

use crate::host::{Bug, Host};
use crate::listings::{beside, is_direct};

pub(crate) fn erase_missing_errors() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Erase { key } if !host.is_live(*key) => no_such_key(),
        _ => host.ask(operation),
    })
}

fn no_such_key() -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::NotFound, "no such key"))
}

pub(crate) fn erase_many_stops() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::EraseMany { keys } => {
            let live = keys.iter().take_while(|key| host.is_live(**key)).count();
            host.ask(&Operation::EraseMany { keys: keys[..live].into() })
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn erase_many_three() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::EraseMany { keys } if keys.len() > 3 => {
            host.ask(&Operation::EraseMany { keys: keys[..3].into() })
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn erase_many_1000() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::EraseMany { keys } if keys.len() > 1000 => {
            host.ask(&Operation::EraseMany { keys: keys[..1000].into() })
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn erase_prefix_1000_refused() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::ErasePrefix { .. } if host.doomed(operation).len() > 1000 => {
            Outcome::Refused(Refusal::new(ErrorClass::Other, "too many keys"))
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn clear_1000() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Clear => {
            let mut doomed = host.doomed(operation);
            doomed.truncate(1000);
            host.erase_all(doomed)
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn erase_many_repeated_errors() -> Bug {
    Box::new(|host, operation| {
        let Operation::EraseMany { keys } = operation else {
            return host.ask(operation);
        };
        let Some(repeat) = (1..keys.len()).find(|at| keys[..*at].contains(&keys[*at])) else {
            return host.ask(operation);
        };
        match host.ask(&Operation::EraseMany { keys: keys[..repeat].into() }) {
            Outcome::Done => no_such_key(),
            outcome => outcome,
        }
    })
}

pub(crate) fn erase_prefix_string() -> Bug {
    Box::new(|host, operation| {
        let outcome = host.ask(operation);
        if let (Operation::ErasePrefix { prefix }, Outcome::Done) = (operation, &outcome) {
            let beside = beside(host, *prefix);
            host.erase_all(beside);
        }
        outcome
    })
}

pub(crate) fn erase_prefix_takes_key() -> Bug {
    Box::new(|host, operation| {
        let outcome = host.ask(operation);
        if let (Operation::ErasePrefix { prefix }, Outcome::Done) = (operation, &outcome) {
            host.erase_all(vec![StoreKey::from(host.names.prefix(*prefix))]);
        }
        outcome
    })
}

pub(crate) fn erase_prefix_shallow() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::ErasePrefix { prefix } => {
            let prefix = host.names.prefix(*prefix);
            spare(host, operation, |key| !is_direct(key, prefix))
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn clear_leaves_nested() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Clear => spare(host, operation, |key| key.as_str().matches('/').count() >= 2),
        _ => host.ask(operation),
    })
}

/// Erases all but some of the keys that an operation is to erase.
pub(crate) fn spare(
    host: &mut Host<'_>,
    operation: &Operation,
    is_spared: impl Fn(&StoreKey) -> bool,
) -> Outcome {
    let (spared, rest): (StoreKeys, StoreKeys) =
        host.doomed(operation).into_iter().partition(is_spared);
    if spared.is_empty() { host.ask(operation) } else { host.erase_all(rest) }
}

pub(crate) fn erase_takes_backup() -> Bug {
    Box::new(|host, operation| {
        if let Operation::Erase { key } = operation
            && let Ok(backup) = StoreKey::new(format!("{}~", host.names.key(*key)))
        {
            host.erase_all(vec![backup]);
        }
        host.ask(operation)
    })
}
