//! What the published stores are made of: the crates that an adapter opens, in the versions of
//! `Cargo.lock`.

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::workspace;

/// The crates of stores; all else that an adapter depends on is how it is asked.
const STORES: [&str; 7] = [
    "zarrs_storage",
    "zarrs_filesystem",
    "zarrs_object_store",
    "object_store",
    "zarrs_opendal",
    "opendal",
    "zarrs_zip",
];

/// The part of an adapter's name before the colon, and its crates with their versions.
///
/// # Errors
///
/// Returns an error if Cargo cannot say what the workspace is made of.
pub(crate) fn versions() -> Result<Vec<(String, String)>, cargo_metadata::Error> {
    let manifest = workspace::root().join("Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).exec()?;
    let families = [("memory", "memory"), ("fs", "filesystem"), ("object-store", "object-store")];
    let families = families.into_iter().chain([("opendal", "opendal"), ("zip", "zip")]);
    let of = |package: &str| {
        let package = metadata.packages.iter().find(|found| *found.name == *package)?;
        let direct = package.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal);
        let direct: Vec<&str> = direct.map(|one| one.name.as_str()).collect();
        let crates = STORES.iter().filter(|store| direct.contains(*store));
        let versions = crates.filter_map(|store| {
            let found = metadata.packages.iter().find(|found| *found.name == **store)?;
            Some(format!("{store} {}", found.version))
        });
        Some(versions.collect::<Vec<_>>().join(", "))
    };
    let versions = families.filter_map(|(family, package)| {
        Some((family.to_owned(), of(&format!("zarr-conform-{package}"))?))
    });
    Ok(versions.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use zarr_conform_published::{OPTIONAL, adapters};

    use zarr_conform_store::Described;

    use super::*;

    #[test]
    fn adapters_say_the_versions_that_are_built() {
        let versions = versions().expect("Cargo knows the workspace");
        for described in adapters() {
            let Some(adapter) = described.adapter() else { continue };
            let family = adapter.name().split(':').next().unwrap_or_default();
            let built = versions.iter().find(|(of, _)| of == family).map(|(_, built)| &**built);
            let tested = adapter.tested().iter().map(|(name, version)| format!("{name} {version}"));
            let tested: Vec<String> = tested.collect();
            assert_eq!(Some(&*tested.join(", ")), built, "{}", adapter.name());
        }
    }

    #[test]
    fn every_family_of_adapters_has_crates_with_versions() {
        let versions = versions().expect("Cargo knows the workspace");
        let known: BTreeSet<&str> = versions.iter().map(|(family, _)| family.as_str()).collect();
        let names = adapters();
        let names = names.iter().map(Described::name);
        for name in names.chain(OPTIONAL.iter().map(|optional| optional.name)) {
            let family = name.split(':').next().unwrap_or_default();
            assert!(known.contains(family), "{family}: {versions:?}");
        }
        assert!(versions.iter().all(|(_, crates)| crates.contains("zarrs_")), "{versions:?}");
    }
}
