//! Rules, shapes and traffic on the page, as bar charts in SVG.

use maud::{Markup, html};

use crate::Document;
use crate::text::{grouped, line};

/// One bar: what it stands for, and how long it is.
struct Bar {
    name: String,
    count: u64,
    /// What stands in the place of a bar.
    note: Option<String>,
}

pub(super) fn charts(report: &Document) -> Markup {
    let rules = report.rules.iter().map(|rule| Bar {
        name: line(&rule.rule),
        count: rule.operations,
        note: rule.left_out.as_deref().map(line),
    });
    let shapes = report.shapes.iter().map(|shape| Bar {
        name: line(&shape.shape),
        count: shape.states,
        note: (shape.states == 0).then(|| "never met".to_owned()),
    });
    let traffic = report.traffic.iter().map(|of| Bar {
        name: line(&of.operation),
        count: of.requests,
        note: None,
    });
    html! {
        (chart("Operations per rule", rules.collect()))
        (chart("States per shape, of those looked at", shapes.collect()))
        (chart("Requests per operation", traffic.collect()))
    }
}

fn chart(title: &str, bars: Vec<Bar>) -> Markup {
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or_default();
    html! {
        @if most > 0 {
            section {
                h2 { (title) }
                div.chart role="list" {
                    @for bar in &bars { (row(bar, most)) }
                }
            }
        }
    }
}

fn row(bar: &Bar, most: u64) -> Markup {
    // What is there is seen, be it ever so little.
    let width = (bar.count as f64 / most as f64 * 100.0).max(0.5);
    html! {
        div.bar role="listitem" data-search {
            span.name { (bar.name) }
            @match &bar.note {
                Some(note) => { span.note { (note) } }
                None => {
                    svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                        rect width=(format!("{width:.2}")) height="10" {}
                    }
                }
            }
            span.number { (grouped(bar.count)) }
        }
    }
}
