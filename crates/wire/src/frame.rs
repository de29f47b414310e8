//! Frames: a message, and the bytes that it speaks of.
//!
//! Two lengths in digits and a line feed come first. So a reader needs no scanner, knows before it
//! allocates, and can be written in a few lines of any language; and who looks at the pipe can read
//! it. Values are not in the JSON, since base64 would make a third more of them and escapes six
//! times as many.

use std::io::{self, BufRead, Read, Write};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::WireError;

/// The longest message in bytes, 256 MiB: a listing of some millions of keys. A guess.
pub(crate) const LONGEST_MESSAGE: u64 = 1 << 28;

/// The most bytes behind a message, 1 GiB. A guess.
pub(crate) const MOST_BYTES: u64 = 1 << 30;

/// Two lengths of ten digits, a space and a line feed.
const LONGEST_HEADER: u64 = 22;

/// A message, and the bytes that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame<M> {
    pub(crate) message: M,
    pub(crate) bytes: Bytes,
}

impl<M> Frame<M> {
    /// A message without bytes.
    pub(crate) fn of(message: M) -> Self {
        Self { message, bytes: Bytes::new() }
    }
}

impl<M: Serialize> Frame<M> {
    /// Writes the frame at once, and nothing of one that is too long.
    pub(crate) fn write(&self, writer: &mut impl Write) -> Result<(), WireError> {
        let message = serde_json::to_vec(&self.message)?;
        fits(message.len() as u64, LONGEST_MESSAGE)?;
        fits(self.bytes.len() as u64, MOST_BYTES)?;
        let mut frame = Vec::with_capacity(22 + message.len() + self.bytes.len());
        writeln!(frame, "{} {}", message.len(), self.bytes.len())?;
        frame.extend_from_slice(&message);
        frame.extend_from_slice(&self.bytes);
        writer.write_all(&frame)?;
        Ok(writer.flush()?)
    }
}

impl<M: DeserializeOwned> Frame<M> {
    /// Reads a frame; none, if the other end closed the pipe before it.
    pub(crate) fn read(reader: &mut impl BufRead) -> Result<Option<Self>, WireError> {
        let mut header = Vec::new();
        reader.take(LONGEST_HEADER).read_until(b'\n', &mut header)?;
        if header.is_empty() {
            return Ok(None);
        }
        if !header.ends_with(b"\n") && (header.len() as u64) < LONGEST_HEADER {
            return Err(WireError::CutShort);
        }
        let (message, bytes) = lengths(&header).ok_or_else(|| WireError::Header {
            found: String::from_utf8_lossy(&header).into_owned(),
        })?;
        fits(message, LONGEST_MESSAGE)?;
        fits(bytes, MOST_BYTES)?;
        let message = read_exactly(reader, message)?;
        let bytes = read_exactly(reader, bytes)?;
        Ok(Some(Self { message: serde_json::from_slice(&message)?, bytes: bytes.into() }))
    }
}

fn fits(length: u64, most: u64) -> Result<(), WireError> {
    if length > most { Err(WireError::TooLong { length, most }) } else { Ok(()) }
}

fn lengths(header: &[u8]) -> Option<(u64, u64)> {
    let text = str::from_utf8(header).ok()?.strip_suffix('\n')?;
    let (message, bytes) = text.split_once(' ')?;
    let number = |digits: &str| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    Some((number(message)?, number(bytes)?))
}

/// Allocates as it reads, and not for what is only announced.
fn read_exactly(reader: &mut impl BufRead, length: u64) -> Result<Vec<u8>, WireError> {
    let mut bytes = Vec::new();
    let read = reader.take(length).read_to_end(&mut bytes);
    match read {
        Ok(read) if read as u64 == length => Ok(bytes),
        Ok(_) => Err(WireError::CutShort),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(WireError::CutShort),
        Err(error) => Err(error.into()),
    }
}
