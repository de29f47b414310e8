//! What does a power cut leave of what calls changed?
//!
//! A [`Session`](crate::Session) keeps a [`Journal`](crate::Journal) of changes; a [`Tree`] is what
//! was on the device before them. Any number of the changes may have been made when the power goes:
//! apply those to the tree, and lay out what is left under a [`PowerPolicy`].
//!
//! ```
//! use std::fs;
//! use zarr_conform_gate::power::{PowerPolicy, Tree};
//! use zarr_conform_gate::{GateError, Session};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let session = match Session::new(folder.path()) {
//!     Err(GateError::Unsupported) => return Ok(()),
//!     session => session?,
//! };
//! let start = Tree::read(folder.path())?;
//! session.keep_journal();
//! let armed = session.arm()?;
//! fs::write(folder.path().join("a"), "text")?;
//! drop(armed);
//!
//! let after = start.after(session.take_journal().entries())?;
//! let left = |policy| {
//!     let target = tempfile::tempdir()?;
//!     after.lay_out(policy, target.path())?;
//!     fs::read(target.path().join("a"))
//! };
//! assert_eq!(left(PowerPolicy::Kill)?, b"text");
//! assert_eq!(left(PowerPolicy::MetadataFirst)?, [0; 4]);
//! assert!(left(PowerPolicy::Strict).is_err());
//! # Ok(())
//! # }
//! ```

mod layout;
mod policy;
mod tree;

pub use policy::PowerPolicy;
pub use tree::{Tree, UnknownName};
