//! The entries of a passport: one question each, with what was found and how that stands to what is
//! declared.

use serde::Serialize;

use crate::passport::words::short;
use crate::play::replay::PlayedLine;

/// The parts of a passport, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Tier {
    /// Byte ranges that reach beyond a value.
    Ranges,
    /// Names of keys.
    Names,
    /// Writes and erases.
    Writes,
    /// Listings.
    Listings,
    /// What others do where the store keeps its files.
    Beside,
    /// What can be asked at all, and what holds from one handle to the next.
    Lifecycle,
    /// What a write leaves that fails.
    FailedWrites,
    /// What is left when the process ends.
    Crashes,
    /// What is left when the power is cut.
    PowerCuts,
    /// Callers at the same time.
    Callers,
    /// Requests to the service below.
    Cost,
}

impl Tier {
    /// Every part.
    pub const ALL: [Self; 11] = [
        Self::Ranges,
        Self::Names,
        Self::Writes,
        Self::Listings,
        Self::Beside,
        Self::Lifecycle,
        Self::FailedWrites,
        Self::Crashes,
        Self::PowerCuts,
        Self::Callers,
        Self::Cost,
    ];

    /// The title of the part.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ranges => "Byte ranges",
            Self::Names => "Names",
            Self::Writes => "Writes and erases",
            Self::Listings => "Listings",
            Self::Beside => "What others do at its place",
            Self::Lifecycle => "What can be asked",
            Self::FailedWrites => "What a failed write leaves",
            Self::Crashes => "Crashes",
            Self::PowerCuts => "Power cuts",
            Self::Callers => "Callers at the same time",
            Self::Cost => "Cost",
        }
    }
}

/// How what was found stands to what is declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "why")]
pub enum Standing {
    /// The store keeps to what it declares, or there is nothing to declare and the answer is right.
    Kept,
    /// What the store does where nothing can be declared, and nothing is right or wrong.
    Told,
    /// The store keeps to more than it declares.
    Undeclared,
    /// The store does not keep to what it declares, but to something else.
    Differs,
    /// The same question gets different answers.
    Contradicts,
    /// No dialect has such an answer.
    Wrong,
    /// It is one of these, and known, by these ids.
    Known(String),
    /// The store did not open, nor when it was tried again, and why.
    Unopened(String),
    /// Nobody asked, and why.
    NotAsked(String),
}

impl Standing {
    /// Whether the passport fails for it.
    #[must_use]
    pub const fn is_red(&self) -> bool {
        matches!(self, Self::Differs | Self::Contradicts | Self::Wrong | Self::Unopened(_))
    }
}

/// A plan that shows something, with what was wanted and what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The plan, ready to be played again, whole.
    pub plan: String,
    /// Its lines.
    pub lines: Vec<PlayedLine>,
}

impl Shown {
    /// Its lines as they are read: what is asked with what came, and what was wanted instead. Long ones
    /// are cut.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |line: &PlayedLine| {
            if line.agrees {
                format!("{}    -> {}\n", short(&line.operation), short(&line.got))
            } else {
                format!("{}\n", shortened(line))
            }
        };
        self.lines.iter().map(line).collect()
    }
}

fn shortened(line: &PlayedLine) -> PlayedLine {
    let PlayedLine { operation, want, got, .. } = line;
    let (operation, want, got) = (short(operation), short(want), short(got));
    PlayedLine { operation, want, got, ..line.clone() }
}

/// One question of a passport.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The part that it is in.
    pub tier: Tier,
    /// What it is about, as an anchor: `ranges.suffix_zero`, `capabilities.copy`.
    pub subject: String,
    /// The question, in words.
    pub question: String,
    /// What was found, in words; none, if nothing was.
    pub found: Option<String>,
    /// What is declared, in the same words, if it can be.
    pub declared: Option<String>,
    /// How often it was asked, in how many states.
    pub askings: usize,
    /// How many of these askings were answered as it says.
    pub kept: usize,
    /// How the two stand.
    pub standing: Standing,
    /// The line of Rust that declares what was found, if it is not declared.
    pub line: Option<String>,
    /// The plans that show what is wrong; of a contradiction, one for each answer.
    pub plans: Vec<Shown>,
}
