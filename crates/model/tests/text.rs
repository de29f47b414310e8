//! Plans print as text and parse back, whatever their names and values.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use expect_test::{Expect, expect};
use proptest::collection::vec;
use proptest::prelude::*;
use zarr_conform_model::plan::{
    BoundaryCall, CallKind, Caller, Errno, Fault, Handle, KeyPart, PowerPolicy, RequestFault,
    Switch, To, Turns,
};
use zarr_conform_model::{
    KeyId, Names, Operation, OperationKind, Patch, Plan, PrefixId, Range, Step, Value,
};
use zarrs_storage::byte_range::ByteRange;
use zarrs_storage::{StoreKey, StorePrefix};

/// Any key that `zarrs_storage` accepts: every Unicode string but those with misplaced slashes.
fn key() -> impl Strategy<Value = StoreKey> {
    let segment = prop_oneof!["[a-z]{1,3}", "\\PC{1,4}", any::<char>().prop_map(String::from)];
    let segment = segment.prop_map(|segment: String| segment.replace('/', "_"));
    let keys = vec(segment, 0..4).prop_map(|segments| segments.join("/"));
    keys.prop_filter_map("a key", |key| StoreKey::new(key).ok())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        vec(any::<u8>(), 0..20).prop_map(|bytes| Value::Literal(bytes.into())),
        "\\PC{0,8}".prop_map(|text| Value::from(text.as_str())),
        (any::<u32>(), any::<u8>()).prop_map(|(length, byte)| Value::Repeat { length, byte }),
        (any::<u32>(), any::<u32>()).prop_map(|(length, id)| Value::Pattern { length, id }),
    ]
}

fn range() -> impl Strategy<Value = Range> {
    let number = prop_oneof![0..10_u64, any::<u64>()];
    let bounded = (number.clone(), proptest::option::of(number.clone()));
    prop_oneof![
        bounded.prop_map(|(offset, length)| Range(ByteRange::FromStart(offset, length))),
        number.prop_map(|length| Range(ByteRange::Suffix(length))),
    ]
}

fn operation(keys: Vec<KeyId>, prefixes: Vec<PrefixId>) -> impl Strategy<Value = Operation> {
    let patch = || (any::<u64>(), value()).prop_map(|(offset, value)| Patch { offset, value });
    let key = || proptest::sample::select(keys.clone());
    let prefix = proptest::sample::select(prefixes);
    prop_oneof![
        key().prop_map(|key| Operation::Get { key }),
        (key(), range()).prop_map(|(key, range)| Operation::GetPartial { key, range }),
        (key(), vec(range(), 0..4))
            .prop_map(|(key, ranges)| Operation::GetPartialMany { key, ranges: ranges.into() }),
        vec((key(), proptest::option::of(range())), 0..4).prop_map(|parts| {
            let parts = parts.into_iter().map(|(key, range)| KeyPart { key, range });
            Operation::GetMany { parts: parts.collect() }
        }),
        (key(), value()).prop_map(|(key, value)| Operation::SetIfAbsent { key, value }),
        (key(), key()).prop_map(|(from, to)| Operation::Copy { keys: [from, to] }),
        (key(), key()).prop_map(|(from, to)| Operation::Rename { keys: [from, to] }),
        key().prop_map(|key| Operation::SizeKey { key }),
        key().prop_map(|key| Operation::Exists { key }),
        (key(), value()).prop_map(|(key, value)| Operation::Set { key, value }),
        (key(), patch()).prop_map(|(key, patch)| Operation::SetPartial { key, patch }),
        (key(), vec(patch(), 0..4))
            .prop_map(|(key, patches)| Operation::SetPartialMany { key, patches: patches.into() }),
        key().prop_map(|key| Operation::Erase { key }),
        vec(key(), 0..4).prop_map(|keys| Operation::EraseMany { keys: keys.into() }),
        prefix.clone().prop_map(|prefix| Operation::ErasePrefix { prefix }),
        prefix.clone().prop_map(|prefix| Operation::ListPrefix { prefix }),
        prefix.clone().prop_map(|prefix| Operation::ListDir { prefix }),
        prefix.clone().prop_map(|prefix| Operation::IsEmpty { prefix }),
        prefix.prop_map(|prefix| Operation::SizePrefix { prefix }),
        proptest::sample::select(vec![
            Operation::Clear,
            Operation::List,
            Operation::Size,
            Operation::Reopen,
            Operation::Audit,
            Operation::Close,
        ]),
    ]
}

fn ordinal() -> impl Strategy<Value = NonZeroU32> {
    (1..=u32::MAX).prop_map(|ordinal| NonZeroU32::new(ordinal).unwrap())
}

fn call() -> impl Strategy<Value = BoundaryCall> {
    let kind = proptest::sample::select(CallKind::ALL);
    (kind, ordinal()).prop_map(|(kind, ordinal)| BoundaryCall { kind, ordinal })
}

fn fault() -> impl Strategy<Value = Fault> {
    let errno = proptest::sample::select(Errno::ALL);
    let policy = proptest::sample::select(PowerPolicy::ALL);
    let request = proptest::sample::select(RequestFault::ALL);
    prop_oneof![
        (call(), errno).prop_map(|(at, errno)| Fault::Fail { at, errno }),
        call().prop_map(|at| Fault::Short { at }),
        (call(), any::<bool>()).prop_map(|(at, half)| Fault::Crash { at, half }),
        (call(), policy).prop_map(|(after, policy)| Fault::PowerCut { after, policy }),
        (ordinal(), any::<bool>(), request).prop_map(|(ordinal, on, fault)| Fault::Request {
            ordinal,
            on,
            fault
        }),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    vec(key(), 1..6).prop_flat_map(|keys| {
        let prefixes = keys.iter().map(StoreKey::to_prefix).chain([StorePrefix::root()]);
        let names = Names::new(keys.clone(), prefixes);
        let (keys, prefixes) = (names.keys().collect(), names.prefixes().collect());
        let names = Arc::new(names);
        let fault = proptest::option::weighted(0.2, fault());
        let step = (fault, operation(keys, prefixes));
        let step = step.prop_map(|(fault, operation)| Step { fault, ..operation.into() }).boxed();
        let caller = (0..3_usize).prop_map(|index| Some(Caller::at(index)));
        let handle = prop_oneof![Just(Handle::First), Just(Handle::Second)];
        let of_caller = (caller, handle, step.clone());
        let of_caller =
            of_caller.prop_map(|(caller, handle, step)| Step { caller, handle, ..step });
        let turns = proptest::option::of(turns());
        let parts = (vec(step.clone(), 0..6), vec(of_caller, 0..6), vec(step, 0..4), turns);
        parts.prop_map(move |(before, together, after, turns)| {
            Plan::new(Arc::clone(&names), [before, together, after].concat()).with_turns(turns)
        })
    })
}

fn turns() -> impl Strategy<Value = Turns> {
    let caller = || (0..3_usize).prop_map(Caller::at);
    let to = prop_oneof![3 => caller().prop_map(To::Caller), 1 => Just(To::End)];
    let switch = (caller(), 0..3_usize, call(), to);
    let switch =
        switch.prop_map(|(caller, operation, before, to)| Switch { caller, operation, before, to });
    let order = Just([0, 1, 2].map(Caller::at).to_vec()).prop_shuffle();
    let order = prop_oneof![Just(Vec::new()), order];
    (order, vec(switch, 0..3)).prop_map(|(order, switches)| Turns { order, switches })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_survive_the_way_through_text(plan in plan()) {
        let text = plan.to_string();
        let parsed: Plan = text.parse().map_err(|error| TestCaseError::fail(format!("{text}{error}")))?;
        prop_assert_eq!(&parsed, &plan.compact());
        prop_assert_eq!(parsed.to_string(), text);
    }

    #[test]
    fn any_part_of_a_plan_is_a_plan(plan in plan(), first in 0..16_usize, kept in any::<u16>()) {
        for part in [plan.first(first), plan.keep(|at, _| kept >> at & 1 == 1)] {
            let parsed: Plan = part.to_string().parse().unwrap();
            prop_assert_eq!(&parsed, &part.compact());
            // One caller alone is none, and their numbers have no gaps.
            let callers: BTreeSet<_> = part.steps().iter().filter_map(|step| step.caller).collect();
            prop_assert_eq!(callers.len(), part.callers());
            prop_assert_ne!(callers.len(), 1);
        }
    }
}

#[test]
fn callers_at_the_same_time_are_a_part_of_a_plan() {
    let text = "zarr-conform plan 2
set a \"oo\"
together
  1: set a \"nnnn\"
  1: get b
  2: get a
  3: list
  turns: order 2 1 3, 1.2 before open#1 -> 2
end
get a
";
    let plan: Plan = text.parse().unwrap();
    assert_eq!(plan.to_string(), text);
    assert_eq!(plan.together(), Some(1..5));
    assert_eq!(plan.callers(), 3);
    let line = text.lines().skip(1).map(str::trim).collect::<Vec<_>>().join("; ");
    assert_eq!(line.parse::<Plan>().unwrap(), plan);

    let without_second = plan.keep(|at, _| at != 3);
    assert_eq!(
        without_second.to_string(),
        text.replace("  2: get a\n", "")
            .replace("3: ", "2: ")
            .replace("order 2 1 3, 1.2 before open#1 -> 2", "in order"),
    );
    assert_eq!(plan.first(5).turns(), plan.turns());
    let alone = plan.keep(|at, _| at < 3);
    assert_eq!(alone.to_string(), "zarr-conform plan 1\nset a \"oo\"\nset a \"nnnn\"\nget b\n");
}

#[test]
fn callers_may_be_numbered_in_the_order_in_which_they_go() {
    let check = |text: &str, numbered: &str| {
        let plan: Plan = text.parse().unwrap();
        let lines = plan.numbered_in_turn().to_string();
        let lines: Vec<&str> = lines.lines().skip(1).map(str::trim).collect();
        assert_eq!(lines.join("; "), numbered);
    };
    check(
        "together; 1: get a; 2: list; turns: order 2 1, 2 before open#1 -> 1; end; get b",
        "together; 1: list; 2: get a; turns: 1 before open#1 -> 2; end; get b",
    );
    check(
        "together; 1: get a; 2: list; 3: size; turns: order 3 1 2; end",
        "together; 1: size; 2: get a; 3: list; turns: in order; end",
    );
    check("together; 1: get a; 2: list; end", "together; 1: get a; 2: list; end");
}

#[test]
fn a_bad_part_of_callers_gives_its_place_and_what_was_expected() {
    check_error(
        "together\n  1: get a",
        expect![
            "my.plan:2:11: expected `end` on a line of its own, after what callers ask at the same time, found the end of the line"
        ],
    );
    check_error(
        "1: get a",
        expect!["my.plan:1:1: expected `together` before what a caller asks, found `1:`"],
    );
    check_error(
        "together\nget a\nend",
        expect!["my.plan:2:1: expected a caller such as `1:`, `turns:` or `end`, found `get`"],
    );
    check_error(
        "together\n1: get a\nend\ntogether",
        expect![
            "my.plan:4:1: expected an operation: a plan has one part with callers at the same time, found `together`"
        ],
    );
    check_error(
        "together\n0: get a\nend",
        expect!["my.plan:2:1: expected a caller from 1 to 9, found `0:`"],
    );
    check_error(
        "together\n1 get a\nend",
        expect!["my.plan:2:2: expected `:` and what the caller asks, found `get`"],
    );
    check_error(
        "together\nturns: 1 after write#1 -> 2",
        expect!["my.plan:2:10: expected `before` and a call such as write#1, found `after`"],
    );
    check_error(
        "together\nturns: 1.1 before write#1 -> 2",
        expect!["my.plan:2:10: expected which of the caller's operations, from 2, found `1`"],
    );
    check_error(
        "together\nturns: 1 before write#1, 2",
        expect!["my.plan:2:24: expected `->` and who goes on, found `,`"],
    );
}

#[test]
fn a_bad_fault_gives_its_place_and_what_was_expected() {
    check_error(
        "fail write EIO: list",
        expect![
            "my.plan:1:11: expected `#` and which of the calls it is, such as write#1, found `EIO:`"
        ],
    );
    check_error(
        "fail write#0 EIO: list",
        expect!["my.plan:1:12: expected a number from 1, found `0`"],
    );
    check_error(
        "fail wrote#1 EIO: list",
        expect![
            "my.plan:1:6: expected a kind of call such as write, rename or sync, found `wrote#1`"
        ],
    );
    check_error(
        "fail write#1 EWHAT: list",
        expect![
            "my.plan:1:14: expected an error such as EIO, ENOSPC, EMFILE or EINTR, found `EWHAT:`"
        ],
    );
    check_error(
        "crash in write#1 list",
        expect!["my.plan:1:18: expected `:` and the operation, found `list`"],
    );
    check_error(
        "cut power strictly after write#1: list",
        expect![
            "my.plan:1:11: expected what the cut leaves: kill, strict or metadata-first, found `strictly`"
        ],
    );
    check_error(
        "request#1 lost: list",
        expect![
            "my.plan:1:11: expected what happens to the request: 503, 500, 429, reset, lost reply, cut body, corrupt body or twice, found `lost:`"
        ],
    );
    check_error(
        "zarr-conform plan 3",
        expect![
            "my.plan:1:1: expected `zarr-conform plan 2` or an earlier version, found `zarr-conform`"
        ],
    );
}

#[test]
fn short_plans_can_be_pasted_as_reports_write_them() {
    let lines: Plan = "set a \"x; y\"\nlist\nget_many [a, \"b;c\"]\nget a".parse().unwrap();
    let line = "set a \"x; y\"; list; get_many [a, \"b;c\"]; get a";
    assert_eq!(line.parse::<Plan>().unwrap(), lines);
    assert_eq!(line.replace("; ", ";").replace("x;y", "x; y").parse::<Plan>().unwrap(), lines);
    for nodes in [
        "add_group /; set a/zarr.json \"\"; list_children /",
        "add_array a shape=[1] chunks=[1] format=2 attributes={\"a\":\"1; 2\"}; set_attributes a {}; walk a",
        "add_array a shape=[] chunks=[] dtype=string fill=1; write_chunk a [] 1; resize a [2]; list",
    ] {
        let plan: Plan = nodes.parse().unwrap_or_else(|error| panic!("{nodes}: {error}"));
        let lines: Vec<String> = plan.to_string().lines().skip(1).map(ToOwned::to_owned).collect();
        assert_eq!(lines.join("; "), nodes);
    }
    check_error(
        "get a; ",
        expect![
            "my.plan:1:8: expected an operation (get, get_partial, get_partial_many, get_many, size_key, exists, set, set_if_absent, copy, rename, set_partial, set_partial_many, erase, erase_many, erase_prefix, clear, list, list_prefix, list_dir, is_empty, size_prefix, size, reopen, audit, close, add_group, add_array, write_chunk, write_region, read_chunk, read_region, read_array, get_chunk, erase_chunk, resize, set_attributes, open_node, get_metadata, list_children, list_nodes, walk, delete_node, copy_node, move_node, consolidate), found the end of the line"
        ],
    );
    check_error(
        "get a; ; get b",
        expect![
            "my.plan:1:8: expected an operation (get, get_partial, get_partial_many, get_many, size_key, exists, set, set_if_absent, copy, rename, set_partial, set_partial_many, erase, erase_many, erase_prefix, clear, list, list_prefix, list_dir, is_empty, size_prefix, size, reopen, audit, close, add_group, add_array, write_chunk, write_region, read_chunk, read_region, read_array, get_chunk, erase_chunk, resize, set_attributes, open_node, get_metadata, list_children, list_nodes, walk, delete_node, copy_node, move_node, consolidate), found `;`"
        ],
    );
}

#[test]
fn plans_of_the_first_version_read_and_print_as_they_did() {
    let text = "zarr-conform plan 1\nset a \"x\"\n";
    assert_eq!(text.parse::<Plan>().unwrap().to_string(), text);
    let with_fault = "zarr-conform plan 2\nfail write#1 ENOSPC: set a \"x\"\n";
    assert_eq!(with_fault.parse::<Plan>().unwrap().to_string(), with_fault);
}

fn check_error(text: &str, expect: Expect) {
    let error = Plan::parse(text, "my.plan").unwrap_err();
    expect.assert_eq(&error.to_string());
}

#[test]
fn a_bad_line_gives_its_place_and_what_was_expected() {
    check_error(
        "set a \"x\"\n\nfetch a",
        expect![
            "my.plan:3:1: expected an operation (get, get_partial, get_partial_many, get_many, size_key, exists, set, set_if_absent, copy, rename, set_partial, set_partial_many, erase, erase_many, erase_prefix, clear, list, list_prefix, list_dir, is_empty, size_prefix, size, reopen, audit, close, add_group, add_array, write_chunk, write_region, read_chunk, read_region, read_array, get_chunk, erase_chunk, resize, set_attributes, open_node, get_metadata, list_children, list_nodes, walk, delete_node, copy_node, move_node, consolidate), found `fetch`"
        ],
    );
    check_error("get", expect!["my.plan:1:4: expected a key, found the end of the line"]);
    check_error(
        "get /a",
        expect![
            "my.plan:1:5: expected a key without `/` at its start or end and without `//`, found `/a`"
        ],
    );
    check_error(
        "list_dir a",
        expect!["my.plan:1:10: expected a prefix that ends in `/`, or `/` for the root, found `a`"],
    );
    check_error("get a b", expect!["my.plan:1:7: expected the end of the line, found `b`"]);
    check_error(
        "get_partial a 4..2",
        expect!["my.plan:1:15: expected a range whose end is not before its start, found `4..2`"],
    );
    check_error(
        "get_partial a 4",
        expect!["my.plan:1:15: expected a range such as 0..4, 2.. or -3.., found `4`"],
    );
    check_error(
        "set \"é\" 3*",
        expect![[
            r#"my.plan:1:9: expected a value such as "text", 0xff, 9*0xff or 9*#1, found `3*`"#
        ]],
    );
    check_error(
        "set a 0xabc",
        expect!["my.plan:1:7: expected an even number of hex digits after 0x, found `0xabc`"],
    );
    check_error(
        "set a \"x",
        expect![[r#"my.plan:1:7: expected a text that ends in `"`, found `"x`"#]],
    );
    check_error(
        "set a \"\\q\"",
        expect![[r#"my.plan:1:9: expected an escape: n, r, t, \, ", ' or u{hex}, found `q"`"#]],
    );
    check_error("erase_many [a b]", expect!["my.plan:1:15: expected `,` or `]`, found `b]`"]);
    check_error(
        "zarr-conform plan 3",
        expect![
            "my.plan:1:1: expected `zarr-conform plan 2` or an earlier version, found `zarr-conform`"
        ],
    );
}

#[test]
fn every_operation_has_a_readable_line() {
    let text = r#"zarr-conform plan 1
get a/b
get_partial a/b 0..4
get_partial_many a/b [2.., -3.., 5+18446744073709551615]
get_many [a, a/b 0..4, "", a/b -3..]
size_key a/b
exists "a b"
set "caf\u{e9}" ""
set a 0xdeadbeef
set a 4097*0xab
set a 4097*#12
set_if_absent a "x"
copy a a/b
rename "a b" ""
set_partial a 4 "x"
set_partial_many a [0 "x", 4 2*0xff]
erase a
erase_many [a, "", a/b]
erase_prefix /
clear
list
list_prefix a/
list_dir /
is_empty a/
size_prefix "a b/"
size
reopen
audit
close
"#;
    let plan: Plan = text.parse().unwrap();
    assert_eq!(plan.to_string(), text);
}

#[test]
fn a_word_without_its_operands_is_an_error_and_no_panic() {
    for kind in OperationKind::ALL {
        let words = [kind.name().to_owned(), format!("{kind} ["), format!("{kind} \"")];
        for text in words {
            let read: Result<Plan, _> = text.parse();
            let has_operands = read.is_err_and(|error| error.to_string().contains("expected"));
            let bare =
                ["clear", "list", "size", "reopen", "audit", "close"].contains(&text.as_str());
            assert_eq!(has_operands, !bare, "{text}");
        }
    }
}
