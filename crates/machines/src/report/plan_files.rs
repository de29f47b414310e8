//! Folders of plans: those to play first, and those of failures.

use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};
use std::{fmt, fs, io};

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

/// A folder as it was named, and where that was: a store may go to another directory.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    named: PathBuf,
    place: PathBuf,
}

impl Folder {
    /// The folder of this name, seen from the directory that is the current one now.
    pub(crate) fn new(named: PathBuf) -> Self {
        // Without a current directory, no relative name is one of a folder.
        let place = absolute(&named).unwrap_or_else(|_| named.clone());
        Self { named, place }
    }

    /// Makes the folder if need be, and sees whether files can be written to it.
    pub(crate) fn make_writable(&self) -> Result<(), PlanFileError> {
        let say = |error| PlanFileError::Unwritable { folder: self.to_string(), error };
        fs::create_dir_all(&self.place).map_err(say)?;
        // Of a name that no other run has.
        let probe = self.place.join(format!(".zarr-conform-probe-{}", std::process::id()));
        fs::write(&probe, "").map_err(say)?;
        fs::remove_file(&probe).map_err(say)
    }

    /// The plans in the folder, in the order of their file names.
    pub(crate) fn read_plans(&self) -> Result<Vec<(String, Plan)>, PlanFileError> {
        let say = |error| PlanFileError::Unreadable { folder: self.to_string(), error };
        let entries = fs::read_dir(&self.place).map_err(say)?;
        let names: Result<Vec<OsString>, _> = entries.map(|entry| Ok(entry?.file_name())).collect();
        let mut names = names.map_err(say)?;
        names.retain(|name| Path::new(name).extension().is_some_and(|kind| kind == "plan"));
        names.sort();
        let read = |name: OsString| {
            let shown = self.named.join(&name).display().to_string();
            let plan = read(&self.place.join(name), &shown)?;
            Ok((shown, plan))
        };
        names.into_iter().map(read).collect()
    }

    /// Writes the plan of a failure, and gives its path as the folder is named.
    pub(crate) fn write(&self, failure: &Failure, adapter: &str) -> io::Result<PathBuf> {
        let name = failure.file_name(adapter);
        fs::write(self.place.join(&name), failure.annotated_plan())?;
        Ok(self.named.join(name))
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.named.display().fmt(f)
    }
}

/// The plan in a file.
pub(crate) fn read_plan(path: &Path) -> Result<Plan, PlanFileError> {
    read(path, &path.display().to_string())
}

/// The plan in a file that is shown by a name.
fn read(path: &Path, shown: &str) -> Result<Plan, PlanFileError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Plan::parse(&text, shown)?),
        Err(error) => Err(PlanFileError::File { file: shown.to_owned(), error }),
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
}
