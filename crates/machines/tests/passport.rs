//! Passports show what a store does beside what it declares, and fail for what is neither.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::expect;
use zarr_conform_filesystem::FilesystemAdapter;
use zarr_conform_machines::model::contract::{Knob, RequestBudget, SecondHandle, Traffic};
use zarr_conform_machines::model::{
    Capabilities, Clause, Dialect, ErrorClass, Names, Operation, OperationKind, Outcome, Refusal,
    Reply,
};
use zarr_conform_machines::mutants::{FileAdapter, Mutant, Planted, ReferenceStore};
#[cfg(feature = "faults")]
use zarr_conform_machines::mutants::{RaceAdapter, RaceBug};
use zarr_conform_machines::passport::{Broken, Entry, Standing};
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{KnownIssue, Machine, Passport, ShrinkBudget};

/// What is odd about a store.
#[derive(Clone, Copy)]
enum Oddity {
    /// Nothing.
    None,
    /// Erasing a missing key is an error where there are other keys.
    ErasesByChance,
    /// A range past the end is a panic.
    Panics,
    /// It does not open from this time to that one.
    Shuts(usize, usize),
    /// One question in so many is to be asked again.
    Busy(usize),
    /// Keys of more than 300 bytes are held as nothing.
    LosesLong,
    /// Listings of all keys lack the last one.
    Forgets,
    /// A read takes two requests, and one is promised.
    Costly,
}

/// A reference store with an oddity.
struct Odd {
    how: Oddity,
    opened: AtomicUsize,
    asked: Arc<AtomicUsize>,
}

impl Odd {
    fn new(odd: Oddity) -> Self {
        Self { how: odd, opened: AtomicUsize::new(0), asked: Arc::default() }
    }
}

struct OddStore {
    odd: Oddity,
    asked: Arc<AtomicUsize>,
    requests: u64,
    store: ReferenceStore,
}

impl Adapter for Odd {
    fn name(&self) -> &str {
        "odd:store"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { traffic: matches!(self.how, Oddity::Costly), ..Capabilities::ZARRS }
    }

    fn dialect(&self) -> Dialect {
        let requests = match self.how {
            Oddity::Costly => RequestBudget::NONE.with(OperationKind::Get, 1),
            _ => RequestBudget::NONE,
        };
        Dialect { requests, ..Dialect::ZARRS }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let opened = self.opened.fetch_add(1, Ordering::Relaxed);
        if let Oddity::Shuts(from, to) = self.how
            && (from..to).contains(&opened)
        {
            return Err(OpenError::new("the disk is gone"));
        }
        let store = ReferenceStore::new(Dialect::ZARRS);
        let asked = Arc::clone(&self.asked);
        Ok(Box::new(OddStore { odd: self.how, asked, requests: 0, store }))
    }
}

impl StoreUnderTest for OddStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        self.requests += if matches!(operation, Operation::Get { .. }) { 2 } else { 1 };
        match (self.odd, operation) {
            (Oddity::Busy(every), _) if asked % every == every - 1 => {
                Outcome::Refused(Refusal::new(ErrorClass::Transient, "later"))
            }
            (Oddity::LosesLong, Operation::Set { key, .. })
                if names.key(*key).as_str().len() > 300 =>
            {
                self.store.answer(names, &Operation::Set { key: *key, value: "".into() })
            }
            (Oddity::Forgets, Operation::List | Operation::ListPrefix { .. }) => {
                let mut outcome = self.store.answer(names, operation);
                if let Outcome::Keys(keys) = &mut outcome {
                    keys.pop();
                }
                outcome
            }
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

    fn traffic(&self) -> Option<Traffic> {
        let counts = matches!(self.odd, Oddity::Costly);
        counts.then(|| Traffic { requests: self.requests, ..Traffic::default() })
    }
}

fn passport(odd: Oddity) -> Passport {
    Machine::of(Odd::new(odd)).known_issues([]).passport()
}

fn subject<'a>(passport: &'a Passport, subject: &str) -> &'a Entry {
    let found = passport.entries().iter().find(|entry| entry.subject == subject);
    found.unwrap_or_else(|| panic!("nothing is about {subject}"))
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
    let known = Machine::of(Odd::new(Oddity::Panics)).known_issues([issue]).passport();
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

#[test]
fn a_store_that_does_not_open_for_a_question_is_red_there_and_is_asked_the_next_one() {
    // The campaign opens it some times, too.
    let played = 200;
    let shut = passport(Oddity::Shuts(played, played + 3));
    assert!(!shut.holds());
    let red: Vec<&Entry> = shut.red().collect();
    assert_eq!(red.len(), 1, "{shut}");
    assert_eq!(red[0].standing, Standing::Unopened("the disk is gone".to_owned()));
    assert!(shut.to_string().contains("the store did not open for it: the disk is gone"));
    // One that opens when it is tried again is as good as any.
    assert!(passport(Oddity::Shuts(played, played + 1)).holds());
    // And one that is gone for good is red to the end.
    let gone = passport(Oddity::Shuts(played, usize::MAX));
    assert!(matches!(gone.entries().last().unwrap().standing, Standing::NotAsked(_)));
    let is_red = |name| subject(&gone, name).standing.is_red();
    assert!(["names.zarr", "capabilities.list", "order"].into_iter().all(is_red), "{gone}");
    // What did not open was found to do nothing.
    assert_eq!(gone.dialect().order, Dialect::ZARRS.order);
}

#[test]
fn the_entry_about_transient_errors_counts_the_plans_without_one_and_shows_one_that_had() {
    let busy = passport(Oddity::Busy(97));
    let entry = busy.entry(Knob::TransientErrors).unwrap();
    assert_eq!((entry.standing.clone(), entry.found.as_deref()), (Standing::Differs, Some("yes")));
    assert!(0 < entry.kept && entry.kept < entry.askings, "{entry:?}");
    assert_eq!(entry.askings, busy.asked().0);
    let [shown] = &*entry.plans else { panic!("{entry:?}") };
    let last = shown.lines.last().unwrap();
    assert!(!last.agrees && last.got == "error Transient (later)", "{shown:?}");
    // What is wrong with an answer is no transient error.
    let wrong = passport(Oddity::Forgets);
    let entry = wrong.entry(Knob::TransientErrors).unwrap();
    assert_eq!(
        (&entry.standing, entry.kept, entry.plans.len()),
        (&Standing::Kept, entry.askings, 0)
    );
}

#[test]
fn a_clause_that_a_symptom_breaks_is_not_kept() {
    let passport = passport(Oddity::Forgets);
    let answers = passport.answers();
    let broken: Vec<Clause> = answers.failures.iter().flat_map(Broken::clauses).collect();
    let own: Vec<Clause> = answers.failures.iter().map(|one| one.clause).collect();
    let of_symptoms: Vec<&Clause> = broken.iter().filter(|one| !own.contains(one)).collect();
    assert!(!of_symptoms.is_empty(), "there is nothing to see: {answers:?}");
    assert!(answers.kept.iter().all(|(clause, _)| !broken.contains(clause)), "{answers:?}");
    let page = passport.to_markdown();
    for clause in of_symptoms {
        assert!(
            page.contains(&format!("<a id=\"clause-{clause}\"></a>{clause} | no: `")),
            "{page}"
        );
    }
}

#[test]
fn plans_are_whole_in_data_and_cut_where_they_are_read() {
    let passport = passport(Oddity::LosesLong);
    let entry = passport.entry(Knob::MaxKeyBytes).unwrap();
    let [shown] = &*entry.plans else { panic!("{entry:?}") };
    let operation = &shown.lines[0].operation;
    assert!(shown.plan.starts_with(operation) && operation.len() > 300, "{shown:?}");
    assert!(!passport.to_json().contains(" more)…"));
    assert!(passport.to_string().contains(" more)…") && !passport.to_string().contains(operation));
}

#[test]
fn a_cost_over_the_budget_is_red_until_it_is_known() {
    let costly = passport(Oddity::Costly);
    assert_eq!(subject(&costly, "cost.get").standing, Standing::Differs);
    assert_eq!(subject(&costly, "cost.get").plans.len(), 1);
    let [failure] = &*costly.answers().failures else { panic!("{costly}") };
    let issue = KnownIssue::new("two-requests", &failure.signature, "it looks first");
    let machine = Machine::of(Odd::new(Oddity::Costly)).known_issues([issue]);
    let known = machine.passport();
    assert_eq!(
        subject(&known, "cost.get").standing,
        Standing::Known("two-requests".to_owned()),
        "{known}"
    );
    let badge: serde_json::Value = serde_json::from_str(&known.badge_json()).unwrap();
    assert_eq!(badge["message"], "kept, 1 known issue");
}

#[test]
fn what_is_not_asked_says_what_is_missing() {
    let passport = passport(Oddity::None);
    let why = |name: &str| match &subject(&passport, name).standing {
        Standing::NotAsked(why) => why.clone(),
        standing => panic!("{name} was asked: {standing:?}"),
    };
    assert_eq!(why("create.answer"), "the capability `create` is not declared");
    assert_eq!(why("rename.replaces"), "the capability `rename` is not declared");
    assert_eq!(why("cost"), "the capability `traffic` is not declared");
    assert!(why("overlap").starts_with("the store is asked by one caller at a time"));
}

/// What is said of each subject that begins so.
fn said(passport: &Passport, of: &str) -> String {
    let about = passport.entries().iter().filter(|entry| entry.subject.starts_with(of));
    let lines = about.map(|entry| {
        let found = entry.found.as_deref().unwrap_or("-");
        format!("{}: {found} ({:?})\n", entry.subject, entry.standing)
    });
    lines.collect::<Vec<_>>().concat()
}

#[test]
fn a_second_store_at_the_same_place_is_asked_what_it_sees() {
    let twice =
        Capabilities { reopen: true, second_handle: true, audit: true, ..Capabilities::ZARRS };
    let careful = Machine::of(FileAdapter::careful()).capabilities(twice);
    let careful = careful.known_issues([]).passport();
    expect![[r"
        second_handle: what was written, at once (Undeclared)
    "]]
    .assert_eq(&said(&careful, "second_handle"));
    assert!(careful.lines().contains(&"dialect.second_handle = SecondHandle::Immediate;"));
    // What was read once is kept by whoever read it. Its failures are many, each write waits for the
    // disk, and nothing here looks at their plans: they stay long.
    let planted = || Planted::new(Arc::new(FileAdapter::careful()), Mutant::M19);
    let cached = Machine::of(planted()).capabilities(twice).known_issues([]);
    let cached = cached.shrink_budget(ShrinkBudget { calls: 1, ..ShrinkBudget::default() });
    let lags = cached.passport();
    expect![[r"
        second_handle: what was there when it was opened (Kept)
    "]]
    .assert_eq(&said(&lags, "second_handle"));
    let says = Dialect { second_handle: SecondHandle::Immediate, ..planted().dialect() };
    let lags = cached.dialect(says).passport();
    let entry = lags.entry(Knob::SecondHandle).unwrap();
    assert_eq!(entry.standing, Standing::Differs);
    let lines: Vec<String> = entry.plans[0]
        .lines
        .iter()
        .skip_while(|line| !line.operation.contains("22"))
        .map(|line| format!("{} -> {}\n", line.operation, line.got))
        .collect();
    expect![[r#"
        first: set a "22" -> done
        first: set b "2" -> done
        first: erase c -> done
        first: get a -> "22"
        first: get b -> "2"
        first: get c -> absent
        first: list -> [a, b]
        second: get a -> "1"
        second: get b -> "2"
        second: get c -> absent
        second: list -> [a, b]
        opened again: get a -> "22"
        opened again: get b -> "2"
        opened again: get c -> absent
        opened again: list -> [a, b]
    "#]]
    .assert_eq(&lines.concat());
    assert_eq!((entry.askings, entry.kept), (5, 5), "it lags in every state");
    // One in memory has no place.
    let why = "the capability `second_handle` is not declared".to_owned();
    let none = passport(Oddity::None);
    assert_eq!(none.entry(Knob::SecondHandle).unwrap().standing, Standing::NotAsked(why));
}

#[cfg(feature = "faults")]
#[test]
fn callers_are_asked_what_they_see_of_each_other() {
    let passport_of = |adapter: RaceAdapter| {
        let machine = Machine::of(adapter).known_issues([]);
        machine.shrink_budget(ShrinkBudget { calls: 1, ..ShrinkBudget::default() }).passport()
    };
    let careful = passport_of(RaceAdapter::careful());
    expect![[r"
        overlap: each happens at one moment (Kept)
        partial_writes: all are kept (Kept)
    "]]
    .assert_eq(&(said(&careful, "overlap") + &said(&careful, "partial_writes")));
    let torn = passport_of(RaceAdapter::with(RaceBug::C01));
    let entry = torn.entry(Knob::Overlap).unwrap();
    assert_eq!(entry.standing, Standing::Differs);
    expect![[r#"
        set a "the old value"    -> done
        together
          1: set a "new"    -> done
          2: get a
            want "the old value", or "new"    (C2)
            got  ""
          turns: 1 before write#1 -> 2
        end
        get a    -> "new"
    "#]]
    .assert_eq(&entry.plans[0].text());
    let lost = passport_of(RaceAdapter::with(RaceBug::C13));
    expect![[r"
        partial_writes: may lose one another (Differs)
    "]]
    .assert_eq(&said(&lost, "partial_writes"));
}

#[test]
fn what_somebody_else_puts_at_a_stores_place_is_told() {
    let careful = Machine::of(FileAdapter::careful()).known_issues([]).passport();
    expect![[r"
        foreign.file: not listed (Told)
        foreign.directory: not listed (Told)
        foreign.link: not listed (Told)
        foreign.temporary: not listed (Told)
        foreign.space: not listed (Told)
    "]]
    .assert_eq(&said(&careful, "foreign"));
    let plain = Machine::of(FilesystemAdapter::plain()).passport();
    expect![[r"
        foreign.file: listed as a key, in its directory as a key (Told)
        foreign.directory: in its directory as a directory (Told)
        foreign.link: in its directory as a key (Told)
        foreign.temporary: listed as a key, in its directory as a key (Told)
        foreign.space: listed as a key, in its directory as a key (Told)
    "]]
    .assert_eq(&said(&plain, "foreign"));
    assert!(subject(&plain, "foreign.file").plans[0].plan.contains("put there"));
    assert!(said(&passport(Oddity::None), "foreign.file").contains("keeps no files"));
}
