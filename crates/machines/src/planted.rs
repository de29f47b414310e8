//! A bug that is planted in a reference store, to see whether a campaign finds bugs at all.

use std::sync::Arc;
use std::time::Duration;

use zarr_conform_model::{Declaration, Operation, OperationKind, Plan};
use zarr_conform_mutants::{Mutant, Planted, ReferenceAdapter};
#[cfg(feature = "faults")]
use zarr_conform_mutants::{RaceAdapter, RaceBug};
use zarr_conform_store::Adapter;

use crate::calibration::Calibration;
use crate::campaign::source::{Drawing, Source};
use crate::options::Options;
use crate::report::report::PlantedBug;
use crate::settings::Settings;
use crate::triage::verdict::verdict;

/// In how many cases a planted bug has to be found, whatever the campaign has.
const CASES_FOR_PLANTED: std::ops::RangeInclusive<u64> = 64..=1024;

/// Bugs that every campaign finds soon, one of which each run plants in a reference store.
const PLANTED: &[Mutant] =
    &[Mutant::M03, Mutant::M10, Mutant::M05, Mutant::M12, Mutant::M06, Mutant::M21, Mutant::M11];

/// The same for an array library over a reference store.
const PLANTED_BELOW_LIBRARY: &[Mutant] =
    &[Mutant::H01, Mutant::H04, Mutant::H08, Mutant::H07, Mutant::H06];

/// The same for callers at the same time.
#[cfg(feature = "faults")]
const PLANTED_RACES: &[RaceBug] =
    &[RaceBug::C01, RaceBug::C02, RaceBug::C10, RaceBug::C13, RaceBug::C16];

/// What planting a bug takes of a campaign.
pub(crate) struct Planting<'a> {
    pub(crate) options: &'a Options,
    pub(crate) drawing: &'a Drawing,
    pub(crate) source: &'a Source,
    /// How many cases were planned.
    pub(crate) cases: u64,
}

impl Planting<'_> {
    /// Plants a bug in a reference store of the same dialect, and sees whether plans of the same
    /// source find it; nothing, if there is no bug that they could find.
    pub(crate) fn plant_a_bug(&self) -> Option<PlantedBug> {
        let settings = &self.options.settings;
        let reference = self.reference(self.source.declared());
        let planted = match self.drawing {
            Drawing::Store(_) | Drawing::Faults(_) | Drawing::Together(_) => PLANTED,
            Drawing::Hierarchy(_) => PLANTED_BELOW_LIBRARY,
        };
        let shift = (settings.seed % planted.len() as u64) as usize;
        let mut mutants = planted.iter().cycle().skip(shift).take(planted.len());
        let mutant = *mutants.find(|mutant| self.could_find(**mutant, &reference))?;
        let settings = Settings {
            cases: self.cases.clamp(*CASES_FOR_PLANTED.start(), *CASES_FOR_PLANTED.end()),
            // On a reference store, that is all the time that a campaign of its length takes.
            time_budget: settings.time_budget.map(|budget| budget.max(Duration::from_secs(5))),
            ..settings.clone()
        };
        let calibration = Calibration {
            adapter: &reference,
            source: self.source,
            settings: &settings,
            shrink_budget: self.options.shrink_budget,
        };
        let detected = calibration.detect(mutant);
        Some(PlantedBug {
            mutant: mutant.to_string(),
            caught: detected.found.is_some(),
            operations: detected.operations,
        })
    }

    /// Plants a bug that takes two callers in a store on files, and sees whether plans of the same source
    /// find it.
    #[cfg(feature = "faults")]
    pub(crate) fn plant_a_race(&self) -> PlantedBug {
        let settings = &self.options.settings;
        let at = (settings.seed % PLANTED_RACES.len() as u64) as usize;
        let bug = PLANTED_RACES[at];
        let planted: Arc<dyn Adapter> = Arc::new(RaceAdapter::with(bug));
        let cases = self.cases.clamp(*CASES_FOR_PLANTED.start(), *CASES_FOR_PLANTED.end());
        let limits = settings.limits();
        let mut operations = 0;
        let mut finds = |case| {
            let plan = self.source.plan(settings.seed, case)?;
            operations += plan.len() as u64;
            verdict(&planted, &plan, &limits, None).disagreement
        };
        let caught = (0..cases).any(|case| finds(case).is_some());
        PlantedBug { mutant: bug.to_string(), caught, operations }
    }

    /// A store of our own that declares the same, with the library over it that there is over the
    /// stores under test.
    fn reference(&self, declared: Declaration) -> Arc<dyn Adapter> {
        match self.options.adapter.layered() {
            Some(layered) => {
                let declared = layered.below().declared();
                layered.over(Arc::new(ReferenceAdapter::new(declared)))
            }
            None => Arc::new(ReferenceAdapter::new(declared)),
        }
    }

    /// Whether the rules ask what it takes to find a bug, and the dialect lets it show.
    fn could_find(&self, mutant: Mutant, reference: &Arc<dyn Adapter>) -> bool {
        let Ok(plan) = mutant.minimum().parse::<Plan>() else {
            return false;
        };
        let rules: Vec<_> =
            self.drawing.list_rules().into_iter().filter(|rule| rule.allowed).collect();
        let asked = |kind| rules.iter().any(|rule| rule.asks == kind);
        // Every check asks these.
        let checked =
            |kind| matches!(kind, OperationKind::Get | OperationKind::List | OperationKind::Walk);
        let planted: Arc<dyn Adapter> = Arc::new(Planted::new(Arc::clone(reference), mutant));
        let kinds = || plan.operations().map(Operation::kind);
        let is_short = self.options.exhaustive.is_none_or(|most| plan.len() <= most);
        let limits = self.options.settings.limits();
        is_short
            && kinds().all(|kind| asked(kind) || checked(kind))
            && verdict(&planted, &plan, &limits, None).disagreement.is_some()
    }
}
