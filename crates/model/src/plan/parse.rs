//! Reads plans from text, and says exactly where and why it cannot.

use std::str::FromStr;
use std::sync::Arc;

use zarrs_storage::byte_range::ByteRange;
use zarrs_storage::{StoreKey, StorePrefix};

use crate::plan::names::{KeyId, Names, PrefixId};
use crate::plan::node::{NodeAction, NodeOperation};
use crate::plan::operation::Operation;
use crate::plan::operation_kind::OperationKind;
use crate::plan::patch::Patch;
use crate::plan::plan::{PLAN_VERSION, Plan};
use crate::plan::plan_error::PlanError;
use crate::plan::range::Range;
use crate::plan::text;
use crate::plan::value::Value;

impl Plan {
    /// Reads a plan's text; `source` is the file's name for messages.
    ///
    /// # Errors
    ///
    /// Returns a [`PlanError`] that says which line and column is wrong and what was expected.
    pub fn parse(text: &str, source: &str) -> Result<Self, PlanError> {
        plan(text).map_err(|error| error.in_file(source))
    }
}

/// Reads a whole plan.
fn plan(text: &str) -> Result<Plan, PlanError> {
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let cursor = &mut Cursor::new(line, index + 1);
        cursor.skip_blanks();
        if cursor.at_end() || cursor.rest().starts_with('#') {
            continue;
        }
        if cursor.rest().starts_with("zarr-conform") {
            header(cursor)?;
        } else {
            lines.push(operation(cursor)?);
        }
        cursor.end()?;
    }
    let names = Names::new(
        lines.iter().flat_map(|line| line.keys.iter().cloned()),
        lines.iter().flat_map(|line| line.prefixes.iter().cloned()),
    );
    let operations = lines.iter().map(|line| line.operation(&names)).collect();
    Ok(Plan::new(Arc::new(names), operations))
}

fn header(cursor: &mut Cursor<'_>) -> Result<(), PlanError> {
    let expected = format!("`zarr-conform plan {PLAN_VERSION}`");
    let start = cursor.position;
    if cursor.line.trim() == format!("zarr-conform plan {PLAN_VERSION}") {
        cursor.position = cursor.line.len();
        return Ok(());
    }
    Err(cursor.error_at(start, expected))
}

/// One parsed line: its operands by name, before there is a table to number them.
struct Line {
    kind: OperationKind,
    keys: Vec<StoreKey>,
    prefixes: Vec<StorePrefix>,
    ranges: Vec<Range>,
    patches: Vec<Patch>,
    action: Option<NodeAction>,
}

impl Line {
    fn operation(&self, names: &Names) -> Operation {
        let id = |key: &StoreKey| -> KeyId {
            names.find_key(key.as_str()).expect("the table was built from these lines")
        };
        let key = || id(&self.keys[0]);
        let prefix_at = |at: usize| -> PrefixId {
            let prefix = self.prefixes[at].as_str();
            names.find_prefix(prefix).expect("the table was built from these lines")
        };
        let prefix = || prefix_at(0);
        let action = match self.kind {
            OperationKind::CopyNode => Some(NodeAction::CopyNode { to: prefix_at(1) }),
            OperationKind::MoveNode => Some(NodeAction::MoveNode { to: prefix_at(1) }),
            _ => self.action.clone(),
        };
        if let Some(action) = action {
            return Operation::Node(NodeOperation { node: prefix(), action: action.into() });
        }
        match self.kind {
            OperationKind::Get => Operation::Get { key: key() },
            OperationKind::GetPartial => {
                Operation::GetPartial { key: key(), range: self.ranges[0] }
            }
            OperationKind::GetPartialMany => {
                Operation::GetPartialMany { key: key(), ranges: self.ranges.as_slice().into() }
            }
            OperationKind::SizeKey => Operation::SizeKey { key: key() },
            OperationKind::Exists => Operation::Exists { key: key() },
            OperationKind::Set => {
                Operation::Set { key: key(), value: self.patches[0].value.clone() }
            }
            OperationKind::SetPartial => {
                Operation::SetPartial { key: key(), patch: self.patches[0].clone() }
            }
            OperationKind::SetPartialMany => {
                Operation::SetPartialMany { key: key(), patches: self.patches.as_slice().into() }
            }
            OperationKind::Erase => Operation::Erase { key: key() },
            OperationKind::EraseMany => {
                Operation::EraseMany { keys: self.keys.iter().map(id).collect() }
            }
            OperationKind::ErasePrefix => Operation::ErasePrefix { prefix: prefix() },
            OperationKind::Clear => Operation::Clear,
            OperationKind::List => Operation::List,
            OperationKind::ListPrefix => Operation::ListPrefix { prefix: prefix() },
            OperationKind::ListDir => Operation::ListDir { prefix: prefix() },
            OperationKind::IsEmpty => Operation::IsEmpty { prefix: prefix() },
            OperationKind::SizePrefix => Operation::SizePrefix { prefix: prefix() },
            OperationKind::Size => Operation::Size,
            OperationKind::Reopen => Operation::Reopen,
            OperationKind::Audit => Operation::Audit,
            _ => unreachable!("an action was read for every kind of node operation"),
        }
    }
}

fn operation(cursor: &mut Cursor<'_>) -> Result<Line, PlanError> {
    let mut line = Line {
        kind: cursor.kind()?,
        keys: Vec::new(),
        prefixes: Vec::new(),
        ranges: Vec::new(),
        patches: Vec::new(),
        action: None,
    };
    if OperationKind::NODES.contains(&line.kind) {
        line.prefixes.push(cursor.node()?);
        if matches!(line.kind, OperationKind::CopyNode | OperationKind::MoveNode) {
            line.prefixes.push(cursor.node()?);
        } else {
            line.action = Some(cursor.action(line.kind)?);
        }
        return Ok(line);
    }
    match line.kind {
        OperationKind::Get
        | OperationKind::GetPartial
        | OperationKind::GetPartialMany
        | OperationKind::SizeKey
        | OperationKind::Exists
        | OperationKind::Set
        | OperationKind::SetPartial
        | OperationKind::SetPartialMany
        | OperationKind::Erase => line.keys.push(cursor.key()?),
        OperationKind::EraseMany => line.keys = cursor.list(Cursor::key)?,
        OperationKind::ErasePrefix
        | OperationKind::ListPrefix
        | OperationKind::ListDir
        | OperationKind::IsEmpty
        | OperationKind::SizePrefix => line.prefixes.push(cursor.prefix()?),
        _ => {}
    }
    match line.kind {
        OperationKind::GetPartial => line.ranges.push(cursor.range()?),
        OperationKind::GetPartialMany => line.ranges = cursor.list(Cursor::range)?,
        OperationKind::Set => {
            let value = cursor.value()?;
            line.patches.push(Patch { offset: 0, value });
        }
        OperationKind::SetPartial => line.patches.push(cursor.patch()?),
        OperationKind::SetPartialMany => line.patches = cursor.list(Cursor::patch)?,
        _ => {}
    }
    Ok(line)
}

/// A place in one line.
pub(crate) struct Cursor<'a> {
    line: &'a str,
    number: usize,
    pub(crate) position: usize,
}

const RANGE: &str = "a range such as 0..4, 2.. or -3..";
const VALUE: &str = "a value such as \"text\", 0xff, 9*0xff or 9*#1";

impl<'a> Cursor<'a> {
    fn new(line: &'a str, number: usize) -> Self {
        Self { line, number, position: 0 }
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.line[self.position..]
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    pub(crate) fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    pub(crate) fn error(&self, expected: impl Into<String>) -> PlanError {
        self.error_at(self.position, expected)
    }

    pub(crate) fn error_at(&self, position: usize, expected: impl Into<String>) -> PlanError {
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

    fn end(&mut self) -> Result<(), PlanError> {
        self.skip_blanks();
        if self.at_end() {
            return Ok(());
        }
        Err(self.error("the end of the line"))
    }

    /// Takes the characters that `belongs` accepts.
    pub(crate) fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|char| !belongs(char)).unwrap_or(rest.len());
        self.position += length;
        &rest[..length]
    }

    /// Takes `token` if it stands here.
    pub(crate) fn eat(&mut self, token: &str) -> bool {
        let here = self.rest().starts_with(token);
        if here {
            self.position += token.len();
        }
        here
    }

    fn kind(&mut self) -> Result<OperationKind, PlanError> {
        let start = self.position;
        let word = self.take(|char| !char.is_whitespace());
        let kind = OperationKind::ALL.iter().find(|kind| kind.name() == word);
        kind.copied().ok_or_else(|| {
            let known: Vec<_> = OperationKind::ALL.iter().map(|kind| kind.name()).collect();
            self.error_at(start, format!("an operation ({})", known.join(", ")))
        })
    }

    /// A bare or quoted name.
    pub(crate) fn name(&mut self, expected: &str) -> Result<String, PlanError> {
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

    fn key(&mut self) -> Result<StoreKey, PlanError> {
        self.skip_blanks();
        let start = self.position;
        let name = self.name("a key")?;
        StoreKey::new(name).map_err(|_| {
            self.error_at(start, "a key without `/` at its start or end and without `//`")
        })
    }

    fn prefix(&mut self) -> Result<StorePrefix, PlanError> {
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
    pub(crate) fn number<T: FromStr>(&mut self, expected: &str) -> Result<T, PlanError> {
        self.skip_blanks();
        let start = self.position;
        let digits = self.take(|char| char.is_ascii_digit());
        digits.parse().map_err(|_| self.error_at(start, expected))
    }

    fn range(&mut self) -> Result<Range, PlanError> {
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

    fn value(&mut self) -> Result<Value, PlanError> {
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

    fn patch(&mut self) -> Result<Patch, PlanError> {
        let offset = self.number("an offset")?;
        let value = self.value()?;
        Ok(Patch { offset, value })
    }

    pub(crate) fn list<T>(
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

impl FromStr for Plan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        plan(text)
    }
}
