//! Adapters say of which crates their stores are; here that is held against `Cargo.lock`.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, MetadataCommand};
use zarr_conform_published::{OPTIONAL, adapters};
use zarr_conform_store::Described;

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

/// The part of an adapter's name before the colon, and the package that it is in.
const FAMILIES: [(&str, &str); 5] = [
    ("memory", "zarr-conform-memory"),
    ("fs", "zarr-conform-filesystem"),
    ("object-store", "zarr-conform-object-store"),
    ("opendal", "zarr-conform-opendal"),
    ("zip", "zarr-conform-zip"),
];

/// The families of adapters, and their crates with the versions that are built.
fn built() -> BTreeMap<&'static str, String> {
    let manifest = workspace::root().join("Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).exec();
    let metadata = metadata.expect("Cargo knows the workspace");
    let of = |package: &str| {
        let package = metadata.packages.iter().find(|found| *found.name == *package);
        let direct = &package.expect("it is a member").dependencies;
        let is_direct = |store: &&&str| {
            direct.iter().any(|one| one.kind == DependencyKind::Normal && one.name == **store)
        };
        let versions = STORES.iter().filter(is_direct).filter_map(|store| {
            let found = metadata.packages.iter().find(|found| *found.name == **store)?;
            Some(format!("{store} {}", found.version))
        });
        versions.collect::<Vec<_>>().join(", ")
    };
    FAMILIES.into_iter().map(|(family, package)| (family, of(package))).collect()
}

fn family(name: &str) -> &str {
    name.split(':').next().unwrap_or_default()
}

#[test]
fn adapters_say_the_versions_that_are_built() {
    let built = built();
    for described in adapters() {
        let Some(adapter) = described.adapter() else { continue };
        let tested = adapter.tested().iter().map(|(name, version)| format!("{name} {version}"));
        let tested: Vec<String> = tested.collect();
        let name = adapter.name();
        assert_eq!(Some(&tested.join(", ")), built.get(family(name)), "{name}");
    }
}

#[test]
fn every_family_of_adapters_has_crates_with_versions() {
    let built = built();
    let names = adapters();
    let names = names.iter().map(Described::name);
    for name in names.chain(OPTIONAL.iter().map(|optional| optional.name)) {
        assert!(built.contains_key(family(name)), "{name}: {built:?}");
    }
    assert!(built.values().all(|crates| crates.contains("zarrs_")), "{built:?}");
}
