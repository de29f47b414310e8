//! Adapters of published stores, each behind the feature of its name.

#[cfg(feature = "filesystem")]
pub use zarr_conform_filesystem as filesystem;
#[cfg(feature = "memory")]
pub use zarr_conform_memory as memory;
#[cfg(feature = "object-store")]
pub use zarr_conform_object_store as object_store;
#[cfg(feature = "opendal")]
pub use zarr_conform_opendal as opendal;
#[cfg(feature = "zip")]
pub use zarr_conform_zip as zip;
