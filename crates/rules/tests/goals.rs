//! What a generator says that it can meet, its plans do meet.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};
use zarr_conform_model::contract::RangeDialect;
use zarr_conform_model::{
    Capabilities, Clause, Declaration, Dialect, Model, OperationKind, StoreModel,
};
use zarr_conform_rules::{Generator, Goal, Shape, Unreachable, store_rules, with_frequency};

/// A store that keeps keys as files, and can be opened again.
const FILES: Declaration = Declaration {
    capabilities: Capabilities {
        reopen: true,
        create: true,
        copy: true,
        rename: true,
        ..Capabilities::ZARRS
    },
    dialect: Dialect { key_below_key: false, max_name_bytes: Some(255), ..Dialect::ZARRS },
};

const READ_ONLY: Capabilities = Capabilities { write: false, erase: false, ..Capabilities::ZARRS };

fn reachable(generator: &Generator) -> impl Iterator<Item = Goal> {
    generator.goals().filter(|(_, reach)| reach.is_ok()).map(|(goal, _)| goal)
}

/// How often the answer to an operation of a rule is held against a clause.
fn count_clauses(generator: &Generator, cases: u64) -> BTreeMap<(usize, Clause), u64> {
    let mut counts = BTreeMap::new();
    for case in 0..cases {
        let start = generator.start_of(0x5eed, case);
        let mut rules = Vec::new();
        let plan = generator.plan_from(&start, 0x5eed, case, |rule| rules.push(rule));
        let mut model = StoreModel::new(plan.names().clone(), *generator.declared());
        for (operation, rule) in plan.operations().zip(rules) {
            *counts.entry((rule, model.expect(operation).clause)).or_default() += 1;
            model.predict(operation);
        }
    }
    counts
}

#[test]
fn every_clause_that_rules_can_reach_is_reached() {
    for declared in [Declaration::ZARRS, FILES] {
        let generator = Generator::new(declared);
        let counts = count_clauses(&generator, 300);
        let reached: BTreeSet<Clause> = counts.keys().map(|(_, clause)| *clause).collect();
        let can = reachable(&generator).filter_map(|goal| match goal {
            Goal::Clause(clause) => Some(clause),
            Goal::Shape(_) => None,
        });
        assert_eq!(can.collect::<BTreeSet<_>>(), reached);
    }
}

#[test]
fn rules_name_the_clauses_that_they_exercise() {
    let counts = [Declaration::ZARRS, FILES].map(|declared| {
        let generator = Generator::new(declared);
        count_clauses(&generator, 1000)
    });
    for (index, rule) in store_rules().iter().enumerate() {
        // That a refusal changed nothing is for checks to see.
        for clause in rule.exercised().iter().filter(|clause| **clause != Clause::W10) {
            let occurs = counts.iter().any(|counts| counts.contains_key(&(index, *clause)));
            assert!(occurs, "`{}` never exercises {clause}", rule.name());
        }
        for counts in &counts {
            let of_rule = || counts.iter().filter(|((other, _), _)| *other == index);
            let all: u64 = of_rule().map(|(_, count)| count).sum();
            for ((_, clause), count) in of_rule() {
                let is_rare = count * 50 < all;
                let is_named = rule.exercised().contains(clause);
                assert!(is_rare || is_named, "`{}` exercises {clause}", rule.name());
            }
        }
    }
}

#[test]
fn plans_towards_a_goal_meet_it() {
    for declared in [Declaration::ZARRS, FILES] {
        let generator = Generator::new(declared);
        for goal in reachable(&generator) {
            let plans = (0..20).map(|case| generator.plan_towards(goal, 7, case));
            let met = plans.filter(|plan| goal.is_reached_by(plan, declared)).count();
            assert!(met >= 18, "{met} of 20 plans meet {goal}");
        }
    }
}

#[test]
fn plans_towards_a_goal_can_be_had_again() {
    let generator = Generator::new(Dialect::ZARRS);
    let [below, deep] = [Shape::KeyBelowKey, Shape::ThreeLevels].map(Goal::Shape);
    let plan = |goal, case| generator.plan_towards(goal, 0x5eed, case);
    assert_eq!(plan(below, 3), plan(below, 3));
    assert_ne!(plan(below, 3), plan(below, 4));
    assert_ne!(plan(below, 3), plan(deep, 3));
    // A goal that is out of reach gets a plan too.
    assert!(!plan(Goal::Clause(Clause::W11), 3).is_empty());
}

fn check(generator: &Generator, expected: Expect) {
    let unmet = generator.goals().filter_map(|(goal, reach)| Some((goal, reach.err()?)));
    // A clause that no rule names is one for checks, as another test makes sure.
    let unmet = unmet.filter(|(_, why)| *why != Unreachable::NoRule);
    let lines: Vec<_> = unmet.map(|(goal, why)| format!("{goal}: {why}\n")).collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn default_plans_miss_only_what_the_dialect_and_the_store_rule_out() {
    check(
        &Generator::new(Dialect::ZARRS),
        expect![[r"
            R12: no rule asks for it, only a check does
            W4: the store cannot be asked `set_if_absent`
            W10: no rule asks for it, only a check does
            W11: by the dialect, a key and a key below it can both have values, and nothing is refused
            D9: the store cannot be asked `copy`
            O1: the store cannot be asked `reopen`
            O10: by the dialect, there is one way into the store
            I14: by the dialect, no number of requests is declared, or none are counted
            C1: it takes callers at the same time: play them
            C2: it takes callers at the same time: play them
            C3: it takes callers at the same time: play them
            C4: it takes callers at the same time: play them
            C5: it takes callers at the same time: play them
            C6: it takes callers at the same time: play them
            C7: it takes callers at the same time: play them
            C8: it takes callers at the same time: play them
            C9: it takes callers at the same time: play them
            C10: it takes callers at the same time: play them
            X1: by the dialect, no error is transient
            X2: it takes faults: play them
            X3: it takes faults: play them
            X4: it takes faults: play them
            X5: it takes faults: play them
            X6: it takes faults: play them
            X7: it takes faults: play them
            X8: it takes faults: play them
            X9: the store cannot be asked `audit`
            X10: it takes faults: play them
            X11: no rule asks for it, only a check does
        "]],
    );
    check(
        &Generator::new(Declaration {
            dialect: Dialect {
                ranges: RangeDialect::CLAMP,
                case_sensitive: false,
                ..FILES.dialect
            },
            ..FILES
        }),
        expect![[r"
            R7: by the dialect, every range is answered, and none is a bad one
            R12: no rule asks for it, only a check does
            W10: no rule asks for it, only a check does
            O10: by the dialect, there is one way into the store
            I14: by the dialect, no number of requests is declared, or none are counted
            C1: it takes callers at the same time: play them
            C2: it takes callers at the same time: play them
            C3: it takes callers at the same time: play them
            C4: it takes callers at the same time: play them
            C5: it takes callers at the same time: play them
            C6: it takes callers at the same time: play them
            C7: it takes callers at the same time: play them
            C8: it takes callers at the same time: play them
            C9: it takes callers at the same time: play them
            C10: it takes callers at the same time: play them
            X1: by the dialect, no error is transient
            X2: it takes faults: play them
            X3: it takes faults: play them
            X4: it takes faults: play them
            X5: it takes faults: play them
            X6: it takes faults: play them
            X7: it takes faults: play them
            X8: it takes faults: play them
            X9: the store cannot be asked `audit`
            X10: it takes faults: play them
            X11: no rule asks for it, only a check does
            key_below_key: by the dialect, a key and a key below it cannot both have values
            case_twins: by the dialect, keys that differ only in case are one key
        "]],
    );
}

#[test]
fn a_store_that_is_only_read_is_hardly_put_to_the_test() {
    let capabilities = Capabilities { write_partial: false, ..READ_ONLY };
    let met: Vec<_> =
        reachable(&Generator::new(capabilities)).map(|goal| goal.to_string()).collect();
    expect!["R2 R15 R10 R11 L1 L2 L4 L8 L11"].assert_eq(&met.join(" "));
}

#[test]
fn partial_writes_alone_create_keys_and_erase_none() {
    let generator = Generator::new(READ_ONLY);
    for (goal, is_met) in [
        (Goal::Clause(Clause::W6), true),
        (Goal::Clause(Clause::R4), true),
        (Goal::Clause(Clause::R1), false),
        (Goal::Shape(Shape::FiveKeys), true),
        (Goal::Shape(Shape::EmptiedDirectory), false),
    ] {
        let reach = generator.goals().find(|(other, _)| *other == goal).unwrap().1;
        assert_eq!(reach.is_ok(), is_met, "{goal}: {reach:?}");
        let plan = generator.plan_towards(goal, 1, 1);
        assert_eq!(goal.is_reached_by(&plan, READ_ONLY), is_met, "{goal}: {plan}");
    }
}

#[test]
fn rules_and_sizes_that_are_missing_are_named() {
    let reach = |generator: &Generator, goal| {
        generator.goals().find(|(other, _)| *other == goal).unwrap().1.unwrap_err()
    };
    let [cleared, crowded, many] = [
        Goal::Clause(Clause::D7),
        Goal::Shape(Shape::ThousandKeys),
        Goal::Shape(Shape::SeventeenKeys),
    ];
    let generator = Generator::new(Dialect::ZARRS).crowds(false).steps(16);
    assert_eq!(reach(&generator, crowded), Unreachable::NoCrowds);
    assert_eq!(reach(&generator, many), Unreachable::TooFewSteps(17));
    let rules = || store_rules().into_iter();
    let off =
        rules().map(|rule| if rule.asks() == OperationKind::Clear { rule.weight(0) } else { rule });
    let generator = Generator::new(Dialect::ZARRS).rules(off.collect());
    assert_eq!(reach(&generator, cleared), Unreachable::RuleOff("clear".to_owned()));
    let never = rules().map(|rule| with_frequency(rule, 0.0)).collect();
    let generator = Generator::new(Dialect::ZARRS).rules(never);
    assert_eq!(reach(&generator, cleared), Unreachable::RuleOff("clear".to_owned()));
    let generator = Generator::new(Dialect::ZARRS).rules(Vec::new());
    assert_eq!(reach(&generator, cleared), Unreachable::NoRule);
    assert_eq!(reach(&generator, many), Unreachable::NoRule);
}
