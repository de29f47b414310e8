//! Failures on the page: each with its plan, step by step, and known issues.

use maud::{Markup, html};
use zarr_conform_machines::report::PlayedLine;
use zarr_conform_machines::report::document::{Failure, Symptom};

use crate::Document;
use crate::html::prose::prose;
use crate::text::{block, counted, line, operations};
use crate::verdict::{self, history, is_flaky};

/// How many steps of a plan have a row, those of its end: that is where it goes wrong. A guess.
const STEPS: usize = 100;

pub(super) fn failures(report: &Document) -> Markup {
    html! {
        @if !report.failures.is_empty() {
            section {
                h2 { "Failures" }
                @for (at, failure) in report.failures.iter().enumerate() { (one(at + 1, failure)) }
            }
        }
    }
}

fn one(number: usize, failure: &Failure) -> Markup {
    html! {
        article.failure #(format!("failure-{number}")) data-search {
            h3 { a href=(format!("#failure-{number}")) { (number) } " " (prose(&failure.headline)) }
            @if failure.headline != failure.signature {
                p { "At its simplest: " (prose(&failure.signature)) }
            }
            (clause(&failure.clause))
            @for more in [&failure.diagnosis, &failure.near_miss].into_iter().flatten() {
                p.diagnosis { (prose(more)) }
            }
            (steps(&failure.lines))
            @if let Some(replay) = &failure.replay {
                p { "To play it again:" }
                pre { (block(replay)) }
            }
            details {
                summary { "The plan, to paste" }
                pre { (block(&failure.plan)) }
            }
            (symptoms(&failure.symptoms))
            p.history {
                @if is_flaky(failure) { span.tag { "comes and goes" } " " }
                (line(&history(failure))) "."
            }
        }
    }
}

fn clause(id: &str) -> Markup {
    html! {
        p.clause-line {
            a.clause href=(format!("#clause-{}", line(id))) { (line(id)) } " "
            @if let Some((sentence, level, source)) = verdict::clause(id) {
                (prose(sentence)) " " span.source { "[" (level) "] " (prose(source)) }
            }
        }
    }
}

fn steps(lines: &[PlayedLine]) -> Markup {
    let left_out = lines.len().saturating_sub(STEPS);
    html! {
        @if !lines.is_empty() {
            table.steps {
                thead { tr { th { "#" } th { "operation" } th { "a correct store" } th { "this store" } } }
                tbody {
                    @if left_out > 0 {
                        tr { td {} td colspan="3" { (counted(left_out as u64, "step")) " before, all answered rightly or shown in the JSON form" } }
                    }
                    @for (at, played) in lines.iter().enumerate().skip(left_out) { (step(at + 1, played)) }
                }
            }
        }
    }
}

fn step(number: usize, played: &PlayedLine) -> Markup {
    html! {
        tr.(if played.agrees { "right" } else { "wrong" }) {
            td { (number) }
            td { code { (line(&played.operation)) }
                @if !played.closing.is_empty() { pre { (block(&played.closing)) } } }
            td data-label="a correct store" {
                @if !played.agrees {
                    div { span.sign { "wanted " } code { (line(&played.want)) } " " span.clause { (line(&played.clause)) } }
                }
                @if !played.holds.is_empty() {
                    div.holds { "holds " code { (line(&played.holds)) } }
                }
            }
            td data-label="this store" {
                @if !played.agrees { span.sign { "✗ " } }
                code { (line(&played.got)) }
                @if let Some(byte) = played.differs_at {
                    div.differs { "byte " (byte) " is the first that differs" }
                }
            }
        }
    }
}

fn symptoms(symptoms: &[Symptom]) -> Markup {
    html! {
        @if !symptoms.is_empty() {
            details {
                summary { "Shows in " (counted(symptoms.len() as u64, "other question")) " too" }
                ul {
                    @for symptom in symptoms {
                        li {
                            (prose(&symptom.signature)) " " span.clause { (line(&symptom.clause)) } ": "
                            code { (line(&operations(&symptom.plan).collect::<Vec<_>>().join("; "))) }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn known(report: &Document) -> Markup {
    html! {
        @if !(report.known.is_empty() && report.known_not_seen.is_empty()) {
            section {
                h2 { "Known issues" }
                @for id in &report.known_not_seen {
                    p.gone data-search { code { (line(id)) } " no longer shows: remove it if it is mended." }
                }
                @for known in &report.known {
                    article.known #(format!("known-{}", line(&known.id))) data-search {
                        h3 { (line(&known.id)) ": " (prose(&known.signature)) }
                        (clause(&known.clause))
                        p { (reason(&known.reason)) }
                        pre { (block(&operations(&known.plan).collect::<Vec<_>>().join("\n"))) }
                        (symptoms(&known.symptoms))
                        p.history {
                            @if known.count == 0 { "Not met, but its plan shows it." }
                            @else { "Seen " (counted(known.count, "time")) "." }
                        }
                    }
                }
            }
        }
    }
}

/// A reason, as a link if it is one to the web.
fn reason(text: &str) -> Markup {
    let is_link = text.starts_with("https://") && !text.contains(char::is_whitespace);
    html! {
        @if is_link { a href=(line(text)) rel="noreferrer" { (line(text)) } }
        @else { (prose(text)) }
    }
}
