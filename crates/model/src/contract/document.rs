//! Whether a metadata document says what it must.

use serde_json::{Map, Value as JsonValue, json};

/// The field of a group with the metadata of all nodes below it.
pub(crate) const CONSOLIDATED: &str = "consolidated_metadata";

/// Whether a document says what it must: everything that is wanted is there, lists are as long as
/// wanted, user attributes are exactly the wanted ones, and consolidated metadata is of exactly the
/// wanted nodes.
pub(super) fn says(document: &JsonValue, wanted: &JsonValue) -> bool {
    match (wanted, document) {
        (JsonValue::Object(wanted), JsonValue::Object(document)) => {
            wanted.iter().all(|(name, wanted)| match document.get(name) {
                _ if name == "attributes" => {
                    let none = json!({});
                    document.get(name).unwrap_or(&none) == wanted
                }
                Some(value) if name == CONSOLIDATED => {
                    let count = |value: &JsonValue| value["metadata"].as_object().map(Map::len);
                    count(value) == count(wanted) && says(value, wanted)
                }
                Some(value) => says(value, wanted),
                None => wanted.is_null(),
            })
        }
        // An extension without configuration may be written as its name alone.
        (JsonValue::Object(wanted), JsonValue::String(name)) => {
            wanted.len() == 1 && wanted.get("name").and_then(JsonValue::as_str) == Some(name)
        }
        (JsonValue::Array(wanted), JsonValue::Array(document)) => {
            wanted.len() == document.len()
                && wanted.iter().zip(document).all(|(wanted, value)| says(value, wanted))
        }
        (JsonValue::Number(wanted), JsonValue::Number(value)) => {
            // `-0` is not `0`, and `7` is `7.0`.
            value.as_f64().map(f64::to_bits) == wanted.as_f64().map(f64::to_bits)
        }
        _ => document == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_may_say_more_but_not_in_attributes() {
        let wanted = json!({"shape": [1, 2], "attributes": {"a": 1}});
        let says = |document: JsonValue| says(&document, &wanted);
        assert!(says(json!({"shape": [1, 2.0], "attributes": {"a": 1}, "more": 1})));
        assert!(!says(json!({"shape": [1, 2], "attributes": {"a": 1, "b": 2}})));
        assert!(!says(json!({"shape": [1, 2, 3], "attributes": {"a": 1}})));
        assert!(!says(json!({"shape": [1, 2]})));
        assert!(!says(json!([])));
    }

    #[test]
    fn consolidated_metadata_is_of_no_other_nodes() {
        let nodes = |nodes: JsonValue| json!({CONSOLIDATED: {"metadata": nodes}});
        let wanted = nodes(json!({"a": {"shape": [1]}}));
        assert!(says(&nodes(json!({"a": {"shape": [1], "more": 1}})), &wanted));
        assert!(!says(&nodes(json!({"a": {"shape": [2]}})), &wanted));
        assert!(!says(&nodes(json!({"a": {"shape": [1]}, "b": {}})), &wanted));
        assert!(!says(&nodes(json!({})), &wanted) && !says(&json!({}), &wanted));
    }

    #[test]
    fn extensions_without_configuration_may_be_names() {
        let wanted = json!({"codecs": [{"name": "crc32c"}]});
        assert!(says(&json!({"codecs": ["crc32c"]}), &wanted));
        assert!(!says(&json!({"codecs": ["gzip"]}), &wanted));
        let configured = json!([{"name": "transpose", "configuration": {"order": [0]}}]);
        assert!(!says(&json!(["transpose"]), &configured));
    }
}
