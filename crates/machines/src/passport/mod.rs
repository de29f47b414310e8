//! The passport of a store: what it answers where the contract leaves that open, found by asking.
//!
//! In layers: what is asked (`question`, `knobs`, `facts`, `abilities`), who asks it (`asking`,
//! `lengths`, `beside`, `faults`), what the answers say (`judgement`, `probe`), and how that reads (`text`,
//! `markdown`, `badge`).

mod abilities;
mod asking;
mod badge;
mod beside;
#[cfg(feature = "faults")]
mod callers;
mod campaign;
mod entry;
mod facts;
#[cfg(feature = "faults")]
mod faults;
mod judgement;
mod knobs;
mod lengths;
mod markdown;
mod passport;
pub(crate) mod probe;
mod question;
mod text;
mod watched;
mod words;

pub use campaign::{AnswersKept, Broken, ClauseKept};
pub use entry::{Entry, Shown, Standing, Tier};
pub use passport::Passport;
