//! What became of planted bugs: each search, the score of all, and both as a table and as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use zarr_conform_machines::calibration::{Calibrated, Sighting};
use zarr_conform_machines::mutants::Mutant;
use zarr_conform_machines::report::Shrinking;

use crate::exit::Exit;
use crate::options::Limit;
use crate::table::{self, Row};

/// The version of the JSON form, in its field `version`.
const CALIBRATION_VERSION: u32 = 1;

const COLUMNS: [&str; 8] =
    ["bug", "found", "operations", "time", "plan", "minimum", "at minimum", "excess"];

/// Operations of a plan that are shown at its beginning if it is too long for a line.
const SHOWN: usize = 8;

/// A calibration: the same for the same options on any number of threads, apart from `times`.
#[derive(Debug, Serialize)]
pub(crate) struct Calibration {
    version: u32,
    adapter: String,
    seed: u64,
    seeds: usize,
    cases: u64,
    steps: usize,
    score: Score,
    bugs: Vec<Planted>,
    times: Times,
}

/// What a calibration was asked to do.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) adapter: String,
    pub(crate) seed: u64,
    pub(crate) seeds: usize,
    pub(crate) cases: u64,
    pub(crate) steps: usize,
    pub(crate) jobs: usize,
}

/// A bug, and what became of the searches for it.
#[derive(Debug, Serialize)]
pub(crate) struct Planted {
    id: &'static str,
    name: &'static str,
    bug: &'static str,
    /// Operations of the shortest plan that is known to show it.
    minimum: usize,
    /// What it takes to see it that there is not; it is not searched for then.
    lacking: Option<String>,
    /// One for each seed, unless they were interrupted.
    searches: Vec<Search>,
}

/// What became of one bug under one seed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Search {
    seed: u64,
    /// Operations up to the first failure, or all.
    operations: u64,
    /// Whether it was given up for want of time.
    out_of_time: bool,
    found: Option<Found>,
}

/// A bug that was found.
#[derive(Clone, Debug, Serialize)]
struct Found {
    case: u64,
    signature: String,
    plan: String,
    steps: usize,
    excess: usize,
    shrinking: Shrinking,
    #[serde(skip)]
    time: Duration,
}

/// All searches in a few numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Score {
    /// Bugs that were searched for.
    bugs: usize,
    /// Bugs that were found with every seed.
    found: usize,
    /// Searches that were made.
    searches: usize,
    /// Searches that were asked for and, after an interrupt, not made.
    not_made: usize,
    /// Searches that were given up for want of time.
    out_of_time: usize,
    /// Searches that came to a plan at the known minimum.
    at_minimum: usize,
    /// The most operations that a plan has more than the known minimum.
    worst_excess: usize,
}

/// What depends on the machine and its load, in seconds.
#[derive(Debug, Serialize)]
struct Times {
    jobs: usize,
    total: f64,
    /// Up to the first failure, for each bug and each of its searches.
    to_failure: BTreeMap<&'static str, Vec<Option<f64>>>,
}

impl Search {
    pub(crate) fn of(seed: u64, calibrated: Calibrated, out_of_time: bool) -> Self {
        let Calibrated { mutant, operations, sighting } = calibrated;
        let out_of_time = out_of_time && sighting.is_none();
        let found = sighting.map(|sighting| {
            let excess = sighting.excess(mutant);
            let Sighting { case, time, plan, signature, shrinking, .. } = sighting;
            Found {
                case,
                signature,
                plan: plan.to_string(),
                steps: plan.len(),
                excess,
                shrinking,
                time,
            }
        });
        Self { seed, operations, out_of_time, found }
    }

    pub(crate) fn is_missed(&self) -> bool {
        self.found.is_none()
    }
}

impl Planted {
    pub(crate) fn new(mutant: Mutant, lacking: Option<String>, searches: Vec<Search>) -> Self {
        let (id, name, bug) = (mutant.id(), mutant.name(), mutant.bug());
        let minimum = mutant.minimum().lines().count();
        Self { id, name, bug, minimum, lacking, searches }
    }

    fn found(&self) -> impl Iterator<Item = &Found> {
        self.searches.iter().filter_map(|search| search.found.as_ref())
    }

    fn is_found(&self) -> bool {
        !self.searches.is_empty() && self.found().count() == self.searches.len()
    }

    fn at_minimum(&self) -> usize {
        self.found().filter(|found| found.excess == 0).count()
    }

    fn row(&self) -> Row {
        let Self { id, name, minimum, searches, .. } = self;
        let bug = format!("{id} {name}");
        if let Some(lacking) = &self.lacking {
            return Row::Remark(bug, format!("needs {lacking}: not asked"));
        }
        if searches.is_empty() {
            return Row::Remark(bug, "interrupted".to_owned());
        }
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let operations = self.searches.iter().filter(|search| !search.is_missed());
        let operations = median(operations.map(|search| search.operations));
        let excess = self.found().map(|found| found.excess).max();
        Row::Cells(vec![
            bug,
            of(self.found().count(), searches.len()),
            or_dash(operations.map(|count| count.to_string())),
            or_dash(median(self.found().map(|found| found.time)).map(short)),
            or_dash(median(self.found().map(|found| found.steps)).map(|steps| steps.to_string())),
            minimum.to_string(),
            of(self.at_minimum(), searches.len()),
            or_dash(excess.map(|excess| excess.to_string())),
        ])
    }

    /// The longest of the minimal plans, on one line.
    fn longest_plan(&self) -> Option<String> {
        let longest = self.found().min_by_key(|found| std::cmp::Reverse(found.steps))?;
        let lines: Vec<&str> = longest.plan.lines().skip(1).collect();
        Some(match lines.as_slice() {
            [first @ .., last] if first.len() > SHOWN => {
                let more = first.len() - SHOWN;
                format!("{}; … {more} more …; {last}", first[..SHOWN].join("; "))
            }
            all => all.join("; "),
        })
    }
}

impl Score {
    fn of(bugs: &[Planted], seeds: usize) -> Self {
        let planned = bugs.iter().filter(|bug| bug.lacking.is_none()).count();
        let asked: Vec<_> = bugs.iter().filter(|bug| !bug.searches.is_empty()).collect();
        let searches = || asked.iter().flat_map(|bug| &bug.searches);
        let excess = searches().filter_map(|search| search.found.as_ref()?.excess.into());
        Self {
            bugs: asked.len(),
            found: asked.iter().filter(|bug| bug.is_found()).count(),
            searches: searches().count(),
            not_made: (planned * seeds).saturating_sub(searches().count()),
            out_of_time: searches().filter(|search| search.out_of_time).count(),
            at_minimum: asked.iter().map(|bug| bug.at_minimum()).sum(),
            worst_excess: excess.max().unwrap_or(0),
        }
    }
}

impl Calibration {
    pub(crate) fn of(setup: Setup, bugs: Vec<Planted>, total: Duration) -> Self {
        let Setup { adapter, seed, seeds, cases, steps, jobs } = setup;
        let times = |bug: &Planted| {
            let time = |search: &Search| Some(search.found.as_ref()?.time.as_secs_f64());
            (bug.id, bug.searches.iter().map(time).collect())
        };
        let to_failure = bugs.iter().map(times).collect();
        let score = Score::of(&bugs, seeds);
        let times = Times { jobs, total: total.as_secs_f64(), to_failure };
        let version = CALIBRATION_VERSION;
        Self { version, adapter, seed, seeds, cases, steps, score, bugs, times }
    }

    /// Whether so large a share of the bugs was found, and no plan is much longer than it need be.
    pub(crate) fn exit(&self, least_share: f64, most_excess: Limit) -> Exit {
        let Score { bugs, found, not_made, worst_excess, .. } = self.score;
        let searches = self.bugs.iter().flat_map(|bug| &bug.searches);
        if not_made > 0 {
            Exit::Failures
        } else if searches.map(|search| search.operations).sum::<u64>() == 0 {
            Exit::NothingRan
        } else {
            let share = found as f64 / bugs as f64;
            Exit::success_if(share >= least_share && most_excess.allows(worst_excess))
        }
    }

    /// The table, each line with whether it is as it should be; with the plans, if they are to be
    /// shown.
    pub(crate) fn table(&self, most_excess: Limit, show: bool) -> Vec<(String, bool)> {
        let header = Row::Cells(COLUMNS.map(str::to_owned).to_vec());
        let rows: Vec<Row> =
            std::iter::once(header).chain(self.bugs.iter().map(Planted::row)).collect();
        let mut aligned = table::align(&rows).into_iter();
        let mut lines: Vec<_> = aligned.next().map(|header| (header, true)).into_iter().collect();
        for (bug, line) in self.bugs.iter().zip(aligned) {
            let is_small = bug.found().all(|found| most_excess.allows(found.excess));
            let is_fine = bug.lacking.is_some() || bug.is_found() && is_small;
            lines.push((line, is_fine));
            let plan = bug.longest_plan().filter(|_| show);
            lines.extend(plan.map(|plan| (format!("    {plan}"), true)));
        }
        lines
    }

    /// What all searches come to, in one line, and what a reader should know before it.
    pub(crate) fn summary(&self) -> Vec<String> {
        let Score { bugs, found, searches, not_made, out_of_time, at_minimum, worst_excess } =
            self.score;
        let adapter = &self.adapter;
        if bugs == 0 {
            return vec![format!("{adapter}: nothing was tested: no bug could be searched for")];
        }
        let mut lines = Vec::new();
        if not_made > 0 {
            let planned = searches + not_made;
            lines.push(format!("note: interrupted after {searches} of {planned} searches"));
        }
        if out_of_time > 0 {
            lines.push(format!(
                "note: the time was used up in {out_of_time} searches: give more with --for"
            ));
        }
        let seeds = match self.seeds {
            1 => String::new(),
            seeds => format!(" with each of {seeds} seeds"),
        };
        lines.push(format!(
            "{adapter}: {found} of {bugs} bugs found{seeds} ({}), {at_minimum} of {searches} plans at the known minimum ({}), the worst {worst_excess} above it, in {:.1} s",
            percent(found, bugs),
            percent(at_minimum, searches),
            self.times.total,
        ));
        lines
    }

    /// The calibration as JSON, with the same bytes for the same options but for the field `times`.
    ///
    /// # Panics
    ///
    /// Never: every field of a calibration can be written as JSON.
    pub(crate) fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a calibration is plain data");
        json.push('\n');
        json
    }
}

/// The middle one of `values` by size, or the lower of the two in the middle.
fn median<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort();
    let middle = values.len().checked_sub(1)? / 2;
    values.into_iter().nth(middle)
}

/// How many of all: a word if there is but one.
fn of(count: usize, all: usize) -> String {
    match (count, all) {
        (0, 1) => "no".to_owned(),
        (1, 1) => "yes".to_owned(),
        _ => format!("{count}/{all}"),
    }
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole as f64)
}

/// A time with a unit in which it is a small number.
fn short(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        ..1e-3 => format!("{:.0} µs", seconds * 1e6),
        ..1.0 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

#[cfg(test)]
mod tests {
    use zarr_conform_machines::report::ShrinkEnd;

    use super::*;

    /// A search that found a plan of so many operations above the minimum, or none.
    fn search(excess: Option<usize>) -> Search {
        let found = excess.map(|excess| Found {
            case: 0,
            signature: "get: wrong value".to_owned(),
            plan: format!("zarr-conform plan 1\n{}get a\n", "set a \"\"\n".repeat(excess)),
            steps: 1 + excess,
            excess,
            shrinking: Shrinking {
                from: 9,
                runs: 1,
                calls: 1,
                end: ShrinkEnd::Minimal,
                flaky: false,
                rate: None,
            },
            time: Duration::from_micros(1500),
        });
        Search { seed: 0, operations: 7, out_of_time: false, found }
    }

    fn planted(mutant: Mutant, excesses: &[Option<usize>]) -> Planted {
        Planted::new(mutant, None, excesses.iter().copied().map(search).collect())
    }

    fn calibration(bugs: Vec<Planted>, seeds: usize) -> Calibration {
        let adapter = "memory".to_owned();
        let setup = Setup { adapter, seed: 0, seeds, cases: 256, steps: 100, jobs: 1 };
        Calibration::of(setup, bugs, Duration::from_secs(2))
    }

    #[test]
    fn the_median_is_one_of_the_values() {
        assert_eq!(median([3, 1, 2].into_iter()), Some(2));
        assert_eq!(median([4, 1, 3, 2].into_iter()), Some(2));
        assert_eq!(median([5].into_iter()), Some(5));
        assert_eq!(median(std::iter::empty::<u64>()), None);
    }

    #[test]
    fn times_have_units_in_which_they_are_small() {
        let short = |micros| short(Duration::from_micros(micros));
        assert_eq!(short(999), "999 µs");
        assert_eq!(short(1000), "1.0 ms");
        assert_eq!(short(999_000), "999.0 ms");
        assert_eq!(short(1_500_000), "1.50 s");
    }

    #[test]
    fn a_bug_counts_as_found_if_every_seed_finds_it() {
        let all = planted(Mutant::M05, &[Some(0), Some(2)]);
        let some = planted(Mutant::M11, &[Some(0), None]);
        let Calibration { score, .. } = calibration(vec![all, some], 2);
        let wanted = Score {
            bugs: 2,
            found: 1,
            searches: 4,
            not_made: 0,
            out_of_time: 0,
            at_minimum: 2,
            worst_excess: 2,
        };
        assert_eq!(score, wanted);
    }

    #[test]
    fn bugs_that_are_not_asked_for_do_not_count() {
        let lacking = Some("callers at the same time".to_owned());
        let not_asked = || Planted::new(Mutant::C01, lacking.clone(), Vec::new());
        let found = calibration(vec![planted(Mutant::M05, &[Some(0)]), not_asked()], 1);
        assert_eq!((found.score.bugs, found.score.found), (1, 1));
        assert_eq!(found.exit(1.0, Limit::Most(0)), Exit::Success);
        let nothing = calibration(vec![not_asked()], 1);
        assert_eq!(nothing.exit(0.0, Limit::Any), Exit::NothingRan);
        assert!(nothing.summary()[0].contains("nothing was tested"));
    }

    #[test]
    fn the_exit_goes_by_the_share_and_by_the_longest_plan() {
        let exit = |excesses: &[Option<usize>], least, most| {
            let bugs = excesses.iter().map(|excess| planted(Mutant::M05, &[*excess])).collect();
            calibration(bugs, 1).exit(least, most)
        };
        assert_eq!(exit(&[Some(0), None], 0.5, Limit::Most(0)), Exit::Success);
        assert_eq!(exit(&[Some(0), None], 0.51, Limit::Most(0)), Exit::Failures);
        assert_eq!(exit(&[Some(2)], 1.0, Limit::Most(2)), Exit::Success);
        assert_eq!(exit(&[Some(2)], 1.0, Limit::Most(1)), Exit::Failures);
        assert_eq!(exit(&[Some(2)], 1.0, Limit::Any), Exit::Success);
    }

    #[test]
    fn what_was_interrupted_is_no_success_and_says_so() {
        let bugs = vec![planted(Mutant::M05, &[Some(0)]), planted(Mutant::M11, &[])];
        let calibration = calibration(bugs, 2);
        assert_eq!(calibration.exit(0.0, Limit::Any), Exit::Failures);
        assert_eq!(calibration.summary()[0], "note: interrupted after 1 of 4 searches");
        let (last, is_fine) = calibration.table(Limit::Any, false).pop().expect("there are rows");
        assert!(last.ends_with("interrupted") && !is_fine, "{last}");
    }

    #[test]
    fn a_row_says_how_often_a_bug_was_found_and_how_small() {
        let bugs = vec![
            planted(Mutant::M05, &[Some(0), Some(2), Some(0)]),
            planted(Mutant::M11, &[None; 3]),
        ];
        let table = calibration(bugs, 3).table(Limit::Most(1), true);
        let lines: Vec<&str> = table.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(
            lines,
            [
                "bug                       found  operations    time  plan  minimum  at minimum  excess",
                "M05 get_missing_empty       3/3           7  1.5 ms     1        1         2/3       2",
                "    set a \"\"; set a \"\"; get a",
                "M11 erase_missing_errors    0/3           -       -     -        1         0/3       -",
            ]
        );
        assert!(table.iter().map(|(_, is_fine)| *is_fine).eq([true, false, true, false]));
    }

    #[test]
    fn a_long_plan_is_shown_by_its_beginning_and_its_end() {
        let shown = planted(Mutant::M05, &[Some(100)]).longest_plan().expect("it was found");
        assert!(shown.ends_with("set a \"\"; … 92 more …; get a"), "{shown}");
    }
}
