//! That futures go on in step on a runtime that takes turns, however quick its thread is.
#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use zarr_conform_store::{AsyncToSyncBlockOn, TokioRuntime};

type Log = Arc<Mutex<Vec<(char, u32)>>>;

/// Two steps that block, the second after the first.
async fn steps(who: char, log: Log) {
    for step in [1, 2] {
        let log = Arc::clone(&log);
        let done = tokio::task::spawn_blocking(move || log.lock().unwrap().push((who, step)));
        // Long enough for the thread to be done with it, if it may begin.
        thread::sleep(Duration::from_millis(5));
        done.await.unwrap();
    }
}

#[test]
fn what_goes_on_side_by_side_does_so_in_step() {
    let runtime = TokioRuntime::orderly().unwrap().in_turns();
    let log = Log::default();
    let (one, other) = (steps('a', Arc::clone(&log)), steps('b', Arc::clone(&log)));
    runtime.block_on(async { futures::join!(one, other) });
    assert_eq!(*log.lock().unwrap(), [('a', 1), ('b', 1), ('a', 2), ('b', 2)]);
}

#[test]
fn what_was_given_up_is_done_before_the_next_begins() {
    let runtime = TokioRuntime::orderly().unwrap().in_turns();
    let log = Log::default();
    for who in ['a', 'b'] {
        let steps = steps(who, Arc::clone(&log));
        // Given up when its first step has been asked for.
        assert!(runtime.block_on(async { futures::poll!(Box::pin(steps)) }).is_pending());
    }
    runtime.block_on(steps('c', Arc::clone(&log)));
    assert_eq!(*log.lock().unwrap(), [('a', 1), ('b', 1), ('c', 1), ('c', 2)]);
}

#[test]
fn a_panic_ends_its_turn() {
    let runtime = TokioRuntime::orderly().unwrap().in_turns();
    let panicking =
        std::panic::AssertUnwindSafe(|| runtime.block_on(async { panic!("on purpose") }));
    assert!(std::panic::catch_unwind(panicking).is_err());
    assert_eq!(runtime.block_on(async { 1 }), 1);
}
