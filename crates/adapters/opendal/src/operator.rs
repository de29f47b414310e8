//! A store under test over a service of `OpenDAL`'s.

use std::sync::Arc;

use opendal::Operator;
use zarr_conform_store::AsyncStore;
use zarrs_opendal::AsyncOpendalStore;

use crate::errors::classify_opendal;

/// A store under test over a service.
pub(crate) fn over<B>(service: Operator, runtime: B) -> AsyncStore<B> {
    let store = Arc::new(AsyncOpendalStore::new(service));
    AsyncStore::of(store, runtime).classify_with(classify_opendal)
}
