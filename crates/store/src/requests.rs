//! Requests to the service below a store: how many an operation makes, and what goes wrong with one.
//!
//! A client is told what becomes of each request as it makes it. So requests that are made side by side
//! are numbered by whoever makes them, and not as they arrive: the same operation has the same
//! numbers again.

use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use zarr_conform_model::Outcome;
use zarr_conform_model::plan::{Fault, RequestFault};

use crate::port::Way;

/// After how many requests of one operation that went wrong nobody waits for its answer any more. A
/// guess: ten times what clients are set to by default, each of several requests.
const MOST_IN_VAIN: u32 = 128;

/// What a request is about, which says what can go wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestKind {
    /// A question whose reply has no body.
    Question,
    /// A question whose reply has a body: a value, a part of one, or a listing.
    Download,
    /// Something is changed.
    Change,
}

impl RequestKind {
    /// What a request over HTTP is about, by its method.
    #[must_use]
    pub fn of_method(method: &str) -> Self {
        match method {
            "HEAD" => Self::Question,
            "GET" => Self::Download,
            _ => Self::Change,
        }
    }
}

/// The requests of one store, shared by all clones: the layer that makes them says so, and is told what
/// goes wrong; [`on_way`](Self::on_way) sees to it that it does.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Outcome;
/// use zarr_conform_model::plan::{Fault, RequestFault};
/// use zarr_conform_store::{RequestKind, Requests, Way};
///
/// let requests = Requests::default();
/// let get = || match requests.next(RequestKind::Download) {
///     None => Outcome::Absent,
///     // A client that asks again.
///     Some(_) if requests.next(RequestKind::Download).is_none() => Outcome::Absent,
///     Some(_) => Outcome::TimedOut,
/// };
/// let mut way = Way::default();
/// assert_eq!(requests.on_way(&mut way, get), Outcome::Absent);
/// let reset = way.faults.iter().find(|fault| fault.to_string() == "request#1 reset");
///
/// let mut way = Way { fault: reset.copied(), ..Way::default() };
/// assert_eq!(requests.on_way(&mut way, get), Outcome::Absent);
/// assert!(way.struck);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Requests(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What is to go wrong.
    fault: Option<Fault>,
    /// What the operation has asked so far, while somebody looks.
    asked: Option<Vec<RequestKind>>,
    struck: u32,
    /// Whether those who ask are polled in turns.
    takes_turns: bool,
}

/// What an operation unwinds with that goes on asking in vain.
struct InVain;

impl Requests {
    /// What happens to the request that is about to be made, if it goes wrong.
    ///
    /// # Panics
    ///
    /// Unwinds, without a word, if the operation goes on asking though nothing comes of it;
    /// [`on_way`](Self::on_way) makes an outcome of that.
    #[must_use = "it says what goes wrong"]
    pub fn next(&self, kind: RequestKind) -> Option<RequestFault> {
        let mut state = self.state();
        let asked = state.asked.as_mut()?;
        asked.push(kind);
        let number = asked.len();
        let Some(Fault::Request { ordinal, on, fault }) = state.fault else {
            return None;
        };
        let first = usize::try_from(ordinal.get()).unwrap_or(usize::MAX);
        if number != first && !(on && number > first) {
            return None;
        }
        state.struck += 1;
        if state.struck > MOST_IN_VAIN {
            drop(state);
            resume_unwind(Box::new(InVain));
        }
        Some(fault)
    }

    /// Asks one operation while its way is looked at, and says what was seen; afterwards every
    /// request goes well again.
    ///
    /// A fault that is none of requests strikes nothing.
    ///
    /// # Panics
    ///
    /// Unwinds if `ask` does.
    pub fn on_way(&self, way: &mut Way, ask: impl FnOnce() -> Outcome) -> Outcome {
        *self.state() = State { fault: way.fault, asked: Some(Vec::new()), ..State::default() };
        // What a panic leaves behind is the store's, and is looked at by whoever asks it again.
        let outcome = catch_unwind(AssertUnwindSafe(ask));
        let State { asked, struck, .. } = std::mem::take(&mut *self.state());
        way.struck = way.fault.is_none() || struck > 0;
        way.faults = faults_of(&asked.unwrap_or_default());
        match outcome {
            Ok(outcome) => outcome,
            Err(payload) if payload.is::<InVain>() => Outcome::StillAsking(MOST_IN_VAIN),
            Err(payload) => resume_unwind(payload),
        }
    }

    /// Lets other callers go first, if their futures are polled in turns; a layer awaits it before each
    /// request, which is the place where one caller may overtake another.
    pub async fn let_others_go(&self) {
        let mut has_waited = !self.state().takes_turns;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Asks several callers in turns: each lets the others go first before each of its requests.
    pub(crate) fn in_turns<T>(&self, ask: impl FnOnce() -> T) -> T {
        self.state().takes_turns = true;
        let answer = catch_unwind(AssertUnwindSafe(ask));
        self.state().takes_turns = false;
        answer.unwrap_or_else(|payload| resume_unwind(payload))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // It is consistent at every moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What can go wrong with these requests, in their order: each kind once, and from there on.
fn faults_of(asked: &[RequestKind]) -> Vec<Fault> {
    let ordinals = (1..=u32::MAX).filter_map(NonZeroU32::new);
    let requests = asked.iter().zip(ordinals);
    let faults = requests.flat_map(|(kind, ordinal)| {
        let kind = *kind;
        [false, true].into_iter().flat_map(move |on| {
            let suits = RequestFault::ALL.iter().filter(move |fault| suits(kind, **fault, on));
            suits.map(move |fault| Fault::Request { ordinal, on, fault: *fault })
        })
    });
    faults.collect()
}

/// What [`RequestFault::CorruptBody`] makes of a body: the same bytes, but for one bit in the middle.
///
/// # Examples
///
/// ```
/// assert_eq!(zarr_conform_store::corrupted(b"abc"), b"acc");
/// assert!(zarr_conform_store::corrupted(b"").is_empty());
/// ```
#[must_use]
pub fn corrupted(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes
}

fn suits(kind: RequestKind, fault: RequestFault, on: bool) -> bool {
    match fault {
        RequestFault::Unavailable
        | RequestFault::Internal
        | RequestFault::TooMany
        | RequestFault::Reset => true,
        RequestFault::CutBody => kind == RequestKind::Download,
        RequestFault::CorruptBody => kind == RequestKind::Download && !on,
        // Of a question, it is nothing else than a reset.
        RequestFault::LostReply => kind == RequestKind::Change,
        RequestFault::Twice => kind == RequestKind::Change && !on,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(text: &str) -> Way {
        let plan: zarr_conform_model::Plan = format!("{text}: list").parse().unwrap();
        Way { fault: plan.steps()[0].fault, ..Way::default() }
    }

    #[test]
    fn the_request_that_is_named_goes_wrong_and_those_after_it_if_they_are_meant() {
        let requests = Requests::default();
        let seen = |way: &mut Way| {
            let mut seen = Vec::new();
            let ask = || {
                seen.extend((0..4).map(|_| requests.next(RequestKind::Change)));
                Outcome::Done
            };
            assert_eq!(requests.on_way(way, ask), Outcome::Done);
            seen
        };
        let (none, lost) = (None, Some(RequestFault::LostReply));
        let mut once = way("request#2 lost reply");
        assert_eq!(seen(&mut once), [none, lost, none, none]);
        assert!(once.struck);
        assert_eq!(seen(&mut way("request#3.. lost reply")), [none, none, lost, lost]);
        let mut too_late = way("request#5 503");
        assert_eq!(seen(&mut too_late), [none; 4]);
        assert!(!too_late.struck);
        assert_eq!(requests.next(RequestKind::Change), None, "all goes well afterwards");
    }

    #[test]
    fn what_can_go_wrong_suits_the_request() {
        let words = |kind| {
            let faults = faults_of(&[RequestKind::Question, kind]);
            let of_second = faults.iter().map(Fault::to_string);
            of_second.filter(|words| words.starts_with("request#2")).collect::<Vec<_>>().join(", ")
        };
        let question = words(RequestKind::Question);
        assert!(!question.contains("body") && !question.contains("lost"), "{question}");
        assert!(words(RequestKind::Download).contains("request#2.. cut body"));
        let change = words(RequestKind::Change);
        assert!(change.contains("request#2 lost reply, request#2 twice"), "{change}");
        assert!(!change.contains("request#2.. twice"), "{change}");
    }

    #[test]
    fn nobody_waits_for_an_operation_that_asks_without_end() {
        let requests = Requests::default();
        let ask = || {
            while requests.next(RequestKind::Question).is_some() {}
            Outcome::Absent
        };
        let outcome = requests.on_way(&mut way("request#1.. 503"), ask);
        assert_eq!(outcome, Outcome::StillAsking(MOST_IN_VAIN));
        assert_eq!(requests.on_way(&mut Way::default(), ask), Outcome::Absent);
    }
}
