//! `--isolated`: stores in processes of their own, which are this program with a command of theirs.

use std::env;
use std::process::Command;
use std::sync::Arc;

use clap::ValueEnum;
use zarr_conform_machines::Machine;
use zarr_conform_store::Adapter;

use crate::adapter_error::AdapterError;
use crate::adapters::Adapters;
use crate::machine::Kind;
use crate::options;
use crate::server::Server;

/// Options about processes for stores.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Isolation {
    /// Opens the stores in processes of their own: one that ends its process, or hangs, is a failure
    /// like any other, and takes nothing along. Each question takes some 20 to 50 µs more.
    #[arg(long)]
    isolated: bool,
    /// How much memory the process of an isolated store may take [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = options::bytes, requires = "isolated")]
    memory: Option<u64>,
}

impl Isolation {
    /// The machine, with its stores in processes of their own if that is wanted: those of the adapter
    /// of this name, on this server.
    pub(crate) fn of(self, machine: Machine, kind: Kind, name: &str, server: &Server) -> Machine {
        let machine = match self.memory {
            Some(bytes) => machine.memory_limit(bytes),
            None => machine,
        };
        let kind = kind.to_possible_value();
        let kind = kind.map(|kind| kind.get_name().to_owned()).unwrap_or_default();
        let mut words = vec![SERVE.to_owned(), "--adapter".to_owned(), name.to_owned()];
        words.extend(["--machine".to_owned(), kind]);
        words.extend(server.words().split_whitespace().map(str::to_owned));
        let command = move || {
            // Where the program is not known, starting it says so.
            let mut command = Command::new(env::current_exe().unwrap_or_default());
            command.args(&words);
            command
        };
        if self.isolated { machine.isolated_by(command) } else { machine.restarted_by(command) }
    }

    /// The options as words of a command.
    pub(crate) fn words(self) -> String {
        let isolated = if self.isolated { " --isolated" } else { "" };
        let memory = self.memory.map(|bytes| format!(" --memory {bytes}B"));
        isolated.to_owned() + &memory.unwrap_or_default()
    }
}

/// The name of the command.
const SERVE: &str = "serve-isolated";

/// Serves stores to the program that started this one; nobody types it.
#[derive(Clone, Debug, clap::Args)]
pub struct ServeIsolated {
    #[arg(long)]
    adapter: String,
    #[command(flatten)]
    server: Server,
    #[arg(long, value_enum, default_value_t)]
    machine: Kind,
}

impl ServeIsolated {
    /// Serves the stores, and ends the process when nobody asks any more.
    ///
    /// # Errors
    ///
    /// Returns an [`AdapterError`] if there is no such adapter.
    pub(crate) fn run(&self, adapters: &Adapters) -> Result<crate::Exit, AdapterError> {
        let adapter = adapters.find(Some(&self.adapter), self.server.address().as_ref())?;
        serve(self.machine.over(adapter))
    }
}

#[cfg(unix)]
fn serve(adapter: Arc<dyn Adapter>) -> ! {
    Machine::of_shared(adapter).serve_isolated()
}

/// There are no such processes, so nobody starts this.
#[cfg(not(unix))]
fn serve(_: Arc<dyn Adapter>) -> Result<crate::Exit, AdapterError> {
    Ok(crate::Exit::Usage)
}
