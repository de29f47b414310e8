//! Files and open handles below a place: what is left there when a store is gone.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How often, and how long each time, it is waited for a thread of the store to close its files. A
/// guess: a pool closes what a future had open some time after that was dropped.
const WAITS: u32 = 20;
const WAIT: Duration = Duration::from_millis(5);

/// How many files there are below a place, in all directories.
pub(super) fn count(place: &Path) -> usize {
    let Ok(entries) = fs::read_dir(place) else { return 0 };
    let entries = entries.flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => count(&entry.path()),
            _ => 1,
        })
        .sum()
}

/// How many files below a place the process has open, once its threads had time to close them.
pub(super) fn open_below(place: &Path) -> usize {
    let mut open = 0;
    for _ in 0..WAITS {
        open = open_now(place);
        if open == 0 {
            break;
        }
        thread::sleep(WAIT);
    }
    open
}

fn open_now(place: &Path) -> usize {
    // Where there is no such directory, there is no gate either.
    let Ok(handles) = fs::read_dir("/proc/self/fd") else { return 0 };
    let links = handles.flatten().filter_map(|handle| fs::read_link(handle.path()).ok());
    links.filter(|link| link.starts_with(place)).count()
}

/// Makes the place if it is not there.
pub(super) fn made(place: &Path) -> std::io::Result<()> {
    fs::create_dir_all(place)
}

/// Removes all that is below a place, and leaves the place.
pub(super) fn empty(place: &Path) -> std::io::Result<()> {
    made(place)?;
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
