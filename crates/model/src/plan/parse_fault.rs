//! Reads the fault in front of an operation.

use std::num::NonZeroU32;
use std::str::FromStr;

use crate::plan::cursor::Cursor;
use crate::plan::fault::{
    BoundaryCall, CallKind, Errno, Fault, PowerPolicy, RequestFault, UnknownWord,
};
use crate::plan::plan_error::PlanError;

impl Cursor<'_> {
    /// A fault and the colon after it, if one stands here.
    pub(super) fn fault(&mut self) -> Result<Option<Fault>, PlanError> {
        let fault = if self.eat("fail ") {
            let at = self.call()?;
            let errno = self.known::<Errno>(|char| char.is_ascii_alphanumeric())?;
            Fault::Fail { at, errno }
        } else if self.eat("short ") {
            Fault::Short { at: self.call()? }
        } else if self.eat("crash before ") {
            Fault::Crash { at: self.call()?, half: false }
        } else if self.eat("crash in ") {
            Fault::Crash { at: self.call()?, half: true }
        } else if self.eat("cut power ") {
            let policy = self.known::<PowerPolicy>(|char| !char.is_whitespace())?;
            self.skip_blanks();
            if !self.eat("after ") {
                return Err(self.error("`after` and a call such as write#1"));
            }
            Fault::PowerCut { after: self.call()?, policy }
        } else if self.eat("request#") {
            let ordinal = self.ordinal()?;
            let on = self.eat("..");
            let fault = self.known::<RequestFault>(|char| char != ':')?;
            Fault::Request { ordinal, on, fault }
        } else {
            return Ok(None);
        };
        self.skip_blanks();
        if !self.eat(":") {
            return Err(self.error("`:` and the operation"));
        }
        self.skip_blanks();
        Ok(Some(fault))
    }

    /// A call, such as `write#1`.
    pub(super) fn call(&mut self) -> Result<BoundaryCall, PlanError> {
        let kind = self.known::<CallKind>(|char| char.is_ascii_alphabetic() || char == '_')?;
        if !self.eat("#") {
            return Err(self.error("`#` and which of the calls it is, such as write#1"));
        }
        Ok(BoundaryCall { kind, ordinal: self.ordinal()? })
    }

    fn ordinal(&mut self) -> Result<NonZeroU32, PlanError> {
        self.number("a number from 1")
    }

    /// One of a few words.
    fn known<T: FromStr<Err = UnknownWord>>(
        &mut self,
        belongs: impl Fn(char) -> bool,
    ) -> Result<T, PlanError> {
        self.skip_blanks();
        let start = self.position;
        let word = self.take(belongs);
        word.trim_end().parse().map_err(|error: UnknownWord| self.error_at(start, error.expected))
    }
}
