//! `cargo xtask corpus`: the plans of the planted bugs as files for a fuzzer to start from.

use std::io;
use std::path::PathBuf;

use zarr_conform_cli::{Exit, output};
use zarr_conform_mutants::Mutant;

/// Writes the shortest plan of each planted bug to a file: what a fuzzer starts from.
#[derive(Debug, clap::Args)]
pub(crate) struct Corpus {
    /// The folder; it is made if it does not exist.
    #[arg(default_value = "fuzz/corpus/engine")]
    folder: PathBuf,
}

/// The corpus cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written: {error}", path.display())]
pub(crate) struct CorpusError {
    path: PathBuf,
    error: io::Error,
}

impl Corpus {
    /// Writes the files, and says how many.
    ///
    /// # Errors
    ///
    /// Returns a [`CorpusError`] for the first that cannot be written.
    pub(crate) fn run(&self) -> Result<Exit, CorpusError> {
        let failed = |path: &PathBuf| {
            let path = path.clone();
            move |error| CorpusError { path, error }
        };
        std::fs::create_dir_all(&self.folder).map_err(failed(&self.folder))?;
        let plans = plans();
        for (name, text) in &plans {
            let path = self.folder.join(name);
            std::fs::write(&path, text).map_err(failed(&path))?;
        }
        output::say(format!("{} plans in {}", plans.len(), self.folder.display()));
        Ok(Exit::Success)
    }
}

/// The plans that one caller of a store can play, by the names of their files.
fn plans() -> Vec<(String, String)> {
    let is_played = |mutant: &&Mutant| {
        !mutant.needs_library() && !mutant.concurrent() && !mutant.injects_errors()
    };
    let file = |mutant: &Mutant| {
        let text = format!("zarr-conform plan 1\n{}", mutant.minimum());
        (format!("{}.plan", mutant.id()), text)
    };
    Mutant::ALL.iter().filter(is_played).map(file).collect()
}

#[cfg(test)]
mod tests {
    use zarr_conform_machines::Machine;
    use zarr_conform_mutants::ReferenceAdapter;

    use super::*;
    use crate::planted::CAN;

    #[test]
    fn the_machine_plays_each_file_of_the_corpus() {
        let machine = Machine::of(ReferenceAdapter::new(CAN));
        let plans = plans();
        assert!(plans.len() > 80, "{}", plans.len());
        for (name, text) in plans {
            let played = machine.play(text.as_bytes());
            assert!(played.plan().is_some() && played.agrees(), "{name}: {played}");
        }
    }
}
