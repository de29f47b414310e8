//! Catches panics of the store under test, without a word on standard error.
//!
//! The process's panic hook is the one thing that is global here. It is put in once, in front of
//! the one that was there, and keeps silent only about panics inside a store that is being asked. A
//! store may replace it, and is overruled when its run ends.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Mutex, OnceLock};

use zarr_conform_model::Outcome;
use zarr_conform_store::STORE_THREAD;

use crate::play::journal::lock;
use crate::play::{alarms, copies};

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The hook of the process, before this one was put in.
static PREVIOUS: OnceLock<Hook> = OnceLock::new();

thread_local! {
    /// Whether this thread is asking a store, so that a panic is an outcome and no accident.
    static ASKING: Cell<bool> = const { Cell::new(false) };
    /// Whether a hook of ours was dropped on this thread since this was set back.
    static DROPPED: Cell<bool> = const { Cell::new(false) };
    /// Where the last panic of this thread came from.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `ask` and gives the message of the panic if it panics.
///
/// The message reaches standard error as well unless [`hush`] was called before.
pub(crate) fn catch<T>(ask: impl FnOnce() -> T) -> Result<T, String> {
    let outer = ASKING.replace(true);
    // A store that panicked is asked on: what it answers then is part of the test.
    let answer = panic::catch_unwind(AssertUnwindSafe(ask));
    ASKING.set(outer);
    copies::attend();
    answer.map_err(|payload| {
        let message = PLACE.with_borrow_mut(|place| {
            let message = [message(payload.as_ref()), place].concat();
            // The next panic may come without a call of the hook.
            place.clear();
            message
        });
        drop_quietly(payload);
        message
    })
}

/// Drops what a store returned: its values may be the store's own, and panic.
pub(super) fn let_go(outcome: Outcome) -> Result<(), String> {
    match outcome {
        Outcome::Value(value) if !value.is_empty() => catch(|| drop(value)),
        Outcome::Values(parts) => {
            // Each by itself: a second panic on the way from the first would end the process.
            let dropped: Vec<_> = parts.into_iter().map(|part| catch(|| drop(part))).collect();
            dropped.into_iter().collect()
        }
        _ => Ok(()),
    }
}

/// Drops what a store panicked with, which may panic itself.
fn drop_quietly(payload: Box<dyn Any + Send>) {
    let outer = ASKING.replace(true);
    if let Err(next) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // There is no end to it, so it is not dropped.
        std::mem::forget(next);
    }
    ASKING.set(outer);
    PLACE.with_borrow_mut(String::clear);
}

/// Whether this thread is asking a store.
pub(super) fn is_asking() -> bool {
    ASKING.get()
}

/// Puts a panic hook before that of the process, once: it keeps silent about panics inside
/// [`catch`] and on threads of stores, and passes on all others.
pub(crate) fn hush() {
    PREVIOUS.get_or_init(|| {
        let previous = panic::take_hook();
        panic::set_hook(ours());
        previous
    });
}

/// The hook, which tells when it goes.
fn ours() -> Hook {
    struct InPlace;
    impl Drop for InPlace {
        fn drop(&mut self) {
            DROPPED.set(true);
        }
    }
    let in_place = InPlace;
    Box::new(move |info| {
        let _ = &in_place;
        heed(info);
    })
}

/// Puts that hook in again, if a store replaced it, and gives whether it did: a report that is said
/// by a panic would be silent with a hook that is.
pub(crate) fn take_back_hook() -> bool {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    if PREVIOUS.get().is_none() {
        return false;
    }
    let _guard = lock(&ONE_AT_A_TIME);
    DROPPED.set(false);
    // What it drops is the hook that was in place. A panic would show that, too, but a store's hook may
    // end the process. Dropping one may panic.
    let put = catch(|| panic::set_hook(ours()));
    put.is_err() || !DROPPED.get()
}

/// The panic hook.
fn heed(info: &PanicHookInfo<'_>) {
    if ASKING.get() {
        PLACE.with_borrow_mut(|text| {
            text.clear();
            if let Some(place) = info.location() {
                text.push_str(" at ");
                text.push_str(file_name(place.file()));
                // Writing to a string cannot fail.
                let _ = write!(text, ":{}", place.line());
            }
        });
        return;
    }
    let thread = std::thread::current();
    if thread.name() == Some(STORE_THREAD) {
        alarms::keep_task(message(info.payload()));
        return;
    }
    if is_of_a_store(thread.name()) {
        alarms::raise(&alarms::of_thread(message(info.payload())));
    }
    if let Some(previous) = PREVIOUS.get() {
        previous(info);
    }
}

/// Whether nobody but a store has threads with such a name, or with none: a test has the name of a
/// function, and threads of runtimes have hyphens.
fn is_of_a_store(thread: Option<&str>) -> bool {
    let is_path =
        |name: &str| name.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | ':'));
    thread.is_none_or(|name| !is_path(name) && !name.starts_with(OURS))
}

/// What the names of our own threads begin with.
const OURS: &str = "zarr-conform-";

/// A path from the folder of its crate on, or its last two parts: enough to find the line, and the
/// same on every machine.
fn file_name(path: &str) -> &str {
    let is_root = |part: &&str| matches!(*part, "src" | "tests" | "benches" | "examples");
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let crates = parts.iter().rposition(is_root).and_then(|root| root.checked_sub(1));
    let from = crates.unwrap_or(parts.len().saturating_sub(2));
    let before: usize = parts[..from].iter().map(|part| part.len() + 1).sum();
    &path[before..]
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_panic_carries_may_panic_when_it_is_dropped() {
        struct Again(u32);
        impl Drop for Again {
            fn drop(&mut self) {
                panic::panic_any(Again(self.0 + 1));
            }
        }
        hush();
        let caught = catch(|| -> () { panic::panic_any(Again(0)) }).unwrap_err();
        assert!(
            caught.starts_with("a panic without a message at machines/src/play/panics.rs:"),
            "{caught}"
        );
        assert_eq!(catch(|| 1), Ok(1));
    }

    #[test]
    fn a_panic_is_a_message_with_its_place() {
        hush();
        let caught = catch(|| -> () { panic!("number {}", 7) }).unwrap_err();
        assert!(caught.starts_with("number 7 at machines/src/play/panics.rs:"), "{caught}");
        assert_eq!(catch(|| 1), Ok(1));
    }

    #[test]
    fn threads_of_stores_are_told_from_those_of_tests() {
        for of_a_store in [None, Some("tokio-rt-worker"), Some("flush 1")] {
            assert!(is_of_a_store(of_a_store), "{of_a_store:?}");
        }
        for other in ["main", "play::panics::tests::a_test", "zarr-conform-watch"] {
            assert!(!is_of_a_store(Some(other)), "{other}");
        }
    }

    #[test]
    fn a_place_names_its_crate() {
        let registry = "/home/a/.cargo/registry/src/index-1/bytes-1.10.0/src/bytes.rs";
        assert_eq!(file_name(registry), "bytes-1.10.0/src/bytes.rs");
        assert_eq!(
            file_name("crates/machines/tests/stores/mod.rs"),
            "machines/tests/stores/mod.rs"
        );
        assert_eq!(file_name("C:\\a\\store\\src\\lib.rs"), "store\\src\\lib.rs");
        assert_eq!(file_name("src/lib.rs"), "src/lib.rs");
        assert_eq!(file_name("/tmp/a/b.rs"), "a/b.rs");
        assert_eq!(file_name("b.rs"), "b.rs");
    }
}
