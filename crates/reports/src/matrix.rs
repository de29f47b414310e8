//! Several reports side by side: a row for each clause, a column for each store.

use std::collections::BTreeSet;

use maud::{Markup, html};
use zarr_conform_model::Clause;

use crate::Document;
use crate::html::{class, colour, page, prose};
use crate::text::{counted, line};
use crate::verdict::{Standing, Verdict, clause, sentence, standing};

/// A report, and the file of its page beside the matrix.
#[derive(Clone, Debug)]
pub struct Column {
    /// The report.
    pub report: Document,
    /// The name of the files that show it, without an ending.
    pub file: String,
}

impl Column {
    /// The reports as columns, by store and machine, with a name for the files of each.
    #[must_use]
    pub fn of(reports: impl IntoIterator<Item = Document>) -> Vec<Self> {
        let mut reports: Vec<Document> = reports.into_iter().collect();
        reports.sort_by(|one, other| {
            (&one.adapter, &one.machine, one.seed).cmp(&(
                &other.adapter,
                &other.machine,
                other.seed,
            ))
        });
        let mut names = BTreeSet::new();
        let column = |report: Document| {
            let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { '-' };
            let stem = format!("{}-{}", report.adapter, report.machine);
            // Shorter than any file system's limit, whatever an adapter is called.
            let stem: String = stem.chars().map(plain).take(80).collect();
            let numbered = (1..).map(|number| match number {
                1 => stem.clone(),
                _ => format!("{stem}-{number}"),
            });
            let file = numbered.into_iter().find(|name| names.insert(name.clone()));
            Self { report, file: file.unwrap_or_default() }
        };
        reports.into_iter().map(column).collect()
    }
}

/// A page with a row for each clause and a column for each report, each cell with a link to its plan.
///
/// `left_out` are stores that were not tested, and why.
#[must_use]
pub fn matrix(columns: &[Column], left_out: &[(String, String)]) -> String {
    let is_reached =
        |id: &str| columns.iter().any(|of| standing(&of.report, id) != Standing::NotReached);
    let ids = Clause::ALL.iter().map(|clause| clause.id());
    let (clauses, silent): (Vec<&str>, Vec<&str>) = ids.partition(|id| is_reached(id));
    let disagree =
        columns.iter().filter(|of| Verdict::of(&of.report) == Verdict::Disagrees).count();
    let unsure = columns.iter().filter(|of| Verdict::of(&of.report) == Verdict::Unsure).count();
    // One store has a report of each machine, and of each seed.
    let stores: BTreeSet<&str> = columns.iter().map(|of| of.report.adapter.as_str()).collect();
    let banner = match (disagree, unsure) {
        (0, 0) => "kept",
        (0, _) => "missed",
        _ => "broken",
    };
    let body = html! {
        header.banner.(banner) {
            h1 { (counted(stores.len() as u64, "store")) " against the contract" }
            p.verdict {
                @if stores.len() < columns.len() {
                    "In " (counted(columns.len() as u64, "report")) " of them: "
                }
                (columns.len() - disagree - unsure) " conform but for known issues, " (disagree) " do not, "
                "and of " (unsure) " too little was proved."
            }
        }
        div.scroll tabindex="0" {
            table.matrix {
                thead {
                    tr {
                        th { "clause" }
                        @for column in columns { (heading(column)) }
                    }
                }
                tbody {
                    @for id in &clauses {
                        tr #(format!("clause-{id}")) data-search {
                            th scope="row" title=[clause(id).map(|(sentence, ..)| sentence)] { (id) }
                            @for column in columns { (cell(column, id)) }
                        }
                    }
                }
            }
        }
        @if !silent.is_empty() { p.silent { "Not reached by any: " (silent.join(", ")) } }
        @if !left_out.is_empty() {
            section {
                h2 { "Not tested" }
                ul { @for (store, why) in left_out { li data-search { code { (line(store)) } ": " (prose(why)) } } }
            }
        }
        section {
            h2 { "What the clauses say" }
            @for id in &clauses {
                @if let Some((sentence, level, _)) = clause(id) {
                    p data-search { b { (id) } " " (prose(sentence)) " " span.source { "[" (level) "]" } }
                }
            }
        }
    };
    page("Stores against the contract", body)
}

fn heading(column: &Column) -> Markup {
    let Column { report, file } = column;
    let machine = (report.machine != "store").then_some(report.machine.as_str());
    html! {
        th scope="col" {
            a href=(format!("{file}.html")) { (line(&report.adapter)) }
            @if let Some(machine) = machine { br; (line(machine)) }
            br;
            span.standing.(colour(Verdict::of(report))) title=(line(&sentence(report))) {
                (short(Verdict::of(report)))
            }
        }
    }
}

/// The verdict, for a narrow column.
const fn short(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Conforms => "conforms",
        Verdict::Disagrees => "fails",
        Verdict::Unsure => "not proved",
    }
}

fn cell(column: &Column, id: &str) -> Markup {
    let Column { report, file } = column;
    let standing = standing(report, id);
    let (word, anchor) = match &standing {
        Standing::Broken(failures) => {
            let first = failures.first();
            let at = report.failures.iter().position(|other| Some(&other) == first);
            ("fail", format!("failure-{}", at.unwrap_or_default() + 1))
        }
        Standing::Known(known) => (
            "known",
            format!("known-{}", known.first().map(|known| line(&known.id)).unwrap_or_default()),
        ),
        Standing::Kept(_) => ("pass", format!("clause-{id}")),
        other => (other.word(), format!("clause-{id}")),
    };
    html! {
        td.cell.(class(&standing)) { a href=(format!("{file}.html#{anchor}")) { (word) } }
    }
}
