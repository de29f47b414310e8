//! Multipart uploads: values that come in parts.

use std::collections::BTreeMap;

use bytes::BytesMut;
use md5::{Digest, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedPart, CopyPartResult, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, ListPartsInput, ListPartsOutput, Part, Range,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Error, S3Result, s3_error};

use crate::buckets::{Attributes, Bucket, Buckets, Object, Upload, attributes, hex};
use crate::conditions::{check_write, source_conditions};
use crate::objects::{check_content, checksums, part_of, read_source, receive};

/// What every part but the last has to have.
const LEAST_PART: usize = 5 << 20;

const PARTS: std::ops::RangeInclusive<i32> = 1..=10_000;

/// How many parts a listing has at most, and if the client does not say.
const LIMIT: i32 = 1000;

pub(crate) fn create(
    buckets: &Buckets,
    input: CreateMultipartUploadInput,
) -> S3Result<CreateMultipartUploadOutput> {
    let attributes = attributes!(input);
    let key = input.key.clone();
    let upload = Upload { key: input.key, attributes, parts: BTreeMap::new() };
    let upload_id = buckets.on(&input.bucket, |bucket| Ok(bucket.open(upload)))?;
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(key),
        upload_id: Some(upload_id),
        ..CreateMultipartUploadOutput::default()
    })
}

pub(crate) async fn put_part(
    buckets: &Buckets,
    input: UploadPartInput,
) -> S3Result<UploadPartOutput> {
    let value = receive(input.body, input.content_length).await?;
    let given = checksums!(input);
    check_content(&value, input.content_md5.as_deref(), &given)?;
    let part = Object::new(value, Attributes::default());
    let e_tag = Some(part.e_tag.clone());
    buckets.on(&input.bucket, |bucket| {
        bucket.upload(&input.upload_id, &input.key)?.put(input.part_number, part)
    })?;
    Ok(UploadPartOutput {
        checksum_crc32: given.checksum_crc32,
        checksum_crc32c: given.checksum_crc32c,
        checksum_crc64nvme: given.checksum_crc64nvme,
        checksum_sha1: given.checksum_sha1,
        checksum_sha256: given.checksum_sha256,
        e_tag,
        ..UploadPartOutput::default()
    })
}

pub(crate) fn copy_part(
    buckets: &Buckets,
    input: UploadPartCopyInput,
) -> S3Result<UploadPartCopyOutput> {
    let conditions = source_conditions!(input);
    let mut value = read_source(buckets, &input.copy_source, &conditions)?.value;
    if let Some(range) = input.copy_source_range {
        let range = Range::parse(&range)
            .map_err(|_| s3_error!(InvalidArgument, "The x-amz-copy-source-range is not one"))?;
        value = value.slice(part_of(range, value.len())?);
    }
    let part = Object::new(value, Attributes::default());
    let result = CopyPartResult {
        e_tag: Some(part.e_tag.clone()),
        last_modified: Some(part.modified.clone()),
        ..CopyPartResult::default()
    };
    buckets.on(&input.bucket, |bucket| {
        bucket.upload(&input.upload_id, &input.key)?.put(input.part_number, part)
    })?;
    Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() })
}

pub(crate) fn list_parts(buckets: &Buckets, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    let limit = input.max_parts.unwrap_or(LIMIT).clamp(0, LIMIT);
    let marker = input.part_number_marker.unwrap_or(0);
    buckets.on(&input.bucket, |bucket| {
        let upload = bucket.upload(&input.upload_id, &input.key)?;
        let mut rest = upload.parts.range(marker.saturating_add(1)..);
        let parts: Vec<Part> =
            rest.by_ref().take(usize::try_from(limit).unwrap_or(0)).map(part).collect();
        let is_truncated = rest.next().is_some();
        let last = parts.last().and_then(|part| part.part_number);
        Ok(ListPartsOutput {
            bucket: Some(input.bucket.clone()),
            key: Some(input.key.clone()),
            upload_id: Some(input.upload_id.clone()),
            max_parts: Some(limit),
            part_number_marker: Some(marker),
            next_part_number_marker: last.filter(|_| is_truncated),
            is_truncated: Some(is_truncated),
            parts: Some(parts),
            ..ListPartsOutput::default()
        })
    })
}

pub(crate) fn complete(
    buckets: &Buckets,
    input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let named = input.multipart_upload.and_then(|it| it.parts).unwrap_or_default();
    let e_tag = buckets.on(&input.bucket, |bucket| {
        let present = bucket.objects.get(&input.key).cloned();
        let object = bucket.upload(&input.upload_id, &input.key)?.assemble(&named)?;
        check_write(input.if_match.as_ref(), input.if_none_match.as_ref(), present.as_ref())?;
        let e_tag = object.e_tag.clone();
        bucket.uploads.remove(&input.upload_id);
        bucket.objects.insert(input.key.clone(), object);
        Ok(e_tag)
    })?;
    Ok(CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(e_tag),
        ..CompleteMultipartUploadOutput::default()
    })
}

pub(crate) fn abort(
    buckets: &Buckets,
    input: &AbortMultipartUploadInput,
) -> S3Result<AbortMultipartUploadOutput> {
    buckets.on(&input.bucket, |bucket| {
        bucket.upload(&input.upload_id, &input.key)?;
        bucket.uploads.remove(&input.upload_id);
        Ok(())
    })?;
    Ok(AbortMultipartUploadOutput::default())
}

fn part((number, part): (&i32, &Object)) -> Part {
    Part {
        part_number: Some(*number),
        e_tag: Some(part.e_tag.clone()),
        last_modified: Some(part.modified.clone()),
        size: Some(part.size()),
        ..Part::default()
    }
}

fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )
}

impl Bucket {
    /// Takes a new upload, and gives its id.
    fn open(&mut self, upload: Upload) -> String {
        self.opened += 1;
        let id = format!("upload-{:08}", self.opened);
        self.uploads.insert(id.clone(), upload);
        id
    }

    fn upload(&mut self, id: &str, key: &str) -> S3Result<&mut Upload> {
        let upload = self.uploads.get_mut(id).filter(|upload| upload.key == key);
        upload.ok_or_else(no_such_upload)
    }
}

impl Upload {
    fn put(&mut self, number: i32, part: Object) -> S3Result<()> {
        if !PARTS.contains(&number) {
            return Err(s3_error!(
                InvalidArgument,
                "Part number must be an integer between 1 and 10000, inclusive"
            ));
        }
        self.parts.insert(number, part);
        Ok(())
    }

    /// The object that the parts make which are named. Others are left out.
    fn assemble(&self, named: &[CompletedPart]) -> S3Result<Object> {
        if named.is_empty() {
            return Err(s3_error!(MalformedXML, "An upload has at least one part"));
        }
        let mut parts = Vec::with_capacity(named.len());
        let mut before = 0;
        for CompletedPart { part_number, e_tag, .. } in named {
            let number = part_number.unwrap_or(0);
            if number <= before {
                return Err(s3_error!(InvalidPartOrder, "The parts are not in ascending order"));
            }
            before = number;
            let part = self.parts.get(&number).filter(|part| {
                e_tag.as_ref().is_some_and(|e_tag| e_tag.value() == part.e_tag.value())
            });
            let missing = || s3_error!(InvalidPart, "Part {number} was not uploaded like this");
            parts.push(part.ok_or_else(missing)?);
        }
        let full = &parts[..parts.len() - 1];
        if full.iter().any(|part| part.value.len() < LEAST_PART) {
            return Err(s3_error!(
                EntityTooSmall,
                "Your proposed upload is smaller than the minimum allowed size"
            ));
        }
        let mut value = BytesMut::with_capacity(parts.iter().map(|part| part.value.len()).sum());
        let mut digests = Md5::new();
        for part in &parts {
            value.extend_from_slice(&part.value);
            digests.update(Md5::digest(&part.value));
        }
        let mut object = Object::new(value.freeze(), self.attributes.clone());
        object.e_tag = ETag::Strong(format!("{}-{}", hex(&digests.finalize()), parts.len()));
        Ok(object)
    }
}
