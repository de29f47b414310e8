//! A passport: what a store does where the contract leaves that open, beside what it declares.

use maud::{Markup, html};
use zarr_conform_machines::Passport;
use zarr_conform_machines::passport::{AnswersKept, ClauseKept, Entry, Standing, Tier};

use crate::html::frame::page;
use crate::html::prose::prose;
use crate::text::{block, grouped, line};

/// A passport as a page of its own, in one file that loads nothing.
///
/// Every question and every clause has an anchor, as on the page in Markdown: `#ranges.suffix_zero`,
/// `#clause-R4`.
///
/// # Examples
///
/// ```
/// use zarr_conform_machines::Machine;
/// use zarr_conform_memory::MemoryAdapter;
///
/// let passport = Machine::of(MemoryAdapter::asynchronous()).passport();
/// let page = zarr_conform_reports::passport_page(&passport);
/// assert!(page.contains("id=\"ranges.suffix_zero\""));
/// assert!(page.contains("id=\"clause-R4\""));
/// ```
#[must_use]
pub fn passport_page(passport: &Passport) -> String {
    let title = format!("passport of {}", line(passport.adapter()));
    let body = html! {
        header.banner.(if passport.holds() { "kept" } else { "broken" }) {
            @for words in passport.words() { p.kind { (prose(words)) } }
            h1 { (title) }
            p.verdict { (line(&passport.verdict())) }
            @let (plans, operations) = passport.asked();
            p.numbers { (grouped(operations as u64)) " operations in " (grouped(plans as u64)) " plans" }
        }
        (clauses(passport.answers()))
        (tiers(passport))
    };
    page(&title, body)
}

/// The clauses of the contract; on the page of a report they stand with its own numbers.
fn clauses(answers: &AnswersKept) -> Markup {
    html! {
        section {
            h3 { "Answers" }
            table.passport {
                thead { tr { th { "clause" } th { "standing" } th { "what was found" } } }
                tbody {
                    @for (clause, kept) in answers.clauses() {
                        @let (class, word) = kept_word(&kept);
                        tr #(format!("clause-{clause}")) data-search {
                            td { b { (clause) } " " (prose(clause.sentence())) }
                            td { span.standing.(class) { (word) } }
                            td {
                                @match &kept {
                                    ClauseKept::Kept(questions) => { (grouped(*questions)) " questions" }
                                    ClauseKept::Broken(plan) => { pre { code { (block(plan)) } } }
                                    ClauseKept::Known(known) => {
                                        @for (id, plan) in known {
                                            (line(id)) pre { code { (block(plan)) } }
                                        }
                                    }
                                    ClauseKept::Declined => { "the store cannot do what it is about" }
                                    ClauseKept::NotReached => { "so short a campaign did not come to it" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The class that colours how a clause is kept, and a word for it.
const fn kept_word(kept: &ClauseKept<'_>) -> (&'static str, &'static str) {
    match kept {
        ClauseKept::Kept(_) => ("kept", "kept"),
        ClauseKept::Broken(_) => ("broken", "broken"),
        ClauseKept::Known(_) => ("known", "known"),
        ClauseKept::Declined => ("declined", "cannot be asked"),
        ClauseKept::NotReached => ("unreached", "not reached"),
    }
}

/// A passport on the page of a report.
pub(super) fn passport(passport: &Passport) -> Markup {
    html! {
        section #passport {
            h2 { "Passport" }
            p { "What the store does where the contract leaves that open: " (line(&passport.verdict())) "." }
        }
        (tiers(passport))
    }
}

fn tiers(passport: &Passport) -> Markup {
    let entries = |tier: Tier| passport.entries().iter().filter(move |entry| entry.tier == tier);
    let lines = passport.lines();
    html! {
        @for tier in Tier::ALL {
            @if entries(tier).next().is_some() {
                section {
                    h3 { (tier.title()) }
                    table.passport {
                        thead { tr { th { "question" } th { "standing" } th { "what was found" } } }
                        tbody { @for entry in entries(tier) { (row(entry)) } }
                    }
                }
            }
        }
        @if !lines.is_empty() {
            section {
                h3 { "To declare what was found" }
                pre { code { (block(&lines.join("\n"))) } }
            }
        }
    }
}

fn row(entry: &Entry) -> Markup {
    let (class, word) = standing(&entry.standing);
    html! {
        tr id=(line(&entry.subject)) data-search {
            td { (prose(&entry.question)) }
            td { span.standing.(class) { (word) } }
            td {
                @if let Some(found) = &entry.found { b { (prose(found)) } br; }
                (prose(&entry.proof()))
                @for shown in &entry.plans { pre { code { (block(&shown.text())) } } }
            }
        }
    }
}

/// The class that colours a standing, and a word for it.
const fn standing(standing: &Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Kept => ("kept", "kept"),
        Standing::Undeclared => ("kept", "undeclared"),
        Standing::Told => ("declined", "told"),
        Standing::Known(_) => ("known", "known"),
        Standing::NotAsked(_) => ("unreached", "not asked"),
        Standing::Differs => ("broken", "not as declared"),
        Standing::Contradicts => ("broken", "not everywhere"),
        Standing::Wrong => ("broken", "wrong"),
        Standing::Unopened(_) => ("broken", "did not open"),
    }
}
