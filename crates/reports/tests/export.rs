//! Plans as programs: each operation becomes something, and the Rust program shows the wrong answer.

#[rustfmt::skip]
mod exported;

use expect_test::expect_file;
use zarr_conform_model::{Dialect, OperationKind, Plan};
use zarr_conform_reports::{Language, export};
use zarrs_storage::byte_range::ByteRangeIterator;
use zarrs_storage::store::MemoryStore;
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits,
};

/// A plan with every kind of call that the traits of `zarrs_storage` have, and values of each kind.
const PLAN: &str = r#"set a "abc"
set a/b "\"<\\"
set b 70000*#3
set c 40*0x07
set_partial c 2 0x00ff
set_partial_many c [50 "x", 0 "y"]
get a
get b
get_partial b 100..140
get_partial_many b [1..3, 69999.., -2..]
get_many [a, z, b 2..4]
size_key b
exists z
list
list_prefix a/
list_dir /
is_empty z/
size_prefix a/
size
erase a/b
erase_many [c, z]
erase_prefix z/
set a ""
get a
clear
list
"#;

/// Operations that a program has no call for.
const OTHERS: &str = r#"set_if_absent a "x"
copy a b
rename b a
reopen
audit
add_group g
add_array g/a shape=[3] chunks=[2]
write_chunk g/a [1] 7
write_region g/a [0..2] 7
read_chunk g/a [1]
read_region g/a [0..2]
read_array g/a
get_chunk g/a [1]
erase_chunk g/a [1]
resize g/a [4]
set_attributes g {"a":1}
open_node g
get_metadata g
list_children g
list_nodes g
walk g
delete_node g/a
copy_node g h
move_node h i
consolidate g
close
"#;

fn plan(text: &str) -> Plan {
    text.parse().expect("it is a plan")
}

#[test]
fn every_operation_becomes_something_in_every_language() {
    let text = [PLAN, OTHERS].concat();
    let plan = plan(&text);
    for kind in OperationKind::ALL {
        assert!(
            plan.operations().any(|operation| operation.kind() == *kind),
            "{kind} is not asked"
        );
    }
    for language in Language::ALL {
        let program = export(&plan, Dialect::ZARRS, language);
        for line in plan.steps().iter().map(|step| step.display(plan.names()).to_string()) {
            let escaped = line.replace('\\', "\\\\").replace('"', "\\\"");
            assert!(program.contains(&line) || program.contains(&escaped), "{language}: {line}");
        }
    }
}

#[test]
fn the_program_in_the_repository_is_what_the_plan_becomes() {
    let program = export(&plan(PLAN), Dialect::ZARRS, Language::Rust);
    expect_file!["exported/mod.rs"].assert_eq(&program);
    let script = export(&plan(PLAN), Dialect::ZARRS, Language::ZarrPython);
    expect_file!["exported/plan.py"].assert_eq(&script);
}

#[test]
fn a_fault_is_a_comment() {
    let plan = plan("zarr-conform plan 2\nfail write#1 EIO: set a \"x\"\nget a\n");
    for language in [Language::Rust, Language::ZarrPython] {
        let program = export(&plan, Dialect::ZARRS, language);
        assert!(program.contains("goes wrong below the store"), "{program}");
    }
}

#[test]
fn callers_are_a_comment_of_a_program_and_whole_in_an_issue() {
    let text = "zarr-conform plan 2\nset a \"0\"\ntogether\n  1: set a \"1\"\n  2: get a\n  turns: 1 before write#1 -> 2\nend\nget a\n";
    let plan = plan(text);
    assert_eq!(plan.to_string(), text);
    let issue = export(&plan, Dialect::ZARRS, Language::Markdown);
    let block = issue.rsplit("```").nth(1).expect("it ends with the plan");
    assert_eq!(block.trim_start().parse(), Ok(plan.clone()));
    assert!(issue.contains("- Expected: see the contract"), "{issue}");
    for (language, sign) in [(Language::Rust, "//"), (Language::ZarrPython, "#")] {
        let program = export(&plan, Dialect::ZARRS, language);
        let comment: Vec<String> =
            text.lines().skip(2).take(5).map(|line| format!("    {sign}     {line}\n")).collect();
        assert!(program.contains(&comment.concat()), "{program}");
        assert!(program.contains("Here several callers ask at the same time"), "{program}");
    }
}

/// A store that keeps the tail of a longer value.
#[derive(Default)]
struct KeepsTails(MemoryStore);

impl WritableStorageTraits for KeepsTails {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        let old = self.0.get(key)?.unwrap_or_default();
        let tail = old.get(value.len()..).unwrap_or_default();
        self.0.set(key, [&value[..], tail].concat().into())
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        parts: OffsetBytesIterator<'_>,
    ) -> Result<(), StorageError> {
        self.0.set_partial_many(key, parts)
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.0.erase(key)
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.0.erase_prefix(prefix)
    }

    fn supports_set_partial(&self) -> bool {
        true
    }
}

impl ReadableStorageTraits for KeepsTails {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        self.0.get(key)
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        self.0.get_partial_many(key, ranges)
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        self.0.size_key(key)
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl ListableStorageTraits for KeepsTails {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        self.0.list()
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        self.0.list_prefix(prefix)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        self.0.list_dir(prefix)
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        self.0.size_prefix(prefix)
    }
}

#[test]
fn the_program_shows_the_wrong_answer_and_no_other() {
    assert_eq!(exported::play(MemoryStore::new), [] as [String; 0]);
    let wrong = exported::play(KeepsTails::default);
    assert_eq!(wrong, ["get a\n    want 0x\n    got  0x616263"]);
}
