//! Reads the values of options, and says what to write instead of a wrong one.

use std::num::IntErrorKind;
use std::str::FromStr;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use zarr_conform_machines::Invariants;
use zarr_conform_machines::model::OperationKind;

/// More threads than any machine has use for, and few enough to be started.
const MOST_JOBS: usize = 1024;

/// More seeds than anybody waits for, and few enough to be held in memory.
const MOST_SEEDS: usize = 10_000;

/// More operations than a plan has use for, and few enough to be held in memory.
const MOST_STEPS: usize = 1_000_000;

/// A count of things to play, at least 1.
pub(crate) fn count<N>(text: &str) -> Result<N, String>
where
    N: FromStr<Err = std::num::ParseIntError> + PartialEq + Default,
{
    let advice = "give a whole number from 1 on";
    let count: N = text.parse().map_err(|error| wrong(&error, advice))?;
    if count == N::default() {
        return Err(format!("with 0 nothing would be tested: {advice}"));
    }
    Ok(count)
}

/// A number of operations in a plan, from 1 to a million.
pub(crate) fn steps(text: &str) -> Result<usize, String> {
    let steps = count(text)?;
    if steps > MOST_STEPS {
        return Err(format!("that is too many for one plan: give {MOST_STEPS} at most"));
    }
    Ok(steps)
}

/// A number of threads, from 1 to 1024.
pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    let jobs = count(text)?;
    if jobs > MOST_JOBS {
        return Err(format!("that is too many threads: give {MOST_JOBS} at most"));
    }
    Ok(jobs)
}

/// A number of seeds, from 1 to ten thousand.
pub(crate) fn seeds(text: &str) -> Result<usize, String> {
    let seeds = count(text)?;
    if seeds > MOST_SEEDS {
        return Err(format!("that is too many seeds: give {MOST_SEEDS} at most"));
    }
    Ok(seeds)
}

/// The number of threads, unless it is said: one for each processor.
pub(crate) fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// A part of a whole, from 0 to 1.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok();
    share.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| {
        "this is no part of a whole: give a number from 0 to 1, like 0.95".to_owned()
    })
}

/// How much is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Nothing is.
    Any,
    /// More than this is.
    Most(usize),
}

impl Limit {
    /// Whether the limit keeps.
    pub(crate) fn allows(self, value: usize) -> bool {
        match self {
            Self::Any => true,
            Self::Most(most) => value <= most,
        }
    }
}

/// A limit, from 0 on, or `any`.
pub(crate) fn limit(text: &str) -> Result<Limit, String> {
    if text == "any" {
        return Ok(Limit::Any);
    }
    let most = text.parse().map(Limit::Most);
    most.map_err(|error| wrong(&error, "give a whole number from 0 on, or any"))
}

/// An operation and how many requests it may cost: `get_partial_many=1`.
pub(crate) fn requests(text: &str) -> Result<(OperationKind, u8), String> {
    let advice = "give an operation and a whole number below 255, like get_partial_many=1";
    let (name, most) = text.split_once('=').ok_or_else(|| advice.to_owned())?;
    let kind = OperationKind::ALL.iter().find(|kind| kind.name() == name);
    let kind = kind.ok_or_else(|| format!("there is no operation `{name}`: {advice}"))?;
    Ok((*kind, most.parse().map_err(|error| wrong(&error, advice))?))
}

/// A seed, decimal or hexadecimal with `0x`.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|error| wrong(&error, "give a number below 2^64, like 24301 or 0x5eed"))
}

fn wrong(error: &std::num::ParseIntError, advice: &str) -> String {
    match error.kind() {
        IntErrorKind::PosOverflow => format!("the number is too large: {advice}"),
        _ => format!("this is not such a number: {advice}"),
    }
}

/// A length of time above zero.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let advice = "give a time like 30s, 5m or 500ms";
    let duration = humantime::parse_duration(text).map_err(|error| format!("{error}: {advice}"))?;
    if duration.is_zero() {
        return Err(format!("in no time nothing would be tested: {advice}"));
    }
    Ok(duration)
}

/// A number of bytes, at least 1 MiB.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let advice = "give a size like 512MiB or 2GiB";
    let size: Result<bytesize::ByteSize, _> = text.parse();
    let bytes = size.map_err(|error| format!("{error}: {advice}"))?.as_u64();
    if bytes < bytesize::MIB {
        return Err(format!("no program runs in that: {advice}"));
    }
    Ok(bytes)
}

/// When invariants are checked, by name.
pub(crate) fn invariants() -> impl TypedValueParser<Value = Invariants> {
    let names = Invariants::NAMES.map(|(_, name)| name);
    PossibleValuesParser::new(names).map(|given| {
        let mut policies = Invariants::NAMES.into_iter();
        let found = policies.find(|(_, name)| *name == given);
        found.map(|(policy, _)| policy).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("512MiB"), Ok(512 << 20));
        assert_eq!(bytes("2GiB"), Ok(2 << 30));
        for text in ["", "much", "-1GiB", "7"] {
            assert!(bytes(text).expect_err("it is no size").contains("512MiB"), "{text}");
        }
    }

    #[test]
    fn seeds_are_decimal_or_hexadecimal() {
        assert_eq!(seed("24301"), Ok(24301));
        assert_eq!(seed("0x5eed"), Ok(0x5eed));
        assert_eq!(seed("0Xffffffffffffffff"), Ok(u64::MAX));
    }

    #[test]
    fn what_is_no_seed_is_told_what_is() {
        for text in ["", "0x", "5eed", "-1", "0x10000000000000000"] {
            let message = seed(text).expect_err("it is no seed");
            assert!(message.contains("0x5eed"), "{message}");
        }
    }

    #[test]
    fn counts_begin_at_one() {
        assert_eq!(count::<u64>("1"), Ok(1));
        for text in ["0", "-1", "", "many", "99999999999999999999"] {
            let message = count::<u64>(text).expect_err("it is no count");
            assert!(message.contains("from 1 on"), "{message}");
        }
    }

    #[test]
    fn jobs_end_where_threads_do() {
        assert_eq!(jobs("1024"), Ok(1024));
        assert!(jobs("1025").is_err());
    }

    #[test]
    fn steps_end_where_memory_does() {
        assert_eq!(steps("1000000"), Ok(1_000_000));
        assert!(steps("1000001").is_err());
    }

    #[test]
    fn seeds_end_where_patience_does() {
        assert_eq!(seeds("10000"), Ok(10_000));
        assert!(seeds("10001").is_err());
    }

    #[test]
    fn a_share_is_no_less_than_nothing_and_no_more_than_all() {
        assert_eq!(share("0"), Ok(0.0));
        assert_eq!(share("1.0"), Ok(1.0));
        for text in ["-0.1", "1.01", "NaN", "", "95%"] {
            assert!(share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_allows_itself_and_no_more() {
        let one = limit("1").expect("it is a limit");
        assert!(one.allows(1) && !one.allows(2));
        assert!(limit("any").expect("it is a limit").allows(usize::MAX));
        assert!(limit("-1").expect_err("it is none").contains("or any"));
    }

    #[test]
    fn limits_of_requests_name_an_operation() {
        assert_eq!(requests("get_partial_many=1"), Ok((OperationKind::GetPartialMany, 1)));
        assert_eq!(requests("get=0"), Ok((OperationKind::Get, 0)));
        for text in ["get", "get=", "get=-1", "fetch=1", "=1"] {
            let message = requests(text).expect_err("it is no such limit");
            assert!(message.contains("get_partial_many=1"), "{message}");
        }
    }

    #[test]
    fn durations_have_units_and_are_not_zero() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for text in ["30", "0s", "soon"] {
            let message = duration(text).expect_err("it is no length of time");
            assert!(message.contains("30s"), "{message}");
        }
    }
}
