//! `cargo xtask ci`: all that CI does, in stages, cheap ones first.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use clap::builder::PossibleValuesParser;
use zarr_conform_cli::{Exit, output};

use crate::workspace;

/// Runs all that CI does, in stages, and stops at the first that fails.
#[derive(Debug, clap::Args)]
pub(crate) struct Ci {
    /// Runs only these stages.
    #[arg(value_name = "STAGE", value_parser = PossibleValuesParser::new(STAGES.iter().map(|stage| stage.name)))]
    only: Vec<String>,
}

/// A part of what CI does.
#[derive(Clone, Copy, Debug)]
struct Stage {
    name: &'static str,
    task: Task,
}

#[derive(Clone, Copy, Debug)]
enum Task {
    /// `cargo` with these arguments succeeds.
    Cargo(&'static str),
    /// [`Cargo`](Self::Cargo), with the settings of docs.rs, and warnings as errors.
    Doc(&'static str),
    /// `cargo deny` with these arguments succeeds; passed over, and said so, where it is not
    /// installed.
    Deny(&'static str),
    /// `cargo xtask` with these arguments succeeds.
    Xtask(&'static str),
    /// `cargo` or `cargo xtask`, each with arguments, succeed beside a moto server, which a script
    /// installs from the package index and starts; passed over, and said so, where that cannot be
    /// done.
    OnMoto { cargo: &'static str, xtask: &'static str },
    /// `cargo` with these arguments succeeds, with a headless browser that a script finds or
    /// installs; passed over, and said so, where none can be had.
    InBrowser(&'static str),
    /// An exported script agrees with one store of zarr-python and disagrees with another one, in a
    /// virtual environment; passed over, and said so, where there is none.
    OnZarrPython,
    /// `conform` without the known issues finds failures, and each replays.
    ///
    /// The published stores disagree with the contract at present: if a campaign finds
    /// nothing there, it is the campaign that is broken.
    Disagrees { adapter: &'static str, cases: &'static str },
}

/// As docs.rs has it, but for the toolchain, which is a nightly one there.
const DOC_FLAGS: &str = "--cfg docsrs -D warnings";

const STAGES: &[Stage] = &[
    stage("fmt", Task::Cargo("fmt --all --check")),
    stage("tidy", Task::Xtask("tidy")),
    stage("contract", Task::Xtask("contract --check")),
    stage("deny", Task::Deny("--log-level error check licenses bans sources")),
    // Without building each package once more from what is packed: that would compile all
    // dependencies anew, and the tests have compiled the same sources.
    stage(
        "package",
        Task::Cargo(
            "package --workspace --exclude xtask --exclude zarr-conform-benches --exclude zarr-conform-guides --exclude zarr-conform-command-tests --no-verify --allow-dirty --locked --quiet",
        ),
    ),
    // One set of features for all stages, so that nothing is compiled twice.
    stage(
        "clippy",
        Task::Cargo("clippy --workspace --all-features --all-targets --locked -- -D warnings"),
    ),
    stage("test", Task::Cargo("test --workspace --all-features --locked")),
    stage("doc", Task::Doc("doc --workspace --all-features --no-deps --locked")),
    stage(
        "bench",
        Task::Cargo(
            "test --workspace --all-features --bench overhead --bench object_stores --bench rules --locked -- --test",
        ),
    ),
    stage("conform-memory", Task::Xtask("conform --adapter memory --quiet")),
    stage("conform-memory-async", Task::Xtask("conform --adapter memory:async --quiet")),
    stage(
        "conform-beside",
        Task::Xtask("conform --adapter memory:beside-async --cases 64 --quiet"),
    ),
    // Every write waits for the disk there.
    stage("conform-fs", Task::Xtask("conform --adapter fs --cases 64 --for 5m --quiet")),
    stage("exhaustive-memory", Task::Xtask("conform --adapter memory --exhaustive 2 --quiet")),
    stage("calibrate-memory", Task::Xtask("calibrate --adapter memory --seeds 4")),
    // Plans with a thousand keys come out some operations too long.
    stage(
        "calibrate-memory-async",
        Task::Xtask("calibrate --adapter memory:async --mutants all --max-excess any"),
    ),
    stage("conform-hierarchy", Task::Xtask("conform --adapter memory --machine hierarchy --quiet")),
    stage(
        "conform-hierarchy-fs",
        Task::Xtask("conform --adapter fs --machine hierarchy --cases 32 --for 5m --quiet"),
    ),
    stage(
        "calibrate-hierarchy",
        Task::Xtask("calibrate --adapter memory --machine hierarchy --max-excess 2"),
    ),
    stage(
        "conform-object-store",
        Task::Xtask("conform --adapter object-store:memory --cases 64 --quiet"),
    ),
    stage(
        "conform-object-store-s3",
        Task::Xtask(
            "conform --adapter object-store:s3 --cases 16 --steps 50 --require none --quiet",
        ),
    ),
    stage("conform-opendal", Task::Xtask("conform --adapter opendal:memory --cases 64 --quiet")),
    stage(
        "conform-opendal-s3",
        Task::Xtask("conform --adapter opendal:s3 --cases 16 --steps 50 --require none --quiet"),
    ),
    stage(
        "conform-zip",
        Task::Xtask("conform --adapter zip --cases 32 --steps 50 --require none --quiet"),
    ),
    // Whatever suits every call of every kind of operation; the disk is synced over and over.
    stage(
        "faults-fs",
        Task::Xtask("conform --adapter fs --machine faults --cases 6 --for 5m --quiet"),
    ),
    stage(
        "faults-object-store-local",
        Task::Xtask(
            "conform --adapter object-store:local --machine faults --cases 4 --for 5m --quiet",
        ),
    ),
    stage(
        "faults-object-store-memory",
        Task::Xtask("conform --adapter object-store:memory --machine faults --quiet"),
    ),
    stage(
        "faults-object-store-s3",
        Task::Xtask(
            "conform --adapter object-store:s3 --machine faults --cases 8 --for 5m --quiet",
        ),
    ),
    stage(
        "faults-opendal-memory",
        Task::Xtask("conform --adapter opendal:memory --machine faults --quiet"),
    ),
    stage(
        "faults-opendal-s3",
        Task::Xtask("conform --adapter opendal:s3 --machine faults --cases 8 --for 5m --quiet"),
    ),
    stage(
        "concurrent-fs",
        Task::Xtask("conform --adapter fs --machine concurrent --for 5m --quiet"),
    ),
    stage(
        "concurrent-local",
        Task::Xtask(
            "conform --adapter object-store:local --machine concurrent --cases 64 --for 5m --quiet",
        ),
    ),
    stage(
        "concurrent-limited",
        Task::Xtask("conform --adapter object-store:limited --machine concurrent --quiet"),
    ),
    stage(
        "concurrent-opendal",
        Task::Xtask("conform --adapter opendal:memory --machine concurrent --quiet"),
    ),
    stage("calibrate-concurrent", Task::Xtask("calibrate --machine concurrent --seeds 1")),
    stage("calibrate-faults", Task::Xtask("calibrate --machine faults --seeds 1")),
    stage(
        "browser",
        Task::InBrowser("test --workspace --all-features --test browser --locked -- --ignored"),
    ),
    stage("zarr-python", Task::OnZarrPython),
    stage(
        "moto",
        Task::OnMoto {
            cargo: "test --workspace --all-features --test beside_peer --locked -- --ignored",
            xtask: "conform --adapter object-store:s3 --url s3://zarr-conform/ci --cases 10 --steps 30 --require none --quiet",
        },
    ),
    // What each store does, found anew: a dependency that changes it shows.
    stage("passports", Task::Xtask("passport --all --check docs/passports")),
    stage("disagrees-memory", Task::Disagrees { adapter: "memory", cases: "256" }),
];

const fn stage(name: &'static str, task: Task) -> Stage {
    Stage { name, task }
}

/// The status of a script that cannot be run here, and said why.
const SKIPPED: i32 = 77;

/// Why a stage failed, or could not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StageError {
    /// A program could not be started, or a file could not be written or read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A program ended as it should not.
    #[error("it ended with {found}, and {wanted} was expected")]
    Ended { found: ExitStatus, wanted: u8 },
    /// A campaign's report is not one.
    #[error("the report is not readable: {0}")]
    Report(#[from] serde_json::Error),
    /// A campaign on a store that disagrees found nothing.
    #[error(
        "the report has no failures: mend the campaign or, if the store was mended, expect it to conform"
    )]
    NoFailures,
    /// Not every failure has a plan to replay.
    #[error("the report has {failures} failures, and there are {plans} plans")]
    Plans { failures: usize, plans: usize },
    /// A plan that was written does not show its failure.
    #[error("{plan} does not show its failure again: {error}")]
    Replay { plan: String, error: Box<StageError> },
}

impl Ci {
    /// Runs the stages, and prints the name and the time of each.
    ///
    /// # Errors
    ///
    /// Returns an error if the program cannot tell where it is itself.
    pub(crate) fn run(&self) -> Result<Exit, StageError> {
        let runner = Runner {
            // Asked before the first stage, as a stage may build this program anew.
            xtask: std::env::current_exe()?,
            cargo: std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")),
            root: workspace::root(),
        };
        let asked = |stage: &&Stage| {
            self.only.is_empty() || self.only.iter().any(|name| name == stage.name)
        };
        let started = Instant::now();
        for stage in STAGES.iter().filter(asked) {
            if !runner.passes(stage) {
                return Ok(Exit::Failures);
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        output::say(output::verdict(true, format_args!("all passed in {seconds:.1} s")));
        Ok(Exit::Success)
    }
}

/// Runs stages from the root of the workspace.
struct Runner {
    xtask: PathBuf,
    cargo: OsString,
    root: PathBuf,
}

impl Runner {
    fn passes(&self, stage: &Stage) -> bool {
        let Stage { name, task } = stage;
        output::say(output::header(format_args!("== {name}: {}", alone(stage))));
        let started = Instant::now();
        let result = self.perform(*task);
        let seconds = started.elapsed().as_secs_f64();
        match &result {
            Ok(()) => output::say(format_args!("== {name}: passed in {seconds:.1} s\n")),
            Err(error) => {
                let text = format!("== {name}: failed after {seconds:.1} s: {error}");
                output::say(output::verdict(false, text));
                output::say(format_args!("run it alone: {}", alone(stage)));
            }
        }
        result.is_ok()
    }

    fn perform(&self, task: Task) -> Result<(), StageError> {
        match task {
            Task::Cargo(arguments) => expect(&mut self.cargo(arguments), Exit::Success),
            Task::Doc(arguments) => {
                expect(self.cargo(arguments).env("RUSTDOCFLAGS", DOC_FLAGS), Exit::Success)
            }
            Task::Deny(arguments) => self.deny(arguments),
            Task::Xtask(arguments) => {
                // Failures go where the next run does not find them.
                let folder = tempfile::tempdir()?;
                let mut command = self.xtask(arguments);
                if arguments.starts_with("conform") {
                    command.arg("--failures").arg(folder.path());
                }
                expect(&mut command, Exit::Success)
            }
            Task::OnMoto { cargo, xtask } => self.on_moto(cargo, xtask),
            Task::InBrowser(arguments) => self.in_browser(arguments),
            Task::OnZarrPython => self.on_zarr_python(),
            Task::Disagrees { adapter, cases } => self.disagrees(adapter, cases),
        }
    }

    fn deny(&self, arguments: &str) -> Result<(), StageError> {
        let installed = self.cargo("deny --version").stderr(Stdio::null()).status();
        if !installed.is_ok_and(|status| status.success()) {
            output::say("passed over: it takes `cargo install cargo-deny --locked`");
            return Ok(());
        }
        expect(&mut self.cargo(&format!("deny {arguments}")), Exit::Success)
    }

    fn on_moto(&self, cargo: &str, xtask: &str) -> Result<(), StageError> {
        let folder = tempfile::tempdir()?;
        // What is installed for the first command serves the others.
        let serve = || {
            let mut serve = self.command(Path::new("python3"), "servers/serve.py moto");
            serve.arg("--venv").arg(folder.path().join("moto")).arg("--then");
            serve
        };
        let starts = serve().arg("true").status();
        if !starts.is_ok_and(|status| status.success()) {
            output::say("passed over: it takes Python 3.11 and a package index to start moto");
            return Ok(());
        }
        expect(serve().arg(&self.cargo).args(cargo.split_whitespace()), Exit::Success)?;
        let failures = folder.path().join("failures");
        let mut conform = serve();
        conform.arg(&self.xtask).args(xtask.split_whitespace());
        expect(conform.arg("--failures").arg(failures), Exit::Success)
    }

    fn in_browser(&self, arguments: &str) -> Result<(), StageError> {
        let script = || self.command(Path::new("sh"), "crates/reports/tests/browser.sh");
        if !script().arg("true").status().is_ok_and(|status| status.success()) {
            output::say("passed over: it takes a headless Chromium");
            return Ok(());
        }
        expect(script().arg(&self.cargo).args(arguments.split_whitespace()), Exit::Success)
    }

    fn on_zarr_python(&self) -> Result<(), StageError> {
        let folder = tempfile::tempdir()?;
        let play = |store: &str| {
            let script =
                "crates/reports/tests/zarr_python.sh crates/reports/tests/exported/plan.py";
            let mut play = self.command(Path::new("sh"), script);
            play.arg(store).env("ZARR_CONFORM_VENV", folder.path().join("venv"));
            play
        };
        let agrees = play("memory").status()?;
        if agrees.code() == Some(SKIPPED) {
            output::say("passed over: it takes Python 3.11 and a package index to install zarr");
            return Ok(());
        }
        if !agrees.success() {
            return Err(StageError::Ended { found: agrees, wanted: 0 });
        }
        // A key below a key is no file below a directory.
        expect(play("local").stdout(Stdio::null()), Exit::Failures)
    }

    fn cargo(&self, arguments: &str) -> Command {
        self.command(Path::new(&self.cargo), arguments)
    }

    fn xtask(&self, arguments: &str) -> Command {
        self.command(&self.xtask, arguments)
    }

    fn command(&self, program: &Path, arguments: &str) -> Command {
        let mut command = Command::new(program);
        command.args(arguments.split_whitespace()).current_dir(&self.root);
        command
    }

    fn disagrees(&self, adapter: &str, cases: &str) -> Result<(), StageError> {
        let folder = tempfile::tempdir()?;
        let report = folder.path().join("report.json");
        let arguments =
            format!("conform --adapter {adapter} --cases {cases} --known-issues none --quiet");
        let mut conform = self.xtask(&arguments);
        conform.arg("--failures").arg(folder.path());
        expect(conform.arg("--report").arg(&report), Exit::Failures)?;
        let failures = count_failures(&std::fs::read_to_string(report)?)?;
        let plans = plans_in(folder.path())?;
        if plans.len() != failures {
            let plans = plans.len();
            return Err(StageError::Plans { failures, plans });
        }
        plans.iter().try_for_each(|plan| self.shows_its_failure(plan, adapter))
    }

    fn shows_its_failure(&self, plan: &Path, adapter: &str) -> Result<(), StageError> {
        let mut replay = self.xtask("replay");
        replay.arg(plan).args(["--adapter", adapter]);
        replay.stdout(Stdio::null());
        expect(&mut replay, Exit::Failures).map_err(|error| StageError::Replay {
            plan: std::fs::read_to_string(plan).unwrap_or_else(|_| plan.display().to_string()),
            error: Box::new(error),
        })
    }
}

fn expect(command: &mut Command, wanted: Exit) -> Result<(), StageError> {
    let (found, wanted) = (command.status()?, wanted.code());
    if found.code() == Some(i32::from(wanted)) {
        return Ok(());
    }
    Err(StageError::Ended { found, wanted })
}

/// How many failures a JSON report has, at least one.
fn count_failures(json: &str) -> Result<usize, StageError> {
    let report: serde_json::Value = serde_json::from_str(json)?;
    match report["failures"].as_array().map_or(0, Vec::len) {
        0 => Err(StageError::NoFailures),
        count => Ok(count),
    }
}

/// The `.plan` files in a folder, by name.
fn plans_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "plan"));
    paths.sort();
    Ok(paths)
}

/// The command that runs a stage by itself.
fn alone(stage: &Stage) -> String {
    match stage.task {
        Task::Cargo(arguments) => format!("cargo {arguments}"),
        Task::Deny(arguments) => format!("cargo deny {arguments}"),
        Task::Doc(arguments) => format!("RUSTDOCFLAGS=\"{DOC_FLAGS}\" cargo {arguments}"),
        Task::Xtask(arguments) => format!("cargo xtask {arguments}"),
        Task::OnMoto { .. } | Task::InBrowser(_) | Task::OnZarrPython | Task::Disagrees { .. } => {
            format!("cargo xtask ci {}", stage.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use zarr_conform_published::{OPTIONAL, adapters};

    use super::*;

    #[test]
    fn stages_have_names_of_their_own() {
        let names: BTreeSet<_> = STAGES.iter().map(|stage| stage.name).collect();
        assert_eq!(names.len(), STAGES.len());
    }

    #[test]
    fn a_campaign_that_finds_nothing_fails_its_stage() {
        let found = count_failures(r#"{"failures": []}"#);
        assert!(matches!(found, Err(StageError::NoFailures)));
        let found = count_failures("{}");
        assert!(matches!(found, Err(StageError::NoFailures)));
        assert!(matches!(count_failures(r#"{"failures": [1, 2]}"#), Ok(2)));
    }

    #[test]
    fn a_report_that_is_cut_off_fails_its_stage() {
        assert!(matches!(count_failures(""), Err(StageError::Report(_))));
    }

    /// The adapters that stages are about, by name.
    fn asked() -> BTreeSet<&'static str> {
        let mut asked = BTreeSet::new();
        for stage in STAGES {
            match stage.task {
                Task::Xtask(arguments) | Task::OnMoto { xtask: arguments, .. } => {
                    let after = arguments.split_once("--adapter ").map(|(_, after)| after);
                    asked.extend(after.and_then(|after| after.split_whitespace().next()));
                }
                Task::Disagrees { adapter, .. } => {
                    asked.insert(adapter);
                }
                Task::Cargo(_)
                | Task::Doc(_)
                | Task::Deny(_)
                | Task::InBrowser(_)
                | Task::OnZarrPython => {}
            }
        }
        asked
    }

    /// The adapters that there are, whether this program was built with them or not.
    fn published() -> BTreeSet<String> {
        let light = adapters();
        let light = light.iter().map(|described| described.name().to_owned());
        light.chain(OPTIONAL.iter().map(|optional| optional.name.to_owned())).collect()
    }

    #[test]
    fn stages_are_about_adapters_that_there_are() {
        let published = published();
        for name in asked() {
            assert!(published.contains(name), "there is no adapter {name}");
        }
    }

    #[test]
    fn each_kind_of_adapter_has_a_stage() {
        let kind = |name: &str| name.split(':').next().unwrap_or_default().to_owned();
        let asked: BTreeSet<String> = asked().into_iter().map(kind).collect();
        let published: BTreeSet<String> = published().iter().map(|name| kind(name)).collect();
        assert_eq!(asked, published);
    }
}
