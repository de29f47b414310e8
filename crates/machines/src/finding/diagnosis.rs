//! Why a store goes wrong, where the store itself was asked.

use std::fmt;
use std::time::Duration;

/// Why a failure shows, as the store was asked for it after the campaign.
///
/// # Examples
///
/// ```
/// use zarr_conform_machines::report::Diagnosis;
///
/// let diagnosis = Diagnosis::Knob("Dialect { key_below_key: false, .. }".to_owned());
/// assert_eq!(
///     diagnosis.to_string(),
///     "settled by `Dialect { key_below_key: false, .. }`: declare that if the store documents it"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Diagnosis {
    /// The store panicked, and everything else that is wrong is so after the panic.
    Panicked,
    /// A store holds what was written to another one, which was opened apart from it.
    Shared {
        /// Whether the other one was dropped before it was opened.
        is_left_over: bool,
    },
    /// A value is there at first, and gone after this time.
    Expires(Duration),
    /// One question has another answer from one time to the next.
    Random,
    /// Several kinds of operations come to an error with the same words, whatever the store holds.
    Refuses,
    /// The dialect in which every answer is right, with one knob that is turned.
    Knob(String),
}

impl Diagnosis {
    /// Whether the plan shows it when it is played again: not if that takes two stores, or some time.
    pub(crate) const fn shows_in_a_replay(&self) -> bool {
        !matches!(self, Self::Shared { .. } | Self::Expires(_))
    }

    /// What stands in place of the signature of a failure that is all that there is to say.
    pub(crate) const fn signature(&self) -> Option<&'static str> {
        match self {
            Self::Shared { .. } => Some("stores share what they hold"),
            Self::Expires(_) => Some("values go after a while"),
            Self::Random => Some("answers differ from one time to the next"),
            Self::Panicked | Self::Refuses | Self::Knob(_) => None,
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked => f.write_str(
                "what goes wrong after this panic follows from it, as where a lock is poisoned",
            ),
            Self::Shared { is_left_over: false } => f.write_str(
                "what is written to one store is read from another one that is open beside it: open each at a place of its own",
            ),
            Self::Shared { is_left_over: true } => f.write_str(
                "what was written to a store is there when the next one is opened: open each at an empty place of its own",
            ),
            Self::Expires(time) => write!(
                f,
                "the value is read right after it was written, and is gone {time:?} later"
            ),
            Self::Random => f.write_str(
                "the same question has a right answer at one time and a wrong one at another, so which failures are seen is chance",
            ),
            Self::Refuses => f.write_str(
                "other operations come to an error with the same words, whatever the store holds",
            ),
            Self::Knob(dialect) => {
                write!(f, "settled by `{dialect}`: declare that if the store documents it")
            }
        }
    }
}
