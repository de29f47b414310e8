//! Conditions of requests: `If-Match` and its like.

use hyper::HeaderMap;
use hyper::header::{ETAG, HeaderValue, LAST_MODIFIED};
use s3s::dto::{ETagCondition, Timestamp, TimestampFormat};
use s3s::{S3Error, S3Result, s3_error};

use crate::buckets::Object;

/// What has to hold of an object for it to be read.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) matches: Option<ETagCondition>,
    pub(crate) none_match: Option<ETagCondition>,
    pub(crate) modified_since: Option<Timestamp>,
    pub(crate) unmodified_since: Option<Timestamp>,
}

/// Why an object is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unmet {
    /// It is not the one that is wanted.
    Precondition,
    /// It is the one that the client has.
    NotModified,
}

/// The conditions of a request to read. What operations are given has no type in common.
macro_rules! read_conditions {
    ($input:ident) => {
        $crate::conditions::Conditions {
            matches: $input.if_match,
            none_match: $input.if_none_match,
            modified_since: $input.if_modified_since,
            unmodified_since: $input.if_unmodified_since,
        }
    };
}

/// The conditions of a request to copy, on what is copied from.
macro_rules! source_conditions {
    ($input:ident) => {
        $crate::conditions::Conditions {
            matches: $input.copy_source_if_match,
            none_match: $input.copy_source_if_none_match,
            modified_since: $input.copy_source_if_modified_since,
            unmodified_since: $input.copy_source_if_unmodified_since,
        }
    };
}

pub(crate) use read_conditions;
pub(crate) use source_conditions;

impl Conditions {
    /// The condition that does not hold of `object`, if there is one.
    ///
    /// Entity tags go before times: a condition on the time counts only without the one on the
    /// entity tag that it stands in for.
    pub(crate) fn unmet(&self, object: &Object) -> Option<Unmet> {
        let as_wanted = match (&self.matches, &self.unmodified_since) {
            (Some(condition), _) => matches(condition, object),
            (None, Some(time)) => object.modified <= *time,
            (None, None) => true,
        };
        let is_new = match (&self.none_match, &self.modified_since) {
            (Some(condition), _) => !matches(condition, object),
            (None, Some(time)) => object.modified > *time,
            (None, None) => true,
        };
        match (as_wanted, is_new) {
            (false, _) => Some(Unmet::Precondition),
            (true, false) => Some(Unmet::NotModified),
            (true, true) => None,
        }
    }

    /// # Errors
    ///
    /// Returns `PreconditionFailed` or `NotModified` if a condition does not hold of `object`.
    pub(crate) fn check(&self, object: &Object) -> S3Result<()> {
        match self.unmet(object) {
            None => Ok(()),
            Some(Unmet::Precondition) => Err(precondition_failed()),
            Some(Unmet::NotModified) => Err(not_modified(object)),
        }
    }
}

/// Whether an object may be written where `present` is now.
///
/// # Errors
///
/// Returns `PreconditionFailed` if the conditions do not hold, `NoSuchKey` if there is nothing to
/// match, and `NotImplemented` for an `If-None-Match` with an entity tag, as AWS does.
pub(crate) fn check_write(
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
    present: Option<&Object>,
) -> S3Result<()> {
    match if_none_match {
        None => {}
        Some(ETagCondition::Any) if present.is_none() => {}
        Some(ETagCondition::Any) => return Err(precondition_failed()),
        Some(ETagCondition::ETag(_)) => {
            return Err(s3_error!(NotImplemented, "If-None-Match takes * alone for writes"));
        }
    }
    match (if_match, present) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
        (Some(condition), Some(object)) if matches(condition, object) => Ok(()),
        (Some(_), Some(_)) => Err(precondition_failed()),
    }
}

fn matches(condition: &ETagCondition, object: &Object) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(e_tag) => e_tag.value() == object.e_tag.value(),
    }
}

pub(crate) fn precondition_failed() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

fn not_modified(object: &Object) -> S3Error {
    let mut error = s3_error!(NotModified);
    // The client takes what it has for these, so they come with the answer.
    let mut headers = HeaderMap::new();
    if let Ok(e_tag) = object.e_tag.to_http_header() {
        headers.insert(ETAG, e_tag);
    }
    let mut modified = Vec::new();
    if object.modified.format(TimestampFormat::HttpDate, &mut modified).is_ok()
        && let Ok(modified) = HeaderValue::from_bytes(&modified)
    {
        headers.insert(LAST_MODIFIED, modified);
    }
    error.set_headers(headers);
    error
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use bytes::Bytes;
    use s3s::dto::ETag;

    use super::*;
    use crate::buckets::Attributes;

    fn object() -> Object {
        Object::new(Bytes::from_static(b"value"), Attributes::default())
    }

    fn other() -> ETagCondition {
        ETagCondition::ETag(ETag::Strong("other".to_owned()))
    }

    fn same() -> ETagCondition {
        ETagCondition::ETag(object().e_tag)
    }

    fn hours_from_now(hours: i64) -> Timestamp {
        let distance = Duration::from_hours(hours.unsigned_abs());
        let now = SystemTime::now();
        Timestamp::from(if hours < 0 { now - distance } else { now + distance })
    }

    fn check(set: impl FnOnce(&mut Conditions), unmet: Option<Unmet>) {
        let mut conditions = Conditions::default();
        set(&mut conditions);
        assert_eq!(conditions.unmet(&object()), unmet, "{conditions:?}");
    }

    #[test]
    fn an_object_without_conditions_is_read() {
        check(|_| (), None);
    }

    #[test]
    fn another_entity_tag_is_not_what_is_wanted() {
        check(|it| it.matches = Some(other()), Some(Unmet::Precondition));
        check(|it| it.matches = Some(same()), None);
        check(|it| it.matches = Some(ETagCondition::Any), None);
    }

    #[test]
    fn the_same_entity_tag_is_what_the_client_has() {
        check(|it| it.none_match = Some(same()), Some(Unmet::NotModified));
        check(|it| it.none_match = Some(other()), None);
    }

    #[test]
    fn times_decide_where_there_are_no_entity_tags() {
        check(|it| it.modified_since = Some(hours_from_now(1)), Some(Unmet::NotModified));
        check(|it| it.modified_since = Some(hours_from_now(-1)), None);
        check(|it| it.unmodified_since = Some(hours_from_now(1)), None);
        check(|it| it.unmodified_since = Some(hours_from_now(-1)), Some(Unmet::Precondition));
    }

    #[test]
    fn entity_tags_go_before_times() {
        let same_and_changed = |it: &mut Conditions| {
            it.matches = Some(same());
            it.unmodified_since = Some(hours_from_now(-1));
        };
        check(same_and_changed, None);
        let other_and_old = |it: &mut Conditions| {
            it.none_match = Some(other());
            it.modified_since = Some(hours_from_now(1));
        };
        check(other_and_old, None);
    }

    #[test]
    fn what_is_there_may_be_in_the_way_of_a_write() {
        let present = object();
        let code = |if_match: Option<ETagCondition>, if_none_match, present| {
            let checked = check_write(if_match.as_ref(), Option::as_ref(&if_none_match), present);
            checked.map_err(|error| error.code().as_str().to_owned())
        };
        let refused = |code: &str| Err(code.to_owned());
        assert_eq!(code(None, None, None), Ok(()));
        assert_eq!(code(None, Some(ETagCondition::Any), None), Ok(()));
        let new = Some(ETagCondition::Any);
        assert_eq!(code(None, new, Some(&present)), refused("PreconditionFailed"));
        assert_eq!(code(None, Some(other()), None), refused("NotImplemented"));
        assert_eq!(code(Some(same()), None, Some(&present)), Ok(()));
        assert_eq!(code(Some(other()), None, Some(&present)), refused("PreconditionFailed"));
        assert_eq!(code(Some(same()), None, None), refused("NoSuchKey"));
    }
}
