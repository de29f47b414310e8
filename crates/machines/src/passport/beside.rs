//! What is done at a store's place beside it: by a second store that is opened there, and by somebody
//! who puts files there.
//!
//! No plan has such steps, so these questions are asked here, and their lines are written by hand.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use zarr_conform_model::contract::SecondHandle;
use zarr_conform_model::{Outcome, Plan};
use zarr_conform_store::{Adapter, Callers, OpenError, StoreUnderTest};

use crate::passport::entry::Shown;
use crate::passport::question::{State, core, parse};
use crate::passport::watched::{Lack, watched};
use crate::play::panics;
use crate::play::player::open;
use crate::play::replay::PlayedLine;
use crate::play::watch::{Limits, Pulse};

/// A store that is asked.
struct Asked<'a> {
    store: Box<dyn StoreUnderTest>,
    pulse: &'a Pulse,
}

impl<'a> Asked<'a> {
    fn open(adapter: &dyn Adapter, pulse: &'a Pulse) -> Result<Self, Lack> {
        let opened = open(adapter).map_err(|error| Lack::Shut(error.reason().to_owned()));
        Ok(Self { store: opened?, pulse })
    }

    /// Another store at the same place, if there can be one.
    fn second(&mut self) -> Result<Result<Self, String>, Lack> {
        let store = &mut self.store;
        let second = panics::catch(|| store.callers().map_or(Ok(None), Callers::open_second));
        match second.unwrap_or_else(|message| Err(OpenError::new(message))) {
            Ok(None) => {
                Err(Lack::Unasked("the adapter cannot open a second one at a place".to_owned()))
            }
            Err(error) => Ok(Err(error.reason().to_owned())),
            Ok(Some(store)) => Ok(Ok(Self { store, pulse: self.pulse })),
        }
    }

    /// Asks a plan, and notes each answer with who gave it.
    fn ask(&mut self, who: &str, plan: &Plan, lines: &mut Vec<PlayedLine>) -> Vec<Outcome> {
        let mut answers = Vec::new();
        for step in plan.steps() {
            self.pulse.beat();
            let answer = panics::catch(|| self.store.answer(plan.names(), &step.operation));
            let answer = in_order(answer.unwrap_or_else(Outcome::Panicked));
            lines.push(line(format!("{who}{}", step.display(plan.names())), answer.to_string()));
            answers.push(answer);
        }
        answers
    }
}

/// The same answer, with the names of a listing in order: theirs is the file system's, and another on
/// each machine.
fn in_order(answer: Outcome) -> Outcome {
    match answer {
        Outcome::Keys(mut keys) => {
            keys.sort();
            Outcome::Keys(keys)
        }
        Outcome::Directory { mut keys, mut prefixes } => {
            keys.sort();
            prefixes.sort();
            Outcome::Directory { keys, prefixes }
        }
        other => other,
    }
}

fn line(operation: String, got: String) -> PlayedLine {
    PlayedLine { operation, got, agrees: true, ..PlayedLine::default() }
}

fn shown(lines: Vec<PlayedLine>) -> Shown {
    let plan: Vec<&str> = lines.iter().map(|line| line.operation.as_str()).collect();
    Shown { plan: plan.join("\n"), lines }
}

/// What a second store at the same place was found to see of what the first one wrote.
pub(super) struct Second {
    /// None, if it is neither of what can be declared.
    pub(super) sees: Option<SecondHandle>,
    /// What it does then.
    pub(super) words: &'static str,
    pub(super) shown: Shown,
}

/// What the first one holds when the second one is opened, and what it does to that then.
const BEFORE: &str = "set a \"1\"\nset c \"3\"";
const MEANWHILE: &str = "set a \"22\"\nset b \"2\"\nerase c";
const LOOK: &str = "get a\nget b\nget c\nlist";

/// What a second store sees, in each state in which the first one can be.
pub(super) fn seconds(adapter: &Arc<dyn Adapter>, limits: &Limits) -> Result<Vec<Second>, Lack> {
    let can = adapter.capabilities();
    // Nothing is asked of the first one, so that to ask again is no state of its own.
    let states = State::ALL.into_iter().filter(|state| *state != State::Again);
    let plans = states.filter_map(|state| state.plan(&core(BEFORE, ""), can));
    plans.map(|(plan, _)| second(adapter, limits, plan)).collect()
}

/// Opens a second store where the first one is, lets the first one write, and asks the second one, and
/// then a third one that is opened after that.
fn second(adapter: &Arc<dyn Adapter>, limits: &Limits, before: Plan) -> Result<Second, Lack> {
    watched(adapter, limits, move |adapter, pulse| {
        let mut lines = Vec::new();
        let mut first = Asked::open(adapter, pulse)?;
        first.ask("first: ", &before, &mut lines);
        let mut other = match first.second()? {
            Ok(other) => other,
            Err(error) => {
                lines.push(line("(a second one is opened there)".to_owned(), error));
                let words = "it does not open beside the first one";
                return Ok(Second { sees: None, words, shown: shown(lines) });
            }
        };
        lines.push(line("(a second one is opened there)".to_owned(), "done".to_owned()));
        // What it has read it may keep.
        let old = other.ask("second: ", &parse(LOOK), &mut lines);
        first.ask("first: ", &parse(MEANWHILE), &mut lines);
        let new = first.ask("first: ", &parse(LOOK), &mut lines);
        let answered = other.ask("second: ", &parse(LOOK), &mut lines);
        if answered == new {
            let sees = Some(SecondHandle::Immediate);
            return Ok(Second { sees, words: "what was written, at once", shown: shown(lines) });
        }
        let is_old_or_new = answered.iter().zip(old.iter().zip(&new)).all(|(seen, (old, new))| {
            // Of a listing, some names may be old and some new.
            seen == old
                || seen == new
                || matches!((seen, old), (Outcome::Keys(_), Outcome::Keys(_)))
        });
        let again = match first.second()? {
            Ok(mut third) => third.ask("opened again: ", &parse(LOOK), &mut lines),
            Err(error) => {
                lines.push(line("(one is opened again)".to_owned(), error));
                Vec::new()
            }
        };
        let (sees, words) = if is_old_or_new && again == new {
            (Some(SecondHandle::OnReopen), "what was there when it was opened")
        } else {
            (None, "neither what is there now nor what was there when it was opened")
        };
        Ok(Second { sees, words, shown: shown(lines) })
    })
}

/// Something that somebody else puts where a store keeps its files.
pub(super) struct Foreign {
    pub(super) subject: &'static str,
    pub(super) question: &'static str,
    /// Its name, as a listing would have it.
    name: &'static str,
    put: fn(&Path) -> io::Result<()>,
}

/// All of them.
pub(super) const FOREIGN: [Foreign; 5] = [
    Foreign {
        subject: "foreign.file",
        question: "a file that somebody else put there",
        name: "foreign",
        put: |at| fs::write(at, "foreign"),
    },
    Foreign {
        subject: "foreign.directory",
        question: "an empty directory that somebody else made there",
        name: "foreign",
        put: |at| fs::create_dir(at),
    },
    Foreign {
        subject: "foreign.link",
        question: "a symbolic link there that leads nowhere",
        name: "foreign",
        put: link,
    },
    Foreign {
        subject: "foreign.temporary",
        question: "a file `.tmp` there",
        name: ".tmp",
        put: |at| fs::write(at, "foreign"),
    },
    Foreign {
        subject: "foreign.space",
        question: "a file there with spaces in its name",
        name: " a name ",
        put: |at| fs::write(at, "foreign"),
    },
];

#[cfg(unix)]
fn link(at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink("nowhere", at)
}

#[cfg(not(unix))]
fn link(_: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "links are made on Unix here"))
}

/// What is said of what nothing shows.
pub(super) const NOT_LISTED: &str = "not listed";

/// What became of something that was put there.
pub(super) struct Met {
    pub(super) words: String,
    pub(super) shown: Shown,
}

/// Puts something where a store keeps its files, and lists what is there: as it is, and after the store
/// was opened again, if it can be.
pub(super) fn met(
    adapter: &Arc<dyn Adapter>,
    limits: &Limits,
    foreign: &Foreign,
) -> Result<Vec<Met>, Lack> {
    let can = adapter.capabilities();
    let between = if can.reopen { ["", "reopen"].as_slice() } else { [""].as_slice() };
    let (put, name, what) = (foreign.put, foreign.name, foreign.question);
    between
        .iter()
        .map(|between| {
            watched(adapter, limits, move |adapter, pulse| {
                let mut lines = Vec::new();
                let mut store = Asked::open(adapter, pulse)?;
                store.ask("", &parse("set k \"1\""), &mut lines);
                let place = store.store.place().map(Path::to_owned);
                let Some(place) = place else {
                    let why = "the store keeps no files of which the adapter says where they are";
                    return Err(Lack::Unasked(why.to_owned()));
                };
                if let Err(error) = put(&place.join(name)) {
                    return Err(Lack::Unasked(format!("it could not be put there: {error}")));
                }
                lines.push(line(format!("({what})"), "done".to_owned()));
                let opened = store.ask("", &parse(between), &mut lines);
                let listed = store.ask("", &parse("list\nlist_dir /\nget k"), &mut lines);
                let answers = opened.iter().chain(&listed);
                Ok(Met { words: words(answers), shown: shown(lines) })
            })
        })
        .collect()
}

/// What the answers say of what was put there.
fn words<'a>(answers: impl Iterator<Item = &'a Outcome>) -> String {
    let mut words = Vec::new();
    for what in answers.filter_map(said) {
        if !words.contains(&what) {
            words.push(what);
        }
    }
    if words.is_empty() { NOT_LISTED.to_owned() } else { words.join(", ") }
}

/// What one answer says of it, if it says something.
fn said(answer: &Outcome) -> Option<String> {
    let is_own = |key: &str| key == "k";
    Some(match answer {
        Outcome::Keys(keys) if !keys.iter().any(|key| is_own(key.as_str())) => {
            "hides a key".to_owned()
        }
        Outcome::Keys(keys) if keys.len() > 1 => "listed as a key".to_owned(),
        Outcome::Directory { keys, .. } if !keys.iter().any(|key| is_own(key.as_str())) => {
            "hides a key".to_owned()
        }
        Outcome::Directory { keys, prefixes } if keys.len() + prefixes.len() > 1 => {
            let is_key = keys.len() > 1;
            format!("in its directory as a {}", if is_key { "key" } else { "directory" })
        }
        Outcome::Absent => "hides a key".to_owned(),
        Outcome::Refused(refusal) => format!("makes an error ({})", refusal.class.name()),
        Outcome::Panicked(_) => "makes a panic".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use zarrs_storage::{StoreKey, StorePrefix};

    use super::*;

    #[test]
    fn names_are_shown_in_one_order_whatever_the_file_system_gave() {
        let key = |name: &str| StoreKey::new(name).expect("it is a key");
        let prefix = |name: &str| StorePrefix::new(name).expect("it is a prefix");
        let listed = in_order(Outcome::Keys(vec![key("k"), key("a")]));
        assert_eq!(listed, Outcome::Keys(vec![key("a"), key("k")]));
        let directory = |keys: [&str; 2], prefixes: [&str; 2]| Outcome::Directory {
            keys: keys.map(key).to_vec(),
            prefixes: prefixes.map(prefix).to_vec(),
        };
        let listed = in_order(directory(["k", "a"], ["q/", "p/"]));
        assert_eq!(listed, directory(["a", "k"], ["p/", "q/"]));
    }
}
