//! What a test is told by its environment, in place of what its code says.
//!
//! A report names a seed and a case: to see that one again, nobody should have to edit the test. The
//! command line has options for all of this, and does not look here.

use std::ops::Range;
use std::time::Duration;

use crate::options::Options;

/// A variable that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}={value:?} is not {expected}: change it, or unset it")]
pub struct EnvironmentError {
    name: &'static str,
    value: String,
    expected: &'static str,
}

/// The options with what the environment has in their place.
pub(crate) fn heed(
    options: &Options,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Options, EnvironmentError> {
    let mut heeded = options.clone();
    if !options.heeds_environment {
        return Ok(heeded);
    }
    let read = |name, expected, read: fn(&str) -> Option<u64>| {
        let Some(value) = lookup(name) else { return Ok(None) };
        let number = read(value.trim());
        number.map(Some).ok_or(EnvironmentError { name, value, expected })
    };
    let settings = &mut heeded.settings;
    if let Some(seed) = read("ZARR_CONFORM_SEED", "a seed such as 7 or 0x5eed", seed)? {
        settings.seed = seed;
    }
    if let Some(cases) = read("ZARR_CONFORM_CASES", "a number of cases", number)? {
        settings.cases = cases;
    }
    if let Some(jobs) = read("ZARR_CONFORM_JOBS", "a number of threads, from 1", jobs)? {
        settings.jobs = usize::try_from(jobs).unwrap_or(usize::MAX);
    }
    if let Some(most) = read("ZARR_CONFORM_FOR", "a time such as 90s or 10min", seconds)? {
        settings.time_budget = Some(Duration::from_secs(most));
    }
    if let Some(case) = read("ZARR_CONFORM_CASE", "the number of a case", number)? {
        heeded.case = Some(case);
    }
    Ok(heeded)
}

impl Options {
    /// The cases that are played: all, or one alone.
    pub(crate) fn cases(&self, all: u64) -> Range<u64> {
        self.case.map_or(0..all, |case| case..case + 1)
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number < u64::MAX)
}

fn jobs(text: &str) -> Option<u64> {
    number(text).filter(|jobs| *jobs > 0)
}

fn seed(text: &str) -> Option<u64> {
    let hex = text.strip_prefix("0x");
    hex.map_or_else(|| text.parse().ok(), |digits| u64::from_str_radix(digits, 16).ok())
}

fn seconds(text: &str) -> Option<u64> {
    humantime::parse_duration(text).ok().map(|time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use zarr_conform_model::Dialect;
    use zarr_conform_mutants::ReferenceAdapter;

    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Options, EnvironmentError> {
        let options = Options::of(Arc::new(ReferenceAdapter::new(Dialect::ZARRS)));
        heed(&options, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn variables_stand_in_place_of_what_the_code_says() {
        let heeded = with(&[
            ("ZARR_CONFORM_SEED", "0x5eed"),
            ("ZARR_CONFORM_CASES", "9"),
            ("ZARR_CONFORM_JOBS", "2"),
            ("ZARR_CONFORM_FOR", "2min"),
        ]);
        let heeded = heeded.unwrap();
        let settings = &heeded.settings;
        assert_eq!((settings.seed, settings.cases, settings.jobs), (0x5eed, 9, 2));
        assert_eq!(settings.time_budget, Some(Duration::from_mins(2)));
        assert_eq!(heeded.cases(9), 0..9);
        let one = with(&[("ZARR_CONFORM_CASE", "300")]).unwrap();
        assert_eq!(one.cases(256), 300..301);
    }

    #[test]
    fn what_cannot_be_read_is_said_with_what_could() {
        for (name, value) in [
            ("ZARR_CONFORM_SEED", "seven"),
            ("ZARR_CONFORM_CASES", "-1"),
            ("ZARR_CONFORM_CASE", ""),
            ("ZARR_CONFORM_JOBS", "0"),
            ("ZARR_CONFORM_FOR", "soon"),
        ] {
            let error = with(&[(name, value)]).err().map(|error| error.to_string());
            assert!(
                error.is_some_and(|error| error.starts_with(&format!("{name}={value:?} is not")))
            );
        }
    }

    #[test]
    fn who_does_not_heed_it_is_told_nothing() {
        let mut options = Options::of(Arc::new(ReferenceAdapter::new(Dialect::ZARRS)));
        options.heeds_environment = false;
        let heeded = heed(&options, |_| Some("seven".to_owned())).unwrap();
        assert_eq!(heeded.settings.seed, options.settings.seed);
    }
}
