//! What the service refuses, what goes wrong on purpose, and what is left of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use object_store::path::Path;
use object_store::{Error, ObjectStoreExt, RetryConfig};
use zarr_conform_s3_service::{Fault, S3Service};

use crate::support::{Place, list, put, run, with_place};

/// Asks for a key with something wrong in the place, and expects this refusal.
fn check(change: impl FnOnce(&mut Place), status: u16, code: &str) {
    let service = S3Service::start().unwrap();
    let mut place = Place::of(&service);
    change(&mut place);
    run(async {
        for (method, rest) in
            [("GET", "/k"), ("PUT", "/k"), ("GET", "?list-type=2"), ("DELETE", "/k")]
        {
            let answer = place.ask(method, rest, &[], "").await;
            assert_eq!((answer.status, answer.text("Code")), (status, code), "{method} {rest}");
        }
    });
    assert_eq!(service.keys(), Vec::<String>::new());
}

#[test]
fn another_secret_key_is_refused() {
    check(|place| place.secret_key = "other".to_owned(), 403, "SignatureDoesNotMatch");
}

#[test]
fn another_access_key_is_refused() {
    check(|place| place.access_key = "OTHER".to_owned(), 403, "InvalidAccessKeyId");
}

#[test]
fn a_bucket_that_is_not_there_is_refused() {
    check(|place| place.bucket = "not-there".to_owned(), 404, "NoSuchBucket");
}

#[test]
fn a_client_sees_which_it_is() {
    let service = S3Service::start().unwrap();
    let place = Place::of(&service);
    let error = |place: &Place| run(place.client().get(&Path::from("k"))).unwrap_err();
    let mut other = place.clone();
    "other".clone_into(&mut other.secret_key);
    assert!(matches!(error(&other), Error::PermissionDenied { .. }));
    assert!(matches!(error(&place), Error::NotFound { .. }));
}

#[test]
fn a_body_that_is_not_what_was_signed_is_refused() {
    with_place(async |place| {
        // The service hashes what it gets, and this is the hash of nothing.
        let wrong = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let answer = place.ask_with_hash("PUT", "/k", wrong, "value").await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(place.ask("GET", "/k", &[], "").await.status, 404);
    });
}

#[test]
fn a_key_has_1024_bytes_at_most() {
    with_place(async |place| {
        let longest = format!("/{}", "é".repeat(512));
        assert_eq!(place.ask("PUT", &longest, &[], "v").await.status, 200);
        assert_eq!(place.ask("GET", &longest, &[], "").await.body, "v");
        let longer = format!("{longest}a");
        for method in ["PUT", "GET"] {
            let answer = place.ask(method, &longer, &[], "").await;
            assert_eq!((answer.status, answer.text("Code")), (400, "KeyTooLongError"));
        }
    });
}

#[test]
fn buckets_are_made_and_removed() {
    with_place(async |mut place| {
        place.bucket = "another".to_owned();
        assert_eq!(place.ask("HEAD", "", &[], "").await.status, 404);
        assert_eq!(place.ask("PUT", "", &[], "").await.status, 200);
        assert_eq!(place.ask("HEAD", "", &[], "").await.status, 200);
        place.ask("PUT", "/k", &[], "v").await;
        assert_eq!(place.ask("DELETE", "", &[], "").await.text("Code"), "BucketNotEmpty");
        place.ask("DELETE", "/k", &[], "").await;
        assert_eq!(place.ask("DELETE", "", &[], "").await.status, 204);
        assert_eq!(place.ask("DELETE", "", &[], "").await.text("Code"), "NoSuchBucket");
    });
}

#[test]
fn a_service_may_be_unavailable() {
    let service = S3Service::start().unwrap();
    let place = Place::of(&service);
    run(async {
        service.fail_next(2, Fault::Unavailable);
        for (method, body) in [("PUT", "value"), ("GET", "")] {
            let answer = place.ask(method, "/k", &[], body).await;
            assert_eq!((answer.status, answer.text("Code")), (503, "SlowDown"));
        }
        assert_eq!(service.faults_left(), 0);
        assert_eq!(place.ask("GET", "/k", &[], "").await.status, 404);
    });
    // Those that were turned away are not among those that were carried out.
    assert_eq!(service.requests()["GetObject"], 1);
    assert!(!service.requests().contains_key("PutObject"));
}

#[test]
fn a_client_that_tries_again_gets_over_a_fault() {
    let service = S3Service::start().unwrap();
    let retry = RetryConfig { max_retries: 3, ..RetryConfig::default() };
    let store = Place::of(&service).builder().with_retry(retry).build().unwrap();
    run(async {
        put(&store, "k", "value").await;
        for fault in [Fault::Unavailable, Fault::Reset, Fault::CutBody] {
            service.fail_next(1, fault);
            let value = store.get(&Path::from("k")).await.unwrap().bytes().await.unwrap();
            assert_eq!((value.as_ref(), service.faults_left()), (&b"value"[..], 0), "{fault:?}");
        }
        service.fail_next(2, Fault::Reset);
        assert_eq!(list(&store, None).await, ["k"]);
    });
}

#[test]
fn a_connection_may_be_reset() {
    let service = S3Service::start().unwrap();
    let store = Place::of(&service).client();
    run(async {
        put(&store, "k", "value").await;
        service.fail_next(2, Fault::Reset);
        store.get(&Path::from("k")).await.unwrap_err();
        store.put(&Path::from("k"), "other".into()).await.unwrap_err();
        assert_eq!(service.faults_left(), 0);
        // It goes on, and what was reset was not done.
        let value = store.get(&Path::from("k")).await.unwrap().bytes().await.unwrap();
        assert_eq!(value.as_ref(), b"value");
    });
}

#[test]
fn a_body_may_be_cut() {
    let service = S3Service::start().unwrap();
    let store = Place::of(&service).client();
    run(async {
        put(&store, "k", "value").await;
        service.fail_next(1, Fault::CutBody);
        let answer = store.get(&Path::from("k")).await.unwrap();
        assert_eq!(answer.meta.size, 5);
        answer.bytes().await.unwrap_err();
        // A write has no body in its answer. It was carried out, and the client cannot know.
        service.fail_next(1, Fault::CutBody);
        store.put(&Path::from("k"), "other".into()).await.unwrap_err();
        let value = store.get(&Path::from("k")).await.unwrap().bytes().await.unwrap();
        assert_eq!(value.as_ref(), b"other");
    });
}

#[test]
fn a_body_may_come_back_changed() {
    let service = S3Service::start().unwrap();
    let place = Place::of(&service);
    run(async {
        place.ask("PUT", "/k", &[], "value").await;
        service.fail_next(1, Fault::CorruptBody);
        assert_eq!(place.ask("GET", "/k", &[], "").await.body, "vamue");
        assert_eq!(place.ask("GET", "/k", &[], "").await.body, "value");
    });
}

#[test]
fn half_of_a_cut_body_arrives() {
    use std::io::{Read, Write};
    let service = S3Service::start().unwrap();
    service.fail_next(1, Fault::CutBody);
    let mut stream = TcpStream::connect(service.address()).unwrap();
    // What is refused has a body as well.
    write!(stream, "GET /zarr-conform/k HTTP/1.1\r\nhost: s3\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert_eq!(length.parse::<usize>().unwrap() / 2, body.len());
}

#[test]
fn a_service_that_is_dropped_frees_its_port() {
    let service = S3Service::start().unwrap();
    let address = service.address();
    let store = Place::of(&service).client();
    run(async {
        put(&store, "k", "value").await;
        drop(service);
        store.get(&Path::from("k")).await.unwrap_err();
    });
    assert!(TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err());
    TcpListener::bind(address).unwrap();
}

#[test]
fn services_share_nothing() {
    let services = [S3Service::start().unwrap(), S3Service::start().unwrap()];
    run(put(&Place::of(&services[0]).client(), "k", "value"));
    assert_eq!(services[0].keys(), ["k"]);
    assert_eq!(services[1].keys(), Vec::<String>::new());
    assert!(services[1].requests().is_empty());
}

#[test]
fn a_client_may_say_what_becomes_of_its_request_and_no_other() {
    let service = S3Service::start().unwrap();
    let place = Place::of(&service);
    run(async {
        for (fault, status) in
            [(Fault::Unavailable, 503), (Fault::Internal, 500), (Fault::TooMany, 429)]
        {
            let wish = [(S3Service::FAULT_HEADER, fault.word())];
            let refused = place.ask("PUT", "/k", &wish, "value").await;
            assert_eq!(refused.status, status);
            assert_eq!(place.ask("GET", "/k", &[], "").await.status, 404);
        }
    });
}

#[test]
fn a_reply_may_be_lost_though_the_request_was_carried_out() {
    let service = S3Service::start().unwrap();
    let store = Place::of(&service).client();
    run(async {
        service.fail_next(1, Fault::LostReply);
        store.put(&Path::from("k"), "value".into()).await.unwrap_err();
        assert_eq!(service.keys(), ["k"]);
    });
    assert_eq!(service.requests()["PutObject"], 1);
}

#[test]
fn a_request_may_arrive_twice_and_has_one_answer() {
    let service = S3Service::start().unwrap();
    let place = Place::of(&service);
    run(async {
        let wish = [(S3Service::FAULT_HEADER, Fault::Twice.word()), ("if-none-match", "*")];
        // The second time the key is there.
        assert_eq!(place.ask("PUT", "/k", &wish, "value").await.status, 200);
        assert_eq!(place.ask("GET", "/k", &[], "").await.body, "value");
    });
    assert_eq!(service.requests()["PutObject"], 2);
}
