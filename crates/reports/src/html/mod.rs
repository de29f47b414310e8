//! A report as a page in one file: nothing is loaded, and it reads on paper and on a telephone.

mod charts;
mod coverage;
mod failures;
mod frame;
mod passport;
mod prose;

use maud::{Markup, html};
use zarr_conform_machines::Passport;

use crate::Document;
use crate::text::line;
use crate::verdict::{Verdict, confidence, numbers, sentence, tested};

pub(crate) use coverage::class;
pub(crate) use frame::page;
pub use passport::passport_page;
pub(crate) use prose::prose;

/// The report as a page.
#[must_use]
pub fn html(report: &Document) -> String {
    report_page(report, None)
}

/// The report as a page that has the store's passport, too.
#[must_use]
pub fn html_with_passport(report: &Document, passport: &Passport) -> String {
    report_page(report, Some(passport))
}

fn report_page(report: &Document, passport: Option<&Passport>) -> String {
    let title = format!("{} {}", line(&report.adapter), Verdict::of(report).word());
    let body = html! {
        (head(report))
        (failures::failures(report))
        (failures::known(report))
        (notes(report))
        (coverage::coverage(report))
        (charts::charts(report))
        @if let Some(passport) = passport { (passport::passport(passport)) }
        (details(report))
    };
    page(&title, body)
}

/// What somebody reads who reads nothing else.
fn head(report: &Document) -> Markup {
    let verdict = Verdict::of(report);
    html! {
        header.banner.(colour(verdict)) {
            p.kind { "store " code { (line(&report.adapter)) } ", machine " code { (line(&report.machine)) }
                @if !report.tested.is_empty() { ", " (line(&tested(report))) }
            }
            h1 { (line(&report.adapter)) " " (verdict.word()) }
            p.verdict { (prose(&sentence(report))) }
            @for sentence in confidence(report) { p { (line(&sentence)) } }
            p.numbers { (numbers(report)) }
        }
        @if report.failures.len() > 1 {
            nav aria-label="failures" {
                ol {
                    @for (at, failure) in report.failures.iter().enumerate() {
                        li { a href=(format!("#failure-{}", at + 1)) { (prose(&failure.headline)) } " " span.clause { (line(&failure.clause)) } }
                    }
                }
            }
        }
    }
}

/// The class that colours a verdict.
pub(crate) const fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Conforms => "kept",
        Verdict::Disagrees => "broken",
        Verdict::Unsure => "missed",
    }
}

fn notes(report: &Document) -> Markup {
    let missed = &report.missed_goals;
    html! {
        @if !(missed.is_empty() && report.notes.is_empty()) {
            section {
                h2 { "What to know" }
                ul {
                    @for goal in missed {
                        li data-search { b { (line(&goal.goal)) } " was never exercised: " (prose(&goal.reason)) }
                    }
                    @for note in &report.notes { li data-search { (prose(note)) } }
                }
            }
        }
    }
}

fn details(report: &Document) -> Markup {
    let times = &report.times;
    html! {
        footer {
            p {
                "Made by " (line(&report.made_by)) ", with seed " code { (format!("{:#x}", report.seed)) }
                ", " (report.planned_cases) " cases of up to " (report.steps) " operations: "
                (format!("{:.1} s", times.cases)) " for the cases on " (times.jobs) " threads, and "
                (format!("{:.1} s", times.shrinking)) " for making failures small."
            }
        }
    }
}
