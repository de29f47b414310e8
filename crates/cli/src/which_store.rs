//! Which store a command is about, and how long it may take: options that several commands have.

use std::sync::Arc;
use std::time::Duration;

use zarr_conform_store::Adapter;

use crate::adapter_error::AdapterError;
use crate::adapters::Adapters;
use crate::called::DEADLINE;
use crate::options;
use crate::server::Server;

/// Options about which store; a command that does more with it than to play plans says what.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Store {
    /// The store; `conform --list` says which there are.
    #[arg(long, value_name = "NAME[:VARIANT]")]
    adapter: Option<String>,
    #[command(flatten)]
    server: Server,
}

impl Store {
    /// The name after `--adapter`.
    pub(crate) fn adapter_name(&self) -> Option<&str> {
        self.adapter.as_deref()
    }

    /// The server on which the store is to be.
    pub(crate) const fn server(&self) -> &Server {
        &self.server
    }

    /// The adapter that is meant.
    ///
    /// # Errors
    ///
    /// Returns an [`AdapterError`] that lists what there is.
    pub(crate) fn find(&self, adapters: &Adapters) -> Result<Arc<dyn Adapter>, AdapterError> {
        adapters.find(self.adapter_name(), self.server.address().as_ref())
    }
}

/// The option of how long an answer may take.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Deadline {
    /// How long the store may take for one answer.
    #[arg(long, value_name = "TIME", default_value = DEADLINE, value_parser = options::duration)]
    deadline: Duration,
}

impl Deadline {
    /// The time.
    pub(crate) const fn time(self) -> Duration {
        self.deadline
    }
}
