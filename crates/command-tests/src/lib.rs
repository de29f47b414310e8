//! A program as scripts see it: its exit status, and the words that it prints.
//!
//! It is for tests alone, so what goes wrong panics.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Runs a program in a temporary folder, in which it leaves what it writes.
#[derive(Debug)]
pub struct Cli {
    program: PathBuf,
    variables: Vec<(String, String)>,
    folder: TempDir,
}

impl Cli {
    /// A program, and an empty folder.
    ///
    /// # Panics
    ///
    /// Panics if no folder can be made.
    #[must_use]
    pub fn of(program: impl Into<PathBuf>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        Self { program: program.into(), variables: Vec::new(), folder }
    }

    /// Runs it with this variable in its environment.
    #[must_use]
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.variables.push((variable.to_owned(), value.to_owned()));
        self
    }

    /// The path of a file in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file in the folder.
    ///
    /// # Panics
    ///
    /// Panics if it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the folder takes files");
    }

    /// What is in a file of the folder.
    ///
    /// # Panics
    ///
    /// Panics if it is not there, or no text.
    #[must_use]
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file was written")
    }

    /// Runs with arguments, which spaces part.
    ///
    /// # Panics
    ///
    /// Panics if the program cannot be started.
    #[must_use]
    pub fn run(&self, arguments: &str) -> Output {
        let Self { program, variables, folder } = self;
        Command::new(program)
            .args(arguments.split_whitespace())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder.path())
            .output()
            .expect("the program is there: all tests of a package build its programs and examples")
    }

    /// Runs, compares the exit status and some words of what is printed, and gives all of that: first
    /// the standard output, then the standard error.
    ///
    /// # Panics
    ///
    /// Panics if it ends otherwise, or if words are missing.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "few want more than that it compares")]
    pub fn check(&self, arguments: &str, status: i32, words: &[&str]) -> String {
        let output = self.run(arguments);
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        let text = String::from_utf8(text).expect("messages are text");
        assert_eq!(output.status.code(), Some(status), "{text}");
        for words in words {
            assert!(text.contains(words), "no `{words}` in:\n{text}");
        }
        text
    }
}
