//! Folders of plans: those to play first, and those of failures.

use std::io;
use std::path::{Path, PathBuf};

use zarr_conform_model::plan::PLAN_VERSION;
use zarr_conform_model::{Plan, PlanError};

use crate::play::replay::PlayedLine;
use crate::report::report::Failure;

/// A file or a folder of plans that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanFileError {
    /// A folder for the plans of failures cannot be written.
    #[error(
        "plans of failures cannot be written to {folder}: {error}; name a folder that can be written to"
    )]
    Unwritable {
        /// The folder.
        folder: String,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// A folder of plans cannot be read.
    #[error("regression plans cannot be read from {folder}: {error}")]
    Unreadable {
        /// The folder.
        folder: String,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// A file cannot be read.
    #[error("{file}: {error}")]
    File {
        /// The file.
        file: String,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// What is in a file is no plan; the message says where.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Makes a folder if need be, and sees whether files can be written to it.
pub(crate) fn writable(folder: &Path) -> Result<(), PlanFileError> {
    let say = |error| PlanFileError::Unwritable { folder: folder.display().to_string(), error };
    std::fs::create_dir_all(folder).map_err(say)?;
    // Of a name that no other run has.
    let probe = folder.join(format!(".zarr-conform-probe-{}", std::process::id()));
    std::fs::write(&probe, "").map_err(say)?;
    std::fs::remove_file(&probe).map_err(say)
}

/// The plans in a folder, in the order of their file names.
pub(crate) fn read_plans(folder: &Path) -> Result<Vec<(String, Plan)>, PlanFileError> {
    let say = |error| PlanFileError::Unreadable { folder: folder.display().to_string(), error };
    let entries = std::fs::read_dir(folder).map_err(say)?;
    let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(say)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "plan"));
    paths.sort();
    let named = |path: PathBuf| Ok((path.display().to_string(), read_plan(&path)?));
    paths.into_iter().map(named).collect()
}

/// The plan in a file.
pub(crate) fn read_plan(path: &Path) -> Result<Plan, PlanFileError> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Plan::parse(&text, &file)?),
        Err(error) => Err(PlanFileError::File { file, error }),
    }
}

impl Failure {
    /// A file name for the plan: the same for the same plan on the same adapter.
    pub(super) fn file_name(&self, adapter: &str) -> String {
        // FNV-1a: a name, not a checksum, that stays the same from one release to the next.
        let hash = self.plan.to_string().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        let question = if self.has_many_plans { self.clause.id() } else { &self.signature };
        let question = question.split(':').next().unwrap_or_default();
        let plain = |char: char| !char.is_ascii_alphanumeric() && char != '_';
        let name = format!("{adapter}-{question}").replace(plain, "-");
        format!("{name}-{:08x}.plan", hash as u32)
    }

    /// The plan with comments that say what it shows.
    fn annotated_plan(&self) -> String {
        let Self { signature, clause, plan, lines, .. } = self;
        let mut text = vec![
            format!("zarr-conform plan {PLAN_VERSION}"),
            format!("# {signature}"),
            format!("# {clause}: {}", clause.sentence()),
        ];
        // The plan itself, whatever its replay came to: it may have ended early.
        for (at, step) in plan.steps().iter().enumerate() {
            text.push(step.display(plan.names()).to_string());
            if let Some(PlayedLine { want, got, agrees: false, .. }) = lines.get(at) {
                text.push(format!("# want {want}"));
                text.push(format!("# got  {got}"));
            }
        }
        text.join("\n") + "\n"
    }

    /// Writes the plan to `folder`.
    pub(crate) fn write(&self, folder: &Path, adapter: &str) -> io::Result<PathBuf> {
        let path = folder.join(self.file_name(adapter));
        std::fs::write(&path, self.annotated_plan())?;
        Ok(path)
    }
}
