//! What a store does to its process while no question shows it: that a thread of its own panicked, say.
//!
//! Each is a sentence for the report. No plan can be made small by it, so the run is not green.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use zarr_conform_model::{Outcome, Refusal};

use crate::play::journal::lock;

static ALARMS: Mutex<Alarms> = Mutex::new(Alarms::none());

/// Whether tasks panicked, so that nobody else waits for the lock.
static HAS_TASKS: AtomicBool = AtomicBool::new(false);

/// Who is told of alarms at once, if somebody is.
static TELL: OnceLock<fn(&str)> = OnceLock::new();

/// How many are kept, the latest: whoever looks at the end of a run sees its own. A guess.
const KEPT: usize = 64;

/// The alarms of a process.
struct Alarms {
    /// How many there were in all, those of tasks included.
    raised: usize,
    /// The latest, each with its number.
    latest: VecDeque<(usize, String)>,
    /// Those of tasks, by the message of the panic.
    tasks: BTreeMap<String, Task>,
}

struct Task {
    /// The number of the last one.
    last: usize,
    /// Whether an answer told of it.
    is_told: bool,
}

impl Alarms {
    const fn none() -> Self {
        Self { raised: 0, latest: VecDeque::new(), tasks: BTreeMap::new() }
    }

    fn since(&self, before: usize) -> Vec<String> {
        let new = self.latest.iter().filter(|(number, _)| *number > before);
        let untold = self.tasks.iter().filter(|(_, task)| !task.is_told && task.last > before);
        let untold = untold.map(|(message, _)| of_thread(message));
        new.map(|(_, alarm)| alarm.clone()).chain(untold).collect()
    }

    fn keep(&mut self, alarm: &str) {
        self.raised += 1;
        if self.latest.len() == KEPT {
            self.latest.pop_front();
        }
        self.latest.push_back((self.raised, alarm.to_owned()));
    }

    fn keep_task(&mut self, message: &str) {
        self.raised += 1;
        let last = self.raised;
        let task = self.tasks.entry(message.to_owned());
        task.or_insert(Task { last, is_told: false }).last = last;
    }

    fn hear(&mut self, answer: &Outcome) {
        let (Outcome::Panicked(text) | Outcome::Refused(Refusal { message: text, .. })) = answer
        else {
            return;
        };
        for (message, task) in &mut self.tasks {
            task.is_told |= text.contains(message.as_str());
        }
    }
}

/// How many alarms there were so far.
pub(crate) fn so_far() -> usize {
    lock(&ALARMS).raised
}

/// The alarms since there were so many, but for the first of very many.
pub(crate) fn since(before: usize) -> Vec<String> {
    lock(&ALARMS).since(before)
}

/// Keeps an alarm of this process, or of one that serves it.
pub(crate) fn keep(alarm: &str) {
    lock(&ALARMS).keep(alarm);
}

/// Keeps an alarm of this process, and tells whoever started it.
pub(super) fn raise(alarm: &str) {
    keep(alarm);
    if let Some(tell) = TELL.get() {
        tell(alarm);
    }
}

/// Keeps that a task panicked on a runtime that is the store's. Whoever waits for a task hears of it,
/// and it is part of an answer then; it is an alarm if no answer tells of it.
pub(super) fn keep_task(message: &str) {
    lock(&ALARMS).keep_task(message);
    HAS_TASKS.store(true, Ordering::Release);
}

/// Takes in what an answer tells of tasks that panicked.
pub(super) fn hear(answer: &Outcome) {
    if HAS_TASKS.load(Ordering::Acquire) {
        lock(&ALARMS).hear(answer);
    }
}

/// Has somebody told of alarms as they are raised.
pub(crate) fn tell(whom: fn(&str)) {
    // Who is there already goes on.
    let _ = TELL.set(whom);
}

/// The alarm that a thread of a store panicked.
pub(super) fn of_thread(message: &str) -> String {
    format!("a thread of the store panicked while it was asked: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_an_answer_tells_of_is_no_alarm() {
        let mut alarms = Alarms::none();
        alarms.keep_task("the first fell");
        alarms.keep_task("the second fell");
        let told = "task 7 panicked with message \"the first fell\"".to_owned();
        alarms.hear(&Outcome::Panicked(told));
        assert_eq!(alarms.since(0), [of_thread("the second fell")]);
        assert!(alarms.since(alarms.raised).is_empty());
    }

    #[test]
    fn an_alarm_after_very_many_is_not_lost() {
        let mut alarms = Alarms::none();
        (0..2 * KEPT).for_each(|_| alarms.keep("before"));
        let before = alarms.raised;
        assert_eq!(alarms.since(0).len(), KEPT);
        alarms.keep("after");
        assert_eq!(alarms.since(before), ["after"]);
    }
}
