//! Passports show what a store does beside what it declares, and fail for what is neither.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use expect_test::expect;
use zarr_conform_machines::model::contract::Knob;
use zarr_conform_machines::model::{
    Dialect, ErrorClass, Names, Operation, Outcome, Refusal, Reply,
};
use zarr_conform_machines::mutants::ReferenceStore;
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{KnownIssue, Machine, Passport, Standing};

/// What is odd about a store.
#[derive(Clone, Copy)]
enum Oddity {
    /// Nothing.
    None,
    /// Erasing a missing key is an error where there are other keys.
    ErasesByChance,
    /// A range past the end is a panic.
    Panics,
}

/// A reference store with an oddity.
struct Odd(Oddity);

struct OddStore {
    odd: Oddity,
    store: ReferenceStore,
}

impl Adapter for Odd {
    fn name(&self) -> &str {
        "odd:store"
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(OddStore { odd: self.0, store: ReferenceStore::new(Dialect::ZARRS) }))
    }
}

impl StoreUnderTest for OddStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        match (self.odd, operation) {
            (Oddity::ErasesByChance, Operation::Erase { key })
                if !self.store.contents().is_empty()
                    && !self.store.contents().contains_key(names.key(*key)) =>
            {
                Outcome::Refused(Refusal::new(ErrorClass::NotFound, "no such key"))
            }
            (Oddity::Panics, Operation::GetPartial { range, .. })
                if range.0.to_string().contains('9') =>
            {
                panic!("out of bounds")
            }
            _ => self.store.answer(names, operation),
        }
    }
}

fn passport(odd: Oddity) -> Passport {
    Machine::of(Odd(odd)).known_issues([]).passport()
}

fn text(passport: &Passport, knob: Knob) -> String {
    let entry = passport.entry(knob).unwrap();
    let mut text = format!(
        "{}: {:?}, declared {:?}, {} of {}, {:?}\n",
        entry.subject, entry.found, entry.declared, entry.kept, entry.askings, entry.standing
    );
    for shown in &entry.plans {
        let lines = shown.lines.iter().map(|line| format!("{} -> {}\n", line.operation, line.got));
        text.extend(lines);
        text.push('\n');
    }
    text
}

#[test]
fn a_store_that_keeps_its_word_holds_and_its_promises_can_be_declared() {
    let passport = passport(Oddity::None);
    assert!(passport.holds(), "{passport}");
    assert_eq!(
        passport.lines(),
        [
            "dialect.ranges.zero_length_past_end = Reply::Answer;",
            "dialect.write_partial_gap = Reply::Answer;",
            "dialect.order = ListOrder::Bytes;",
        ]
    );
}

#[test]
fn one_question_with_two_answers_is_shown_by_a_plan_for_each() {
    let passport = passport(Oddity::ErasesByChance);
    assert!(!passport.holds());
    expect![[r#"
        erase_missing: Some("answered or refused"), declared Some("answered"), 14 of 14, Contradicts
        erase a -> done

        set yonder/z "other" -> done
        set yonder.b "" -> done
        erase a -> error NotFound (no such key)

    "#]]
    .assert_eq(&text(&passport, Knob::EraseMissing));
    assert_eq!(passport.dialect().erase_missing, Reply::Either);
}

#[test]
fn an_answer_that_no_dialect_has_is_wrong_until_it_is_known() {
    let wrong = passport(Oddity::Panics);
    assert!(!wrong.holds());
    assert_eq!(wrong.entry(Knob::OffsetPastEnd).unwrap().standing, Standing::Wrong);
    let issue = KnownIssue::new("past-the-end", "get_partial: panic (live, empty)", "it is known");
    let known = Machine::of(Odd(Oddity::Panics)).known_issues([issue]).passport();
    let standing = &known.entry(Knob::OffsetPastEnd).unwrap().standing;
    assert_eq!(*standing, Standing::Known("past-the-end".to_owned()));
}

#[test]
fn a_passport_is_the_same_each_time_and_reads_as_json() {
    let (one, other) = (passport(Oddity::ErasesByChance), passport(Oddity::ErasesByChance));
    assert_eq!(one.to_markdown(), other.to_markdown());
    assert_eq!(one.to_json(), other.to_json());
    let json: serde_json::Value = serde_json::from_str(&one.to_json()).unwrap();
    assert_eq!(json["dialect"]["erase_missing"], "Reply::Either");
    assert_eq!(json["holds"], false);
    let entries = json["entries"].as_array().unwrap();
    let states: Vec<&str> =
        entries.iter().map(|entry| entry["standing"]["state"].as_str().unwrap()).collect();
    assert!(states.contains(&"contradicts") && states.contains(&"not_asked"), "{states:?}");
}

#[test]
fn a_page_has_an_anchor_for_each_question_and_each_clause() {
    let passport = passport(Oddity::None);
    let page = passport.to_markdown();
    for entry in passport.entries() {
        assert!(page.contains(&format!("<a id=\"{}\"></a>", entry.subject)), "{}", entry.subject);
    }
    assert!(page.contains("<a id=\"clause-R4\"></a>R4 | in "), "{page}");
    assert_eq!(passport.page_name(), "odd-store");
}

#[test]
fn a_badge_says_whether_the_store_keeps_its_word() {
    let badge: serde_json::Value =
        serde_json::from_str(&passport(Oddity::None).badge_json()).unwrap();
    assert_eq!(
        (&badge["schemaVersion"], &badge["message"]),
        (&1.into(), &"kept as declared".into())
    );
    let svg = passport(Oddity::ErasesByChance).badge_svg();
    assert!(svg.starts_with("<svg ") && svg.contains("zarr-conform: not as declared"), "{svg}");
}
