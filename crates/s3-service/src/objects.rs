//! Operations on objects: reads, writes, copies and deletes.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use hyper::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::Checksum as _;
use s3s::dto::{
    Checksum, CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, Delete,
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETagCondition, Error, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
    MetadataDirective, ObjectIdentifier, PutObjectInput, PutObjectOutput, StreamingBlob,
};
use s3s::{Body, S3Result, s3_error};

use crate::buckets::{Buckets, Object, attributes};
use crate::conditions::{
    Conditions, check_write, precondition_failed, read_conditions, source_conditions,
};

/// What AWS takes a value for if the client does not say what it is.
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

pub(crate) fn get(buckets: &Buckets, input: GetObjectInput) -> S3Result<GetObjectOutput> {
    check_version(input.version_id.as_deref())?;
    let conditions = read_conditions!(input);
    let Object { value, e_tag, modified, attributes } =
        read(buckets, &input.bucket, &input.key, &conditions)?;
    let part = input.range.map(|range| part_of(range, value.len())).transpose()?;
    let content_range = part.as_ref().map(|part| content_range(part, value.len()));
    let body = part.map_or_else(|| value.clone(), |part| value.slice(part));
    Ok(GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: attributes.cache_control,
        content_disposition: attributes.content_disposition,
        content_encoding: attributes.content_encoding,
        content_language: attributes.content_language,
        content_length: Some(length(body.len())),
        content_range,
        content_type: Some(content_type(attributes.content_type)),
        e_tag: Some(e_tag),
        expires: attributes.expires,
        last_modified: Some(modified),
        metadata: attributes.metadata,
        storage_class: attributes.storage_class,
        body: Some(StreamingBlob::from(Body::from(body))),
        ..GetObjectOutput::default()
    })
}

pub(crate) fn head(buckets: &Buckets, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
    check_version(input.version_id.as_deref())?;
    let conditions = read_conditions!(input);
    let Object { value, e_tag, modified, attributes } =
        read(buckets, &input.bucket, &input.key, &conditions)?;
    let part = input.range.map(|range| part_of(range, value.len())).transpose()?;
    let content_range = part.as_ref().map(|part| content_range(part, value.len()));
    let answer_length = part.map_or(value.len(), |part| part.len());
    Ok(HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: attributes.cache_control,
        content_disposition: attributes.content_disposition,
        content_encoding: attributes.content_encoding,
        content_language: attributes.content_language,
        content_length: Some(length(answer_length)),
        content_range,
        content_type: Some(content_type(attributes.content_type)),
        e_tag: Some(e_tag),
        expires: attributes.expires,
        last_modified: Some(modified),
        metadata: attributes.metadata,
        storage_class: attributes.storage_class,
        ..HeadObjectOutput::default()
    })
}

pub(crate) async fn put(buckets: &Buckets, input: PutObjectInput) -> S3Result<PutObjectOutput> {
    let value = receive(input.body, input.content_length).await?;
    let given = checksums!(input);
    check_content(&value, input.content_md5.as_deref(), &given)?;
    let attributes = attributes!(input);
    let object = Object::new(value, attributes);
    let e_tag = Some(object.e_tag.clone());
    buckets.on(&input.bucket, |bucket| {
        let present = bucket.objects.get(&input.key);
        check_write(input.if_match.as_ref(), input.if_none_match.as_ref(), present)?;
        bucket.objects.insert(input.key, object);
        Ok(())
    })?;
    Ok(PutObjectOutput {
        checksum_crc32: given.checksum_crc32,
        checksum_crc32c: given.checksum_crc32c,
        checksum_crc64nvme: given.checksum_crc64nvme,
        checksum_sha1: given.checksum_sha1,
        checksum_sha256: given.checksum_sha256,
        e_tag,
        ..PutObjectOutput::default()
    })
}

pub(crate) fn copy(
    buckets: &Buckets,
    input: CopyObjectInput,
    headers: &HeaderMap,
) -> S3Result<CopyObjectOutput> {
    let conditions = source_conditions!(input);
    let mut object = read_source(buckets, &input.copy_source, &conditions)?;
    let replaces =
        input.metadata_directive.is_some_and(|it| it.as_str() == MetadataDirective::REPLACE);
    if replaces {
        object.attributes = attributes!(input);
    }
    // A copy of parts that were uploaded one by one is one part itself.
    let object = Object::new(object.value, object.attributes);
    let result = CopyObjectResult {
        e_tag: Some(object.e_tag.clone()),
        last_modified: Some(object.modified.clone()),
        ..CopyObjectResult::default()
    };
    // AWS takes these here, too, and the protocol does not know it yet.
    let if_match = write_condition(headers, &IF_MATCH)?;
    let if_none_match = write_condition(headers, &IF_NONE_MATCH)?;
    buckets.on(&input.bucket, |bucket| {
        let present = bucket.objects.get(&input.key);
        check_write(if_match.as_ref(), if_none_match.as_ref(), present)?;
        bucket.objects.insert(input.key, object);
        Ok(())
    })?;
    Ok(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() })
}

pub(crate) fn delete(buckets: &Buckets, input: &DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    check_version(input.version_id.as_deref())?;
    buckets.on(&input.bucket, |bucket| {
        if let Some(present) = bucket.objects.get(&input.key) {
            check_write(input.if_match.as_ref(), None, Some(present))?;
        }
        // To delete what is not there succeeds.
        bucket.objects.remove(&input.key);
        Ok(())
    })?;
    Ok(DeleteObjectOutput::default())
}

pub(crate) fn delete_many(
    buckets: &Buckets,
    input: DeleteObjectsInput,
) -> S3Result<DeleteObjectsOutput> {
    let Delete { objects, quiet } = input.delete;
    if objects.is_empty() || objects.len() > 1000 {
        return Err(s3_error!(MalformedXML, "A request deletes from 1 to 1000 objects"));
    }
    let mut deleted = Vec::new();
    let mut errors = Vec::new();
    buckets.on(&input.bucket, |bucket| {
        for ObjectIdentifier { key, version_id, .. } in objects {
            if let Err(error) = check_version(version_id.as_deref()) {
                errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    message: error.message().map(str::to_owned),
                    key: Some(key),
                    version_id,
                });
                continue;
            }
            bucket.objects.remove(&key);
            if quiet != Some(true) {
                deleted.push(DeletedObject { key: Some(key), ..DeletedObject::default() });
            }
        }
        Ok(())
    })?;
    let deleted = Some(deleted);
    Ok(DeleteObjectsOutput { deleted, errors: Some(errors), ..DeleteObjectsOutput::default() })
}

fn read(buckets: &Buckets, bucket: &str, key: &str, conditions: &Conditions) -> S3Result<Object> {
    buckets.on(bucket, |bucket| {
        let object = bucket.object(key)?;
        conditions.check(object)?;
        Ok(object.clone())
    })
}

/// What is copied from, if the conditions hold of it.
pub(crate) fn read_source(
    buckets: &Buckets,
    source: &CopySource,
    conditions: &Conditions,
) -> S3Result<Object> {
    let CopySource::Bucket { bucket, key, version_id } = source else {
        return Err(s3_error!(NotImplemented, "Copies are from buckets alone"));
    };
    check_version(version_id.as_deref())?;
    buckets.on(bucket, |bucket| {
        let object = bucket.object(key)?;
        match conditions.unmet(object) {
            None => Ok(object.clone()),
            Some(_) => Err(precondition_failed()),
        }
    })
}

/// The bytes of a body that has all that it should have.
pub(crate) async fn receive(body: Option<StreamingBlob>, length: Option<i64>) -> S3Result<Bytes> {
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(chunk) = body.next().await {
        // The client went away, or this is not what it signed.
        let chunk = chunk.map_err(|error| s3_error!(IncompleteBody, "{error}"))?;
        if first.is_empty() {
            first = chunk;
            continue;
        }
        if rest.is_empty() {
            let whole = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
            // Whoever announces too much does not get the memory for it.
            rest.reserve(whole.min(64 << 20).max(first.len() + chunk.len()));
            rest.extend_from_slice(&first);
        }
        rest.extend_from_slice(&chunk);
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// What the client computed from the value that it sends.
macro_rules! checksums {
    ($input:ident) => {
        s3s::dto::Checksum {
            checksum_crc32: $input.checksum_crc32,
            checksum_crc32c: $input.checksum_crc32c,
            checksum_crc64nvme: $input.checksum_crc64nvme,
            checksum_sha1: $input.checksum_sha1,
            checksum_sha256: $input.checksum_sha256,
            checksum_type: None,
        }
    };
}

pub(crate) use checksums;

/// # Errors
///
/// Returns `BadDigest` if the client computed something else from the value than it is.
pub(crate) fn check_content(value: &[u8], md5: Option<&str>, given: &Checksum) -> S3Result<()> {
    let mut hasher = ChecksumHasher {
        crc32: given.checksum_crc32.as_ref().map(|_| s3s::crypto::Crc32::new()),
        crc32c: given.checksum_crc32c.as_ref().map(|_| s3s::crypto::Crc32c::new()),
        sha1: given.checksum_sha1.as_ref().map(|_| s3s::crypto::Sha1::new()),
        sha256: given.checksum_sha256.as_ref().map(|_| s3s::crypto::Sha256::new()),
        crc64nvme: given.checksum_crc64nvme.as_ref().map(|_| s3s::crypto::Crc64Nvme::new()),
    };
    hasher.update(value);
    let is_md5 = |md5: &str| md5 == base64(&Md5::digest(value));
    if hasher.finalize() == *given && md5.is_none_or(is_md5) {
        return Ok(());
    }
    Err(s3_error!(BadDigest, "The checksum you specified did not match what we received."))
}

/// # Errors
///
/// Returns `NoSuchVersion` for any but the one version that objects have here.
fn check_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("" | "null") => Ok(()),
        Some(_) => Err(s3_error!(NoSuchVersion, "The specified version does not exist.")),
    }
}

/// Which bytes of a value with `size` of them `range` covers: at least one.
///
/// # Errors
///
/// Returns `InvalidRange` if it covers none.
pub(crate) fn part_of(range: s3s::dto::Range, size: usize) -> S3Result<Range<usize>> {
    let invalid = || s3_error!(InvalidRange, "The requested range is not satisfiable");
    let part = range.check(size as u64).map_err(|_| invalid())?;
    let position = |at| usize::try_from(at).map_err(|_| invalid());
    let part = position(part.start)?..position(part.end)?;
    // Of an empty value, no suffix has a byte either.
    if part.is_empty() { Err(invalid()) } else { Ok(part) }
}

fn content_range(part: &Range<usize>, size: usize) -> String {
    format!("bytes {}-{}/{size}", part.start, part.end - 1)
}

fn content_type(given: Option<String>) -> String {
    given.unwrap_or_else(|| DEFAULT_CONTENT_TYPE.to_owned())
}

fn length(bytes: usize) -> i64 {
    // A value in memory is shorter than that.
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn write_condition(headers: &HeaderMap, name: &HeaderName) -> S3Result<Option<ETagCondition>> {
    let parse = |value: &HeaderValue| {
        ETagCondition::parse_http_header(value.as_bytes())
            .map_err(|error| s3_error!(InvalidArgument, "{name}: {error}"))
    };
    headers.get(name).map(parse).transpose()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for digit in 0..4 {
            let is_padding = digit > three.len();
            let at = (bits >> (18 - 6 * digit)) & 63;
            text.push(if is_padding { '=' } else { char::from(DIGITS[at as usize]) });
        }
    }
    text
}
