//! A file that says which cases are being played: it is there when a run begins, if the one before
//! did not come to its end.
//!
//! Nothing else would tell of a store that ended the process by a signal. It is written once for
//! each case and not for each operation, since the number is all that it takes to play the case
//! again, and a call for each operation would cost what a question does. While the process lives,
//! it has a lock on the file, so two runs of one test at the same time do not take each other for
//! dead.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
#[cfg(unix)]
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// The bytes of a number in the file.
const WIDTH: u64 = 8;

/// The file of one run.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: File,
    path: PathBuf,
    /// The places in the file that were given away; the first holds the seed.
    places: AtomicU64,
}

/// What the run before left behind that did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftBehind {
    pub(crate) seed: u64,
    /// The cases that were being played, from the first on; none, if it was something else.
    pub(crate) cases: Vec<u64>,
}

impl Unfinished {
    /// Begins a run of this name, and gives what the one before left behind; nothing, if the file
    /// cannot be had or another run of the name is going on.
    pub(crate) fn begin(name: &str, seed: u64) -> Option<(Self, Option<LeftBehind>)> {
        let mut hasher = DefaultHasher::new();
        let place = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        place.or_else(|| env::current_dir().ok()).hash(&mut hasher);
        name.hash(&mut hasher);
        let folder = env::temp_dir().join("zarr-conform-unfinished");
        let path = folder.join(format!("{:016x}", hasher.finish()));
        Self::at(path, seed).ok().flatten()
    }

    fn at(path: PathBuf, seed: u64) -> io::Result<Option<(Self, Option<LeftBehind>)>> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(&path)?;
        if file.try_lock().is_err() {
            return Ok(None);
        }
        let mut left = Vec::new();
        file.read_to_end(&mut left)?;
        let mut numbers = left
            .chunks_exact(8)
            .map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap_or_default()));
        let left_behind = numbers.next().map(|seed| {
            // One more than the case; 0 where there is none.
            let mut cases: Vec<u64> = numbers.filter_map(|number| number.checked_sub(1)).collect();
            cases.sort_unstable();
            LeftBehind { seed, cases }
        });
        let unfinished = Self { file, path, places: AtomicU64::new(1) };
        unfinished.file.set_len(0)?;
        unfinished.write(0, seed);
        Ok(Some((unfinished, left_behind)))
    }

    /// A place for a thread that plays cases.
    pub(crate) fn place(&self) -> u64 {
        self.places.fetch_add(1, Ordering::Relaxed)
    }

    /// Says which case is being played at a place; none any more.
    pub(crate) fn plays(&self, place: u64, case: Option<u64>) {
        self.write(place, case.map_or(0, |case| case.wrapping_add(1)));
    }

    /// Says that the run came to its end.
    pub(crate) fn end(&self) {
        // Whoever opens it in between finds nothing in it.
        let _ = self.file.set_len(0);
        let _ = fs::remove_file(&self.path);
        // Others may have files in it, and it stays then.
        let _ = self.path.parent().map(fs::remove_dir);
    }

    #[cfg(unix)]
    fn write(&self, place: u64, number: u64) {
        // Without room for it, a death is not told; nothing else depends on it.
        let _ = self.file.write_all_at(&number.to_le_bytes(), place * WIDTH);
    }

    #[cfg(not(unix))]
    fn write(&self, _: u64, _: u64) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_does_not_end_leaves_its_cases_behind() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let begin = || {
            let path = folder.path().join("in").join("file");
            Unfinished::at(path, 7).expect("the folder takes files")
        };
        let (first, left) = begin().expect("nobody else runs");
        assert_eq!(left, None);
        let places = [first.place(), first.place(), first.place()];
        first.plays(places[0], Some(40));
        first.plays(places[1], Some(0));
        first.plays(places[2], Some(3));
        first.plays(places[2], None);
        assert!(begin().is_none(), "it goes on");
        // What a death does, too.
        drop(first);
        let (second, left) = begin().expect("nobody else runs");
        assert_eq!(left, Some(LeftBehind { seed: 7, cases: vec![0, 40] }));
        second.end();
        let (_, left) = begin().expect("nobody else runs");
        assert_eq!(left, None);
    }
}
