//! What do callers at the same time do, in an order that can be repeated?
//!
//! Two or three callers run on threads of their own, one at a time. The turn goes to another one at
//! the boundary calls that a [`Schedule`] names, and where a caller waits, yields, sleeps or is
//! through; so a run is the same whenever the schedule is. A caller that waits for another one,
//! which waits for it, is a deadlock at once, with no deadline to wait for.
//!
//! [`Search`] tries schedules, those with the fewest switches first.
//!
//! Locks are seen where they wait with futexes: those of std and `parking_lot`, and locks of files.
//! What only a thread outside of the run can end looks like a deadlock. What waits in a C library
//! for another caller is not seen, and holds the turn for ever.
//!
//! ```
//! use std::fs;
//! use zarr_conform_gate::GateError;
//! use zarr_conform_gate::schedule::{Body, End, Search, run};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Counts in a file, as if nobody else did.
//! let mut search = Search::new(2, 1);
//! let mut lost = None;
//! while let Some(schedule) = search.next() {
//!     let folder = tempfile::tempdir()?;
//!     let file = folder.path().join("count");
//!     fs::write(&file, "0")?;
//!     let count = || -> Body<()> {
//!         let file = file.clone();
//!         Box::new(move |_| {
//!             let count: u32 = fs::read_to_string(&file).unwrap().parse().unwrap();
//!             fs::write(&file, (count + 1).to_string()).unwrap();
//!         })
//!     };
//!     let run = match run(folder.path(), &schedule, vec![count(), count()]) {
//!         Err(GateError::Unsupported) => return Ok(()),
//!         run => run?,
//!     };
//!     assert_eq!(run.end, End::Done);
//!     if fs::read_to_string(&file)? != "2" {
//!         lost = Some(schedule);
//!         break;
//!     }
//!     search.learn(&schedule, &run.trace);
//! }
//! // Such as `1 before read#2 -> 2`.
//! assert_eq!(lost.unwrap().switches.len(), 1);
//! # Ok(())
//! # }
//! ```

mod one_core;
mod plan;
mod run;
mod search;
mod turns;

pub use one_core::on_one_core;
pub use plan::{Caller, Point, Schedule, Switch, To};
pub use run::{Body, Branch, Run, run};
pub use search::Search;
pub use turns::{End, Step};
