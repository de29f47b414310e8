//! A campaign on many machines: each plays some of the cases, and one does what comes after them.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::campaign::part::{Campaign, Part, PartError};
use crate::campaign::source::{Drawing, Source};
use crate::campaign::tally::Tally;
use crate::environment::EnvironmentError;
use crate::options::Options;
use crate::play::alarms;
use crate::play::opening;
use crate::report::report::Report;
use crate::run::{Run, blank_report, run_after, take_alarms};

/// A shard that cannot be played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// There is no such shard.
    #[error("there is no shard {shard} of {of}: shards are counted from 1")]
    NoSuchShard {
        /// The shard.
        shard: u64,
        /// How many there are.
        of: u64,
    },
    /// One case alone is to be played.
    #[error("one case alone is no campaign that could be split: leave out the case, or the shard")]
    OneCase,
    /// The environment says what cannot be followed.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The campaign was set up in a way that cannot work.
    #[error("{0}")]
    Misconfigured(String),
    /// Stores are not empty when they are opened.
    #[error(
        "no plan can begin with the store, so none was played: play the campaign whole, which says why"
    )]
    Unfit,
}

/// Parts that do not add up to a campaign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// There are none.
    #[error("there are no parts to merge: give one of each shard")]
    None,
    /// One is of another campaign than this machine's.
    #[error("shard {shard} is of another campaign: the {difference} differs")]
    Other {
        /// The shard.
        shard: u64,
        /// What differs.
        difference: String,
    },
    /// Parts are of numbers of shards that differ.
    #[error("some parts are of {one} shards, and some of {other}: they are not of one campaign")]
    Of {
        /// One number of shards.
        one: u64,
        /// The other.
        other: u64,
    },
    /// There are two parts of one shard.
    #[error("there are two parts of shard {0}: give each once")]
    Twice(u64),
    /// Shards are missing.
    #[error("of {of} shards these are missing: {missing}; play them, or play them again")]
    Missing {
        /// How many shards there are.
        of: u64,
        /// Those that are missing.
        missing: String,
    },
    /// What is in a part is not of this release.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The environment says what cannot be followed.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The campaign was set up in a way that cannot work.
    #[error("{0}")]
    Misconfigured(String),
}

/// Plays one shard of the campaign that the options ask for.
pub(crate) fn shard(options: &Options, shard: u64, of: u64) -> Result<Part, ShardError> {
    if shard == 0 || shard > of {
        return Err(ShardError::NoSuchShard { shard, of });
    }
    if options.case.is_some() {
        return Err(ShardError::OneCase);
    }
    with_run(options, |run| {
        let source = run.source().map_err(|error| ShardError::Misconfigured(error.to_string()))?;
        let cases = cases_of(run, &source);
        // Before anything is written: what is there may be somebody's.
        if opening::not_empty(&options.adapter, &run.limits).is_some() {
            return Err(ShardError::Unfit);
        }
        let before = alarms::so_far();
        let nothing = Tally::new(run.report.rules.len());
        let mut tally = run.campaign(&source, share(cases, shard, of), run.settings, nothing);
        take_alarms(&mut tally, before);
        Ok(Part::new(campaign_of(options, &run.drawing, cases), shard, of, &tally))
    })
}

/// The report of the whole campaign, whose cases were played as these parts.
pub(crate) fn merge(options: &Options, mut parts: Vec<Part>) -> Result<Report, MergeError> {
    parts.sort_by_key(|part| part.shard);
    let own = with_run(options, |run| {
        let source = run.source().map_err(|error| MergeError::Misconfigured(error.to_string()))?;
        Ok::<_, MergeError>(campaign_of(options, &run.drawing, cases_of(run, &source)))
    })?;
    check(&own, &parts)?;
    let rules = options.drawing().list_rules().len();
    let mut tally = Tally::new(rules);
    for part in parts {
        tally.join(part.tally(rules)?);
    }
    Ok(run_after(options, Some(tally)))
}

fn check(own: &Campaign, parts: &[Part]) -> Result<(), MergeError> {
    let Some(first) = parts.first() else { return Err(MergeError::None) };
    for part in parts {
        if let Some(difference) = own.difference(&part.campaign) {
            return Err(MergeError::Other { shard: part.shard, difference });
        }
        if part.of != first.of {
            return Err(MergeError::Of { one: first.of, other: part.of });
        }
    }
    let mut shards = BTreeSet::new();
    if let Some(twice) = parts.iter().find(|part| !shards.insert(part.shard)) {
        return Err(MergeError::Twice(twice.shard));
    }
    // A number of shards that a file says may be any.
    let missing = (1..=first.of).filter(|shard| !shards.contains(shard)).take(16);
    let missing: Vec<String> = missing.map(|shard| shard.to_string()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(MergeError::Missing { of: first.of, missing: missing.join(", ") })
}

/// A run that is not played whole.
fn with_run<T>(options: &Options, act: impl FnOnce(&mut Run<'_>) -> T) -> T {
    let drawing = options.drawing();
    let mut report = blank_report(options, &drawing);
    let settings = &options.watched();
    let begun = settings.stopwatch();
    let limits = settings.limits().until(&begun, settings.time_budget);
    act(&mut Run { options, settings, drawing, begun, limits, report: &mut report })
}

fn cases_of(run: &Run<'_>, source: &Source) -> u64 {
    match source {
        Source::All(exhaustive) => exhaustive.count(),
        Source::Drawn(_) | Source::Towards(..) | Source::Given(..) => run.settings.cases,
    }
}

/// The cases of a shard: as many as those of any other, but for one.
fn share(cases: u64, shard: u64, of: u64) -> Range<u64> {
    let until = |shard: u64| (u128::from(cases) * u128::from(shard) / u128::from(of)) as u64;
    until(shard - 1)..until(shard)
}

fn campaign_of(options: &Options, drawing: &Drawing, cases: u64) -> Campaign {
    let Options { adapter, settings, crowds, rules, hierarchy_rules, .. } = options;
    let rules: Vec<String> = if adapter.capabilities().nodes {
        hierarchy_rules.iter().map(|rule| format!("{rule:?}")).collect()
    } else {
        rules.iter().map(|rule| format!("{rule:?}")).collect()
    };
    Campaign {
        made_by: concat!("zarr-conform ", env!("CARGO_PKG_VERSION")).to_owned(),
        adapter: adapter.name().to_owned(),
        machine: drawing.machine().to_owned(),
        seed: settings.seed,
        cases,
        steps: options.steps,
        exhaustive: options.exhaustive,
        invariants: settings.invariants.name().to_owned(),
        max_answer: settings.max_answer,
        crowds: *crowds,
        isolated: options.is_isolated(),
        declared: format!("{:?}", adapter.declared()),
        rules: rules.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_all_shards_are_all_cases_once() {
        for (cases, of) in [(0, 1), (7, 3), (256, 4), (3, 5), (u64::MAX, 3)] {
            let mut next = 0;
            for shard in 1..=of {
                let share = share(cases, shard, of);
                assert_eq!(share.start, next, "{cases} {of}");
                assert!(share.end - share.start <= cases / of + 1);
                next = share.end;
            }
            assert_eq!(next, cases);
        }
    }
}
