//! `Called`: how the program that runs is started again, and the commands that it prints.

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

/// How long a store may take for one answer, unless it is said.
pub(crate) const DEADLINE: &str = "5s";

/// The words that start this program, ready to paste into a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Called(String);

impl Called {
    /// Words that somebody else chose.
    pub(crate) fn by(words: String) -> Self {
        Self(words)
    }

    /// The words that started this process.
    ///
    /// Under `cargo run` they are `cargo run --bin NAME --`, since what is pasted after a store was
    /// mended has to be built again first. Which features Cargo was given cannot be known.
    pub(crate) fn by_user() -> Self {
        let program = env::args_os().next().unwrap_or_default();
        let program = Path::new(&program);
        let under_cargo = env::var_os("CARGO_MANIFEST_DIR").zip(env::current_dir().ok());
        let is_near = under_cargo.is_some_and(|(package, here)| {
            here.starts_with(&package) || Path::new(&package).starts_with(here)
        });
        let cargo = if is_near { cargo_run(program) } else { None };
        Self(cargo.unwrap_or_else(|| quoted(&program.display().to_string())))
    }

    /// The words.
    pub(crate) fn words(&self) -> &str {
        &self.0
    }

    /// The command that plays the plan in a file again.
    pub(crate) fn replay(&self, path: &Path, adapter: &str, deadline: Duration) -> String {
        let path = quoted(&path.display().to_string());
        let command = format!("{} replay {path} --adapter {}", self.0, quoted(adapter));
        let deadline = humantime::format_duration(deadline).to_string();
        if deadline == DEADLINE {
            return command;
        }
        format!("{command} --deadline {}", deadline.replace(' ', ""))
    }
}

/// How Cargo builds and runs a program that lies where Cargo puts it.
fn cargo_run(program: &Path) -> Option<String> {
    let name = quoted(program.file_stem()?.to_str()?);
    let folder = program.parent()?;
    let is_example = folder.file_name() == Some(OsStr::new("examples"));
    let (kind, folder) = if is_example { ("example", folder.parent()?) } else { ("bin", folder) };
    let profile = match folder.file_name()?.to_str()? {
        "debug" => "",
        "release" => "--release ",
        _ => return None,
    };
    Some(format!("cargo run {profile}--{kind} {name} --"))
}

/// One word for a shell.
fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "/\\._-:+@".contains(char);
    if word.starts_with('-') {
        return quoted(&format!("./{word}"));
    }
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pasted(path: &str, deadline: &str) -> String {
        let deadline = humantime::parse_duration(deadline).expect("it is a duration");
        let called = Called::by("my-conform".to_owned());
        called.replay(Path::new(path), "fs:sorted", deadline)
    }

    #[test]
    fn commands_are_ready_to_paste() {
        assert_eq!(
            pasted("failures/fs-set.plan", "5s"),
            "my-conform replay failures/fs-set.plan --adapter fs:sorted"
        );
        assert_eq!(
            pasted("my own/it's.plan", "1m 30s"),
            r"my-conform replay 'my own/it'\''s.plan' --adapter fs:sorted --deadline 1m30s"
        );
        assert_eq!(pasted("-x.plan", "5s"), "my-conform replay ./-x.plan --adapter fs:sorted");
    }

    #[test]
    fn adapters_with_odd_names_are_one_word() {
        let called = Called::by("my-conform".to_owned());
        let deadline = Duration::from_secs(5);
        assert_eq!(
            called.replay(Path::new("a.plan"), "my store; ls", deadline),
            "my-conform replay a.plan --adapter 'my store; ls'"
        );
    }

    #[test]
    fn what_cargo_built_is_built_and_run_by_cargo() {
        let check = |program: &str, wanted: Option<&str>| {
            assert_eq!(cargo_run(Path::new(program)).as_deref(), wanted, "{program}");
        };
        check("target/debug/my-conform", Some("cargo run --bin my-conform --"));
        check("/t/release/examples/mine", Some("cargo run --release --example mine --"));
        check("target/fast/my-conform", None);
        check("my-conform", None);
    }
}
