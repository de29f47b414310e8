//! Minimum Rust versions: no package takes a dependency that needs a newer Rust than it says.
//!
//! What a toolchain of that age says to our own code is not asked here; it takes one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::semver::Version;
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};

/// A package as far as minimum versions go.
#[derive(Clone, Debug)]
struct Needs {
    name: String,
    rust: Option<Version>,
    is_member: bool,
    /// What it is built with, each with whether it is there by a feature alone.
    dependencies: Vec<(String, bool)>,
}

/// The packages of the workspace at `root` that say a Rust version which is too old, each as a
/// message.
///
/// A member of the workspace behind a feature of another one is checked by itself: who switches
/// the feature on needs its Rust version. Dependencies of other platforms are not looked at.
///
/// # Errors
///
/// Returns an error if Cargo cannot read the workspace, or not all dependencies.
pub(crate) fn wrong_versions(root: &Path) -> Result<Vec<String>, cargo_metadata::Error> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked", "--filter-platform", "host-tuple"].map(str::to_owned))
        .exec()?;
    Ok(judge(&read(&metadata)))
}

fn read(metadata: &Metadata) -> BTreeMap<String, Needs> {
    let members: BTreeSet<&PackageId> = metadata.workspace_members.iter().collect();
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let needs =
        nodes.map(|node| {
            let package = &metadata[&node.id];
            let is_built_with = |kind: DependencyKind| kind != DependencyKind::Development;
            let dependencies = node.deps.iter().filter(|dependency| {
                dependency.dep_kinds.iter().any(|info| is_built_with(info.kind))
            });
            let dependencies = dependencies.map(|dependency| {
                let name = &metadata[&dependency.pkg].name;
                let declared = package.dependencies.iter().filter(|declared| {
                    declared.name == name.as_str() && is_built_with(declared.kind)
                });
                (dependency.pkg.repr.clone(), declared.clone().all(|declared| declared.optional))
            });
            let needs = Needs {
                name: package.name.to_string(),
                rust: package.rust_version.clone(),
                is_member: members.contains(&node.id),
                dependencies: dependencies.collect(),
            };
            (node.id.repr.clone(), needs)
        });
    needs.collect()
}

fn judge(packages: &BTreeMap<String, Needs>) -> Vec<String> {
    packages.values().filter(|package| package.is_member).flat_map(|member| {
        let Some(says) = &member.rust else {
            return vec![format!("{}: no rust-version; say the oldest Rust that builds it", member.name)];
        };
        let too_new = built_with(member, packages).into_iter().filter_map(|dependency| {
            let needs = dependency.rust.as_ref().filter(|needs| *needs > says)?;
            Some(format!(
                "{} says Rust {says}, but {} needs {needs}: raise its rust-version, or take an older {}",
                member.name, dependency.name, dependency.name
            ))
        });
        too_new.collect()
    }).collect()
}

/// All that a package is built with, however deep.
fn built_with<'a>(package: &'a Needs, packages: &'a BTreeMap<String, Needs>) -> Vec<&'a Needs> {
    let (mut seen, mut found, mut open) = (BTreeSet::new(), Vec::new(), vec![package]);
    while let Some(package) = open.pop() {
        for (id, is_optional) in &package.dependencies {
            let Some(dependency) = packages.get(id) else { continue };
            if (dependency.is_member && *is_optional) || !seen.insert(id) {
                continue;
            }
            found.push(dependency);
            open.push(dependency);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    /// A name, a Rust version, and dependencies, each with whether it is optional.
    type Package<'a> = (&'a str, &'a str, &'a [(&'a str, bool)]);

    fn check(packages: &[Package], wanted: &[&str]) {
        let needs = packages.iter().map(|(name, rust, dependencies)| {
            let dependencies =
                dependencies.iter().map(|(name, optional)| ((*name).to_owned(), *optional));
            let needs = Needs {
                name: (*name).to_owned(),
                rust: Version::parse(rust).ok(),
                is_member: name.starts_with("our-"),
                dependencies: dependencies.collect(),
            };
            ((*name).to_owned(), needs)
        });
        assert_eq!(judge(&needs.collect()), wanted);
    }

    #[test]
    fn no_package_takes_what_needs_a_newer_rust() {
        let wrong = wrong_versions(&workspace::root()).expect("Cargo can read the workspace");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_dependency_of_a_dependency_that_is_too_new_is_found() {
        check(
            &[
                ("our-store", "1.91.0", &[("old", false)]),
                ("old", "1.60.0", &[("new", true)]),
                ("new", "1.92.0", &[]),
            ],
            &[
                "our-store says Rust 1.91.0, but new needs 1.92.0: raise its rust-version, or take an older new",
            ],
        );
    }

    #[test]
    fn a_member_behind_a_feature_speaks_for_itself() {
        let service = ("our-service", "1.92.0", &[("new", false)][..]);
        let new = ("new", "1.92.0", &[][..]);
        check(&[("our-store", "1.91.0", &[("our-service", true)]), service, new], &[]);
        check(&[("our-store", "1.92.0", &[("our-service", false)]), service, new], &[]);
    }

    #[test]
    fn a_package_that_says_nothing_is_found() {
        check(
            &[("our-store", "", &[])],
            &["our-store: no rust-version; say the oldest Rust that builds it"],
        );
    }
}
