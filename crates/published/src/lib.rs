//! The adapters of the published Zarr stores, in one list; the program `zarr-conform` is the command
//! line for them.
//!
//! Some take long to build, and are behind features; [`OPTIONAL`] has those, whether they are built
//! or not.
//!
//! # Examples
//!
//! ```
//! let names: Vec<String> = zarr_conform_published::adapters()
//!     .iter()
//!     .map(|described| described.name().to_owned())
//!     .collect();
//! assert!(names.contains(&"memory:async".to_owned()));
//! ```

#![forbid(unsafe_code)]

#[cfg(feature = "zip")]
use std::sync::Arc;

#[cfg(feature = "zip")]
use zarr_conform_machines::OverContents;
use zarr_conform_store::Described;

/// An adapter that is there with a feature alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Optional {
    /// The name, as `--adapter` takes it.
    pub name: &'static str,
    /// The feature of this package.
    pub feature: &'static str,
    /// What its stores are.
    pub about: &'static str,
    /// Whether it is always on a server of the user's.
    pub takes_server: bool,
    /// Whether this build has it.
    pub is_built: bool,
}

impl Optional {
    /// Those that this build lacks.
    pub fn lacking() -> impl Iterator<Item = &'static Self> {
        OPTIONAL.iter().filter(|optional| !optional.is_built)
    }
}

/// Defines the table, and with it whether this build has the feature.
macro_rules! optional {
    ($($name:literal $feature:literal $takes_server:literal $about:literal;)*) => {
        /// Every adapter that takes a feature.
        pub const OPTIONAL: &[Optional] = &[$(Optional {
            name: $name,
            feature: $feature,
            about: $about,
            takes_server: $takes_server,
            is_built: cfg!(feature = $feature),
        }),*];
    };
}

optional! {
    "object-store:memory" "object-store" false "zarrs_object_store over object_store's InMemory";
    "object-store:local" "object-store" false "the same over LocalFileSystem, in a temporary directory";
    "object-store:prefix" "object-store" false "the same over PrefixStore, beside other objects";
    "object-store:throttled" "object-store" false "the same over ThrottledStore";
    "object-store:limited" "object-store" false "the same over LimitStore";
    "object-store:s3" "object-store-s3" false "the same over AmazonS3: a service in this process, or --url";
    "object-store:azure" "object-store-azure" true "the same over MicrosoftAzure";
    "object-store:http" "object-store-http" true "the same over HttpStore (WebDAV)";
    "opendal:memory" "opendal" false "zarrs_opendal over opendal's memory service";
    "opendal:fs" "opendal" false "the same over its fs service, in a temporary directory";
    "opendal:s3" "opendal-s3" false "the same over its S3 service: a service in this process";
    "zip" "zip" false "zarrs_zip over an archive in memory, read-only";
    "zip:below" "zip" false "the same below a path of the archive, beside other entries";
    "zip:async" "zip" false "the same, asked through its asynchronous traits";
}

/// Every adapter of this build, each variant by itself.
#[must_use]
pub fn adapters() -> Vec<Described> {
    [
        zarr_conform_memory::adapters(),
        zarr_conform_filesystem::adapters(),
        #[cfg(feature = "object-store")]
        zarr_conform_object_store::adapters(),
        #[cfg(feature = "opendal")]
        zarr_conform_opendal::adapters(),
        #[cfg(feature = "zip")]
        over_contents(zarr_conform_zip::adapters()),
    ]
    .concat()
}

/// Stores that only read, each opened over what a plan wrote.
///
/// Without `zip:deflated`: what it answers of long values is memory that nobody wrote, other in each run,
/// so no page of it stays the same.
#[cfg(feature = "zip")]
fn over_contents(adapters: Vec<Described>) -> Vec<Described> {
    let over = |described: Described| match described.adapter() {
        Some(adapter) => {
            let about = described.about().to_owned();
            Described::new(OverContents::of(Arc::clone(adapter)), about)
        }
        None => described,
    };
    let certain = adapters.into_iter().filter(|described| described.name() != "zip:deflated");
    certain.map(over).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_adapter_is_listed_once_and_under_its_name() {
        let adapters = adapters();
        let names: BTreeSet<&str> = adapters.iter().map(Described::name).collect();
        assert_eq!(names.len(), adapters.len());
        for described in &adapters {
            assert!(!described.about().is_empty(), "{}", described.name());
            if let Some(adapter) = described.adapter() {
                assert_eq!(adapter.name(), described.name());
            }
        }
    }

    /// With all features, both directions compare every adapter that takes one.
    #[test]
    fn the_table_says_what_the_adapters_say() {
        let adapters = adapters();
        for optional in OPTIONAL {
            let found = adapters.iter().find(|described| described.name() == optional.name);
            assert_eq!(found.is_some(), optional.is_built, "{}", optional.name);
            if let Some(found) = found {
                assert_eq!(found.about(), optional.about, "{}", optional.name);
                assert_eq!(found.adapter().is_none(), optional.takes_server, "{}", optional.name);
            }
        }
        let is_light =
            |name: &str| ["memory", "fs"].contains(&name.split(':').next().unwrap_or(""));
        for described in adapters.iter().filter(|described| !is_light(described.name())) {
            let is_in_table = OPTIONAL.iter().any(|optional| optional.name == described.name());
            assert!(is_in_table, "{} is not in the table", described.name());
        }
    }
}
