//! Bugs that show when something goes wrong or callers meet: the form of their tables, and all of them.

use std::fmt;
use std::sync::Arc;

use zarr_conform_store::Adapter;

use crate::files::{FileAdapter, FileBug};
use crate::races::{RaceAdapter, RaceBug};
use crate::service::{ServiceAdapter, ServiceBug};
#[cfg(feature = "async")]
use crate::tasks::{TaskAdapter, TaskBug};

/// A bug that takes a fault to show, or callers at the same time, and the stores with it and without.
#[derive(Clone)]
pub struct FaultBug {
    /// The id and the name: `F02 written_in_place`.
    pub title: String,
    /// A shortest plan that shows the bug, in its last answer; without the plan's first line.
    pub minimum: &'static str,
    /// Stores with the bug.
    pub planted: Arc<dyn Adapter>,
    /// The same stores, which do everything right.
    pub careful: Arc<dyn Adapter>,
}

impl FaultBug {
    /// All that take a fault, by their ids: those of stores on files, then those of stores on services.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let of_files = FileBug::ALL.iter().map(|bug| Self {
            title: bug.to_string(),
            minimum: bug.minimum(),
            planted: Arc::new(FileAdapter::with(*bug)),
            careful: Arc::new(FileAdapter::careful()),
        });
        let of_services = ServiceBug::ALL.iter().map(|bug| Self {
            title: bug.to_string(),
            minimum: bug.minimum(),
            planted: Arc::new(ServiceAdapter::with(*bug)),
            careful: Arc::new(ServiceAdapter::careful()),
        });
        of_files.chain(of_services).collect()
    }

    /// All that take callers at the same time, by their ids.
    #[must_use]
    pub fn of_callers() -> Vec<Self> {
        let bugs = RaceBug::ALL.iter().map(|bug| Self {
            title: bug.to_string(),
            minimum: bug.minimum(),
            planted: Arc::new(RaceAdapter::with(*bug)),
            careful: Arc::new(if bug.takes_handles() {
                RaceAdapter::careful_with_handles()
            } else {
                RaceAdapter::careful()
            }),
        });
        let bugs: Vec<Self> = bugs.collect();
        #[cfg(feature = "async")]
        let bugs = [bugs, Self::of_futures()].concat();
        bugs
    }

    #[cfg(feature = "async")]
    fn of_futures() -> Vec<Self> {
        let bugs = TaskBug::ALL.iter().map(|bug| Self {
            title: bug.to_string(),
            minimum: bug.minimum(),
            planted: Arc::new(TaskAdapter::with(*bug)),
            careful: Arc::new(TaskAdapter::careful()),
        });
        bugs.collect()
    }
}

impl fmt::Display for FaultBug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

/// Defines an enum of bugs with its table in one place.
macro_rules! fault_bugs {
    ($(#[$doc:meta])* $name:ident { $($id:ident $word:ident $bug:literal $minimum:expr;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", stringify!($word), "`: ", $bug)] $id,)*
        }

        impl $name {
            /// Every bug, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$id),*];

            /// The id: `F02`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$id => stringify!($id),)* }
            }

            /// The name: `written_in_place`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$id => stringify!($word),)* }
            }

            /// What goes wrong, in one sentence.
            #[must_use]
            pub const fn bug(self) -> &'static str {
                match self { $(Self::$id => $bug,)* }
            }

            /// A shortest plan that shows the bug, in its last answer; without the plan's first line.
            #[must_use]
            pub const fn minimum(self) -> &'static str {
                match self { $(Self::$id => $minimum,)* }
            }
        }

        /// The id and the name.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{} {}", self.id(), self.name())
            }
        }
    };
}

pub(crate) use fault_bugs;
