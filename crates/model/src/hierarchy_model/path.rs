//! Paths of nodes: `a/b`, and nothing for the root.

/// The prefix of a node's path: `a/b/` of `a/b`, and nothing of the root.
#[must_use]
pub fn prefix_of(path: &str) -> String {
    below(path, "")
}

/// The key of something below a path.
pub(super) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// What of a name is below a path.
pub(super) fn inside<'a>(path: &str, name: &'a str) -> Option<&'a str> {
    if path.is_empty() {
        return Some(name).filter(|name| !name.is_empty());
    }
    name.strip_prefix(path)?.strip_prefix('/')
}

/// The path above a name, and the name below that.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// The paths above a name, the nearest first; the root is the last.
pub(super) fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    let slashes = name.rmatch_indices('/').map(|(at, _)| &name[..at]);
    let root = (!name.is_empty()).then_some("");
    slashes.chain(root)
}

/// Whether a library may make a node at the path: the specification's rules for node names.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::hierarchy_model::is_node_path;
///
/// assert!(is_node_path("a/b.c") && is_node_path(""));
/// assert!(!is_node_path("a/..") && !is_node_path("__a") && !is_node_path("a//b"));
/// ```
#[must_use]
pub fn is_node_path(path: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && !name.starts_with("__") && !name.bytes().all(|byte| byte == b'.')
    };
    path.is_empty() || path.split('/').all(is_name)
}
