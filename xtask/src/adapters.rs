//! The registry: every adapter that `--adapter` can name.

use std::fmt::Write;
use std::sync::Arc;

use zarr_conform_filesystem::FilesystemAdapter;
use zarr_conform_memory::MemoryAdapter;
use zarr_conform_store::Adapter;

use crate::heavy::{HEAVY, Heavy};
use crate::server::Server;

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
    /// The adapter is one on a server of the user's, and none was named.
    #[error("`{name}` is on a server of yours: give --url {wanted}")]
    NoUrl { name: &'static str, wanted: &'static str },
    /// The adapter is on no server.
    #[error("`{name}` is on no server, so --url means nothing to it")]
    NoServer { name: String },
    /// The server that was named cannot be reached by what was given.
    #[cfg_attr(
        not(feature = "_server"),
        expect(dead_code, reason = "adapters on servers take features")
    )]
    #[error("{0}")]
    Server(String),
    /// The program was built without any.
    #[error(
        "this program was built without adapters, so it can test nothing: add one to the registry in xtask/src/adapters.rs"
    )]
    Empty,
}

/// Every adapter that this program was built with, each variant by itself.
pub(crate) fn registry() -> Vec<Entry> {
    [light(), heavy()].concat()
}

fn light() -> Vec<Entry> {
    vec![
        Entry::new(MemoryAdapter::synchronous(), "zarrs_storage's MemoryStore"),
        Entry::new(
            MemoryAdapter::asynchronous(),
            "zarrs_storage's AsyncMemoryStore, asked through its asynchronous traits",
        ),
        Entry::new(
            MemoryAdapter::async_to_sync(),
            "AsyncMemoryStore in zarrs_storage's async-to-sync wrapper",
        ),
        Entry::new(
            MemoryAdapter::sync_to_async(),
            "MemoryStore in zarrs_storage's sync-to-async wrapper",
        ),
        Entry::new(MemoryAdapter::usage_log(), "MemoryStore in zarrs_storage's usage log"),
        Entry::new(MemoryAdapter::metrics(), "MemoryStore in zarrs_storage's performance metrics"),
        Entry::new(
            MemoryAdapter::beside_async(),
            "MemoryStore side by side with sync-to-async over it",
        ),
        Entry::new(
            MemoryAdapter::beside_sync(),
            "AsyncMemoryStore side by side with async-to-sync over it",
        ),
        Entry::new(
            MemoryAdapter::beside_usage_log(),
            "MemoryStore side by side with the usage log over it",
        ),
        Entry::new(
            MemoryAdapter::beside_metrics(),
            "MemoryStore side by side with the performance metrics over it",
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
        Entry::new(
            FilesystemAdapter::atomic_write(),
            "the same, in zarrs_storage's atomic-write wrapper",
        ),
    ]
}

/// The adapters that take a feature, as far as this program was built with it.
fn heavy() -> Vec<Entry> {
    #[allow(unused_mut, reason = "a program without heavy adapters adds none")]
    let mut adapters: Vec<Arc<dyn Adapter>> = Vec::new();
    #[cfg(feature = "object-store")]
    for adapter in zarr_conform_object_store::ObjectStoreAdapter::all() {
        adapters.push(Arc::new(adapter));
    }
    #[cfg(feature = "object-store-s3")]
    adapters.push(Arc::new(zarr_conform_object_store::ObjectStoreAdapter::s3()));
    #[cfg(feature = "opendal")]
    for adapter in zarr_conform_opendal::OpendalAdapter::all() {
        adapters.push(Arc::new(adapter));
    }
    #[cfg(feature = "opendal-s3")]
    adapters.push(Arc::new(zarr_conform_opendal::OpendalAdapter::s3()));
    let entry = |adapter: Arc<dyn Adapter>| {
        let about = HEAVY.iter().find(|heavy| heavy.name == adapter.name());
        Entry { about: about.map_or("", |heavy| heavy.about), adapter }
    };
    adapters.into_iter().map(entry).collect()
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
    Ok(lines(entries.iter(), |_| true))
}

/// The adapter that `name` means, written `NAME` or `NAME:VARIANT`.
///
/// # Errors
///
/// Returns an [`AdapterError`] that lists what there is.
pub(crate) fn find(
    entries: &[Entry],
    name: Option<&str>,
    server: &Server,
) -> Result<Entry, AdapterError> {
    let list = list(entries)?;
    let Some(name) = name else {
        return Err(AdapterError::Missing { list });
    };
    if let Some(adapter) = server.adapter(name)? {
        return Ok(Entry { adapter, about: "" });
    }
    if let Some(entry) = entries.iter().find(|entry| entry.adapter.name() == name) {
        return Ok(entry.clone());
    }
    if let Some(heavy) = HEAVY.iter().find(|heavy| heavy.name == name) {
        return Err(AdapterError::NoUrl { name: heavy.name, wanted: heavy.url });
    }
    let (family, variant) = split(name);
    let siblings = entries.iter().filter(|entry| entry.family() == family);
    let siblings = lines(siblings, |heavy| split(heavy.name).0 == family);
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

/// The entries and, of those that take a feature or a server and are none, the `wanted`.
fn lines<'a>(entries: impl Iterator<Item = &'a Entry>, wanted: impl Fn(&Heavy) -> bool) -> String {
    let mut text = String::new();
    let mut line = |name: &str, about: &str, note: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:<25}{about}{note}");
    };
    let mut listed = Vec::new();
    for Entry { adapter, about } in entries {
        line(adapter.name(), about, "");
        listed.push(adapter.name());
    }
    for heavy in HEAVY.iter().filter(|heavy| !listed.contains(&heavy.name) && wanted(heavy)) {
        line(heavy.name, heavy.about, heavy.note());
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn error(entries: &[Entry], name: Option<&str>) -> AdapterError {
        find(entries, name, &Server::default()).err().expect("the name leads nowhere")
    }

    #[test]
    fn every_variant_of_every_adapter_is_listed_once() {
        let memory = MemoryAdapter::all().into_iter().map(|adapter| adapter.name().to_owned());
        let files = FilesystemAdapter::all().map(|adapter| adapter.name().to_owned());
        let here = |heavy: &&Heavy| Heavy::missing(heavy.name).is_none() && !heavy.takes_server();
        let built = HEAVY.iter().filter(here);
        let heavy = built.map(|heavy| heavy.name.to_owned());
        let wanted: BTreeSet<String> = memory.chain(files).chain(heavy).collect();
        let entries = registry();
        let listed: BTreeSet<String> =
            entries.iter().map(|entry| entry.adapter.name().to_owned()).collect();
        assert_eq!(listed, wanted);
        assert_eq!(entries.len(), wanted.len());
    }

    #[test]
    fn adapters_that_take_a_feature_are_listed_whether_it_is_there_or_not() {
        let list = list(&registry()).expect("there are adapters");
        for heavy in HEAVY {
            let lines = list.lines().filter(|line| line.starts_with(&format!("  {} ", heavy.name)));
            let lines: Vec<_> = lines.collect();
            assert_eq!(lines.len(), 1, "{}:\n{list}", heavy.name);
            assert!(lines[0].ends_with(&format!("{}{}", heavy.about, heavy.note())), "{lines:?}");
        }
    }

    #[test]
    fn names_lead_to_adapters_of_that_name() {
        let entries = registry();
        for entry in &entries {
            let name = entry.adapter.name();
            let found = find(&entries, Some(name), &Server::default()).expect("it is listed");
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
