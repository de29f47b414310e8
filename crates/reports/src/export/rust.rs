//! A plan as a Rust test, which depends on `zarrs_storage` and the store's crate alone.

use std::fmt::Write;

use zarr_conform_model::plan::KeyPart;
use zarr_conform_model::{KeyId, Operation, Patch, Plan, PrefixId, Range, Value};
use zarrs_storage::byte_range::ByteRange;

use crate::export::answers::Answers;
use crate::export::asked::{Asked, callers};

/// What each program begins with.
const PRELUDE: &str = include_str!("prelude.rs.txt");

/// The program.
pub(super) fn program(plan: &Plan, asked: &[Asked<'_>]) -> String {
    let mut text = PRELUDE.to_owned();
    for (at, Asked { step, line, right }) in asked.iter().enumerate() {
        text += &callers(plan, at, "//");
        let line = line.escape_default();
        if let Some(fault) = step.fault {
            let _ = writeln!(
                text,
                "    // Here `{fault}` goes wrong below the store, which this test does not do."
            );
        }
        // Writing to a string cannot fail.
        let _ = match (call(plan, &step.operation), right) {
            (Call::Says(expression), Answers::OneOf(answers)) => {
                writeln!(text, "    check(\"{line}\", &|| {expression}, &{answers:?});")
            }
            (Call::Says(expression), Answers::Open) => {
                writeln!(
                    text,
                    "    // Several answers are right.\n    check(\"{line}\", &|| {expression}, &[]);"
                )
            }
            (Call::Does(statement), _) => writeln!(text, "    // {line}\n    {statement}"),
            (Call::Not(why), _) => writeln!(text, "    // {line}: {why}"),
        };
    }
    text + "    wrong\n}\n"
}

/// What a program does for an operation.
enum Call {
    /// An expression that gives the answer.
    Says(String),
    /// A statement without an answer.
    Does(&'static str),
    /// Nothing, for this reason.
    Not(&'static str),
}

/// Where a call belongs that the traits do not have.
const OWN: &str = "the traits of zarrs_storage have no such call; make your store's own here";

fn call(plan: &Plan, operation: &Operation) -> Call {
    let names = plan.names();
    let key = |of: &KeyId| format!("&key(\"{}\")", names.key(*of).as_str().escape_default());
    let prefix =
        |of: &PrefixId| format!("&prefix(\"{}\")", names.prefix(*of).as_str().escape_default());
    Call::Says(match operation {
        Operation::Get { key: of } => format!("store.get({}).map(value)", key(of)),
        Operation::GetPartial { key: of, range: part } => {
            format!("store.get_partial({}, {}).map(value)", key(of), range(*part))
        }
        Operation::GetPartialMany { key: of, ranges } => {
            let ranges: Vec<String> = ranges.iter().map(|part| range(*part)).collect();
            format!(
                "store.get_partial_many({}, Box::new(vec![{}].into_iter())).map(values)",
                key(of),
                ranges.join(", ")
            )
        }
        Operation::GetMany { parts } => {
            let parts = parts.iter().map(|KeyPart { key: of, range: part }| match part {
                None => format!("store.get({}).map(value)", key(of)),
                Some(part) => {
                    format!("store.get_partial({}, {}).map(value)", key(of), range(*part))
                }
            });
            format!("Ok(list(vec![{}]))", parts.collect::<Vec<_>>().join(", "))
        }
        Operation::SizeKey { key: of } => format!("store.size_key({}).map(size)", key(of)),
        Operation::Exists { key: of } => {
            format!("store.size_key({}).map(|size| size.is_some().to_string())", key(of))
        }
        Operation::Set { key: of, value } => {
            format!("store.set({}, {}).map(done)", key(of), bytes(value))
        }
        Operation::SetPartial { key: of, patch } => {
            format!(
                "store.set_partial({}, {}, {}).map(done)",
                key(of),
                patch.offset,
                bytes(&patch.value)
            )
        }
        Operation::SetPartialMany { key: of, patches } => {
            let patch = |Patch { offset, value }: &Patch| format!("({offset}, {})", bytes(value));
            let patches: Vec<String> = patches.iter().map(patch).collect();
            format!(
                "store.set_partial_many({}, Box::new(vec![{}].into_iter())).map(done)",
                key(of),
                patches.join(", ")
            )
        }
        Operation::Erase { key: of } => format!("store.erase({}).map(done)", key(of)),
        Operation::EraseMany { keys } => {
            let keys = keys.iter().map(|of| key(of)[1..].to_owned());
            format!("store.erase_many(&[{}]).map(done)", keys.collect::<Vec<_>>().join(", "))
        }
        Operation::ErasePrefix { prefix: of } => {
            format!("store.erase_prefix({}).map(done)", prefix(of))
        }
        Operation::Clear => "store.erase_prefix(&prefix(\"\")).map(done)".to_owned(),
        Operation::List => "store.list().map(keys)".to_owned(),
        Operation::ListPrefix { prefix: of } => {
            format!("store.list_prefix({}).map(keys)", prefix(of))
        }
        Operation::ListDir { prefix: of } => {
            format!("store.list_dir({}).map(directory)", prefix(of))
        }
        Operation::IsEmpty { prefix: of } => {
            format!("store.list_prefix({}).map(|keys| keys.is_empty().to_string())", prefix(of))
        }
        Operation::SizePrefix { prefix: of } => {
            format!("store.size_prefix({}).map(|size| size.to_string())", prefix(of))
        }
        Operation::Size => "store.size().map(|size| size.to_string())".to_owned(),
        Operation::Reopen => return Call::Does("drop(store);\n    let store = open();"),
        Operation::Close => return Call::Does("drop(store);"),
        Operation::SetIfAbsent { .. } | Operation::Copy { .. } | Operation::Rename { .. } => {
            return Call::Not(OWN);
        }
        Operation::Audit => return Call::Not("look whether all is as it was around the store"),
        Operation::Node(_) => return Call::Not("an array library does this over the store"),
    })
}

fn range(range: Range) -> String {
    match range.0 {
        ByteRange::FromStart(offset, length) => {
            format!("ByteRange::FromStart({offset}, {length:?})")
        }
        ByteRange::Suffix(length) => format!("ByteRange::Suffix({length})"),
    }
}

fn bytes(value: &Value) -> String {
    match value {
        Value::Literal(bytes) => format!("Bytes::from_static(b\"{}\")", bytes.escape_ascii()),
        Value::Repeat { length, byte } => format!("Bytes::from(vec![{byte:#04x}; {length}])"),
        Value::Pattern { length, id } => format!("noise({length}, {id})"),
    }
}
