//! Listings of objects, as both versions of the operation ask for them and answer.

use std::fmt::Write;

use s3s::dto::{
    CommonPrefix, EncodingType, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
    ListObjectsV2Output, Object, ObjectStorageClass,
};
use s3s::{S3Result, s3_error};

use crate::buckets::{self, Buckets};
use crate::listing::{Entry, Listing, Page};

/// How many keys and common prefixes a page has at most, and if the client does not say.
const LIMIT: i32 = 1000;

pub(crate) fn version_2(
    buckets: &Buckets,
    input: ListObjectsV2Input,
) -> S3Result<ListObjectsV2Output> {
    let max_keys = limit(input.max_keys)?;
    let is_encoded = is_encoded(input.encoding_type.as_ref())?;
    let encode = |text: &str| encode(text, is_encoded);
    let token = input.continuation_token.as_deref().filter(|it| !it.is_empty());
    let token = token.map(read_token).transpose()?;
    let listing = Listing {
        prefix: input.prefix.as_deref().unwrap_or(""),
        delimiter: input.delimiter.as_deref().filter(|it| !it.is_empty()),
        // A token is from a page behind where the listing started.
        after: token.as_deref().or(input.start_after.as_deref()),
        limit: usize::try_from(max_keys).unwrap_or(0),
    };
    buckets.on(&input.bucket, |bucket| {
        let page = listing.page(&bucket.objects);
        let last = page.entries.last().filter(|_| page.is_truncated);
        let next_continuation_token = last.map(|entry| write_token(entry.name()));
        let key_count = i32::try_from(page.entries.len()).ok();
        let is_truncated = Some(page.is_truncated);
        let (contents, common_prefixes) = split(&page, encode);
        Ok(ListObjectsV2Output {
            name: Some(input.bucket.clone()),
            prefix: Some(encode(listing.prefix)),
            delimiter: listing.delimiter.map(encode),
            max_keys: Some(max_keys),
            key_count,
            continuation_token: input.continuation_token.clone(),
            is_truncated,
            next_continuation_token,
            contents: Some(contents),
            common_prefixes: Some(common_prefixes),
            encoding_type: input.encoding_type.clone(),
            start_after: input.start_after.as_deref().map(encode),
            ..ListObjectsV2Output::default()
        })
    })
}

pub(crate) fn version_1(buckets: &Buckets, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
    let max_keys = limit(input.max_keys)?;
    let is_encoded = is_encoded(input.encoding_type.as_ref())?;
    let encode = |text: &str| encode(text, is_encoded);
    let listing = Listing {
        prefix: input.prefix.as_deref().unwrap_or(""),
        delimiter: input.delimiter.as_deref().filter(|it| !it.is_empty()),
        after: input.marker.as_deref(),
        limit: usize::try_from(max_keys).unwrap_or(0),
    };
    buckets.on(&input.bucket, |bucket| {
        let page = listing.page(&bucket.objects);
        // Without a delimiter, clients go on behind the last key.
        let is_marked = page.is_truncated && listing.delimiter.is_some();
        let last = page.entries.last().filter(|_| is_marked);
        let next_marker = last.map(|entry| encode(entry.name()));
        let is_truncated = Some(page.is_truncated);
        let (contents, common_prefixes) = split(&page, encode);
        Ok(ListObjectsOutput {
            name: Some(input.bucket.clone()),
            prefix: Some(encode(listing.prefix)),
            marker: Some(encode(input.marker.as_deref().unwrap_or(""))),
            delimiter: listing.delimiter.map(encode),
            max_keys: Some(max_keys),
            is_truncated,
            next_marker,
            contents: Some(contents),
            common_prefixes: Some(common_prefixes),
            encoding_type: input.encoding_type.clone(),
            ..ListObjectsOutput::default()
        })
    })
}

fn split(
    page: &Page<'_, buckets::Object>,
    encode: impl Fn(&str) -> String,
) -> (Vec<Object>, Vec<CommonPrefix>) {
    let mut contents = Vec::new();
    let mut common_prefixes = Vec::new();
    for entry in &page.entries {
        match entry {
            Entry::Object(key, object) => contents.push(Object {
                key: Some(encode(key)),
                e_tag: Some(object.e_tag.clone()),
                last_modified: Some(object.modified.clone()),
                size: Some(object.size()),
                storage_class: Some(storage_class(object)),
                ..Object::default()
            }),
            Entry::CommonPrefix(prefix) => {
                common_prefixes.push(CommonPrefix { prefix: Some(encode(prefix)) });
            }
        }
    }
    (contents, common_prefixes)
}

fn storage_class(object: &buckets::Object) -> ObjectStorageClass {
    match &object.attributes.storage_class {
        Some(class) => ObjectStorageClass::from(class.as_str().to_owned()),
        None => ObjectStorageClass::from_static(ObjectStorageClass::STANDARD),
    }
}

fn limit(max_keys: Option<i32>) -> S3Result<i32> {
    match max_keys {
        None => Ok(LIMIT),
        Some(max_keys @ 0..) => Ok(max_keys.min(LIMIT)),
        Some(_) => Err(s3_error!(InvalidArgument, "Argument max-keys must be at least 0")),
    }
}

fn is_encoded(encoding: Option<&EncodingType>) -> S3Result<bool> {
    match encoding.map(EncodingType::as_str) {
        None => Ok(false),
        Some(EncodingType::URL) => Ok(true),
        Some(_) => Err(s3_error!(InvalidArgument, "Invalid Encoding Method specified in Request")),
    }
}

/// `text` as it stands in the answer: if it is encoded, then as in a query, but with slashes.
fn encode(text: &str, is_encoded: bool) -> String {
    if !is_encoded {
        return text.to_owned();
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// A token says behind which key or common prefix the listing goes on. Clients do not look inside.
fn write_token(last: &str) -> String {
    buckets::hex(last.as_bytes())
}

fn read_token(token: &str) -> S3Result<String> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = token.as_bytes().chunks(2).map(byte).collect();
    let last = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let wrong = || s3_error!(InvalidArgument, "The continuation token provided is incorrect");
    last.ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_names_have_slashes_and_no_spaces() {
        assert_eq!(encode("a/b c+é%*", true), "a/b+c%2B%C3%A9%25*");
        assert_eq!(encode("a/b c", false), "a/b c");
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        for last in ["a", "é/\u{10ffff} ", "a/"] {
            assert_eq!(read_token(&write_token(last)).unwrap(), last);
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for token in ["a", "zz", "é0", "ff"] {
            assert!(read_token(token).is_err(), "{token}");
        }
    }
}
