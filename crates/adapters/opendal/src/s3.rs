//! S3: a service in this process, and stores each below a prefix of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use opendal::Operator;
use opendal::services::S3;
use zarr_conform_model::{ErrorClass, Names, Operation, Outcome, Refusal};
use zarr_conform_s3_service::S3Service;
use zarr_conform_store::{
    AsyncStore, OnService, OpenError, Requests, StoreUnderTest, TokioRuntime,
};

use crate::operator::over;
use crate::tagged::Tagged;

/// How many bytes of a key the prefix of a store takes, with its slash.
pub(crate) const PREFIX_BYTES: usize = 9;

/// A service that is started when the first store is opened, shared by all clones.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnS3(Arc<Mutex<Option<Arc<S3Service>>>>, Arc<AtomicU64>);

impl OwnS3 {
    /// A store that shares nothing with another.
    pub(crate) fn open(&self, runtime: TokioRuntime) -> Result<OnService<S3Store>, OpenError> {
        let service = self.service()?;
        let number = self.1.fetch_add(1, Ordering::Relaxed);
        let root = format!("/{number:08}/");
        let requests = Requests::default();
        let store = connect(&service, &root, &runtime, &requests)?;
        let own = requests.clone();
        Ok(OnService::new(S3Store { store, service, root, runtime, requests }, own))
    }

    fn service(&self) -> Result<Arc<S3Service>, OpenError> {
        // What is behind the lock is put there whole.
        let mut started = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(service) = &*started {
            return Ok(Arc::clone(service));
        }
        let service = S3Service::start().map_err(|error| {
            OpenError::new(format!("the S3 service in this process did not start: {error}"))
        })?;
        // The HTTP client of the process; if there is one, it stays.
        opendal::install_default();
        Ok(Arc::clone(started.insert(Arc::new(service))))
    }
}

/// A client with the credentials of the service, which looks for no others.
fn connect(
    service: &S3Service,
    root: &str,
    runtime: &TokioRuntime,
    requests: &Requests,
) -> Result<AsyncStore<TokioRuntime>, OpenError> {
    let bucket = S3::default()
        .bucket(service.bucket())
        .endpoint(service.endpoint())
        .region(service.region())
        .access_key_id(service.access_key())
        .secret_access_key(service.secret_key())
        .root(root)
        .disable_config_load()
        .disable_ec2_metadata();
    let operator = Operator::new(bucket).map_err(OpenError::from_error)?;
    Ok(over(operator.layer(Tagged(requests.clone())), runtime.clone()))
}

/// A store below a prefix of the service.
pub(crate) struct S3Store {
    store: AsyncStore<TokioRuntime>,
    service: Arc<S3Service>,
    root: String,
    runtime: TokioRuntime,
    requests: Requests,
}

impl StoreUnderTest for S3Store {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        if *operation == Operation::Reopen {
            return match connect(&self.service, &self.root, &self.runtime, &self.requests) {
                Ok(store) => {
                    self.store = store;
                    Outcome::Done
                }
                Err(error) => other(error.to_string()),
            };
        }
        self.store.answer(names, operation).reworded(steady)
    }
}

/// Words without what is another in each run: what the request and the response were.
fn steady(words: &str) -> String {
    let Some((before, context)) = words.split_once(", context: {") else {
        return words.to_owned();
    };
    let said = context.rsplit_once("} => ").map_or("", |(_, said)| said);
    format!("{before} => {}", said.split("RequestId").next().unwrap_or_default())
}

fn other(message: String) -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Other, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_in_every_run() {
        let words = |port: u32| {
            steady(&format!(
                "NotFound (permanent) at read, context: {{ uri: http://127.0.0.1:{port}/b/a, response: Parts {{ headers: {{\"x\": \"y\"}} }}, path: a }} => S3Error {{ code: \"NoSuchKey\", RequestId: \"{port}\" }}"
            ))
        };
        assert_eq!(words(4001), words(52000));
        assert!(words(1).starts_with("NotFound (permanent) at read => S3Error"), "{}", words(1));
    }
}
