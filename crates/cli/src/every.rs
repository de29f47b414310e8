//! `conform --all`: one campaign on the stores of every adapter, and a page that compares them.

use std::path::Path;

use zarr_conform_reports::Document;

use crate::adapters::Adapters;
use crate::called::Called;
use crate::conform::{Conform, ConformError};
use crate::exit::Exit;
use crate::lacking::Lacking;
use crate::{folder, output, report_text};

/// Plays the campaign on every adapter that needs no server, and writes the reports to a folder. One on
/// which it cannot work has a report that says so, and the others are played all the same.
///
/// # Errors
///
/// Returns a [`ConformError`] if an option cannot be followed, or the folder cannot be written.
pub(crate) fn run(
    conform: &Conform,
    folder: &Path,
    adapters: &Adapters,
    called: &Called,
) -> Result<Exit, ConformError> {
    folder::make(folder)?;
    // Whoever asks for none gets the list of what there could be.
    adapters.list()?;
    let mut documents: Vec<Document> = Vec::new();
    let mut exits = Vec::new();
    for described in &adapters.described {
        let Some(adapter) = described.adapter() else { continue };
        let report = conform.report(adapter, called)?;
        let text =
            if conform.quiet { report_text::last(&report) } else { report_text::brief(&report) };
        output::say(text);
        documents.push(report.document());
        exits.push(Exit::from(&report.status));
    }
    let left_out = left_out(adapters);
    for (name, why) in &left_out {
        output::say(format_args!("{name} was not tested: {why}"));
    }
    // From what was saved alone, as `report` does it.
    folder::write(folder, documents, &left_out)?;
    output::say(format_args!("{} compares them", folder.join("index.html").display()));
    Ok(worst(&exits))
}

fn left_out(adapters: &Adapters) -> Vec<(String, String)> {
    let on_servers = adapters.described.iter().filter(|described| described.adapter().is_none());
    let on_servers =
        on_servers.map(|described| (described.name().to_owned(), "it is on a server".to_owned()));
    let lacking =
        adapters.lacking.iter().map(|Lacking { name, why, .. }| (name.clone(), why.clone()));
    on_servers.chain(lacking).collect()
}

/// A disagreement is certain, so it counts before what cannot work, and that before what was not proved.
fn worst(exits: &[Exit]) -> Exit {
    let worse = [Exit::Failures, Exit::Usage, Exit::NothingRan];
    let worse = worse.into_iter().find(|exit| exits.contains(exit));
    match worse {
        Some(exit) => exit,
        None if exits.is_empty() => Exit::NothingRan,
        None => Exit::Success,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use zarr_conform_machines::report::document::Outcome;
    use zarr_conform_memory::MemoryAdapter;
    use zarr_conform_store::{Adapter, Described, OpenError, StoreUnderTest};

    use super::*;

    /// An adapter of a store in memory that says nothing of what it knows.
    struct Garbled(MemoryAdapter);

    impl Adapter for Garbled {
        fn name(&self) -> &'static str {
            "garbled"
        }

        fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
            self.0.open()
        }

        fn known_issues(&self) -> &'static str {
            "[[issue]]\nid = 7"
        }
    }

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        conform: Conform,
    }

    #[test]
    fn one_that_cannot_work_has_a_report_that_says_so_and_the_others_are_played() {
        let out = tempfile::tempdir().expect("a temporary directory");
        let failures = out.path().join("failures");
        let options = ["", "--all", "--cases", "2", "--require", "none", "--quiet", "--failures"];
        let line = Line::parse_from(options.map(Into::into).into_iter().chain([
            failures.into_os_string(),
            "--report".into(),
            out.path().into(),
        ]));
        let adapters = Adapters {
            described: vec![
                Described::new(Garbled(MemoryAdapter::synchronous()), ""),
                Described::new(MemoryAdapter::synchronous(), ""),
            ],
            ..Adapters::default()
        };
        let called = Called::by("conform".to_owned());
        let exit = run(&line.conform, out.path(), &adapters, &called).expect("both have a report");
        assert_eq!(exit, Exit::Usage);
        let report = |name: &str| {
            let text = std::fs::read_to_string(out.path().join(name)).expect("it was written");
            serde_json::from_str::<Document>(&text).expect("it is a report")
        };
        let (garbled, memory) = (report("garbled-store.json"), report("memory-store.json"));
        assert!(matches!(garbled.status, Outcome::Misconfigured(_)), "{:?}", garbled.status);
        assert!(memory.operations > 0);
    }

    #[test]
    fn the_worst_of_all_stores_is_told_and_nothing_is_no_success() {
        assert_eq!(worst(&[Exit::Success, Exit::NothingRan, Exit::Failures]), Exit::Failures);
        assert_eq!(worst(&[Exit::Usage, Exit::Failures]), Exit::Failures);
        assert_eq!(worst(&[Exit::NothingRan, Exit::Usage, Exit::Success]), Exit::Usage);
        assert_eq!(worst(&[Exit::Success, Exit::NothingRan]), Exit::NothingRan);
        assert_eq!(worst(&[Exit::Success]), Exit::Success);
        assert_eq!(worst(&[]), Exit::NothingRan);
    }
}
