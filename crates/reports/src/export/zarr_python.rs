//! A plan as a Python script, for a store of zarr-python.

use std::fmt::Write;

use zarr_conform_model::plan::KeyPart;
use zarr_conform_model::{KeyId, Operation, Patch, Plan, PrefixId, Range, Value};
use zarrs_storage::byte_range::ByteRange;

use crate::export::answers::Answers;
use crate::export::asked::{Asked, callers};

/// What each script begins with.
const PRELUDE: &str = include_str!("prelude.py.txt");

/// What each script ends with.
const CODA: &str = "\n\nif __name__ == \"__main__\":\n    sys.exit(asyncio.run(main()))\n";

/// The script.
pub(super) fn program(plan: &Plan, asked: &[Asked<'_>]) -> String {
    let mut text = PRELUDE.to_owned();
    for (at, Asked { step, line, right }) in asked.iter().enumerate() {
        text += &callers(plan, at, "#");
        let line = string(line);
        if let Some(fault) = step.fault {
            let _ = writeln!(
                text,
                "    # Here `{fault}` goes wrong below the store, which this script does not do."
            );
        }
        // Writing to a string cannot fail.
        let _ = match (call(plan, &step.operation), right) {
            (Call::Says(expression), Answers::OneOf(answers)) => {
                let answers: Vec<String> = answers.iter().map(|answer| string(answer)).collect();
                writeln!(text, "    await check({line}, {expression}, [{}])", answers.join(", "))
            }
            (Call::Says(expression), Answers::Open) => {
                writeln!(
                    text,
                    "    # Several answers are right.\n    await check({line}, {expression}, [])"
                )
            }
            (Call::Does(statement), _) => {
                writeln!(text, "    # {}\n    {statement}", &line[1..line.len() - 1])
            }
            (Call::Not(why), _) => writeln!(text, "    # {}: {why}", &line[1..line.len() - 1]),
        };
    }
    text + "    return wrong\n" + CODA
}

/// What a script does for an operation.
enum Call {
    Says(String),
    Does(&'static str),
    Not(&'static str),
}

fn call(plan: &Plan, operation: &Operation) -> Call {
    let names = plan.names();
    let key = |of: &KeyId| string(names.key(*of).as_str());
    let prefix = |of: &PrefixId| string(names.prefix(*of).as_str());
    let part = |KeyPart { key: of, range: part }: &KeyPart| {
        format!("({}, {})", key(of), part.map_or("None".to_owned(), range))
    };
    Call::Says(match operation {
        Operation::Get { key: of } => format!("value(store, {}, None)", key(of)),
        Operation::GetPartial { key: of, range: part } => {
            format!("value(store, {}, {})", key(of), range(*part))
        }
        Operation::GetPartialMany { key: of, ranges } => {
            let ranges: Vec<String> = ranges.iter().map(|part| range(*part)).collect();
            format!("values(store, {}, [{}])", key(of), ranges.join(", "))
        }
        Operation::GetMany { parts } => {
            format!("many(store, [{}])", parts.iter().map(part).collect::<Vec<_>>().join(", "))
        }
        Operation::SizeKey { key: of } => format!("size(store, {})", key(of)),
        Operation::Exists { key: of } => format!("truth(store.exists({}))", key(of)),
        Operation::Set { key: of, value } => {
            format!("done(store.set({}, buffer({})))", key(of), bytes(value))
        }
        Operation::SetPartial { key: of, patch } => {
            format!("patch(store, {}, [({}, {})])", key(of), patch.offset, bytes(&patch.value))
        }
        Operation::SetPartialMany { key: of, patches } => {
            let patch = |Patch { offset, value }: &Patch| format!("({offset}, {})", bytes(value));
            let patches: Vec<String> = patches.iter().map(patch).collect();
            format!("patch(store, {}, [{}])", key(of), patches.join(", "))
        }
        Operation::Erase { key: of } => format!("done(store.delete({}))", key(of)),
        Operation::EraseMany { keys } => {
            let keys: Vec<String> = keys.iter().map(key).collect();
            format!("erase(store, [{}])", keys.join(", "))
        }
        Operation::ErasePrefix { prefix: of } => {
            format!("done(store.delete_dir({}.rstrip(\"/\")))", prefix(of))
        }
        Operation::Clear => "done(store.clear())".to_owned(),
        Operation::List => "names(store.list())".to_owned(),
        Operation::ListPrefix { prefix: of } => format!("names(store.list_prefix({}))", prefix(of)),
        Operation::ListDir { prefix: of } => format!("directory(store, {})", prefix(of)),
        Operation::IsEmpty { prefix: of } => {
            format!("truth(store.is_empty({}.rstrip(\"/\")))", prefix(of))
        }
        Operation::SizePrefix { prefix: of } => {
            format!("number(store.getsize_prefix({}))", prefix(of))
        }
        Operation::Size => "number(store.getsize_prefix(\"\"))".to_owned(),
        Operation::Reopen => return Call::Does("store = reopen(store)"),
        Operation::Close => return Call::Does("store.close()"),
        Operation::SetIfAbsent { .. } | Operation::Copy { .. } | Operation::Rename { .. } => {
            return Call::Not("stores of zarr-python have no such call that says what it did");
        }
        Operation::Audit => return Call::Not("look whether all is as it was around the store"),
        Operation::Node(_) => return Call::Not("an array library does this over the store"),
    })
}

fn range(range: Range) -> String {
    match range.0 {
        ByteRange::FromStart(offset, None) => format!("OffsetByteRequest({offset})"),
        ByteRange::FromStart(offset, Some(length)) => {
            // Python's numbers have no end.
            format!("RangeByteRequest({offset}, {})", u128::from(offset) + u128::from(length))
        }
        ByteRange::Suffix(length) => format!("SuffixByteRequest({length})"),
    }
}

fn bytes(value: &Value) -> String {
    match value {
        Value::Literal(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        Value::Repeat { length, byte } => format!("bytes([{byte:#04x}]) * {length}"),
        Value::Pattern { length, id } => format!("noise({length}, {id})"),
    }
}

/// A string literal, in ASCII on one line.
fn string(text: &str) -> String {
    let mut literal = "\"".to_owned();
    for char in text.chars() {
        // Writing to a string cannot fail.
        let _ = match char {
            '"' | '\\' => write!(literal, "\\{char}"),
            ' '..='~' => write!(literal, "{char}"),
            _ => write!(literal, "\\U{:08x}", u32::from(char)),
        };
    }
    literal + "\""
}
