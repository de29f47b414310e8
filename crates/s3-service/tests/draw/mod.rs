//! Sequences of S3 requests over few and related keys, the same for a seed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::Answer;

/// One request to both services. What differs between them is put in when it is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    /// The key in the path, as it is; empty for the bucket.
    key: String,
    /// The query, encoded.
    query: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The key to copy from, encoded.
    pub(crate) source: Option<String>,
    pub(crate) body: String,
    /// What goes into the query of each service: upload ids and tokens.
    own: Option<(&'static str, [String; 2])>,
}

impl Request {
    /// The path below the bucket, and the query, for the service of this number.
    pub(crate) fn rest(&self, service: usize) -> String {
        let mut rest = String::new();
        if !self.key.is_empty() {
            rest = format!("/{}", encode(&self.key, true));
        }
        let own = self
            .own
            .as_ref()
            .map(|(name, values)| format!("{name}={}", encode(&values[service], false)));
        let query: Vec<_> = [self.query.clone(), own.unwrap_or_default()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        if query.is_empty() { rest } else { format!("{rest}?{}", query.join("&")) }
    }

    pub(crate) fn is_about_bucket(&self) -> bool {
        self.key.is_empty()
    }

    pub(crate) fn is_copy(&self) -> bool {
        self.source.is_some()
    }
}

/// Draws requests that fit what was answered so far.
pub(crate) struct Draw {
    state: u64,
    root: String,
    /// The entity tags that were answered, by key: the newest.
    e_tags: BTreeMap<String, String>,
    /// What to ask next, whatever is drawn.
    next: Option<Request>,
    /// The part of an upload that is under way, its key and its ids.
    upload: Option<(String, [String; 2])>,
}

const SEGMENTS: &[&str] =
    &["a", "b", "ab", "a b", "a+b", "a%20b", "é", "\u{10000}", "a=b&c", "0", "~"];
const VALUES: &[&str] = &["", "v", "0123456789", "é"];
const RANGES: &[&str] = &[
    "bytes=0-0",
    "bytes=0-",
    "bytes=1-3",
    "bytes=9-9",
    "bytes=9-100",
    "bytes=10-",
    "bytes=3-2000",
    "bytes=100-200",
];
const SUFFIXES: &[&str] = &["bytes=-1", "bytes=-10", "bytes=-11"];
const CONTENT_TYPES: &[&str] = &["text/plain", "application/json"];

impl Draw {
    pub(crate) fn new(seed: u64, root: &str) -> Self {
        Self {
            state: seed,
            root: root.to_owned(),
            e_tags: BTreeMap::new(),
            next: None,
            upload: None,
        }
    }

    /// Whether what was asked last goes on: a listing or an upload.
    pub(crate) fn is_under_way(&self) -> bool {
        self.next.is_some()
    }

    pub(crate) fn request(&mut self) -> Request {
        if let Some(next) = self.next.take() {
            return next;
        }
        match self.below(20) {
            0..=5 => self.put(),
            6..=8 => self.get("GET"),
            9 => self.get("HEAD"),
            10..=11 => Request { method: "DELETE", key: self.key(), ..Request::default() },
            12 => self.delete_many(),
            13 => self.copy(),
            14 => self.start_upload(),
            15 => self.list(1),
            _ => self.list(2),
        }
    }

    /// Takes from the answers what later requests need.
    pub(crate) fn learn(&mut self, request: &Request, answers: [Answer; 2]) {
        if request.method == "PUT" && answers[0].status == 200 && request.own.is_none() {
            self.e_tags.insert(request.key.clone(), answers[0].header("etag").to_owned());
        }
        if request.is_about_bucket() && answers[0].text("IsTruncated") == "true" {
            let mut next = request.clone();
            let tokens = answers.clone().map(|it| unescape(it.text("NextContinuationToken")));
            if request.query.contains("list-type=2") {
                next.own = Some(("continuation-token", tokens));
            } else {
                let last = |answer: &Answer| {
                    let marker = answer.text("NextMarker");
                    let key = answer.all("Key").last().copied().unwrap_or_default();
                    unescape(if marker.is_empty() { key } else { marker })
                };
                next.own = Some(("marker", [last(&answers[0]), last(&answers[1])]));
            }
            self.next = Some(next);
        }
        if request.query == "uploads=" {
            let ids = answers.clone().map(|answer| answer.text("UploadId").to_owned());
            self.upload = Some((request.key.clone(), ids.clone()));
            self.next = Some(Request {
                method: "PUT",
                key: request.key.clone(),
                query: format!("partNumber={}", 1 + self.below(3)),
                body: (*self.pick(VALUES)).to_owned(),
                own: Some(("uploadId", ids)),
                ..Request::default()
            });
        } else if request.query.starts_with("partNumber=") {
            self.end_upload(request, answers[0].header("etag"));
        }
    }

    fn put(&mut self) -> Request {
        let key = self.key();
        let mut headers = Vec::new();
        match self.below(6) {
            0 => headers.push(("if-none-match", "*".to_owned())),
            1 => {
                if let Some(e_tag) = self.some_e_tag(&key) {
                    headers.push(("if-match", e_tag));
                }
            }
            2 => headers.push(("content-type", (*self.pick(CONTENT_TYPES)).to_owned())),
            _ => {}
        }
        let body = (*self.pick(VALUES)).to_owned();
        Request { method: "PUT", key, headers, body, ..Request::default() }
    }

    fn get(&mut self, method: &'static str) -> Request {
        let key = self.key();
        let mut headers = Vec::new();
        match self.below(6) {
            0 | 1 => headers.push(("range", (*self.pick(RANGES)).to_owned())),
            // moto answers 200 to the head of a suffix of an empty value, and 416 to the get.
            2 if method == "GET" => headers.push(("range", (*self.pick(SUFFIXES)).to_owned())),
            _ => {}
        }
        if self.below(3) == 0
            && let Some(e_tag) = self.some_e_tag(&key)
        {
            let name = *self.pick(&["if-match", "if-none-match"]);
            headers.push((name, e_tag));
        }
        Request { method, key, headers, ..Request::default() }
    }

    fn delete_many(&mut self) -> Request {
        let keys: Vec<_> = (0..=self.below(4)).map(|_| escape(&self.key())).collect();
        let objects = keys.join("</Key></Object><Object><Key>");
        let body = format!("<Delete><Object><Key>{objects}</Key></Object></Delete>");
        Request { method: "POST", query: "delete=".to_owned(), body, ..Request::default() }
    }

    fn copy(&mut self) -> Request {
        let source = Some(encode(&self.key(), true));
        Request { method: "PUT", key: self.key(), source, ..Request::default() }
    }

    fn start_upload(&mut self) -> Request {
        Request {
            method: "POST",
            key: self.key(),
            query: "uploads=".to_owned(),
            ..Request::default()
        }
    }

    fn end_upload(&mut self, part: &Request, e_tag: &str) {
        let Some((key, ids)) = self.upload.take() else { return };
        let own = Some(("uploadId", ids));
        if self.below(3) == 0 {
            self.next = Some(Request { method: "DELETE", key, own, ..Request::default() });
            return;
        }
        let number = part.query.trim_start_matches("partNumber=");
        let body = format!(
            "<CompleteMultipartUpload><Part><PartNumber>{number}</PartNumber><ETag>{e_tag}</ETag></Part></CompleteMultipartUpload>"
        );
        self.next = Some(Request { method: "POST", key, body, own, ..Request::default() });
    }

    fn list(&mut self, version: u8) -> Request {
        let mut parts = Vec::new();
        if version == 2 {
            parts.push("list-type=2".to_owned());
        }
        let key = self.key();
        let cut = self.cut(&key);
        parts.push(format!("prefix={}", encode(&cut, false)));
        let delimiter = *self.pick(&["", "a", "%2F", "%2F"]);
        if !delimiter.is_empty() {
            parts.push(format!("delimiter={delimiter}"));
        }
        if version == 1 && !delimiter.is_empty() {
            // In the first version, moto has all common prefixes on every page, those before the
            // marker as well, and does not count them. AWS takes them as it takes keys.
        } else if self.below(3) == 0 {
            let key = self.key();
            let after = self.cut(&key);
            let name = if version == 2 { "start-after" } else { "marker" };
            parts.push(format!("{name}={}", encode(&after, false)));
        } else if self.below(2) == 0 {
            parts.push(format!("max-keys={}", 1 + self.below(3)));
        }
        Request { method: "GET", query: parts.join("&"), ..Request::default() }
    }

    /// A key of one to three segments below the root.
    fn key(&mut self) -> String {
        let segments: Vec<_> = (0..=self.below(3)).map(|_| *self.pick(SEGMENTS)).collect();
        format!("{}{}", self.root, segments.join("/"))
    }

    /// The root, or more of a key.
    fn cut(&mut self, key: &str) -> String {
        let ends: Vec<_> = key.char_indices().map(|(at, _)| at).chain([key.len()]).collect();
        let ends: Vec<_> = ends.into_iter().filter(|end| *end >= self.root.len()).collect();
        key[..*self.pick(&ends)].to_owned()
    }

    fn some_e_tag(&mut self, key: &str) -> Option<String> {
        if self.below(2) == 0 {
            return self.e_tags.get(key).cloned();
        }
        let e_tags: Vec<_> = self.e_tags.values().cloned().collect();
        if e_tags.is_empty() { None } else { Some(self.pick(&e_tags).clone()) }
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A number below `limit`, by `SplitMix64`.
    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % limit as u64) as usize
    }
}

/// Text as it stands in a path, with slashes as they are, or in a query.
fn encode(text: &str, is_path: bool) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            b'/' if is_path => encoded.push('/'),
            _ => write!(encoded, "%{byte:02X}").unwrap(),
        }
    }
    encoded
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&amp;", "&")
}
