//! Where a value is, and which key a file is of.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use zarrs_storage::{StorageError, StoreKey};

/// The longest key in bytes: each takes two in the name of its file, of 255, beside a mark and the
/// number of a temporary file.
pub(super) const LONGEST_KEY: usize = 100;

/// What the name of a value begins with.
const VALUE: char = '=';

/// What the name of a temporary file begins with.
const TEMPORARY: char = '~';

/// The file of a key, in a directory.
pub(super) fn file(directory: &Path, key: &StoreKey) -> Result<PathBuf, StorageError> {
    if key.as_str().len() > LONGEST_KEY {
        return Err(format!("a key has {LONGEST_KEY} bytes at the most").into());
    }
    let digits: Vec<String> = key.as_str().bytes().map(|byte| format!("{byte:02x}")).collect();
    Ok(directory.join(format!("{VALUE}{}", digits.concat())))
}

/// A file beside that of a value, with a number in its name.
pub(super) fn temporary(file: &Path, number: usize) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{TEMPORARY}{number}{name}"))
}

/// The keys of the files in a directory, in their order; those of temporary ones too, if they are
/// wanted.
pub(super) fn keys(directory: &Path, with_temporary: bool) -> Result<Vec<StoreKey>, StorageError> {
    let mut keys = Vec::new();
    for entry in found(fs::read_dir(directory))?.into_iter().flatten() {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if let Some(digits) = name.strip_prefix(VALUE) {
            keys.extend(key(digits));
        } else if with_temporary && name.starts_with(TEMPORARY) {
            keys.push(StoreKey::new(name)?);
        }
    }
    keys.sort_unstable();
    Ok(keys)
}

fn key(digits: &str) -> Option<StoreKey> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    StoreKey::new(String::from_utf8(bytes?).ok()?).ok()
}

/// What is there, if it is.
pub(super) fn found<T>(result: io::Result<T>) -> Result<Option<T>, StorageError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
