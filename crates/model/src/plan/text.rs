//! How names and bytes are written in plans and reports.

use std::fmt::{self, Write};

use crate::plan::node_kind::NodeKind;

/// How many bytes of a value a report shows before it says how long the value is.
const SHOWN_BYTES: usize = 24;

/// Writes a key or a prefix: bare where that cannot be misread, quoted elsewhere.
///
/// Everything outside printable ASCII is escaped: two names that look alike, such as the two
/// Unicode forms of `é`, must not print alike.
pub(super) fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if !name.is_empty() && name.bytes().all(is_bare) {
        return f.write_str(name);
    }
    write_quoted(f, name)
}

/// Whether a byte may stand in an unquoted name.
pub(super) fn is_bare(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'[' | b']' | b'#' | b'\\')
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for char in text.chars() {
        match char {
            '\'' => f.write_char('\'')?,
            _ => write!(f, "{}", char.escape_default())?,
        }
    }
    f.write_char('"')
}

/// Writes a prefix; the root is `/`.
pub(super) fn write_prefix(f: &mut fmt::Formatter<'_>, prefix: &str) -> fmt::Result {
    if prefix.is_empty() { f.write_char('/') } else { write_name(f, prefix) }
}

/// Writes bytes in full: quoted if they are printable ASCII, else in hex.
pub(super) fn write_bytes(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    match str::from_utf8(bytes) {
        Ok(text) if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) => write_quoted(f, text),
        _ => {
            f.write_str("0x")?;
            bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        }
    }
}

/// Writes bytes for a reader of a report: a run of one byte as `4097*0xab`, long ones cut.
pub(crate) fn write_bytes_short(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    if bytes.len() > 3 && bytes.iter().all(|byte| *byte == bytes[0]) {
        return write!(f, "{}*0x{:02x}", bytes.len(), bytes[0]);
    }
    if bytes.len() <= SHOWN_BYTES {
        return write_bytes(f, bytes);
    }
    write_bytes(f, &bytes[..SHOWN_BYTES / 2])?;
    write!(f, "… ({} bytes)", bytes.len())
}

/// A name as plans write it.
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(f, self.0)
    }
}

/// A prefix as plans write it.
pub(crate) struct Prefix<'a>(pub(crate) &'a str);

impl fmt::Display for Prefix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_prefix(f, self.0)
    }
}

/// A node as plans write it: its prefix without the slash at the end; the root is `/`.
pub(super) struct Node<'a>(pub(crate) &'a str);

impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.strip_suffix('/') {
            Some(path) => write_name(f, path),
            None => f.write_char('/'),
        }
    }
}

/// Writes `[a, b, c]`, and of a long list its first items and its length.
pub(super) fn write_list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    items: impl ExactSizeIterator<Item = T>,
) -> fmt::Result {
    write_items(f, items, usize::MAX)
}

/// [`write_list`] for reports: eight items at the most.
pub(crate) fn write_list_short<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    items: impl ExactSizeIterator<Item = T>,
) -> fmt::Result {
    write_items(f, items, 8)
}

fn write_items<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    items: impl ExactSizeIterator<Item = T>,
    shown: usize,
) -> fmt::Result {
    let count = items.len();
    f.write_char('[')?;
    for (index, item) in items.enumerate().take(shown) {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{item}")?;
    }
    if count > shown {
        write!(f, ", … {count} in all")?;
    }
    f.write_char(']')
}

/// Writes the bits of elements for a reader of a report: as numbers, and of many the first.
pub(crate) fn write_elements(f: &mut fmt::Formatter<'_>, bits: &[u64]) -> fmt::Result {
    f.write_str("elements ")?;
    match bits {
        [first, .., last] if bits.len() > 3 && bits.iter().all(|bits| bits == first) => {
            write!(f, "{}*{last:#x}", bits.len())
        }
        _ => write_list_short(f, bits.iter().map(|bits| format!("{bits:#x}"))),
    }
}

/// Writes nodes as `[a (group), a/b (array)]`.
pub(crate) fn write_nodes<'a>(
    f: &mut fmt::Formatter<'_>,
    nodes: impl ExactSizeIterator<Item = (&'a str, NodeKind)>,
) -> fmt::Result {
    write_list_short(f, nodes.map(|(path, kind)| format!("{} ({kind})", Name(path))))
}
