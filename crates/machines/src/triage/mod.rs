//! From everything that went wrong to distinct failures, each with its smallest plan.

pub(crate) mod blame;
pub(crate) mod cause;
pub(crate) mod diagnosis;
pub(crate) mod filing;
pub(crate) mod minimise;
pub(crate) mod odd_name;
pub(crate) mod origin;
pub(crate) mod plain_writes;
pub(crate) mod recognition;
pub(crate) mod search;
pub(crate) mod stand_ins;
pub(crate) mod target;
pub(crate) mod variants;
pub(crate) mod verdict;
