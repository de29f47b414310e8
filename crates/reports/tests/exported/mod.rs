//! A plan that zarr-conform found, as a test: it takes `zarrs_storage`, and the crate of your store.

#![allow(warnings, clippy::all, clippy::pedantic, reason = "a plan does not ask everything")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use zarrs_storage::byte_range::ByteRange;
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits,
    StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix, WritableStorageTraits,
};

/// Put your store here: an empty one, and the same place again if the plan opens it again.
fn open() -> zarrs_storage::store::MemoryStore {
    zarrs_storage::store::MemoryStore::new()
}

#[test]
fn every_answer_is_right() {
    let wrong = play(open);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn key(name: &str) -> StoreKey {
    StoreKey::new(name).expect("it is a key")
}

fn prefix(name: &str) -> StorePrefix {
    StorePrefix::new(name).expect("it is a prefix")
}

fn done((): ()) -> String {
    "done".to_owned()
}

fn value(value: MaybeBytes) -> String {
    value.map_or("absent".to_owned(), |bytes| shown(&bytes))
}

/// The bytes, or of many the length and a checksum (FNV-1a).
fn shown(bytes: &[u8]) -> String {
    if bytes.len() > 32 {
        let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        return format!("{} bytes, checksum {sum:016x}", bytes.len());
    }
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}")
}

fn values(parts: MaybeBytesIterator<'_>) -> String {
    let Some(parts) = parts else { return "absent".to_owned() };
    list(parts.map(|part| part.map(|bytes| shown(&bytes))).collect())
}

fn list(parts: Vec<Result<String, StorageError>>) -> String {
    let parts: Vec<String> =
        parts.into_iter().map(|part| part.unwrap_or_else(|_| "error".to_owned())).collect();
    format!("[{}]", parts.join(", "))
}

fn size(size: Option<u64>) -> String {
    size.map_or("absent".to_owned(), |size| size.to_string())
}

fn keys(keys: StoreKeys) -> String {
    sorted(keys.iter().map(|key| key.as_str().to_owned()).collect())
}

fn directory(directory: StoreKeysPrefixes) -> String {
    let keys = directory.keys().iter().map(|key| key.as_str().to_owned());
    let prefixes = directory.prefixes().iter().map(|prefix| prefix.as_str().to_owned());
    sorted(keys.chain(prefixes).collect())
}

fn sorted(mut names: Vec<String>) -> String {
    names.sort_unstable();
    format!("[{}]", names.join(", "))
}

/// Bytes that all depend on the id and on where they stand, as zarr-conform's plans have them.
fn noise(length: usize, id: u32) -> Bytes {
    let word = |n: u64| {
        let z = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let first = id.wrapping_mul(40_503) as usize % 65_536;
    let words = (first / 8..(first + length).div_ceil(8)).flat_map(|n| word(n as u64).to_le_bytes());
    words.skip(first % 8).take(length).collect::<Vec<u8>>().into()
}

/// What is not answered as it must be.
pub(crate) fn play<S>(open: impl Fn() -> S) -> Vec<String>
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits,
{
    let store = open();
    let mut wrong = Vec::new();
    let mut check = |line: &str, ask: &dyn Fn() -> Result<String, StorageError>, right: &[&str]| {
        let (got, words) = match catch_unwind(AssertUnwindSafe(ask)) {
            Ok(Ok(answer)) => (answer, String::new()),
            Ok(Err(error)) => ("error".to_owned(), format!(" ({error})")),
            Err(_) => ("panic".to_owned(), String::new()),
        };
        if !right.is_empty() && !right.contains(&&*got) {
            wrong.push(format!("{line}\n    want {}\n    got  {got}{words}", right.join(" or ")));
        }
    };
    check("set a \"abc\"", &|| store.set(&key("a"), Bytes::from_static(b"abc")).map(done), &["done"]);
    check("set a/b \"\\\"<\\\\\"", &|| store.set(&key("a/b"), Bytes::from_static(b"\"<\\")).map(done), &["done"]);
    check("set b 70000*#3", &|| store.set(&key("b"), noise(70000, 3)).map(done), &["done"]);
    check("set c 40*0x07", &|| store.set(&key("c"), Bytes::from(vec![0x07; 40])).map(done), &["done"]);
    check("set_partial c 2 0x00ff", &|| store.set_partial(&key("c"), 2, Bytes::from_static(b"\x00\xff")).map(done), &["done"]);
    check("set_partial_many c [50 \"x\", 0 \"y\"]", &|| store.set_partial_many(&key("c"), Box::new(vec![(50, Bytes::from_static(b"x")), (0, Bytes::from_static(b"y"))].into_iter())).map(done), &["done", "error"]);
    check("get a", &|| store.get(&key("a")).map(value), &["0x616263"]);
    check("get b", &|| store.get(&key("b")).map(value), &["70000 bytes, checksum 6b99bf06aec4285a"]);
    check("get_partial b 100..140", &|| store.get_partial(&key("b"), ByteRange::FromStart(100, Some(40))).map(value), &["40 bytes, checksum 4178d1cd0632ae94"]);
    check("get_partial_many b [1..3, 69999.., -2..]", &|| store.get_partial_many(&key("b"), Box::new(vec![ByteRange::FromStart(1, Some(2)), ByteRange::FromStart(69999, None), ByteRange::Suffix(2)].into_iter())).map(values), &["[0x4756, 0x51, 0x7851]"]);
    check("get_many [a, z, b 2..4]", &|| Ok(list(vec![store.get(&key("a")).map(value), store.get(&key("z")).map(value), store.get_partial(&key("b"), ByteRange::FromStart(2, Some(2))).map(value)])), &["[0x616263, absent, 0x56d3]"]);
    check("size_key b", &|| store.size_key(&key("b")).map(size), &["70000"]);
    check("exists z", &|| store.size_key(&key("z")).map(|size| size.is_some().to_string()), &["false"]);
    check("list", &|| store.list().map(keys), &["[a, a/b, b, c]"]);
    check("list_prefix a/", &|| store.list_prefix(&prefix("a/")).map(keys), &["[a/b]"]);
    check("list_dir /", &|| store.list_dir(&prefix("")).map(directory), &["[a, a/, b, c]"]);
    check("is_empty z/", &|| store.list_prefix(&prefix("z/")).map(|keys| keys.is_empty().to_string()), &["true"]);
    check("size_prefix a/", &|| store.size_prefix(&prefix("a/")).map(|size| size.to_string()), &["3"]);
    check("size", &|| store.size().map(|size| size.to_string()), &["70057"]);
    check("erase a/b", &|| store.erase(&key("a/b")).map(done), &["done"]);
    check("erase_many [c, z]", &|| store.erase_many(&[key("c"), key("z")]).map(done), &["done"]);
    check("erase_prefix z/", &|| store.erase_prefix(&prefix("z/")).map(done), &["done"]);
    check("set a \"\"", &|| store.set(&key("a"), Bytes::from_static(b"")).map(done), &["done"]);
    check("get a", &|| store.get(&key("a")).map(value), &["0x"]);
    check("clear", &|| store.erase_prefix(&prefix("")).map(done), &["done"]);
    check("list", &|| store.list().map(keys), &["[]"]);
    wrong
}
