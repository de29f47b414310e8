//! Heavy adapters: those that are built only when they are asked for, and how that is done.
//!
//! What they need takes longer to build than all else. So each is behind a feature of this program,
//! and a program without it builds and runs one with it in its place.

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitCode};

use crate::{output, workspace};

/// An adapter that this program has only with a feature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heavy {
    pub(crate) name: &'static str,
    pub(crate) feature: &'static str,
    pub(crate) about: &'static str,
    /// How the server is named that the adapter does not do without; empty if it does.
    pub(crate) url: &'static str,
    is_built: bool,
}

/// Defines the table, and with it whether this program has the feature.
macro_rules! heavy {
    ($($name:literal $feature:literal $about:literal $($url:literal)?;)*) => {
        /// Every adapter that takes a feature.
        pub(crate) const HEAVY: &[Heavy] = &[$(Heavy {
            name: $name,
            feature: $feature,
            about: $about,
            url: concat!($($url)?),
            is_built: cfg!(feature = $feature),
        }),*];
    };
}

heavy! {
    "object-store:memory" "object-store" "zarrs_object_store over object_store's InMemory";
    "object-store:local" "object-store" "the same over LocalFileSystem, in a temporary directory";
    "object-store:prefix" "object-store" "the same over PrefixStore, beside other objects";
    "object-store:throttled" "object-store" "the same over ThrottledStore";
    "object-store:limited" "object-store" "the same over LimitStore";
    "object-store:s3" "object-store-s3" "the same over AmazonS3: a service in this process, or --url";
    "object-store:azure" "object-store-azure" "the same over MicrosoftAzure" "az://CONTAINER/PREFIX";
    "object-store:http" "object-store-http" "the same over HttpStore (WebDAV)" "http://HOST:PORT/PATH";
    "opendal:memory" "opendal" "zarrs_opendal over opendal's memory service";
    "opendal:fs" "opendal" "the same over its fs service, in a temporary directory";
    "opendal:s3" "opendal-s3" "the same over its S3 service: a service in this process";
}

/// The variable that tells a program that it was built for what it is asked.
const BUILT_FOR: &str = "ZARR_CONFORM_XTASK_BUILT_FOR";

impl Heavy {
    /// The adapter of this name, if it takes a feature that this program was built without.
    pub(crate) fn missing(name: &str) -> Option<Self> {
        HEAVY.iter().find(|heavy| heavy.name == name && !heavy.is_built).copied()
    }

    /// Whether the adapter is always on a server of the user's.
    pub(crate) const fn takes_server(&self) -> bool {
        !self.url.is_empty()
    }

    /// The line in the list of adapters.
    pub(crate) fn note(self) -> &'static str {
        match (self.is_built, self.takes_server()) {
            (true, false) => "",
            (true, true) => " (give --url)",
            (false, false) => " (built when it is asked for)",
            (false, true) => " (built when it is asked for; give --url)",
        }
    }

    /// Builds this program with the feature, and runs it in the place of this one with the same
    /// arguments.
    ///
    /// # Errors
    ///
    /// Returns a [`HeavyError`] if Cargo does not start, or if this was tried already.
    pub(crate) fn run(self) -> Result<ExitCode, HeavyError> {
        let Self { name, feature, .. } = self;
        if std::env::var_os(BUILT_FOR).is_some_and(|built| built == feature) {
            return Err(HeavyError::StillMissing { name, feature });
        }
        output::note(format_args!("building xtask with the feature `{feature}` for {name}"));
        let mut command = self.command(std::env::args_os().skip(1));
        replace(&mut command).map_err(|error| HeavyError::Cargo { feature, error })
    }

    fn command(self, arguments: impl Iterator<Item = OsString>) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        command.args(["run", "--quiet", "--package", "xtask", "--features", self.feature]);
        command.arg("--manifest-path").arg(workspace::root().join("Cargo.toml"));
        if !cfg!(debug_assertions) {
            command.arg("--release");
        }
        command.arg("--").args(arguments).env(BUILT_FOR, self.feature);
        command
    }
}

/// Why an adapter that takes a feature cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeavyError {
    /// Cargo does not start.
    #[error("xtask could not be built with the feature `{feature}`: {error}")]
    Cargo { feature: &'static str, error: io::Error },
    /// It was built for the feature, and does not have it.
    #[error(
        "xtask was built for {name} with the feature `{feature}` and still lacks it: add the feature to xtask/Cargo.toml"
    )]
    StillMissing { name: &'static str, feature: &'static str },
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
    fn every_feature_of_the_table_is_one_of_this_package() {
        let manifest = std::fs::read_to_string(workspace::root().join("xtask/Cargo.toml"));
        let manifest = manifest.expect("the package has a manifest");
        for Heavy { name, feature, .. } in HEAVY {
            assert!(manifest.contains(&format!("\n{feature} = [")), "{name}: {feature}");
        }
    }

    #[test]
    fn the_program_is_run_again_with_the_feature_and_the_same_arguments() {
        let heavy = HEAVY[0];
        let arguments = ["conform", "--adapter", heavy.name].map(OsString::from);
        let command = heavy.command(arguments.clone().into_iter());
        let given: Vec<OsString> = command.get_args().map(ToOwned::to_owned).collect();
        assert!(given.ends_with(&arguments), "{given:?}");
        let feature = given.iter().position(|word| word == "--features").expect("it is given");
        assert_eq!(given[feature + 1], heavy.feature);
        let built_for = command.get_envs().find(|(name, _)| *name == BUILT_FOR);
        assert_eq!(built_for.and_then(|(_, value)| value), Some(heavy.feature.as_ref()));
    }
}
