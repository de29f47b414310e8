//! What of a run is known: failures that are listed are told from others, and issues that no failure
//! is from those that no longer show.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::finding::diagnosis::Diagnosis;
use crate::report::known_issue::KnownIssue;
use crate::report::report::{Failure, Known};
use crate::run::Run;
use crate::triage::recognition::{Played, Recognition, has_news, near_miss};

impl Run<'_> {
    /// Lists the failures that are known, and gives the others.
    pub(super) fn without_known(
        &mut self,
        failures: Vec<Failure>,
        issues: &[Played],
    ) -> Vec<Failure> {
        let today = self.today();
        let mut unfinished: BTreeMap<String, usize> = BTreeMap::new();
        let mut others = Vec::new();
        for failure in failures {
            let recognised = issues
                .iter()
                .filter_map(|played| Some((&played.issue, played.recognise(&failure)?)));
            let recognised = recognised.filter(|_| !has_news(&failure, issues));
            // One that has expired hides none that has not; then the surest.
            let issue =
                recognised.min_by_key(|(issue, how)| (issue.expired(today).is_some(), *how));
            match issue.map(|(issue, how)| (issue, how, issue.expired(today))) {
                Some((known, how, None)) => {
                    if how == Recognition::LooksLike {
                        *unfinished.entry(known.id.clone()).or_default() += 1;
                    }
                    self.report.add_known(Known::seen(known, failure));
                    continue;
                }
                Some((KnownIssue { id, .. }, _, Some(day))) => {
                    let note = format!(
                        "the known issue {id} expired on {day}: mend it, or decide again how long to live with it"
                    );
                    // It is looked for before diagnoses, and after.
                    if !self.report.notes.contains(&note) {
                        self.report.notes.push(note);
                    }
                }
                None => {}
            }
            others.push(failure);
        }
        let looks_like = |(id, count)| {
            let failures =
                if count == 1 { "1 failure".into() } else { format!("{count} failures") };
            format!("{failures} that could not be made small: looks like the known issue {id}")
        };
        self.report.notes.extend(unfinished.into_iter().map(looks_like));
        others
    }

    /// Lists failures that are not known, and writes their plans.
    pub(super) fn list_new(&mut self, failures: Vec<Failure>, issues: &[Played]) {
        for mut failure in failures {
            failure.near_miss = near_miss(&failure, issues);
            if let Some(folder) = &self.options.failures {
                match folder.write(&failure, self.options.adapter.name()) {
                    Ok(path) => {
                        let shows =
                            failure.diagnosis.as_ref().is_none_or(Diagnosis::shows_in_a_replay);
                        failure.replay = shows.then(|| (self.options.replay_command)(&path));
                        failure.file = Some(path);
                    }
                    Err(error) => self
                        .report
                        .notes
                        .push(format!("a plan could not be written to {folder}: {error}")),
                }
            }
            self.report.failures.push(failure);
        }
    }

    /// The day in UTC, by the machine's clock.
    fn today(&self) -> Date {
        let since_1970 = self.settings.clock.since_1970();
        let now = i64::try_from(since_1970.as_secs()).ok();
        let now = now.and_then(|now| Timestamp::from_second(now).ok()).unwrap_or(Timestamp::MAX);
        now.to_zoned(TimeZone::UTC).date()
    }

    /// Lists the known issues that the campaign did not meet, with whether they still show.
    pub(super) fn list_unseen(&mut self, issues: &[Played]) {
        let today = self.today();
        for Played { issue, shown } in
            issues.iter().filter(|played| played.issue.expired(today).is_none())
        {
            if self.report.known.iter().any(|known| known.id == issue.id) {
                continue;
            }
            match &issue.plan {
                Some(plan) if shown.is_some() => self.report.known.push(Known::unseen(issue, plan)),
                _ => self.report.known_not_seen.push(issue.id.clone()),
            }
        }
        let order = |id: &str| issues.iter().position(|played| played.issue.id == id);
        self.report.known.sort_by_key(|known| order(&known.id));
    }
}
