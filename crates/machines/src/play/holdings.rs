//! What the model holds after a step, and where an answer leaves it: for a reader of a replay.

use std::fmt::Display;

use bytes::Bytes;
use zarr_conform_model::contract::Want;
use zarr_conform_model::hierarchy_model::Node;
use zarr_conform_model::plan::NodeKind;
use zarr_conform_model::{Model, Outcome, ReferenceModel, Step};

/// How many keys or nodes are shown, of those that there are. A guess: what fits two lines.
const SHOWN: usize = 8;

/// What the model holds, short: keys with their values, or nodes with their kinds.
///
/// Empty for a model of somebody else's, which nobody can look into.
pub(super) fn holdings(model: &ReferenceModel) -> String {
    match model {
        ReferenceModel::Store(model) => {
            let names = model.names();
            let pairs = model.contents().map(|(key, value)| {
                format!(
                    "{}: {}",
                    names.key(key).as_str().escape_default(),
                    Outcome::Value(value.clone())
                )
            });
            listed(pairs)
        }
        ReferenceModel::Hierarchy(model) => {
            let nodes = model.nodes().iter().map(|(path, node)| {
                let kind = match node {
                    Node::Group(_) => NodeKind::Group,
                    Node::Array(_) => NodeKind::Array,
                };
                let path = if path.is_empty() { "/" } else { path };
                format!("{} ({kind})", path.escape_default())
            });
            listed(nodes)
        }
        ReferenceModel::Other(_) => String::new(),
    }
}

fn listed(items: impl Iterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    let shown = items.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match items.len() {
        count if count > SHOWN => format!("{{{shown}, … {count} in all}}"),
        _ => format!("{{{shown}}}"),
    }
}

/// The bytes that are wanted of a step, if one value is.
pub(super) fn wanted_bytes(model: &ReferenceModel, step: &Step) -> Option<Bytes> {
    match model.expect(&step.operation).wanted {
        Want::Value(bytes) => Some(Bytes::copy_from_slice(bytes)),
        Want::Bytes(bytes) => Some(bytes.into()),
        _ => None,
    }
}

/// The first byte that is not as it was wanted; where one value ends, if it begins the other one.
pub(crate) fn first_difference(wanted: Option<&[u8]>, outcome: &Outcome) -> Option<u64> {
    let (wanted, Outcome::Value(got)) = (wanted?, outcome) else { return None };
    let common = wanted.iter().zip(got.iter()).take_while(|(one, other)| one == other).count();
    (common < wanted.len().max(got.len())).then_some(common as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_differs_is_counted_from_nought() {
        let at = |wanted: &'static str, got: &'static str| {
            first_difference(Some(wanted.as_bytes()), &Outcome::Value(got.into()))
        };
        assert_eq!(at("abc", "abc"), None);
        assert_eq!(at("abc", "axc"), Some(1));
        assert_eq!(at("abc", "ab"), Some(2));
        assert_eq!(at("", "x"), Some(0));
        assert_eq!(first_difference(None, &Outcome::Value("x".into())), None);
        assert_eq!(first_difference(Some(b"x"), &Outcome::Absent), None);
    }
}
