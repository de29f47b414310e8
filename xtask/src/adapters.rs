//! The registry: every adapter that `--adapter` can name.

use std::fmt::Write;
use std::sync::Arc;

use zarr_conform_filesystem::FilesystemAdapter;
use zarr_conform_memory::MemoryAdapter;
use zarr_conform_model::Adapter;

/// An adapter, and one line that says what its stores are.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) adapter: Arc<dyn Adapter>,
    about: &'static str,
}

impl Entry {
    fn new(adapter: impl Adapter + 'static, about: &'static str) -> Self {
        let adapter = Arc::new(adapter);
        Self { adapter, about }
    }

    /// The name up to the variant.
    fn family(&self) -> &str {
        split(self.adapter.name()).0
    }
}

/// A name that does not lead to an adapter.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum AdapterError {
    /// No name was given.
    #[error("no adapter was named: give --adapter NAME, with one of\n\n{list}")]
    Missing { list: String },
    /// There are no adapters of that name, whatever the variant.
    #[error("there is no adapter `{name}`: give --adapter NAME, with one of\n\n{list}")]
    UnknownAdapter { name: String, list: String },
    /// The adapter has no variant of that name.
    #[error(
        "the adapter `{family}` has no variant `{variant}`: give --adapter NAME, with one of\n\n{list}"
    )]
    UnknownVariant { family: String, variant: String, list: String },
    /// The program was built without any.
    #[error(
        "this program was built without adapters, so it can test nothing: add one to the registry in xtask/src/adapters.rs"
    )]
    Empty,
}

/// Every adapter, each variant by itself.
pub(crate) fn registry() -> Vec<Entry> {
    vec![
        Entry::new(MemoryAdapter::synchronous(), "zarrs_storage's MemoryStore"),
        Entry::new(
            MemoryAdapter::asynchronous(),
            "zarrs_storage's AsyncMemoryStore, through its async-to-sync adapter",
        ),
        Entry::new(
            FilesystemAdapter::plain(),
            "zarrs_filesystem's FilesystemStore in a temporary directory",
        ),
        Entry::new(
            FilesystemAdapter::sorted(),
            "the same, sorting directories and files as they are walked",
        ),
        Entry::new(
            FilesystemAdapter::handle_cache(),
            "the same, keeping two files open for reading",
        ),
        Entry::new(FilesystemAdapter::direct_io(), "the same, going around the page cache"),
    ]
}

/// The adapters and what they are, one on each line.
///
/// # Errors
///
/// Returns [`AdapterError::Empty`] if there are none.
pub(crate) fn list(entries: &[Entry]) -> Result<String, AdapterError> {
    if entries.is_empty() {
        return Err(AdapterError::Empty);
    }
    Ok(lines(entries.iter()))
}

/// The adapter that `name` means, written `NAME` or `NAME:VARIANT`.
///
/// # Errors
///
/// Returns an [`AdapterError`] that lists what there is.
pub(crate) fn find(entries: &[Entry], name: Option<&str>) -> Result<Entry, AdapterError> {
    let list = list(entries)?;
    let Some(name) = name else {
        return Err(AdapterError::Missing { list });
    };
    if let Some(entry) = entries.iter().find(|entry| entry.adapter.name() == name) {
        return Ok(entry.clone());
    }
    let (family, variant) = split(name);
    let siblings = entries.iter().filter(|entry| entry.family() == family);
    let siblings = lines(siblings);
    Err(match variant {
        Some(variant) if !siblings.is_empty() => AdapterError::UnknownVariant {
            family: family.to_owned(),
            variant: variant.to_owned(),
            list: siblings,
        },
        _ => AdapterError::UnknownAdapter { name: name.to_owned(), list },
    })
}

fn split(name: &str) -> (&str, Option<&str>) {
    name.split_once(':').map_or((name, None), |(family, variant)| (family, Some(variant)))
}

fn lines<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut text = String::new();
    for Entry { adapter, about } in entries {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:<18}{about}", adapter.name());
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn error(entries: &[Entry], name: Option<&str>) -> AdapterError {
        find(entries, name).err().expect("the name leads nowhere")
    }

    #[test]
    fn every_variant_of_every_adapter_is_listed_once() {
        let memory = MemoryAdapter::all().map(|adapter| adapter.name().to_owned());
        let files = FilesystemAdapter::all().map(|adapter| adapter.name().to_owned());
        let wanted: BTreeSet<String> = memory.into_iter().chain(files).collect();
        let entries = registry();
        let listed: BTreeSet<String> =
            entries.iter().map(|entry| entry.adapter.name().to_owned()).collect();
        assert_eq!(listed, wanted);
        assert_eq!(entries.len(), wanted.len());
    }

    #[test]
    fn names_lead_to_adapters_of_that_name() {
        let entries = registry();
        for entry in &entries {
            let name = entry.adapter.name();
            let found = find(&entries, Some(name)).expect("it is listed");
            assert_eq!(found.adapter.name(), name);
        }
    }

    #[test]
    fn an_empty_registry_is_an_error_whatever_is_asked() {
        assert_eq!(error(&[], None), AdapterError::Empty);
        assert_eq!(error(&[], Some("memory")), AdapterError::Empty);
        assert_eq!(list(&[]), Err(AdapterError::Empty));
    }

    #[test]
    fn an_unknown_variant_gets_the_variants_of_its_adapter() {
        for name in ["memory:nope", "memory:"] {
            let message = error(&registry(), Some(name)).to_string();
            assert!(message.contains("memory:async"), "{message}");
            assert!(!message.contains("fs:sorted"), "{message}");
        }
    }

    #[test]
    fn an_unknown_adapter_gets_all_of_them() {
        for name in [Some("nope"), Some("nope:async"), Some(""), None] {
            let message = error(&registry(), name).to_string();
            assert!(message.contains("memory:async"), "{message}");
            assert!(message.contains("fs:sorted"), "{message}");
        }
    }
}
