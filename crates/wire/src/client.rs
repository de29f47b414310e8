//! The end that asks: `Client`, and `RemoteStore`, a store under test over it.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{ErrorClass, Names, Operation, Outcome, Plan, Refusal};
use zarr_conform_store::{Callers, OpenError, StoreUnderTest, Trace, Way};

use crate::VERSION;
use crate::error::WireError;
use crate::frame::Frame;
use crate::message::{PROTOCOL, Reply, Request};

/// A connection to whoever serves stores, one at a time.
pub struct Client<R, W> {
    reader: R,
    writer: W,
    name: String,
    traffic: Option<Traffic>,
    /// What the store below is asked, if somebody wants to know.
    trace: Option<Arc<Trace>>,
}

/// Which store is to be opened.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// 0 for the store under test, 1 for the store below it if it is a library over one, and so on.
    pub layer: u32,
    /// Where to record what the store below is asked.
    pub trace: Option<Arc<Trace>>,
}

/// What was left of a store when it was dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// The message of the panic, if it panicked.
    pub panicked: Option<String>,
    /// How many threads the process has then, if that is known.
    pub threads: Option<u64>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GreetingError {
    /// The other end has no stores, for a reason of its own.
    #[error("{0}")]
    Unable(String),
    /// What came is no greeting.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl<R: BufRead, W: Write> Client<R, W> {
    /// Reads the greeting of the other end.
    ///
    /// # Errors
    ///
    /// Returns a [`GreetingError`] if none comes, one of another protocol, or one that says why there
    /// are no stores.
    pub fn greet(reader: R, writer: W) -> Result<Self, GreetingError> {
        let mut client = Self { reader, writer, name: String::new(), traffic: None, trace: None };
        match client.reply()?.message {
            Reply::Hello { protocol, version, name }
                if protocol == PROTOCOL && version == VERSION =>
            {
                client.name = name;
                Ok(client)
            }
            Reply::Hello { protocol, version, .. } => {
                Err(WireError::Version { protocol, version }.into())
            }
            Reply::Unable(reason) => Err(GreetingError::Unable(reason)),
            other => Err(unexpected("hello", &other).into()),
        }
    }

    /// The name of the adapter at the other end.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The reading end, to change how long it waits.
    pub const fn reader(&self) -> &R {
        &self.reader
    }

    /// Opens a fresh store, in place of the one that is open.
    ///
    /// # Errors
    ///
    /// Returns a [`WireError`] if the connection breaks, and what the other end says if it cannot
    /// open the store.
    pub fn open(&mut self, which: Which) -> Result<Result<(), OpenError>, WireError> {
        let Which { layer, trace } = which;
        self.traffic = None;
        self.send(&Request::Open { layer, traced: trace.is_some() })?;
        self.trace = trace;
        match self.reply()?.message {
            Reply::Opened { traffic } => {
                self.traffic = traffic.map(Into::into);
                Ok(Ok(()))
            }
            Reply::CannotOpen(reason) => Ok(Err(OpenError::new(reason))),
            other => Err(unexpected("opened", &other)),
        }
    }

    /// Asks the store that is open.
    ///
    /// # Errors
    ///
    /// Returns a [`WireError`] if the connection breaks, or if what comes is no answer.
    pub fn ask(&mut self, names: &Names, operation: &Operation) -> Result<Outcome, WireError> {
        self.send(&Request::Ask(operation.display(names).to_string()))?;
        let Frame { message, bytes } = self.reply()?;
        match message {
            Reply::Answered { outcome, traffic } => {
                self.traffic = traffic.map(Into::into);
                outcome.outcome(bytes)
            }
            other => Err(unexpected("answered", &other)),
        }
    }

    /// What the store that is open has asked of the service below it so far, if it counts that.
    #[must_use]
    pub const fn traffic(&self) -> Option<Traffic> {
        self.traffic
    }

    /// Drops the store that is open.
    ///
    /// # Errors
    ///
    /// Returns a [`WireError`] if the connection breaks.
    pub fn drop_store(&mut self) -> Result<Dropped, WireError> {
        self.send(&Request::Drop)?;
        match self.reply()?.message {
            Reply::Dropped { panicked, threads } => Ok(Dropped { panicked, threads }),
            other => Err(unexpected("dropped", &other)),
        }
    }

    fn send(&mut self, request: &Request) -> Result<(), WireError> {
        Frame::of(request).write(&mut self.writer)
    }

    /// The next message but those about the store below, which are recorded.
    fn reply(&mut self) -> Result<Frame<Reply>, WireError> {
        loop {
            let frame = Frame::read(&mut self.reader)?.ok_or(WireError::Closed)?;
            let Reply::Below(line) = &frame.message else {
                return Ok(frame);
            };
            let asked: Plan = line.parse()?;
            if let (Some(trace), Some(operation)) = (&self.trace, asked.operations().next()) {
                trace.record(asked.names(), operation);
            }
        }
    }
}

fn unexpected(wanted: &'static str, found: &Reply) -> WireError {
    WireError::Unexpected { wanted, found: found.name() }
}

/// A store under test at the other end of a connection.
///
/// Where the connection breaks, its answers are errors that say so: whoever started the other end
/// knows better what became of it.
pub struct RemoteStore<R, W> {
    client: Client<R, W>,
}

impl<R: BufRead, W: Write> RemoteStore<R, W> {
    /// Opens a fresh store at the other end.
    ///
    /// # Errors
    ///
    /// Returns an [`OpenError`] if it cannot be opened, or if the connection breaks.
    pub fn open(mut client: Client<R, W>) -> Result<Self, OpenError> {
        client.open(Which::default()).map_err(OpenError::from_error)??;
        Ok(Self { client })
    }

    /// The connection, which may have a store open.
    pub fn into_client(self) -> Client<R, W> {
        self.client
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl<R: BufRead + Send, W: Write + Send> StoreUnderTest for RemoteStore<R, W> {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.client.ask(names, operation).unwrap_or_else(|error| {
            Outcome::Refused(Refusal::new(ErrorClass::Other, error.to_string()))
        })
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        let _ = way;
        self.answer(names, operation)
    }

    fn place(&self) -> Option<&Path> {
        None
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        // A connection carries one question at a time.
        None
    }

    fn close(self: Box<Self>) -> Outcome {
        drop(self);
        Outcome::Done
    }

    fn traffic(&self) -> Option<Traffic> {
        self.client.traffic()
    }
}
