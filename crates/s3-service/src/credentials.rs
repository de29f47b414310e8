//! What clients name and sign with: the same for every service, and it opens nothing else.

pub(crate) const BUCKET: &str = "zarr-conform";
pub(crate) const REGION: &str = "us-east-1";
pub(crate) const ACCESS_KEY: &str = "ZARRCONFORM";
pub(crate) const SECRET_KEY: &str = "known-to-everybody";
