//! A place in one line of a plan, and the words that can be read there.

use std::str::FromStr;

use zarrs_storage::byte_range::ByteRange;
use zarrs_storage::{StoreKey, StorePrefix};

use crate::plan::operation_kind::OperationKind;
use crate::plan::patch::Patch;
use crate::plan::plan_error::PlanError;
use crate::plan::range::Range;
use crate::plan::text;
use crate::plan::value::Value;

/// A place in one line.
pub(super) struct Cursor<'a> {
    line: &'a str,
    number: usize,
    pub(super) position: usize,
}

const RANGE: &str = "a range such as 0..4, 2.. or -3..";
const VALUE: &str = "a value such as \"text\", 0xff, 9*0xff or 9*#1";

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a str, number: usize) -> Self {
        Self { line, number, position: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.line[self.position..]
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    pub(super) fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    pub(super) fn error(&self, expected: impl Into<String>) -> PlanError {
        self.error_at(self.position, expected)
    }

    pub(super) fn error_at(&self, position: usize, expected: impl Into<String>) -> PlanError {
        let word: String = self.line[position..]
            .split_whitespace()
            .next()
            .map_or_else(|| "the end of the line".to_owned(), |word| format!("`{word}`"));
        PlanError {
            file: None,
            line: self.number,
            column: self.line[..position].chars().count() + 1,
            expected: expected.into(),
            found: word,
        }
    }

    pub(super) fn end(&mut self) -> Result<(), PlanError> {
        self.skip_blanks();
        if self.at_end() {
            return Ok(());
        }
        Err(self.error("the end of the line"))
    }

    /// Takes the characters that `belongs` accepts.
    pub(super) fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|char| !belongs(char)).unwrap_or(rest.len());
        self.position += length;
        &rest[..length]
    }

    /// Takes `token` if it stands here.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let here = self.rest().starts_with(token);
        if here {
            self.position += token.len();
        }
        here
    }

    pub(super) fn kind(&mut self) -> Result<OperationKind, PlanError> {
        let start = self.position;
        let word = self.take(|char| !char.is_whitespace() && char != ';');
        let kind = OperationKind::ALL.iter().find(|kind| kind.name() == word);
        kind.copied().ok_or_else(|| {
            let known: Vec<_> = OperationKind::ALL.iter().map(|kind| kind.name()).collect();
            self.error_at(start, format!("an operation ({})", known.join(", ")))
        })
    }

    /// A bare or quoted name.
    pub(super) fn name(&mut self, expected: &str) -> Result<String, PlanError> {
        self.skip_blanks();
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let name = self.take(|char| u8::try_from(char).is_ok_and(text::is_bare));
        if name.is_empty() {
            return Err(self.error(expected));
        }
        Ok(name.to_owned())
    }

    pub(super) fn key(&mut self) -> Result<StoreKey, PlanError> {
        self.skip_blanks();
        let start = self.position;
        let name = self.name("a key")?;
        StoreKey::new(name).map_err(|_| {
            self.error_at(start, "a key without `/` at its start or end and without `//`")
        })
    }

    pub(super) fn prefix(&mut self) -> Result<StorePrefix, PlanError> {
        self.skip_blanks();
        let start = self.position;
        let name = self.name("a prefix, `/` for the root")?;
        let name = if name == "/" { String::new() } else { name };
        StorePrefix::new(name)
            .map_err(|_| self.error_at(start, "a prefix that ends in `/`, or `/` for the root"))
    }

    fn quoted(&mut self) -> Result<String, PlanError> {
        let start = self.position;
        self.eat("\"");
        let mut text = String::new();
        loop {
            let Some(char) = self.rest().chars().next() else {
                return Err(self.error_at(start, "a text that ends in `\"`"));
            };
            self.position += char.len_utf8();
            match char {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                _ => text.push(char),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, PlanError> {
        let start = self.position;
        for (token, char) in
            [("n", '\n'), ("r", '\r'), ("t", '\t'), ("\\", '\\'), ("\"", '"'), ("'", '\'')]
        {
            if self.eat(token) {
                return Ok(char);
            }
        }
        let code = if self.eat("u{") {
            let digits = self.take(|char| char.is_ascii_hexdigit());
            let code = u32::from_str_radix(digits, 16).ok();
            self.eat("}").then_some(code).flatten()
        } else {
            None
        };
        code.and_then(char::from_u32)
            .ok_or_else(|| self.error_at(start, "an escape: n, r, t, \\, \", ' or u{hex}"))
    }

    /// A number, if one stands here.
    pub(super) fn number<T: FromStr>(&mut self, expected: &str) -> Result<T, PlanError> {
        self.skip_blanks();
        let start = self.position;
        let digits = self.take(|char| char.is_ascii_digit());
        digits.parse().map_err(|_| self.error_at(start, expected))
    }

    /// A range, unless the item of a list ends here.
    pub(super) fn optional_range(&mut self) -> Result<Option<Range>, PlanError> {
        self.skip_blanks();
        let ends = self.at_end() || self.rest().starts_with([',', ']']);
        if ends { Ok(None) } else { self.range().map(Some) }
    }

    pub(super) fn range(&mut self) -> Result<Range, PlanError> {
        self.skip_blanks();
        let start = self.position;
        if self.eat("-") {
            let length = self.number(RANGE)?;
            if !self.eat("..") {
                return Err(self.error_at(start, RANGE));
            }
            return Ok(Range(ByteRange::Suffix(length)));
        }
        let offset: u64 = self.number(RANGE)?;
        if self.eat("+") {
            let length = self.number(RANGE)?;
            return Ok(Range(ByteRange::FromStart(offset, Some(length))));
        }
        if !self.eat("..") {
            return Err(self.error_at(start, RANGE));
        }
        if !self.rest().starts_with(|char: char| char.is_ascii_digit()) {
            return Ok(Range(ByteRange::FromStart(offset, None)));
        }
        let end: u64 = self.number(RANGE)?;
        let length = end.checked_sub(offset);
        let length = length
            .ok_or_else(|| self.error_at(start, "a range whose end is not before its start"))?;
        Ok(Range(ByteRange::FromStart(offset, Some(length))))
    }

    pub(super) fn value(&mut self) -> Result<Value, PlanError> {
        self.skip_blanks();
        let start = self.position;
        if self.rest().starts_with('"') {
            return Ok(Value::Literal(self.quoted()?.into_bytes().into()));
        }
        if self.eat("0x") {
            return Ok(Value::Literal(self.hex(start)?.into()));
        }
        let length = self.number(VALUE)?;
        if self.eat("*#") {
            return Ok(Value::Pattern { length, id: self.number("a pattern's number")? });
        }
        if self.eat("*0x") {
            let byte = self.hex(start)?;
            if let [byte] = byte[..] {
                return Ok(Value::Repeat { length, byte });
            }
        }
        Err(self.error_at(start, VALUE))
    }

    /// Pairs of hex digits.
    fn hex(&mut self, start: usize) -> Result<Vec<u8>, PlanError> {
        let digits = self.take(|char| char.is_ascii_hexdigit());
        let pairs = digits.as_bytes().chunks(2).map(|pair| {
            let pair = str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        });
        let bytes: Option<Vec<u8>> = pairs.collect();
        bytes.ok_or_else(|| self.error_at(start, "an even number of hex digits after 0x"))
    }

    pub(super) fn patch(&mut self) -> Result<Patch, PlanError> {
        let offset = self.number("an offset")?;
        let value = self.value()?;
        Ok(Patch { offset, value })
    }

    pub(super) fn list<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T, PlanError>,
    ) -> Result<Vec<T>, PlanError> {
        self.skip_blanks();
        if !self.eat("[") {
            return Err(self.error("a list in `[` and `]`"));
        }
        let mut items = Vec::new();
        self.skip_blanks();
        if self.eat("]") {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            self.skip_blanks();
            if self.eat("]") {
                return Ok(items);
            }
            if !self.eat(",") {
                return Err(self.error("`,` or `]`"));
            }
        }
    }
}
