//! The service beside another one: the same requests, and the same answers.
//!
//! ```sh
//! servers/serve.py moto --then cargo test -p zarr-conform-s3-service --test beside_peer -- --ignored
//! ```
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod draw;
mod support;

use std::fmt::{Debug, Write};
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
};
use zarr_conform_s3_service::S3Service;

use crate::draw::{Draw, Request};
use crate::support::{Answer, Place, run_within};

const SEQUENCES: u64 = 60;
const STEPS: usize = 60;

/// The peer may be slow.
const DEADLINE: Duration = Duration::from_mins(10);

#[test]
#[ignore = "needs a peer: servers/serve.py moto --then cargo test … -- --ignored"]
fn a_peer_answers_alike() {
    let service = S3Service::start().unwrap();
    let (ours, peer) = (Place::of(&service), Place::from_environment());
    let mut differences = String::new();
    run_within(DEADLINE, async {
        for seed in 0..SEQUENCES {
            let root = format!("beside/{seed}/");
            if let Some(difference) = play(&ours, &peer, &root, seed).await {
                let _ = write!(differences, "\nseed {seed}\n{difference}");
            }
            for place in [&ours, &peer] {
                clear(place, &root).await;
            }
        }
    });
    assert!(differences.is_empty(), "{differences}");
    assert_eq!(service.keys(), Vec::<String>::new());
    assert_eq!(service.open_uploads(), 0);
}

#[test]
#[ignore = "needs a peer: servers/serve.py moto --then cargo test … -- --ignored"]
fn a_client_sees_the_same_over_a_peer() {
    let service = S3Service::start().unwrap();
    let [here, there] = [Place::of(&service), Place::from_environment()].map(|place| {
        let mut seen = Vec::new();
        run_within(DEADLINE, look_with_a_client(&place.client(), &mut seen));
        seen
    });
    for (here, there) in here.iter().zip(&there) {
        assert_eq!(here, there);
    }
    assert_eq!(here.len(), there.len());
    assert_eq!(service.keys(), Vec::<String>::new());
}

/// Asks for listings of more than a page, and for what may go wrong.
async fn look_with_a_client(store: &AmazonS3, seen: &mut Vec<String>) {
    let mut see = |what: &str, answer: String| seen.push(format!("{what}: {answer}"));
    let root = Path::from("client");
    let keys: Vec<Path> = (0..1100).map(|at| root.clone().join(format!("{at:04}/v"))).collect();
    let fill = keys.iter().map(|key| store.put(key, "v".into()));
    stream::iter(fill).buffer_unordered(8).try_collect::<Vec<_>>().await.unwrap();

    see("list", listed(store.list(Some(&root))).await);
    see("offset", listed(store.list_with_offset(Some(&root), &keys[50])).await);
    let directory = store.list_with_delimiter(Some(&root)).await.unwrap();
    see("directory", format!("{:?}", (directory.common_prefixes, directory.objects.len())));

    let key = &keys[0];
    for range in [GetRange::Bounded(0..1), GetRange::Suffix(5), GetRange::Offset(1)] {
        let options = GetOptions::new().with_range(Some(range.clone()));
        see(&format!("{range}"), class(store.get_opts(key, options).await.map(|it| it.range)));
    }
    let create = || PutOptions::from(PutMode::Create);
    see("create", class(store.put_opts(key, "w".into(), create()).await.map(|it| it.e_tag)));
    let missing = Path::from("client/missing");
    see("get", class(store.get(&missing).await.map(|it| it.range)));
    see("copy", class(store.copy(&missing, &root).await));
    see("copy", class(store.copy_if_not_exists(key, &keys[1]).await));
    see("delete", class(store.delete(&missing).await));

    let deleted = store.delete_stream(stream::iter(keys).map(Ok).boxed());
    see("deleted", format!("{:?}", deleted.try_collect::<Vec<_>>().await.unwrap()));
    see("list", listed(store.list(Some(&root))).await);
}

async fn listed(objects: BoxStream<'_, object_store::Result<ObjectMeta>>) -> String {
    let facts = objects.map_ok(|meta| (meta.location, meta.size, meta.e_tag));
    format!("{:?}", facts.try_collect::<Vec<_>>().await.unwrap())
}

/// An answer, or the class of an error: its words are each service's own.
fn class<T: Debug>(answer: object_store::Result<T>) -> String {
    let text = format!("{answer:?}");
    match answer {
        Ok(_) => text,
        Err(_) => text.split([' ', '{']).next().unwrap_or_default().to_owned(),
    }
}

/// Plays one sequence on both, and gives the first difference with all that was asked before.
async fn play(ours: &Place, peer: &Place, root: &str, seed: u64) -> Option<String> {
    let mut draw = Draw::new(seed, root);
    let mut asked = String::new();
    let mut steps = 0;
    // Uploads that were started are ended.
    while steps < STEPS || draw.is_under_way() {
        steps += 1;
        assert!(steps < 10 * STEPS, "it does not end:\n{asked}");
        let request = draw.request();
        let _ = writeln!(asked, "  {request:?}");
        let answers = [ask(ours, 0, &request).await, ask(peer, 1, &request).await];
        let [here, there] = answers.clone().map(|answer| facts(&request, &answer));
        if here != there {
            return Some(format!("{asked}here:\n{here}there:\n{there}"));
        }
        draw.learn(&request, answers);
    }
    None
}

async fn ask(place: &Place, service: usize, request: &Request) -> Answer {
    let rest = request.rest(service);
    let source = request.source.as_ref().map(|key| format!("/{}/{key}", place.bucket));
    let mut headers = request.headers.clone();
    headers.extend(source.as_deref().map(|source| ("x-amz-copy-source", source.to_owned())));
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    place.ask(request.method, &rest, &headers, &request.body).await
}

/// What both have to agree on, line by line.
fn facts(request: &Request, answer: &Answer) -> String {
    let mut facts = format!("    {}\n", answer.status);
    let mut fact = |name: &str, values: &[&str]| {
        let values: Vec<_> = values
            .iter()
            .map(|value| value.replace("&quot;", "\"").replace("&#34;", "\""))
            .collect();
        let _ = writeln!(facts, "    {name} {values:?}");
    };
    // Whoever asks for a head gets no body, with the code of the error in it.
    if answer.status >= 400 {
        fact("Code", &answer.all("Code"));
        return facts;
    }
    if !request.is_copy() {
        // moto says it in a header too, and AWS in the body alone.
        fact("etag", &[answer.header("etag")]);
    }
    fact("content-range", &[answer.header("content-range")]);
    if matches!(request.method, "GET" | "HEAD") && !request.is_about_bucket() && answer.status < 300
    {
        fact("content-length", &[answer.header("content-length")]);
        fact("content-type", &[answer.header("content-type")]);
        fact("value", &[&answer.body]);
    }
    for name in ["Key", "Size", "ETag", "CommonPrefixes", "IsTruncated", "KeyCount", "MaxKeys"] {
        fact(name, &answer.all(name));
    }
    facts
}

/// Removes all that is below `root`.
async fn clear(place: &Place, root: &str) {
    loop {
        let listed = place.ask("GET", &format!("?list-type=2&prefix={root}"), &[], "").await;
        let keys = listed.all("Key");
        if keys.is_empty() {
            return;
        }
        let objects = keys.join("</Key></Object><Object><Key>");
        let body = format!("<Delete><Object><Key>{objects}</Key></Object></Delete>");
        let deleted = place.ask("POST", "?delete=", &[], &body).await;
        assert_eq!(deleted.status, 200, "{deleted:?}");
    }
}
