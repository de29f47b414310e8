//! The arrows between crates: who may depend on whom.

use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// A place in the order model ← rules ← machines ← reports ← command line ← programs, with the mutants and how
/// a store is asked beside the rules, the adapters beside all of it, the front that authors of stores
/// depend on over these, and the tools at the end; services stand alone, for adapters to ask, and so
/// does the gate, for whoever decides at a store's system calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Model,
    Store,
    /// How a store in another process is asked.
    Wire,
    /// What is said of a process, by whoever is in it.
    Guard,
    Rules,
    Mutants,
    Machines,
    /// How reports are shown.
    Reports,
    Adapter,
    /// An array library over the stores of any adapter.
    Library,
    CommandLine,
    /// A command line and the adapters that it is for.
    Program,
    Service,
    /// What is between a program and the system's calls.
    Gate,
    Front,
    Tool,
    /// What tests of programs share.
    Tests,
}

/// One package's use of another package of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Arrow {
    from: String,
    to: String,
    /// Whether it is for tests, benches and examples alone.
    dev: bool,
}

/// A package and the folder it is in, from the workspace's root.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    name: String,
    folder: String,
}

/// The arrows of the workspace at `root` that should not be, each as a message.
///
/// # Errors
///
/// Returns an error if Cargo cannot read the workspace. The network is not used.
pub(crate) fn wrong_arrows(root: &Path) -> Result<Vec<String>, cargo_metadata::Error> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()?;
    let (members, arrows) = read(&metadata);
    Ok(judge(&members, &arrows))
}

fn read(metadata: &Metadata) -> (Vec<Member>, Vec<Arrow>) {
    let root = &metadata.workspace_root;
    let packages = metadata.workspace_packages();
    let folder = |manifest: &cargo_metadata::camino::Utf8Path| {
        let folder = manifest.parent().unwrap_or(manifest);
        let folder = folder.strip_prefix(root).unwrap_or(folder);
        folder.as_str().replace('\\', "/")
    };
    let members: Vec<Member> = packages
        .iter()
        .map(|package| Member {
            name: package.name.to_string(),
            folder: folder(&package.manifest_path),
        })
        .collect();
    let is_member = |name: &str| members.iter().any(|member| member.name == name);
    let arrows = packages.iter().flat_map(|package| {
        let inside = package.dependencies.iter().filter(|to| is_member(&to.name));
        inside.map(|dependency| Arrow {
            from: package.name.to_string(),
            to: dependency.name.clone(),
            dev: dependency.kind == DependencyKind::Development,
        })
    });
    let arrows = arrows.collect();
    (members, arrows)
}

fn judge(members: &[Member], arrows: &[Arrow]) -> Vec<String> {
    let homeless = members
        .iter()
        .filter(|member| layer(&member.folder).is_none())
        .map(|Member { name, folder }| {
            format!("{folder}: the package {name} is in no layer: move it to the folder of one, or add its folder to xtask/src/arrows.rs")
        });
    let layer_of = |name: &str| {
        let member = members.iter().find(|member| member.name == name)?;
        layer(&member.folder)
    };
    let wrong = arrows.iter().filter_map(|arrow| {
        let reason = objection(layer_of(&arrow.from)?, layer_of(&arrow.to)?, arrow.dev)?;
        let Arrow { from, to, .. } = arrow;
        Some(format!(
            "{from} must not depend on {to}: {reason}; take it out of the Cargo.toml of {from}"
        ))
    });
    homeless.chain(wrong).collect()
}

fn layer(folder: &str) -> Option<Layer> {
    Some(match folder {
        "crates/model" => Layer::Model,
        "crates/store" => Layer::Store,
        "crates/wire" => Layer::Wire,
        "crates/exit-guard" => Layer::Guard,
        "crates/rules" => Layer::Rules,
        "crates/mutants" => Layer::Mutants,
        "crates/machines" => Layer::Machines,
        "crates/reports" => Layer::Reports,
        "crates/hierarchy" => Layer::Library,
        "crates/cli" => Layer::CommandLine,
        "crates/published" => Layer::Program,
        "crates/s3-service" => Layer::Service,
        "crates/gate" => Layer::Gate,
        "crates/command-tests" => Layer::Tests,
        "crates/zarr-conform" => Layer::Front,
        "benches" | "docs" | "xtask" => Layer::Tool,
        _ if folder.starts_with("crates/adapters/") => Layer::Adapter,
        _ => return None,
    })
}

/// Why `from` must not depend on `to`, if it must not.
fn objection(from: Layer, to: Layer, dev: bool) -> Option<&'static str> {
    match (from, to) {
        (_, Layer::Tool) => Some("nothing depends on xtask, benches or docs"),
        (_, Layer::Tests) if !dev => Some("what tests share is for tests alone"),
        (Layer::Tests, _) => Some("what tests share knows nothing of the programs that it runs"),
        (Layer::Tool, _) => None,
        (Layer::Model, _) => Some("the model depends on no crate of the workspace"),
        (Layer::Guard, _) => Some("the guard sees a process exit, and knows nothing of stores"),
        (Layer::Service, _) => Some("a service knows nothing of who asks it"),
        (Layer::Gate, _) => Some("the gate sees calls, whoever makes them, and knows no store"),
        (Layer::Rules | Layer::Mutants, Layer::Gate) => {
            Some("what is asked does not depend on what goes wrong meanwhile")
        }
        (_, Layer::Front) => {
            Some("zarr-conform is for authors of stores, and has nothing of its own")
        }
        (Layer::Front, Layer::Service) => Some("services are for adapters, tools and tests"),
        // A crate's own tests may use what is built on it.
        _ if dev => None,
        (
            Layer::Store
            | Layer::Wire
            | Layer::Rules
            | Layer::Mutants
            | Layer::Machines
            | Layer::Adapter
            | Layer::Library,
            Layer::Reports,
        ) => Some("how a report is shown is for whoever shows it"),
        (
            Layer::Reports,
            Layer::Store
            | Layer::Wire
            | Layer::Mutants
            | Layer::Adapter
            | Layer::Library
            | Layer::CommandLine
            | Layer::Program
            | Layer::Service
            | Layer::Gate,
        ) => Some("reports are shown from their plain data, without a store"),
        (
            Layer::Store
            | Layer::Rules
            | Layer::Mutants
            | Layer::Machines
            | Layer::Adapter
            | Layer::Library,
            Layer::CommandLine | Layer::Program,
        ) => Some("a command line is for programs, tools and tests"),
        (
            Layer::Wire,
            Layer::Guard
            | Layer::Rules
            | Layer::Mutants
            | Layer::Machines
            | Layer::Adapter
            | Layer::Library,
        ) => {
            Some("how a store in another process is asked depends on the model and the store alone")
        }
        (
            Layer::Rules | Layer::Mutants | Layer::Adapter | Layer::Library,
            Layer::Wire | Layer::Guard,
        ) => Some("what becomes of a process is a matter of the machines"),
        (
            Layer::Store,
            Layer::Wire
            | Layer::Guard
            | Layer::Store
            | Layer::Rules
            | Layer::Mutants
            | Layer::Machines
            | Layer::Adapter
            | Layer::Library,
        ) => Some("how a store is asked depends on the model alone"),
        (
            Layer::Rules,
            Layer::Store | Layer::Mutants | Layer::Machines | Layer::Adapter | Layer::Library,
        ) => Some("rules depend on the model alone, and hold no store"),
        (Layer::Mutants, Layer::Rules | Layer::Machines | Layer::Adapter | Layer::Library) => Some(
            "mutants depend on the model and the store alone, so that any tester can be held against them",
        ),
        (Layer::Machines, Layer::Adapter | Layer::Library) => {
            Some("machines hold no concrete backend")
        }
        (
            Layer::Store | Layer::Rules | Layer::Mutants | Layer::Machines | Layer::CommandLine,
            Layer::Service,
        ) => Some("services are for adapters, tools and tests"),
        (Layer::CommandLine, Layer::Adapter | Layer::Program) => {
            Some("a command line is for the stores of any adapter, and brings none")
        }
        (Layer::Adapter | Layer::Library, Layer::Adapter | Layer::Library) => {
            Some("what two adapters share belongs into crates/store")
        }
        (Layer::Adapter | Layer::Library, Layer::Rules | Layer::Mutants | Layer::Machines) => Some(
            "adapters use rules, mutants and machines in their own tests alone, as dev-dependencies",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    fn members() -> Vec<Member> {
        let member = |(name, folder): (&str, &str)| Member {
            name: name.to_owned(),
            folder: folder.to_owned(),
        };
        [
            ("model", "crates/model"),
            ("store", "crates/store"),
            ("wire", "crates/wire"),
            ("exit-guard", "crates/exit-guard"),
            ("rules", "crates/rules"),
            ("mutants", "crates/mutants"),
            ("machines", "crates/machines"),
            ("reports", "crates/reports"),
            ("memory", "crates/adapters/memory"),
            ("filesystem", "crates/adapters/filesystem"),
            ("hierarchy", "crates/hierarchy"),
            ("cli", "crates/cli"),
            ("published", "crates/published"),
            ("s3-service", "crates/s3-service"),
            ("gate", "crates/gate"),
            ("command-tests", "crates/command-tests"),
            ("zarr-conform", "crates/zarr-conform"),
            ("benches", "benches"),
            ("xtask", "xtask"),
        ]
        .map(member)
        .to_vec()
    }

    fn check(from: &str, to: &str, dev: bool, wanted: Option<&str>) {
        let arrow = Arrow { from: from.to_owned(), to: to.to_owned(), dev };
        let found = judge(&members(), &[arrow]);
        match wanted {
            None => assert!(found.is_empty(), "{found:?}"),
            Some(words) => {
                assert_eq!(found.len(), 1, "{from} -> {to}");
                assert!(found[0].contains(words), "{found:?}");
            }
        }
    }

    #[test]
    fn the_workspace_has_no_wrong_arrow() {
        let wrong = wrong_arrows(&workspace::root()).expect("Cargo can read the workspace");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn the_workspace_has_arrows_to_look_at() {
        let metadata = MetadataCommand::new()
            .manifest_path(workspace::root().join("Cargo.toml"))
            .no_deps()
            .exec()
            .expect("Cargo can read the workspace");
        let (members, arrows) = read(&metadata);
        assert!(members.len() >= 8, "{members:?}");
        assert!(arrows.contains(&Arrow {
            from: "zarr-conform-memory".to_owned(),
            to: "zarr-conform-machines".to_owned(),
            dev: true,
        }));
    }

    #[test]
    fn arrows_along_the_layers_are_fine() {
        check("rules", "model", false, None);
        check("store", "model", false, None);
        check("wire", "store", false, None);
        check("machines", "wire", false, None);
        check("machines", "exit-guard", false, None);
        check("store", "machines", true, None);
        check("machines", "store", false, None);
        check("memory", "store", false, None);
        check("mutants", "model", false, None);
        check("mutants", "store", false, None);
        check("memory", "filesystem", true, None);
        check("mutants", "rules", true, None);
        check("machines", "rules", false, None);
        check("machines", "mutants", false, None);
        check("memory", "mutants", true, None);
        check("xtask", "mutants", false, None);
        check("benches", "mutants", false, None);
        check("memory", "model", false, None);
        check("memory", "machines", true, None);
        check("machines", "memory", true, None);
        check("xtask", "memory", false, None);
        check("benches", "machines", false, None);
        check("memory", "s3-service", false, None);
        check("xtask", "s3-service", false, None);
        check("reports", "machines", false, None);
        check("reports", "memory", true, None);
        check("cli", "reports", false, None);
        check("cli", "machines", false, None);
        check("cli", "hierarchy", false, None);
        check("cli", "memory", true, None);
        check("published", "cli", false, None);
        check("published", "memory", false, None);
        check("xtask", "cli", false, None);
        check("benches", "published", false, None);
        check("zarr-conform", "machines", false, None);
        check("zarr-conform", "memory", false, None);
        check("machines", "gate", false, None);
        check("memory", "gate", true, None);
        check("xtask", "zarr-conform", false, None);
        check("cli", "command-tests", true, None);
        check("xtask", "command-tests", true, None);
    }

    #[test]
    fn arrows_against_the_layers_are_found() {
        check("model", "rules", false, Some("no crate of the workspace"));
        check("model", "store", true, Some("no crate of the workspace"));
        check("store", "rules", false, Some("the model alone"));
        check("store", "machines", false, Some("the model alone"));
        check("rules", "store", false, Some("the model alone"));
        check("store", "wire", false, Some("the model alone"));
        check("wire", "machines", false, Some("the model and the store alone"));
        check("exit-guard", "model", false, Some("nothing of stores"));
        check("memory", "wire", false, Some("a matter of the machines"));
        check("memory", "filesystem", false, Some("crates/store"));
        check("model", "memory", true, Some("no crate of the workspace"));
        check("rules", "machines", false, Some("the model alone"));
        check("model", "mutants", true, Some("no crate of the workspace"));
        check("rules", "mutants", false, Some("the model alone"));
        check("mutants", "rules", false, Some("mutants depend on the model and the store alone"));
        check(
            "mutants",
            "machines",
            false,
            Some("mutants depend on the model and the store alone"),
        );
        check("mutants", "memory", false, Some("mutants depend on the model and the store alone"));
        check("memory", "mutants", false, Some("as dev-dependencies"));
        check("machines", "memory", false, Some("no concrete backend"));
        check("memory", "rules", false, Some("as dev-dependencies"));
        check("memory", "machines", false, Some("as dev-dependencies"));
        check("machines", "reports", false, Some("for whoever shows it"));
        check("reports", "store", false, Some("without a store"));
        check("reports", "cli", false, Some("without a store"));
        check("cli", "memory", false, Some("for the stores of any adapter"));
        check("cli", "published", false, Some("for the stores of any adapter"));
        check("cli", "s3-service", false, Some("for adapters, tools and tests"));
        check("machines", "cli", false, Some("for programs, tools and tests"));
        check("memory", "published", false, Some("for programs, tools and tests"));
        check("hierarchy", "memory", false, Some("crates/store"));
        check("memory", "xtask", true, Some("nothing depends on xtask"));
        check("xtask", "benches", false, Some("nothing depends on xtask"));
        check("s3-service", "model", true, Some("knows nothing of who asks it"));
        check("gate", "model", true, Some("knows no store"));
        check("rules", "gate", false, Some("does not depend on what goes wrong"));
        check("machines", "s3-service", false, Some("for adapters, tools and tests"));
        check("machines", "zarr-conform", false, Some("nothing of its own"));
        check("memory", "zarr-conform", true, Some("nothing of its own"));
        check("cli", "command-tests", false, Some("for tests alone"));
        check("xtask", "command-tests", false, Some("for tests alone"));
        check("command-tests", "cli", true, Some("nothing of the programs"));
    }

    #[test]
    fn a_package_outside_the_layers_is_found() {
        let mut members = members();
        members.push(Member { name: "stray".to_owned(), folder: "crates/stray".to_owned() });
        let found = judge(&members, &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("stray is in no layer"), "{found:?}");
    }
}
