//! The end with the stores: opens them, and asks them what comes over the wire.

use std::io::{BufReader, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::BytesMut;
use zarr_conform_model::{ErrorClass, Outcome, Plan, Refusal};
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest, Trace};

use crate::VERSION;
use crate::error::WireError;
use crate::form::Form;
use crate::frame::Frame;
use crate::held::{CHANGED, Held};
use crate::message::{PROTOCOL, Reply, Request};

/// Runs what it is given, and gives the message if that panics.
pub type Catch<'a> = &'a dyn Fn(&mut dyn FnMut()) -> Result<(), String>;

/// Opens the stores of an adapter for whoever is at the other end, one at a time, and asks them
/// what comes, until the other end closes the pipe.
///
/// A panic of a store is an outcome, with what `catch` makes of it; whatever else a store does to its
/// process is not prevented here.
///
/// # Errors
///
/// Returns a [`WireError`] if the pipe fails, or if something comes that is no request.
pub fn serve(
    adapter: &dyn Adapter,
    catch: Catch<'_>,
    reader: impl Read,
    writer: impl Write + Send + 'static,
) -> Result<(), WireError> {
    let mut reader = BufReader::new(reader);
    let writer = Writer::new(writer);
    let (protocol, name) = (PROTOCOL.to_owned(), adapter.name().to_owned());
    writer.say(Reply::Hello { protocol, version: VERSION, name })?;
    let mut store: Option<Box<dyn StoreUnderTest>> = None;
    let mut held = Held::default();
    while let Some(request) = Frame::<Request>::read(&mut reader)? {
        match request.message {
            Request::Open { layer, traced } => {
                // What its end is worth is asked for with `drop`.
                let _ = caught(catch, || held.release());
                let _ = caught(catch, || drop(store.take()));
                let writer_below = traced.then(|| writer.clone());
                let opened = caught(catch, || open(adapter, layer, writer_below));
                let opened = opened.unwrap_or_else(|panic| {
                    Err(OpenError::new(format!("opening it panicked: {panic}")))
                });
                writer.say(match opened {
                    Ok(opened) => {
                        let traffic = store.insert(opened).traffic().map(Into::into);
                        Reply::Opened { traffic }
                    }
                    Err(error) => Reply::CannotOpen(error.reason().to_owned()),
                })?;
            }
            Request::Ask(operation) => {
                let mut outcome = match &mut store {
                    Some(store) => ask(&mut **store, &mut held, catch, &operation)?,
                    None => refused("no store is open"),
                };
                loop {
                    let mut bytes = BytesMut::new();
                    let form = Form::of(&outcome, &mut bytes);
                    let traffic = store.as_ref().and_then(|store| store.traffic());
                    let traffic = traffic.map(Into::into);
                    let message = Reply::Answered { outcome: form, traffic };
                    match writer.write(&Frame { message, bytes: bytes.freeze() }) {
                        // Nothing was written, and the store has answered all the same.
                        Err(error @ WireError::TooLong { .. }) => {
                            outcome = refused(&format!("the answer does not fit: {error}"));
                        }
                        written => break written?,
                    }
                }
            }
            Request::Drop => {
                let changed = look_at(&mut held, catch);
                let released = caught(catch, || held.release()).err();
                let dropped = caught(catch, || drop(store.take())).err();
                let panicked = changed.or(released).or(dropped);
                writer.say(Reply::Dropped { panicked, threads: threads() })?;
            }
        }
    }
    Ok(())
}

/// Says in place of a greeting why there are no stores.
///
/// # Errors
///
/// Returns a [`WireError`] if the pipe fails.
pub fn decline(writer: impl Write + Send + 'static, reason: &str) -> Result<(), WireError> {
    Writer::new(writer).say(Reply::Unable(reason.to_owned()))
}

fn ask(
    store: &mut dyn StoreUnderTest,
    held: &mut Held,
    catch: Catch<'_>,
    operation: &str,
) -> Result<Outcome, WireError> {
    let plan: Plan = operation.parse()?;
    let mut operations = plan.operations();
    match (operations.next(), operations.next()) {
        (Some(operation), None) => {
            let answer = caught(catch, || store.answer(plan.names(), operation));
            let answer = answer.unwrap_or_else(Outcome::Panicked);
            if let Some(message) = look_at(held, catch) {
                return Ok(Outcome::Panicked(message));
            }
            held.hold(&answer);
            Ok(answer)
        }
        _ => Err(WireError::OperationCount(plan.len())),
    }
}

/// Looks whether what reads returned has changed since, and says so once.
fn look_at(held: &mut Held, catch: Catch<'_>) -> Option<String> {
    let changed = caught(catch, || held.has_changed());
    if matches!(changed, Ok(false)) {
        return None;
    }
    // Whether that panics is of no more interest.
    let _ = caught(catch, || held.release());
    Some(changed.err().unwrap_or_else(|| CHANGED.to_owned()))
}

/// Runs something that may panic, and gives the message then.
fn caught<T>(catch: Catch<'_>, run: impl FnOnce() -> T) -> Result<T, String> {
    let (mut run, mut result) = (Some(run), None);
    catch(&mut || {
        if let Some(run) = run.take() {
            result = Some(run());
        }
    })?;
    result.ok_or_else(|| "it was not asked".to_owned())
}

fn open(
    adapter: &dyn Adapter,
    layer: u32,
    traced: Option<Writer>,
) -> Result<Box<dyn StoreUnderTest>, OpenError> {
    let no_layer = || OpenError::new("it is no library over another store");
    if let Some(below) = layer.checked_sub(1) {
        let layered = adapter.layered().ok_or_else(no_layer)?;
        return open(&**layered.below(), below, traced);
    }
    let Some(writer) = traced else {
        return adapter.open();
    };
    let layered = adapter.layered().ok_or_else(no_layer)?;
    let tell = move |plan: &Plan| {
        let line = plan.operations().map(|operation| operation.display(plan.names()).to_string());
        // Whoever lost interest closed the pipe, which ends the loop above.
        let _ = writer.say(Reply::Below(line.collect()));
    };
    layered.open_traced(Arc::new(Trace::told(tell)))
}

fn refused(message: &str) -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Other, message))
}

/// How many threads this process has, where the system says so in a file.
fn threads() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Threads:"))?;
    line.trim().parse().ok()
}

/// A writer that threads of the store below share.
#[derive(Clone)]
struct Writer(Arc<Mutex<dyn Write + Send>>);

impl Writer {
    fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(writer)))
    }

    fn say(&self, reply: Reply) -> Result<(), WireError> {
        self.write(&Frame::of(reply))
    }

    fn write(&self, frame: &Frame<Reply>) -> Result<(), WireError> {
        // A frame is written at once, so the pipe is between two of them whatever happened.
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        frame.write(&mut &mut *writer)
    }
}
