//! Plays plans: asks the store and the model the same, and compares.

pub(crate) mod admission;
pub(crate) mod alarms;
pub(crate) mod answers;
pub(crate) mod bounds;
pub(crate) mod copies;
pub(crate) mod costs;
pub(crate) mod farewell;
pub(crate) mod hang;
pub(crate) mod holdings;
pub(crate) mod journal;
pub(crate) mod midst;
pub(crate) mod opening;
pub(crate) mod panics;
pub(crate) mod player;
pub(crate) mod replay;
pub(crate) mod unfinished;
pub(crate) mod watch;
