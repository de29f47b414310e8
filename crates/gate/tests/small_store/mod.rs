//! What a store on files does, in a few calls, and what it leaves.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes beside an old value and puts the new one in its place, in two pieces.
pub(crate) fn set(root: &Path) -> io::Result<()> {
    let temporary = root.join("a.tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(b"new ")?;
    file.write_all(b"value")?;
    file.sync_all()?;
    fs::create_dir(root.join("d"))?;
    fs::rename(temporary, root.join("d/a"))?;
    fs::remove_file(root.join("a"))?;
    File::open(root)?.sync_all()
}

/// The old value.
pub(crate) fn begin(root: &Path) -> io::Result<()> {
    fs::write(root.join("a"), "old")
}

/// The files below a root, with their bytes; directories have none.
pub(crate) fn tree(root: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("it can be listed") {
            let path = entry.expect("it can be read").path();
            let name = path.strip_prefix(root).expect("it is below").to_owned();
            if path.is_dir() {
                files.insert(name, None);
                folders.push(path);
            } else {
                files.insert(name, Some(fs::read(path).expect("it can be read")));
            }
        }
    }
    files
}
