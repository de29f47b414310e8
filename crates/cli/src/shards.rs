//! `--shard`: a share of the cases of a campaign, and why its parts cannot be merged.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use zarr_conform_machines::Machine;
use zarr_conform_machines::shards::{Campaign, MergeError, Part, PartError, ShardError};
use zarr_conform_reports::{Format, UnknownFormat};

use crate::exit::Exit;
use crate::output;

/// Which share of the cases is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Counted from 1.
    shard: u64,
    of: u64,
}

/// A shard that cannot be played, or parts that cannot be merged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShardsError {
    /// The campaign cannot be split so.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// The parts do not fit together.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The file for the part has another form.
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    /// A part is data, and no report that could be shown.
    #[error("the part of a shard is written as JSON: give --report a file that ends in .json")]
    NotJson,
    /// A file cannot be read.
    #[error("the part {} cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    /// What is in a file is no part.
    #[error("{}: {error}", path.display())]
    Part { path: PathBuf, error: PartError },
    /// A part is of a machine that this program does not have.
    #[error("the parts are of the machine `{0}`, which this program does not have")]
    Machine(String),
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let advice = "give the share and how many there are, such as 2/4";
        let numbers = text.split_once('/').and_then(|(shard, of)| {
            Some(Self { shard: shard.trim().parse().ok()?, of: of.trim().parse().ok()? })
        });
        let shard = numbers.ok_or_else(|| advice.to_owned())?;
        if (1..=shard.of).contains(&shard.shard) {
            return Ok(shard);
        }
        Err(format!("there is no share {} of {}: shares are counted from 1", shard.shard, shard.of))
    }
}

impl Shard {
    /// The file, if it is one for a part.
    ///
    /// # Errors
    ///
    /// Returns a [`ShardsError`] if its name ends as that of another form.
    pub(crate) fn file(path: &Path) -> Result<PathBuf, ShardsError> {
        match Format::of(path)? {
            Format::Json => Ok(path.to_owned()),
            _ => Err(ShardsError::NotJson),
        }
    }

    /// Plays the shard.
    ///
    /// # Errors
    ///
    /// Returns a [`ShardsError`] if it cannot be played.
    pub(crate) fn play(self, machine: &Machine) -> Result<Part, ShardsError> {
        Ok(machine.shard(self.shard, self.of)?)
    }

    /// Says what was played. The verdict is the merge's, so a success is only that all was played.
    pub(crate) fn say(self, part: &Part, file: &Path) -> Exit {
        let Self { shard, of } = self;
        let Campaign { adapter, seed, .. } = &part.campaign;
        let played = format!(
            "shard {shard} of {of} of {adapter}, seed {seed:#x}: {} operations in {} cases, {} kinds of wrong answers, known ones among them",
            part.operations(),
            part.cases(),
            part.suspects()
        );
        match part.cut_short() {
            None => {
                let file = file.display();
                output::say(format_args!(
                    "{played}; `merge` says what {file} and the others come to"
                ));
                Exit::Success
            }
            Some(why) => {
                output::say(output::verdict(false, format_args!("{played}; {why}")));
                Exit::NothingRan
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_counted_from_one() {
        assert_eq!("2/4".parse(), Ok(Shard { shard: 2, of: 4 }));
        for text in ["0/4", "5/4", "1/0", "2", "a/b", "-1/4", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
