//! Bugs of metadata documents: what happens to a `zarr.json`, and to what stands beside it.

use std::collections::HashMap;

use zarr_conform_model::hierarchy_model::ZATTRS;
use zarr_conform_model::{Operation, Outcome};

use crate::host::Bug;
use crate::zarr_names::{is_chunk, is_document, name_of};

pub(crate) fn metadata_loses_chunk() -> Bug {
    Box::new(|host, operation| {
        let again = match operation {
            Operation::Set { key, .. } => {
                let name = host.names.key(*key);
                (is_document(name) && host.is_live(*key)).then(|| name.parent())
            }
            _ => None,
        };
        let outcome = host.ask(operation);
        if let (Some(directory), Outcome::Done) = (again, &outcome) {
            let chunks = host.below(&directory).into_iter().filter(is_chunk);
            host.erase_all(chunks.min().into_iter().collect());
        }
        outcome
    })
}

pub(crate) fn document_cached() -> Bug {
    let mut first = HashMap::new();
    Box::new(move |host, operation| {
        let doomed = host.doomed(operation);
        let outcome = host.ask(operation);
        match (operation, outcome) {
            (Operation::Set { key, value }, Outcome::Done) => {
                let name = host.names.key(*key);
                if is_document(name) {
                    first.entry(name.clone()).or_insert_with(|| value.to_bytes());
                }
                Outcome::Done
            }
            (Operation::Get { key }, Outcome::Value(value)) => {
                Outcome::Value(first.get(host.names.key(*key)).cloned().unwrap_or(value))
            }
            (_, Outcome::Done) => {
                for key in &doomed {
                    first.remove(key);
                }
                Outcome::Done
            }
            (_, outcome) => outcome,
        }
    })
}

pub(crate) fn v2_attributes_lost() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Set { key, .. } if name_of(host.names.key(*key)) == ZATTRS => Outcome::Done,
        _ => host.ask(operation),
    })
}
