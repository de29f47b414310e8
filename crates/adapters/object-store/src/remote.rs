//! Servers: each store below a prefix of its own, and nothing left there afterwards.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{Names, Operation, Outcome};
use zarr_conform_store::{
    AsyncStore, AsyncToSyncBlockOn, Callers, Handle, OnService, OpenError, Requests,
    StoreUnderTest, TokioRuntime,
};
use zarrs_object_store::AsyncObjectStore;

use crate::errors::classify_object_store;
use crate::meter::{Counted, Meter};
use crate::objects::Objects;

/// What the client of a server keeps to, so that nothing takes longer than a deadline of seconds.
pub(crate) fn client_options() -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(true)
        .with_connect_timeout(Duration::from_secs(2))
        .with_timeout(Duration::from_secs(4))
}

/// How long a client waits before it asks a server of the user's again. A guess: little beside the
/// deadline, and time enough for a server that has too much to do.
pub(crate) const BACKOFF: Duration = Duration::from_millis(20);

/// How often a client asks again, and how long it waits before it does so first.
pub(crate) fn retry(init_backoff: Duration) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig { init_backoff, max_backoff: 10 * init_backoff, base: 2.0 },
        max_retries: 2,
        retry_timeout: Duration::from_secs(2),
    }
}

/// How many bytes of a key the prefix of a store takes, with its slash.
pub(crate) const CASE_BYTES: usize = 9;

/// What the prefix of a run begins with; 16 digits follow.
const RUN: &str = "zarr-conform-";

/// Makes a client whose requests go wrong as somebody says.
#[derive(Clone)]
pub(crate) struct Own(pub(crate) Arc<MakeOwn>);

type MakeOwn = dyn Fn(&Requests) -> object_store::Result<Arc<dyn ObjectStore>> + Send + Sync;

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Own")
    }
}

/// A client of a server, shared by all stores.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Makes one for each store, if its requests can be made to go wrong.
    pub(crate) own: Option<Own>,
    /// Whether keys can be created on the condition that they are not there.
    pub(crate) can_create: bool,
    pub(crate) runtime: TokioRuntime,
    /// The address of the server, which has no place in a report.
    pub(crate) endpoint: String,
    /// Whom errors are about, such as ``the bucket `b` at http://…``.
    pub(crate) place: String,
}

/// A part of a server that is this run's alone; what is left below it is removed on drop.
#[derive(Debug)]
pub(crate) struct Remote {
    client: Client,
    base: Path,
    next: AtomicU64,
    /// Whether the server is somebody else's: it may go away, and nothing may be left on it.
    is_users: bool,
}

impl Remote {
    /// All of a server that nobody else asks.
    pub(crate) fn whole(client: Client) -> Self {
        Self { client, base: Path::default(), next: AtomicU64::new(0), is_users: false }
    }

    /// A fresh place below `prefix`, which nothing may be below.
    ///
    /// # Errors
    ///
    /// Returns an [`OpenError`] that says what to do if the server cannot be asked, or if something
    /// is there.
    pub(crate) fn fresh(client: Client, prefix: &str) -> Result<Self, OpenError> {
        let prefix = Path::from(prefix);
        let is_named = !prefix.as_ref().is_empty();
        // A bucket may hold anything; a prefix that was named is to be empty.
        let base = prefix.clone().join(format!("{RUN}{:016x}", random()));
        let looked_at = if is_named { &prefix } else { &base };
        if let Some(found) = client.first(looked_at)? {
            return Err(OpenError::new(format!(
                "`{found}` is below `{looked_at}` in {}: give --url a prefix with nothing below it",
                client.place
            )));
        }
        client.check_writable(&base)?;
        Ok(Self { client, base, next: AtomicU64::new(0), is_users: true })
    }

    /// How many bytes of a key what is in front of the prefixes of stores takes, with its slash.
    pub(crate) fn base_bytes(prefix: &str) -> usize {
        let prefix = Path::from(prefix).as_ref().len();
        prefix + usize::from(prefix > 0) + RUN.len() + 16 + 1
    }

    /// A store that shares nothing with another.
    pub(crate) fn open(&self) -> Result<OnService<RemoteStore>, OpenError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let prefix = self.base.clone().join(format!("{number:08}"));
        if self.is_users {
            // Whether the server is still there.
            self.client.first(&prefix)?;
        }
        let requests = Requests::default();
        let store = RemoteStore::new(self.client.clone(), prefix, &requests)?;
        Ok(OnService::new(store, requests))
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if !self.is_users {
            return;
        }
        // Stores that were abandoned in the middle of something remove nothing themselves.
        let Client { objects, runtime, .. } = &self.client;
        let removed = runtime.block_on(async {
            let left = objects.list(Some(&self.base)).map_ok(|meta| meta.location).boxed();
            objects.delete_stream(left).try_collect::<Vec<_>>().await
        });
        if let Err(error) = removed {
            let Client { place, .. } = &self.client;
            // A panic or a report would come too late, and silence would be worse.
            eprintln!("what is below `{}` in {place} could not be removed: {error}", self.base);
        }
    }
}

/// A number that no other run has.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl Client {
    /// The first object below a prefix.
    ///
    /// # Errors
    ///
    /// Returns an [`OpenError`] that says what to do if the server cannot be asked.
    fn first(&self, prefix: &Path) -> Result<Option<Path>, OpenError> {
        let first = self.runtime.block_on(self.objects.list(Some(prefix)).next());
        match first {
            None => Ok(None),
            Some(Ok(meta)) => Ok(Some(meta.location)),
            Some(Err(error)) => Err(self.explain(&error)),
        }
    }

    /// Writes an object below a prefix, and removes it.
    ///
    /// # Errors
    ///
    /// Returns an [`OpenError`] that says what to do if that is not allowed, or not possible.
    fn check_writable(&self, prefix: &Path) -> Result<(), OpenError> {
        let probe = prefix.clone().join("writable");
        let written = self.runtime.block_on(async {
            self.objects.put(&probe, "".into()).await?;
            self.objects.delete(&probe).await
        });
        written.map_err(|error| {
            let Self { place, .. } = self;
            OpenError::new(format!(
                "{place} cannot be written, so give --url a place that is there and takes writes: {error}"
            ))
        })
    }

    fn explain(&self, error: &object_store::Error) -> OpenError {
        let words = whole_text(error);
        let says = |sentences: &[&str]| sentences.iter().any(|sentence| words.contains(sentence));
        let Self { place, endpoint, .. } = self;
        OpenError::new(if says(&["NoSuchBucket", "ContainerNotFound"]) {
            format!("{place} is not there: make it, or name another in --url")
        } else if says(&["InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthenticationFailed"])
            || matches!(
                error,
                object_store::Error::Unauthenticated { .. }
                    | object_store::Error::PermissionDenied { .. }
            )
        {
            format!("{place} does not take the credentials: check those in the environment")
        } else if says(&["tcp connect error", "Connection refused", "dns error", "client error"]) {
            format!("there is no server at {endpoint}: start it, or give another --endpoint")
        } else {
            format!("{place} cannot be asked: {words}")
        })
    }
}

/// What an error says, and what the errors behind it do.
fn whole_text(error: &object_store::Error) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

/// A store below a prefix of a server; what was written to it is removed on drop.
pub(crate) struct RemoteStore {
    asked: Asked,
    below: Arc<PrefixStore<Arc<dyn ObjectStore>>>,
    meter: Arc<Meter>,
    client: Client,
}

/// What one caller asks.
#[derive(Clone)]
struct Asked {
    store: AsyncStore<TokioRuntime>,
    endpoint: Arc<str>,
    prefix: Path,
}

impl RemoteStore {
    fn new(client: Client, prefix: Path, requests: &Requests) -> Result<Self, OpenError> {
        let objects = match &client.own {
            Some(Own(make)) => make(requests).map_err(OpenError::from_error)?,
            None => Arc::clone(&client.objects),
        };
        let below = Arc::new(PrefixStore::new(objects, prefix.clone()));
        let meter = Arc::new(Meter::knowing_what_was_written());
        let counted = Counted { inner: Arc::clone(&below), meter: Arc::clone(&meter) };
        let endpoint = client.endpoint.as_str().into();
        let asked = Asked { store: over(counted, &client), endpoint, prefix };
        Ok(Self { asked, below, meter, client })
    }
}

fn over(objects: impl ObjectStore, client: &Client) -> AsyncStore<TokioRuntime> {
    let objects: Arc<dyn ObjectStore> = Arc::new(objects);
    let store = Arc::new(AsyncObjectStore::new(Arc::clone(&objects)));
    let store = AsyncStore::of(store, client.runtime.clone());
    let store = store.classify_with(classify_object_store);
    if client.can_create { store.creatable(Arc::new(Objects(objects))) } else { store }
}

impl StoreUnderTest for RemoteStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        if matches!(operation, Operation::Reopen) {
            let meter = Arc::clone(&self.meter);
            self.asked.store =
                over(Counted { inner: Arc::clone(&self.below), meter }, &self.client);
            return Outcome::Done;
        }
        self.asked.answer(names, operation)
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        Some(self)
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.meter.traffic())
    }
}

impl Callers for RemoteStore {
    fn share(&mut self) -> Option<Handle> {
        Some(Handle::on_other_threads(self.asked.clone()))
    }
}

impl StoreUnderTest for Asked {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let outcome = self.store.answer(names, operation);
        outcome.reworded(|words| steady(words, &self.endpoint, self.prefix.as_ref()))
    }
}

impl Drop for RemoteStore {
    fn drop(&mut self) {
        let left = self.meter.left();
        if left.is_empty() {
            return;
        }
        let left = futures::stream::iter(left.into_iter().map(Ok)).boxed();
        let removal = self.below.delete_stream(left);
        // Of a server that went away, nothing can be removed; the end of the run tries again.
        let _ = self.client.runtime.block_on(removal.collect::<Vec<_>>());
    }
}

/// Words without what is another in each run: the server's address, the prefix, how long it took.
fn steady(words: &str, endpoint: &str, prefix: &str) -> String {
    let address = endpoint.split_once("://").map_or(endpoint, |(_, address)| address);
    let mut words = words.replace(endpoint, "…").replace(address, "…");
    if !prefix.is_empty() {
        words = words.replace(&format!("{prefix}/"), "").replace(prefix, "…");
    }
    // `RetryError` in `client/retry.rs` of object_store: `Error performing GET … in 1.2ms, after`
    // or ` - `.
    if let Some(at) = words.find("Error performing ")
        && let Some(took) = words[at..].find(" in ").map(|took| at + took)
    {
        let ends = [words[took..].find(", after"), words[took..].find(" - ")];
        if let Some(end) = ends.into_iter().flatten().min() {
            words.replace_range(took..took + end, "");
        }
    }
    for (open, close) in [("<RequestId>", "</RequestId>"), ("<HostId>", "</HostId>")] {
        if let Some(start) = words.find(open)
            && let Some(end) = words[start..].find(close)
        {
            words.replace_range(start..start + end + close.len(), "");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_in_every_run() {
        let words = |port: u32, case: u32, took: &str| {
            let words = format!(
                "Generic S3 error: Error performing GET http://127.0.0.1:{port}/b/x/{case}/a in {took}, after 2 retries - HTTP error: 127.0.0.1:{port}"
            );
            steady(&words, &format!("http://127.0.0.1:{port}"), &format!("x/{case}"))
        };
        assert_eq!(words(4001, 7, "1.5ms"), words(52000, 123, "2.000001s"));
        assert_eq!(
            words(1, 2, "3s"),
            "Generic S3 error: Error performing GET …/b/a, after 2 retries - HTTP error: …"
        );
    }

    #[test]
    fn numbers_of_runs_differ() {
        assert_ne!(random(), random());
    }
}
