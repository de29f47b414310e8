//! Archives: contents as the bytes of a zip file.
//!
//! Nothing in it depends on the time or the machine: the same contents are the same bytes.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use zarr_conform_store::Contents;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// How an archive is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Archive {
    pub(crate) method: CompressionMethod,
    /// Whether directories have entries of their own.
    pub(crate) has_directories: bool,
    /// What stands before each key.
    pub(crate) below: &'static str,
    /// Entries of somebody else, with their names as values.
    pub(crate) beside: &'static [&'static str],
}

impl Archive {
    /// The archive that holds `contents`.
    ///
    /// # Errors
    ///
    /// Returns a [`ZipError`] if a name is too long for an archive, or there twice.
    pub(crate) fn of(self, contents: &Contents) -> Result<Vec<u8>, ZipError> {
        let options = SimpleFileOptions::DEFAULT.compression_method(self.method);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for name in self.beside {
            writer.start_file(*name, options)?;
            writer.write_all(name.as_bytes())?;
        }
        let mut directories = BTreeSet::new();
        for (key, value) in contents {
            let name = [self.below, key.as_str()].concat();
            let above = name.match_indices('/').map(|(slash, _)| &name[..=slash]);
            for directory in above.filter(|_| self.has_directories) {
                if directories.insert(directory.to_owned()) {
                    writer.add_directory(directory, options)?;
                }
            }
            writer.start_file(name, options)?;
            writer.write_all(value)?;
        }
        Ok(writer.finish()?.into_inner())
    }
}
