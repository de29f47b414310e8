//! Catches panics of the store under test, without a word on standard error.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread is asking a store, so that a panic is an outcome and no accident.
    static ASKING: Cell<bool> = const { Cell::new(false) };
    /// Where the last panic of this thread came from.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `ask` and gives the message of the panic if it panics.
///
/// The process has one panic hook; the first call puts one in front of it that keeps silent
/// about panics inside `ask` and passes on all others.
pub(crate) fn catch<T>(ask: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if ASKING.get() {
                let place = info
                    .location()
                    .map(|place| format!(" at {}:{}", file_name(place.file()), place.line()));
                PLACE.set(place.unwrap_or_default());
            } else {
                previous(info);
            }
        }));
    });
    let outer = ASKING.replace(true);
    // A store that panicked is asked on: what it answers then is part of the test.
    let answer = panic::catch_unwind(AssertUnwindSafe(ask));
    ASKING.set(outer);
    answer.map_err(|payload| format!("{}{}", message(payload.as_ref()), PLACE.take()))
}

/// The last two parts of a path: enough to find the line, and the same on every machine.
fn file_name(path: &str) -> String {
    let mut parts: Vec<_> = path.rsplit(['/', '\\']).take(2).collect();
    parts.reverse();
    parts.join("/")
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
    fn a_panic_is_a_message_with_its_place() {
        let caught = catch(|| -> () { panic!("number {}", 7) }).unwrap_err();
        assert!(caught.starts_with("number 7 at src/panics.rs:"), "{caught}");
        assert_eq!(catch(|| 1), Ok(1));
    }
}
