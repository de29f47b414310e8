//! The processes of a machine that have no store open, for whoever wants to open one.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::isolation::child::Process;
use crate::isolation::error::IsolationError;
use crate::isolation::program::Program;
use crate::play::journal::lock;

/// How many threads a store may leave behind in its process before that is given up. A guess: more
/// than a runtime has on most machines.
const THREADS_LEFT: u64 = 64;

/// Processes that serve the stores of one machine.
pub(crate) struct Pool {
    program: Program,
    memory: AtomicU64,
    idle: Mutex<Vec<Process>>,
}

impl Pool {
    /// No processes yet; each may take so many bytes of memory.
    pub(crate) fn new(program: Program, memory: u64) -> Self {
        Self { program, memory: AtomicU64::new(memory), idle: Mutex::default() }
    }

    /// How many bytes of memory processes that are started from now on may take.
    pub(crate) fn limit_memory(&self, memory: u64) {
        self.memory.store(memory, Ordering::Relaxed);
        lock(&self.idle).clear();
    }

    /// Whether a process can be started.
    pub(crate) fn try_out(&self) -> Result<(), IsolationError> {
        let process = self.take()?;
        lock(&self.idle).push(process);
        Ok(())
    }

    /// A process without an open store.
    pub(super) fn take(&self) -> Result<Process, IsolationError> {
        let idle = lock(&self.idle).pop();
        let start = || Process::start(&self.program, self.memory.load(Ordering::Relaxed));
        idle.map_or_else(start, Ok)
    }

    /// Gives back a process that has so many threads now, unless that is too many.
    pub(super) fn give_back(&self, mut process: Process, threads: Option<u64>) {
        let first = *process.threads.get_or_insert(threads.unwrap_or(0));
        if threads.is_some_and(|threads| threads > first + THREADS_LEFT) {
            return;
        }
        process.forget_words();
        lock(&self.idle).push(process);
    }
}
