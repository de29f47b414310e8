//! What is known of a boundary call before it is made?

use std::fmt;
use std::path::PathBuf;

use crate::address::CallAddress;

/// A boundary call.
///
/// The number of a file descriptor is not in it: it differs from run to run, and the path says
/// which file it is. So the same inputs give the same record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Which one it is within the operation.
    pub address: CallAddress,
    /// The file or directory, from the root: empty for the root itself, and for calls that are on
    /// no file. For an open file it is the name that the file has at present.
    pub path: PathBuf,
    /// The second name of a rename or a link.
    pub to: Option<PathBuf>,
    /// Where in the file, if the call says so.
    pub offset: Option<u64>,
    /// How many bytes are asked for, or the new length.
    pub length: Option<u64>,
    /// Whether it changes what is on the device, if it succeeds.
    pub changes: bool,
}

/// `write#1 a/b 0+4`, `rename#1 a.tmp -> a`.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        if self.address.kind().is_on_files() {
            let path =
                if self.path.as_os_str().is_empty() { ".".as_ref() } else { self.path.as_path() };
            write!(f, " {}", path.display())?;
        }
        if let Some(to) = &self.to {
            write!(f, " -> {}", to.display())?;
        }
        match (self.offset, self.length) {
            (Some(offset), Some(length)) => write!(f, " {offset}+{length}"),
            (None, Some(length)) => write!(f, " {length}"),
            (Some(offset), None) => write!(f, " {offset}+"),
            (None, None) => Ok(()),
        }
    }
}
