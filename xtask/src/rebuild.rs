//! Builds this program anew with an adapter that it lacks, and runs that one in its place.
//!
//! What some adapters need takes longer to build than all else. So each is behind a feature of
//! `zarr-conform-published`, and is built when it is asked for.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitCode};

use zarr_conform_cli::{Lacking, output};
use zarr_conform_published::{OPTIONAL, Optional};

use crate::workspace;

/// The variable that tells a program that it was built for what it is asked.
const BUILT_FOR: &str = "ZARR_CONFORM_XTASK_BUILT_FOR";

/// An adapter that this program was built without, or all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rebuild {
    /// This one.
    One(&'static Optional),
    /// All.
    All,
}

impl Rebuild {
    /// The adapter of this name, if it takes a feature that this program was built without.
    pub(crate) fn with(name: &str) -> Option<Self> {
        Optional::lacking().find(|optional| optional.name == name).map(Self::One)
    }

    /// All adapters, if this program was built without one of those that need no server of the user's.
    ///
    /// Those that need one are built, too: with one set of features for all of CI, nothing is
    /// compiled twice.
    pub(crate) fn with_all() -> Option<Self> {
        Optional::lacking().any(|optional| !optional.takes_server).then_some(Self::All)
    }

    /// What this program is built for.
    fn name(self) -> &'static str {
        match self {
            Self::One(optional) => optional.name,
            Self::All => "all adapters",
        }
    }

    /// The features of `zarr-conform-published` that it takes.
    fn features(self) -> Vec<&'static str> {
        match self {
            Self::One(optional) => vec![optional.feature],
            Self::All => {
                let features: BTreeSet<&str> =
                    OPTIONAL.iter().map(|optional| optional.feature).collect();
                features.into_iter().collect()
            }
        }
    }

    /// All such adapters, for lists.
    pub(crate) fn list() -> impl Iterator<Item = Lacking> {
        Optional::lacking().map(|optional| {
            let why = if optional.takes_server {
                "built when it is asked for; give --url"
            } else {
                "built when it is asked for"
            };
            Lacking::new(optional.name, optional.about, why)
        })
    }

    /// Builds this program with the feature, and runs it in the place of this one with the same
    /// arguments.
    ///
    /// # Errors
    ///
    /// Returns a [`RebuildError`] if Cargo does not start, or if this was tried already.
    pub(crate) fn run(self) -> Result<ExitCode, RebuildError> {
        let (name, feature) = (self.name(), self.features().join(","));
        if std::env::var_os(BUILT_FOR).is_some_and(|built| built == *feature) {
            return Err(RebuildError::StillMissing { name, feature });
        }
        output::note(format_args!("building xtask with the feature `{feature}` for {name}"));
        let mut command = self.command(std::env::args_os().skip(1));
        replace(&mut command).map_err(|error| RebuildError::Cargo { feature, error })
    }

    fn command(self, arguments: impl Iterator<Item = OsString>) -> Command {
        let features = self.features();
        let of_package = |feature: &&str| format!("zarr-conform-published/{feature}");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        command.args(["run", "--quiet", "--package", "xtask", "--features"]);
        command.arg(features.iter().map(of_package).collect::<Vec<_>>().join(","));
        command.arg("--manifest-path").arg(workspace::root().join("Cargo.toml"));
        if !cfg!(debug_assertions) {
            command.arg("--release");
        }
        command.arg("--").args(arguments).env(BUILT_FOR, features.join(","));
        command
    }
}

/// Why an adapter that takes a feature cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RebuildError {
    /// Cargo does not start.
    #[error("xtask could not be built with the feature `{feature}`: {error}")]
    Cargo { feature: String, error: io::Error },
    /// It was built for the feature, and does not have it.
    #[error(
        "xtask was built for {name} with the feature `{feature}` and still lacks it: add the feature to crates/published/Cargo.toml"
    )]
    StillMissing { name: &'static str, feature: String },
}

/// Runs a program in the place of this one: Ctrl-C and the exit status are its own.
#[cfg(unix)]
fn replace(command: &mut Command) -> io::Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(command))
}

/// Runs a program, and ends with its exit status.
#[cfg(not(unix))]
fn replace(command: &mut Command) -> io::Result<ExitCode> {
    let status = command.status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_of_the_table_is_one_of_the_package() {
        let manifest = workspace::root().join("crates/published/Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).expect("the package has a manifest");
        for Optional { name, feature, .. } in OPTIONAL {
            assert!(manifest.contains(&format!("\n{feature} = [")), "{name}: {feature}");
        }
    }

    #[test]
    fn all_adapters_take_all_features() {
        let features = Rebuild::All.features();
        assert!(OPTIONAL.iter().all(|optional| features.contains(&optional.feature)));
        let command = Rebuild::All.command(std::iter::empty());
        let given: Vec<OsString> = command.get_args().map(ToOwned::to_owned).collect();
        let feature = given.iter().position(|word| word == "--features").expect("it is given");
        let given = given[feature + 1].to_string_lossy().into_owned();
        assert_eq!(given.split(',').count(), features.len(), "{given}");
    }

    #[test]
    fn the_program_is_run_again_with_the_feature_and_the_same_arguments() {
        let optional = &OPTIONAL[0];
        let arguments = ["conform", "--adapter", optional.name].map(OsString::from);
        let command = Rebuild::One(optional).command(arguments.clone().into_iter());
        let given: Vec<OsString> = command.get_args().map(ToOwned::to_owned).collect();
        assert!(given.ends_with(&arguments), "{given:?}");
        let feature = given.iter().position(|word| word == "--features").expect("it is given");
        assert_eq!(given[feature + 1], *format!("zarr-conform-published/{}", optional.feature));
        let built_for = command.get_envs().find(|(name, _)| *name == BUILT_FOR);
        assert_eq!(built_for.and_then(|(_, value)| value), Some(optional.feature.as_ref()));
    }
}
