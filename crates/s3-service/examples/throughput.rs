//! How many small requests a second the service answers, to a client that waits for each.
//!
//! ```sh
//! cargo run --release -p zarr-conform-s3-service --example throughput
//! ```

use std::error::Error;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use zarr_conform_s3_service::S3Service;

const REQUESTS: u32 = 3000;
const PAGES: u32 = 30;

fn main() -> Result<(), Box<dyn Error>> {
    let service = S3Service::start()?;
    let store = AmazonS3Builder::new()
        .with_endpoint(service.endpoint())
        .with_bucket_name(service.bucket())
        .with_region(service.region())
        .with_access_key_id(service.access_key())
        .with_secret_access_key(service.secret_key())
        .with_allow_http(true)
        .build()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&store))?;
    Ok(())
}

async fn measure(store: &AmazonS3) -> Result<(), object_store::Error> {
    let keys: Vec<Path> = (0..REQUESTS).map(|at| Path::from(format!("d/{at:04}"))).collect();

    let start = Instant::now();
    for key in &keys {
        store.put(key, "a small value".into()).await?;
    }
    say("put", REQUESTS, start.elapsed());

    let start = Instant::now();
    for key in &keys {
        store.get(key).await?.bytes().await?;
    }
    say("get", REQUESTS, start.elapsed());

    let start = Instant::now();
    for key in &keys {
        store.head(key).await?;
    }
    say("head", REQUESTS, start.elapsed());

    let start = Instant::now();
    for _ in 0..PAGES / 3 {
        store.list(None).try_for_each(async |_| Ok(())).await?;
    }
    say("list, 1,000 keys", PAGES, start.elapsed());

    let start = Instant::now();
    for _ in 0..REQUESTS / 3 {
        store.list_with_delimiter(None).await?;
    }
    say("list, one common prefix", REQUESTS / 3, start.elapsed());

    let start = Instant::now();
    for key in &keys {
        store.delete(key).await?;
    }
    say("delete_objects, 1 key", REQUESTS, start.elapsed());
    Ok(())
}

fn say(what: &str, requests: u32, time: Duration) {
    let rate = f64::from(requests) / time.as_secs_f64();
    println!("{what:<24} {rate:>8.0} a second");
}
