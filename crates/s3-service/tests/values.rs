//! Values: written, read in part, copied, uploaded in parts, and gone.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};

use crate::support::{Place, list, put, with_client, with_place};

/// Names that somebody may read otherwise than they are written.
const ODD_KEYS: &[&str] = &[
    "a b",
    " a",
    "a ",
    "a%20b",
    "a+b",
    "%",
    "%zz",
    "a%2Fb/c",
    "é",
    "e\u{301}",
    "日本/語",
    "\u{10ffff}",
    "a?b",
    "a#b",
    "a&b=c",
    "a=b",
    "a;b",
    "a,b",
    "a:b",
    "a@b",
    "a!b",
    "a'b",
    "a\"b",
    "a(b)",
    "a*b",
    "a$b",
    "a<b>",
    "a[b]",
    "a{b}",
    "a|b",
    "a\\b",
    "a^b",
    "a`b",
    "a~b",
    "-a",
    "...",
    "&amp;",
    "$ref",
];

/// Asks for a part of the value `0123456789` under the key `k`, or of `value`.
fn check_range(value: &'static str, range: &str, status: u16, part: &str, content_range: &str) {
    with_place(async |place| {
        put(&place.client(), "k", value).await;
        let answer = place.ask("GET", "/k", &[("range", range)], "").await;
        assert_eq!(answer.status, status, "{range} of {value:?}: {answer:?}");
        assert_eq!(answer.header("content-range"), content_range, "{range} of {value:?}");
        if status < 300 {
            assert_eq!(answer.body, part, "{range} of {value:?}");
            assert_eq!(answer.header("content-length"), part.len().to_string());
        } else {
            assert_eq!(answer.text("Code"), "InvalidRange");
        }
    });
}

#[test]
fn a_part_is_what_the_range_covers() {
    let value = "0123456789";
    check_range(value, "bytes=0-0", 206, "0", "bytes 0-0/10");
    check_range(value, "bytes=3-5", 206, "345", "bytes 3-5/10");
    check_range(value, "bytes=9-9", 206, "9", "bytes 9-9/10");
    check_range(value, "bytes=7-", 206, "789", "bytes 7-9/10");
    check_range(value, "bytes=-2", 206, "89", "bytes 8-9/10");
}

#[test]
fn a_range_ends_with_the_value() {
    let value = "0123456789";
    check_range(value, "bytes=8-100", 206, "89", "bytes 8-9/10");
    check_range(value, "bytes=-10", 206, value, "bytes 0-9/10");
    check_range(value, "bytes=-11", 206, value, "bytes 0-9/10");
}

#[test]
fn a_range_without_bytes_is_refused() {
    check_range("0123456789", "bytes=10-", 416, "", "");
    check_range("0123456789", "bytes=10-11", 416, "", "");
    check_range("0123456789", "bytes=-0", 416, "", "");
    check_range("", "bytes=0-", 416, "", "");
    check_range("", "bytes=-1", 416, "", "");
}

#[test]
fn a_head_has_everything_but_the_value() {
    with_place(async |place| {
        put(&place.client(), "k", "value").await;
        let get = place.ask("GET", "/k", &[], "").await;
        let head = place.ask("HEAD", "/k", &[], "").await;
        assert_eq!((get.status, head.status), (200, 200));
        assert_eq!((get.body.as_str(), head.body.as_str()), ("value", ""));
        for name in ["content-length", "content-type", "etag", "last-modified", "accept-ranges"] {
            assert!(!get.header(name).is_empty(), "{name}");
            assert_eq!(get.header(name), head.header(name), "{name}");
        }
        // The MD5 of the value.
        assert_eq!(get.header("etag"), "\"2063c1608d6e0baf80249c42e2be5804\"");
        let part = place.ask("HEAD", "/k", &[("range", "bytes=1-2")], "").await;
        assert_eq!((part.status, part.header("content-range")), (206, "bytes 1-2/5"));
        assert_eq!(part.header("content-length"), "2");
    });
}

#[test]
fn names_are_taken_as_they_are() {
    with_client(async |store| {
        for key in ODD_KEYS {
            put(&store, key, *key).await;
        }
        for key in ODD_KEYS {
            let value = store.get(&Path::parse(key).unwrap()).await.unwrap();
            assert_eq!(value.bytes().await.unwrap(), *key);
        }
        let mut wanted: Vec<_> = ODD_KEYS.to_vec();
        wanted.sort_unstable();
        assert_eq!(list(&store, None).await, wanted);
        for key in ODD_KEYS {
            let to = Path::parse(format!("copies/{key}")).unwrap();
            store.copy(&Path::parse(key).unwrap(), &to).await.unwrap();
            assert_eq!(store.get(&to).await.unwrap().bytes().await.unwrap(), *key);
            store.delete(&to).await.unwrap();
            store.delete(&Path::parse(key).unwrap()).await.unwrap();
        }
        assert_eq!(list(&store, None).await, Vec::<String>::new());
    });
}

#[test]
fn a_key_may_be_below_another_and_have_empty_segments() {
    with_place(async |place| {
        for rest in ["/a", "/a/b", "/a//b", "/a/", "//"] {
            let put = place.ask("PUT", rest, &[], rest).await;
            assert_eq!(put.status, 200, "{rest}");
        }
        for rest in ["/a", "/a/b", "/a//b", "/a/", "//"] {
            assert_eq!(place.ask("GET", rest, &[], "").await.body, rest);
        }
        let listed = place.ask("GET", "?list-type=2", &[], "").await;
        assert_eq!(listed.all("Key"), ["/", "a", "a/", "a//b", "a/b"]);
    });
}

#[test]
fn a_value_may_be_empty() {
    with_client(async |store| {
        put(&store, "k", "").await;
        let k = Path::from("k");
        assert_eq!(store.head(&k).await.unwrap().size, 0);
        assert_eq!(store.get(&k).await.unwrap().bytes().await.unwrap(), "");
    });
}

#[test]
fn a_value_may_be_long() {
    with_client(async |store| {
        let value: Bytes = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
        put(&store, "k", value.clone()).await;
        let k = Path::from("k");
        assert!(store.get(&k).await.unwrap().bytes().await.unwrap() == value);
        let suffix = GetOptions::new().with_range(Some(GetRange::Suffix(1_000_000)));
        let part = store.get_opts(&k, suffix).await.unwrap().bytes().await.unwrap();
        assert!(part == value.slice(2_000_000..));
    });
}

#[test]
fn to_delete_what_is_not_there_succeeds() {
    with_place(async |place| {
        assert_eq!(place.ask("DELETE", "/k", &[], "").await.status, 204);
        assert_eq!(place.ask("GET", "/k", &[], "").await.text("Code"), "NoSuchKey");
    });
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    with_place(async |place| {
        let e_tag = place.ask("PUT", "/k", &[], "v").await.header("etag").to_owned();
        let known = place.ask("GET", "/k", &[("if-none-match", &e_tag)], "").await;
        assert_eq!((known.status, known.body.as_str()), (304, ""));
        assert_eq!(known.header("etag"), e_tag);
        assert!(!known.header("last-modified").is_empty());
    });
}

#[test]
fn a_write_may_demand_what_is_there() {
    with_place(async |place| {
        let create: &[_] = &[("if-none-match", "*")];
        assert_eq!(place.ask("PUT", "/k", create, "1").await.status, 200);
        let again = place.ask("PUT", "/k", create, "2").await;
        assert_eq!((again.status, again.text("Code")), (412, "PreconditionFailed"));
        let e_tag = place.ask("HEAD", "/k", &[], "").await.header("etag").to_owned();
        let update: &[_] = &[("if-match", e_tag.as_str())];
        assert_eq!(place.ask("PUT", "/k", update, "3").await.status, 200);
        let stale = place.ask("PUT", "/k", update, "4").await;
        assert_eq!((stale.status, stale.text("Code")), (412, "PreconditionFailed"));
        let missing = place.ask("PUT", "/other", update, "5").await;
        assert_eq!((missing.status, missing.text("Code")), (404, "NoSuchKey"));
        assert_eq!(place.ask("GET", "/k", &[], "").await.body, "3");
    });
}

#[test]
fn a_copy_may_demand_that_there_is_nothing() {
    with_place(async |place| {
        place.ask("PUT", "/from", &[], "1").await;
        let source = format!("/{}/from", place.bucket);
        let copy: &[_] = &[("x-amz-copy-source", source.as_str()), ("if-none-match", "*")];
        let copied = place.ask("PUT", "/to", copy, "").await;
        assert_eq!(copied.status, 200, "{copied:?}");
        assert_eq!(place.ask("PUT", "/to", copy, "").await.text("Code"), "PreconditionFailed");
        assert_eq!(place.ask("GET", "/to", &[], "").await.body, "1");
    });
}

#[test]
fn a_value_that_was_damaged_on_the_way_is_refused() {
    with_place(async |place| {
        // The MD5 of "v", and of "w".
        let right: &[_] = &[("content-md5", "njZp0ZtnW9VwWP1GZCBdKg==")];
        let wrong: &[_] = &[("content-md5", "8SkBhqXQsc6rJ/TnfAxdaA==")];
        assert_eq!(place.ask("PUT", "/k", right, "v").await.status, 200);
        assert_eq!(place.ask("PUT", "/k", wrong, "v").await.text("Code"), "BadDigest");
        let wrong: &[_] = &[("x-amz-checksum-crc32c", "AAAAAA==")];
        assert_eq!(place.ask("PUT", "/k", wrong, "v").await.text("Code"), "BadDigest");
    });
}

/// Starts an upload to `/k`, and gives the query that names it.
async fn start(place: &Place) -> String {
    let started = place.ask("POST", "/k?uploads=", &[], "").await;
    format!("uploadId={}", started.text("UploadId"))
}

fn completion(parts: &[(u32, &str)]) -> String {
    let part = |(number, e_tag): &(u32, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{e_tag}</ETag></Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
}

#[test]
fn an_upload_is_there_when_it_is_completed() {
    let service = zarr_conform_s3_service::S3Service::start().unwrap();
    let place = Place::of(&service);
    support::run(async {
        let upload = start(&place).await;
        let part = place.ask("PUT", &format!("/k?partNumber=7&{upload}"), &[], "v").await;
        let e_tag = part.header("etag").to_owned();
        assert_eq!(place.ask("GET", "/k", &[], "").await.status, 404);
        assert_eq!(service.open_uploads(), 1);
        let parts = place.ask("GET", &format!("/k?{upload}"), &[], "").await;
        assert_eq!((parts.text("PartNumber"), parts.text("Size")), ("7", "1"));
        let body = completion(&[(7, &e_tag)]);
        let done = place.ask("POST", &format!("/k?{upload}"), &[], &body).await;
        assert_eq!(done.status, 200, "{done:?}");
        let got = place.ask("GET", "/k", &[], "").await;
        assert_eq!(got.body, "v");
        // The MD5 of the parts' MD5s, and how many there are.
        assert_eq!(got.header("etag"), "\"afdda299bfdcc7de6270c159b0f37bb8-1\"");
        assert_eq!(service.open_uploads(), 0);
    });
}

#[test]
fn an_upload_that_does_not_fit_together_is_refused() {
    with_place(async |place| {
        let upload = start(&place).await;
        let mut e_tags = Vec::new();
        for number in [1, 2] {
            let rest = format!("/k?partNumber={number}&{upload}");
            let part = place.ask("PUT", &rest, &[], "v").await;
            e_tags.push(part.header("etag").to_owned());
        }
        let [first, second] = [e_tags[0].as_str(), e_tags[1].as_str()];
        let refused: [(&[_], _); 5] = [
            (&[], "MalformedXML"),
            (&[(2, second), (1, first)], "InvalidPartOrder"),
            (&[(1, "\"0\"")], "InvalidPart"),
            (&[(3, first)], "InvalidPart"),
            (&[(1, first), (2, second)], "EntityTooSmall"),
        ];
        for (parts, code) in refused {
            let rest = format!("/k?{upload}");
            let answer = place.ask("POST", &rest, &[], &completion(parts)).await;
            assert_eq!(answer.text("Code"), code, "{parts:?}");
        }
        let zeroth = place.ask("PUT", &format!("/k?partNumber=0&{upload}"), &[], "v").await;
        assert_eq!(zeroth.text("Code"), "InvalidArgument");
    });
}

#[test]
fn an_upload_that_was_aborted_is_gone() {
    with_place(async |place| {
        let upload = start(&place).await;
        let rest = format!("/k?{upload}");
        assert_eq!(place.ask("DELETE", &rest, &[], "").await.status, 204);
        assert_eq!(place.ask("DELETE", &rest, &[], "").await.text("Code"), "NoSuchUpload");
        let part = place.ask("PUT", &format!("/k?partNumber=1&{upload}"), &[], "v").await;
        assert_eq!(part.text("Code"), "NoSuchUpload");
    });
}

#[test]
fn a_part_may_be_a_part_of_another_value() {
    with_place(async |place| {
        put(&place.client(), "from", "0123456789").await;
        let upload = start(&place).await;
        let source = format!("/{}/from", place.bucket);
        let headers: &[_] =
            &[("x-amz-copy-source", source.as_str()), ("x-amz-copy-source-range", "bytes=2-4")];
        let part = place.ask("PUT", &format!("/k?partNumber=1&{upload}"), headers, "").await;
        let e_tag = part.text("ETag").replace("&quot;", "\"");
        let body = completion(&[(1, &e_tag)]);
        place.ask("POST", &format!("/k?{upload}"), &[], &body).await;
        assert_eq!(place.ask("GET", "/k", &[], "").await.body, "234");
    });
}
