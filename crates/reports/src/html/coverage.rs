//! Clauses on the page: each with what the report says of it, under an anchor that stays.

use maud::{Markup, html};
use zarr_conform_machines::report::document::ClauseCount;

use crate::Document;
use crate::html::prose::prose;
use crate::text::{grouped, line};
use crate::verdict::{self, Standing, standing};

pub(super) fn coverage(report: &Document) -> Markup {
    let clauses = report.clauses.iter();
    let standings: Vec<_> = clauses.map(|count| (count, standing(report, &count.clause))).collect();
    html! {
        section {
            h2 { "Clauses" }
            p { (summary(&standings.iter().map(|(_, standing)| standing.word()).collect::<Vec<_>>())) }
            table.clauses {
                thead { tr { th { "clause" } th { "standing" } th.number { "questions" } th { "what it says" } } }
                tbody {
                    @for (count, standing) in standings.iter().filter(|(_, standing)| *standing != Standing::NotReached) {
                        tr #(format!("clause-{}", line(&count.clause))) data-search {
                            td { a.clause href=(format!("#clause-{}", line(&count.clause))) { (line(&count.clause)) } }
                            td { span.standing.(class(standing)) { (standing.word()) } }
                            td.number { (grouped(count.questions)) }
                            td {
                                @if let Some((sentence, level, _)) = verdict::clause(&count.clause) {
                                    (prose(sentence)) " " span.source { "[" (level) "]" }
                                }
                                (why(report, standing))
                            }
                        }
                    }
                }
            }
            (not_reached(&standings))
        }
    }
}

/// The clauses that nobody asked about, in one paragraph: other machines do.
fn not_reached(standings: &[(&ClauseCount, Standing<'_>)]) -> Markup {
    let silent = standings.iter().filter(|(_, standing)| *standing == Standing::NotReached);
    let silent: Vec<&str> = silent.map(|(count, _)| count.clause.as_str()).collect();
    html! {
        @if !silent.is_empty() {
            p.silent {
                "Not reached by this machine: "
                @for clause in silent {
                    span.clause #(format!("clause-{}", line(clause))) title=[verdict::clause(clause).map(|(sentence, ..)| sentence)] { (line(clause)) } " "
                }
            }
        }
    }
}

fn why(report: &Document, standing: &Standing<'_>) -> Markup {
    html! {
        @match standing {
            Standing::Broken(failures) => {
                @for failure in failures {
                    @let at = report.failures.iter().position(|other| other == *failure).unwrap_or_default() + 1;
                    div.why { a href=(format!("#failure-{at}")) { "failure " (at) ": " (prose(&failure.headline)) } }
                }
            }
            Standing::Known(known) => {
                @for known in known {
                    div.why { a href=(format!("#known-{}", line(&known.id))) { "known: " (line(&known.id)) } }
                }
            }
            Standing::Missed(reason) | Standing::Declined(reason) => { div.why { (prose(reason)) } }
            Standing::NotReached | Standing::Kept(_) => {}
        }
    }
}

/// How many clauses stand how, the worst first.
fn summary(words: &[&str]) -> String {
    let order = ["broken", "missed", "known", "not reached", "declined", "kept"];
    let counts = order.map(|word| (words.iter().filter(|other| **other == word).count(), word));
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    format!("{}.", counts.join(", "))
}

/// The class that colours a standing.
pub(crate) const fn class(standing: &Standing<'_>) -> &'static str {
    match standing {
        Standing::Broken(_) => "broken",
        Standing::Missed(_) => "missed",
        Standing::Known(_) => "known",
        Standing::NotReached => "unreached",
        Standing::Declined(_) => "declined",
        Standing::Kept(_) => "kept",
    }
}
