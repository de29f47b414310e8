//! Listings: their pages, their order, and what they leave out.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use zarr_conform_s3_service::S3Service;

use crate::support::{Place, list, put, run, with_client, with_place};

const MANY: usize = 2500;

fn many() -> Vec<String> {
    (0..MANY).map(|at| format!("d/{at:04}")).collect()
}

/// Writes many keys, some at the same time.
async fn fill(store: &AmazonS3) {
    let keys = many();
    stream::iter(&keys).map(|key| put(store, key, "v")).buffer_unordered(16).collect::<()>().await;
}

#[test]
fn many_keys_are_listed_in_pages_and_deleted_in_bulk() {
    let service = S3Service::start().unwrap();
    let store = Place::of(&service).client();
    run(async {
        fill(&store).await;
        assert_eq!(service.keys(), many());

        assert_eq!(list(&store, None).await, many());
        assert_eq!(list(&store, Some("d")).await, many());
        // Three pages each.
        assert_eq!(service.requests()["ListObjectsV2"], 6);

        let behind = store.list_with_offset(Some(&Path::from("d")), &Path::from("d/1233"));
        let behind: Vec<String> =
            behind.map_ok(|meta| meta.location.to_string()).try_collect().await.unwrap();
        assert_eq!(behind, &many()[1234..]);

        let directory = store.list_with_delimiter(Some(&Path::from("d"))).await.unwrap();
        assert_eq!(directory.objects.len(), MANY);
        let root = store.list_with_delimiter(None).await.unwrap();
        assert_eq!((root.objects.len(), root.common_prefixes), (0, vec![Path::from("d")]));

        let keys: Vec<_> = many().into_iter().map(|key| Ok(Path::from(key))).collect();
        let deleted: Vec<Path> =
            store.delete_stream(stream::iter(keys).boxed()).try_collect().await.unwrap();
        assert_eq!(deleted.len(), MANY);
        assert_eq!(service.requests()["DeleteObjects"], 3);
        assert_eq!(list(&store, None).await, Vec::<String>::new());
    });
    assert_eq!(service.keys(), Vec::<String>::new());
}

#[test]
fn common_prefixes_count_for_the_page() {
    with_place(async |place| {
        let store = place.client();
        for at in 0..1500 {
            put(&store, &format!("{at:04}/x"), "").await;
        }
        let root = store.list_with_delimiter(None).await.unwrap();
        assert_eq!(root.common_prefixes.len(), 1500);
        let page = place.ask("GET", "?list-type=2&delimiter=/", &[], "").await;
        assert_eq!(page.text("KeyCount"), "1000");
        assert_eq!(page.text("IsTruncated"), "true");
        assert_eq!(page.all("CommonPrefixes").len(), 1000);
    });
}

#[test]
fn listings_are_in_byte_order() {
    with_client(async |store| {
        // U+FFFD is before U+10000 in UTF-8, and behind it in UTF-16.
        let keys = ["a", "a/b", "a0", "b", "é", "\u{fffd}", "\u{10000}"];
        for key in keys.iter().rev() {
            put(&store, key, "").await;
        }
        assert_eq!(list(&store, None).await, keys);
    });
}

/// Lists with a query, after writing these keys, and compares key by key and prefix by prefix.
fn check(keys: &[&str], query: &str, wanted_keys: &[&str], wanted_prefixes: &[&str]) {
    with_place(async |place| {
        for key in keys {
            put(&place.client(), key, "").await;
        }
        let answer = place.ask("GET", query, &[], "").await;
        assert_eq!(answer.status, 200, "{query}: {answer:?}");
        assert_eq!(answer.all("Key"), wanted_keys, "{query}");
        let prefixes = answer.all("CommonPrefixes");
        let wanted: Vec<_> =
            wanted_prefixes.iter().map(|it| format!("<Prefix>{it}</Prefix>")).collect();
        assert_eq!(prefixes, wanted, "{query}");
    });
}

#[test]
fn a_listing_starts_behind_a_name() {
    let keys = ["a", "b/1", "b/2", "c"];
    check(&keys, "?list-type=2&start-after=a", &["b/1", "b/2", "c"], &[]);
    check(&keys, "?list-type=2&start-after=b", &["b/1", "b/2", "c"], &[]);
    check(&keys, "?list-type=2&start-after=b/1", &["b/2", "c"], &[]);
    check(&keys, "?list-type=2&start-after=c", &[], &[]);
    check(&keys, "?list-type=2&delimiter=/&start-after=b", &["c"], &["b/"]);
    check(&keys, "?list-type=2&delimiter=/&start-after=b/", &["c"], &[]);
    check(&keys, "?list-type=2&prefix=b/&start-after=a", &["b/1", "b/2"], &[]);
}

#[test]
fn the_first_version_of_listings_goes_on_at_a_marker() {
    let keys = ["a", "b/1", "b/2", "c"];
    check(&keys, "?marker=a", &["b/1", "b/2", "c"], &[]);
    check(&keys, "?delimiter=/", &["a", "c"], &["b/"]);
    with_place(async |place| {
        for key in keys {
            put(&place.client(), key, "").await;
        }
        let page = place.ask("GET", "?delimiter=/&max-keys=2", &[], "").await;
        assert_eq!(page.text("IsTruncated"), "true");
        assert_eq!(page.text("NextMarker"), "b/");
        let rest = place.ask("GET", "?delimiter=/&max-keys=2&marker=b/", &[], "").await;
        assert_eq!((rest.all("Key"), rest.text("IsTruncated")), (vec!["c"], "false"));
    });
}

#[test]
fn a_client_gets_fewer_keys_if_it_asks_for_fewer() {
    with_place(async |place| {
        for key in ["a", "b", "c"] {
            put(&place.client(), key, "").await;
        }
        let none = place.ask("GET", "?list-type=2&max-keys=0", &[], "").await;
        assert_eq!((none.text("KeyCount"), none.text("IsTruncated")), ("0", "false"));
        let two = place.ask("GET", "?list-type=2&max-keys=2", &[], "").await;
        assert_eq!((two.all("Key"), two.text("IsTruncated")), (vec!["a", "b"], "true"));
        let token = two.text("NextContinuationToken");
        let query = format!("?list-type=2&max-keys=2&continuation-token={token}");
        let rest = place.ask("GET", &query, &[], "").await;
        assert_eq!((rest.all("Key"), rest.text("IsTruncated")), (vec!["c"], "false"));
        // A page that is just full is the last one.
        let all = place.ask("GET", "?list-type=2&max-keys=3", &[], "").await;
        assert_eq!(all.text("IsTruncated"), "false");
        let more = place.ask("GET", "?list-type=2&max-keys=9999", &[], "").await;
        assert_eq!((more.text("MaxKeys"), more.text("KeyCount")), ("1000", "3"));
    });
}

#[test]
fn names_may_come_encoded() {
    let keys = ["a b/c+d", "é"];
    check(&keys, "?list-type=2&encoding-type=url", &["a+b/c%2Bd", "%C3%A9"], &[]);
    let directories = "?list-type=2&encoding-type=url&delimiter=/";
    check(&keys, directories, &["%C3%A9"], &["a+b/"]);
    with_place(async |place| {
        let answer = place.ask("GET", "?list-type=2&encoding-type=base64", &[], "").await;
        assert_eq!(answer.text("Code"), "InvalidArgument");
    });
}

#[test]
fn names_with_line_ends_are_listed_as_they_are() {
    with_place(async |place| {
        assert_eq!(place.ask("PUT", "/a%0D%0Ab", &[], "").await.status, 200);
        let listed = place.ask("GET", "?list-type=2", &[], "").await;
        assert_eq!(listed.all("Key"), ["a&#13;\nb"]);
        assert_eq!(place.ask("DELETE", "/a%0D%0Ab", &[], "").await.status, 204);
    });
}

#[test]
fn a_listing_says_what_a_head_says() {
    with_client(async |store| {
        put(&store, "a/k", "value").await;
        let head = store.head(&Path::from("a/k")).await.unwrap();
        let listed: Vec<_> = store.list(None).try_collect().await.unwrap();
        assert_eq!(listed, std::slice::from_ref(&head));
        let directory = store.list_with_delimiter(Some(&Path::from("a"))).await.unwrap();
        assert_eq!(directory.objects, [head]);
    });
}

#[test]
fn a_bulk_delete_may_be_quiet_and_is_limited() {
    with_place(async |place| {
        put(&place.client(), "a&b", "").await;
        let delete = |count: usize, quiet: bool| {
            let objects = "<Object><Key>a&amp;b</Key></Object>".repeat(count);
            format!("<Delete>{objects}<Quiet>{quiet}</Quiet></Delete>")
        };
        let quiet = place.ask("POST", "?delete=", &[], &delete(1, true)).await;
        assert_eq!((quiet.status, quiet.all("Key").len()), (200, 0));
        let all = place.ask("POST", "?delete=", &[], &delete(1000, false)).await;
        assert_eq!((all.status, all.all("Key").len()), (200, 1000));
        let more = place.ask("POST", "?delete=", &[], &delete(1001, false)).await;
        assert_eq!(more.text("Code"), "MalformedXML");
        let none = place.ask("POST", "?delete=", &[], &delete(0, false)).await;
        assert_eq!(none.text("Code"), "MalformedXML");
    });
}
