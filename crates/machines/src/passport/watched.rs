//! What is asked of a store on a thread that is watched, and why it may come to nothing.

use std::sync::Arc;

use zarr_conform_store::Adapter;

use crate::passport::entry::Standing;
use crate::play::watch::{GivenUp, Limits, Pulse, guarded};

/// Why something was not found out.
#[derive(Debug)]
pub(super) enum Lack {
    /// The store did not open.
    Shut(String),
    /// It cannot be asked, and why.
    Unasked(String),
}

impl Lack {
    /// How an entry stands for which nothing was found out.
    pub(super) fn standing(self) -> Standing {
        match self {
            Self::Shut(why) => Standing::Unopened(why),
            Self::Unasked(why) => Standing::NotAsked(why),
        }
    }
}

/// Does something with a store on a thread that is watched.
pub(super) fn watched<T: Send + 'static>(
    adapter: &Arc<dyn Adapter>,
    limits: &Limits,
    act: impl FnOnce(&dyn Adapter, &Pulse) -> Result<T, Lack> + Send + 'static,
) -> Result<T, Lack> {
    let own = Arc::clone(adapter);
    guarded(limits, move |pulse| act(&*own, pulse)).unwrap_or_else(|given_up| {
        Err(match given_up {
            GivenUp::Hung => Lack::Shut("an answer took longer than the deadline".to_owned()),
            GivenUp::OutOfTime | GivenUp::NoThread => Lack::Unasked("there was no time".to_owned()),
        })
    })
}
