//! Every rendering of a report: what it says, and that nothing in it is taken for markup.

use expect_test::expect;
use pulldown_cmark::{Event, Parser, Tag};
use roxmltree::{Document as Xml, Node};
use zarr_conform_machines::report::Rate;
use zarr_conform_machines::report::document::Outcome;
use zarr_conform_machines::{KnownIssue, Machine};
use zarr_conform_memory::MemoryAdapter;
use zarr_conform_reports::{Column, Document, Format, issue, matrix};

mod hostile;

fn memory() -> Machine {
    Machine::of(MemoryAdapter::synchronous()).cases(40)
}

/// A campaign with failures.
fn disagrees() -> Document {
    memory().known_issues([]).run().document()
}

/// The test case of a clause.
fn case<'a>(xml: &'a Xml<'a>, clause: &str) -> Node<'a, 'a> {
    let named = |node: &Node<'_, '_>| {
        let name = node.attribute("name").unwrap_or_default();
        node.has_tag_name("testcase") && name.split(':').next() == Some(clause)
    };
    xml.descendants().find(named).expect("each clause has a test case")
}

fn child(node: Node<'_, '_>) -> Option<String> {
    let child = node.children().find(Node::is_element)?;
    Some(child.tag_name().name().to_owned())
}

#[test]
fn an_issue_has_what_somebody_else_needs() {
    let report = disagrees();
    let failure = report.failures.iter().find(|failure| failure.clause == "R4");
    expect![[r#"
        ## get_partial: panic (live, empty, suffix longer than the value)

        Store: `memory`. Crates: zarrs_storage 0.4.5. Found by `zarr-conform 0.1.0`, machine `store`, seed `0x0`.

        ```
        set a ""
        get_partial a -1..
        ```

        After line 2, `get_partial a -1..`:

        - Expected: `error InvalidRange`
        - Actual: `panic (attempt to subtract with overflow at zarrs_storage-0.4.5/src/byte_range.rs:106)`
        - A correct store holds: `{a: ""}`

        Clause `R4` [K]: A range gives exactly the bytes it covers; what it gives beyond the end is the dialect's. Source: Zarr v3 core, `get_partial_values`; `zarrs_storage::byte_range`.

        The same cause shows as:

        - get_many: panic (R15): `set a ""; get_many [a -1..]`
        - get_partial_many: panic (live, empty, suffix longer than the value) (R7): `set a ""; get_partial_many a [-1..]`

        Seen 36 times, first in case 1; 13 operations shrunk to 2.
    "#]]
    .assert_eq(&issue(&report, failure.expect("suffixes panic")));
}

#[test]
fn a_report_in_markdown_has_every_failure_and_every_known_issue() {
    let report = memory().run().document();
    let text = Format::Markdown.render(&report);
    for known in &report.known {
        assert!(text.contains(&format!("- `{}`: ", known.id)), "{text}");
    }
    let report = disagrees();
    let text = Format::Markdown.render(&report);
    assert_eq!(text.matches("\n## ").count(), report.failures.len(), "{text}");
}

#[test]
fn each_clause_is_a_test_case() {
    let report = disagrees();
    let xml = Format::Junit.render(&report);
    let xml = Xml::parse(&xml).expect("it is XML");
    for count in &report.clauses {
        let found = child(case(&xml, &count.clause));
        let is_broken = report.failures.iter().any(|failure| {
            failure.clause == count.clause
                || failure.symptoms.iter().any(|symptom| symptom.clause == count.clause)
        });
        let wanted = match (is_broken, count.questions) {
            (true, _) => Some("failure"),
            (false, 0) => Some("skipped"),
            (false, _) => None,
        };
        assert_eq!(found.as_deref(), wanted, "{}", count.clause);
    }
    assert_eq!(child(case(&xml, "verdict")).as_deref(), Some("failure"));
    let loaded = quick_junit::Report::deserialize_from_str(&Format::Junit.render(&report));
    assert_eq!(loaded.expect("others can read it").tests, report.clauses.len() + 1);
}

#[test]
fn known_issues_are_skipped_with_their_reason() {
    let report = memory().run().document();
    assert_eq!(report.status, Outcome::Conforms);
    let xml = Format::Junit.render(&report);
    let xml = Xml::parse(&xml).expect("it is XML");
    for known in &report.known {
        let skipped = case(&xml, &known.clause).children().find(Node::is_element).unwrap();
        assert_eq!(skipped.tag_name().name(), "skipped", "{}", known.id);
        let message = skipped.attribute("message").unwrap_or_default();
        assert!(message.contains(&known.reason), "{message}");
    }
    assert_eq!(child(case(&xml, "verdict")), None);
}

#[test]
fn what_comes_and_goes_is_marked_as_flaky_and_fails() {
    let mut report = disagrees();
    report.failures[0].shrinking.flaky = true;
    let clause = report.failures[0].clause.clone();
    let xml = Format::Junit.render(&report);
    let xml = Xml::parse(&xml).expect("it is XML");
    let names: Vec<&str> = case(&xml, &clause)
        .children()
        .filter(Node::is_element)
        .map(|node| node.tag_name().name())
        .collect();
    assert_eq!(names, ["failure", "flakyFailure"]);
    assert!(Format::Html.render(&report).contains("comes and goes"));
}

#[test]
fn how_often_callers_show_a_failure_stands_in_every_form() {
    let mut report = disagrees();
    report.failures[0].shrinking.rate = Some(Rate { shown: 3, of: 20 });
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Json) {
        let text = format.render(&report);
        assert!(text.contains("hown by 3 of 20 runs of its callers"), "{format:?}: {text}");
    }
}

#[test]
fn the_crates_that_were_tested_stand_in_every_form() {
    let report = disagrees();
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Json) {
        let text = format.render(&report);
        assert!(text.contains("zarrs_storage 0."), "{format:?}: {text}");
    }
    let mut silent = report;
    silent.tested.clear();
    assert!(!Format::Html.render(&silent).contains("zarrs_storage 0.4.5,"));
    assert!(!silent.to_json().contains("\"tested\""), "what nobody says is left out");
}

#[test]
fn the_command_to_play_it_again_stays_in_a_long_test_case() {
    let mut report = disagrees();
    let failure = &mut report.failures[0];
    failure.replay = Some("zarr-conform replay a.plan".to_owned());
    failure.plan += &["set a \"", &"x".repeat(10_000), "\"\n"].concat();
    let clause = failure.clause.clone();
    let xml = Format::Junit.render(&report);
    let xml = Xml::parse(&xml).expect("it is XML");
    let text = case(&xml, &clause).first_element_child().and_then(|node| node.text());
    let text = text.expect("it has a description");
    assert!(
        text.contains("characters less") && text.contains("zarr-conform replay a.plan"),
        "{text}"
    );
}

#[test]
fn little_that_was_proved_is_an_error_with_its_reason() {
    let report = memory().known_issues([] as [KnownIssue; 0]).cases(0).run().document();
    let xml = Format::Junit.render(&report);
    let xml = Xml::parse(&xml).expect("it is XML");
    assert_eq!(child(case(&xml, "verdict")).as_deref(), Some("error"));
    for format in [Format::Junit, Format::Markdown, Format::Html] {
        let text = format.render(&report);
        assert!(text.contains("no cases were asked for"), "{format:?}: {text}");
    }
}

#[test]
fn the_page_shows_each_failure_with_its_steps_and_its_clause() {
    let report = disagrees();
    let page = Format::Html.render(&report);
    for (at, failure) in report.failures.iter().enumerate() {
        assert!(page.contains(&format!("id=\"failure-{}\"", at + 1)), "{page}");
        assert!(page.contains(&format!("href=\"#clause-{}\"", failure.clause)), "{page}");
    }
    for count in &report.clauses {
        assert_eq!(page.matches(&format!("id=\"clause-{}\"", count.clause)).count(), 1);
    }
    let wrong = report.failures.iter().flat_map(|failure| &failure.lines);
    let wrong = wrong.filter(|line| !line.agrees).count();
    assert_eq!(page.matches("class=\"wrong\"").count(), wrong);
    assert!(page.contains("holds <code>{a: "), "the model is shown: {page}");
    assert!(!page.contains("http://") && !page.contains("src="), "nothing is loaded");
}

#[test]
fn what_a_store_says_is_never_markup_and_never_long() {
    let report = hostile::report();
    for format in Format::ALL {
        let text = format.render(&report);
        for control in ['\0', '\u{1b}', '\u{202e}'] {
            assert!(format == Format::Json || !text.contains(control), "{format:?}");
        }
        assert!(format == Format::Json || text.len() < 300_000, "{format:?}: {}", text.len());
    }
    let page = Format::Html.render(&report);
    assert_eq!(page.matches("<script").count(), 1, "only the page's own");
    assert!(page.contains("&lt;script&gt;"), "it is shown");
    let junit = Format::Junit.render(&report);
    let xml = Xml::parse(&junit).expect("it is XML");
    let said = xml
        .descendants()
        .any(|node| node.attribute("name").is_some_and(|name| name.contains("<script>")));
    assert!(said, "it is shown: {junit}");
    let markdown = Format::Markdown.render(&report);
    let events: Vec<Event<'_>> = Parser::new(&markdown).collect();
    let is_markup = |event: &&Event<'_>| {
        matches!(
            event,
            Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(Tag::Link { .. } | Tag::Image { .. })
        )
    };
    assert_eq!(events.iter().find(is_markup), None, "{markdown}");
    let said = |event: &Event<'_>| matches!(event, Event::Code(text) if text.contains("<script>"));
    assert!(events.iter().any(said), "it is shown: {markdown}");
    assert!(!Format::Json.render(&report).contains('\u{1b}'), "JSON escapes controls");
}

#[test]
fn stores_side_by_side_have_a_cell_for_each_clause_that_one_of_them_met() {
    let columns = Column::of([disagrees(), hostile::report(), disagrees()]);
    let files: Vec<&str> = columns.iter().map(|column| column.file.as_str()).collect();
    assert_eq!(files[1..], ["memory-store", "memory-store-2"]);
    assert!(files[0].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{files:?}");
    let left_out = [(hostile::WORDS.to_owned(), hostile::WORDS.to_owned())];
    let page = matrix(&columns, &left_out);
    assert_eq!(page.matches("<script").count(), 1, "only the page's own");
    assert!(!page.contains('\0') && !page.contains('\u{1b}'), "controls are shown");
    let rows = page.matches("<th scope=\"row\"").count();
    assert_eq!(page.matches("<td class=\"cell").count(), rows * columns.len());
    assert!(page.contains("memory-store.html#failure-1\">fail</a>"), "it leads to the plan");
    assert!(page.contains("2 stores against the contract"), "one store has two reports");
    assert!(page.contains("In 3 reports of them: "), "{page}");
    let silent = page.split("Not reached by any: ").nth(1).expect("some are of other machines");
    assert!(silent.split("</p>").next().is_some_and(|silent| silent.contains("H1, ")), "{silent}");
}
