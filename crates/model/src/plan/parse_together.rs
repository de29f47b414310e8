//! Reads who asks, and in which order callers go.

use crate::plan::caller::Caller;
use crate::plan::cursor::Cursor;
use crate::plan::plan_error::PlanError;
use crate::plan::step::Handle;
use crate::plan::turns::{END, IN_ORDER, Switch, To, Turns};

const CALLER: &str = "a caller from 1 to 9";

impl Cursor<'_> {
    /// A word that stands alone, if it stands here.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let rest = self.rest().strip_prefix(word);
        rest.is_some_and(|rest| rest.trim_start().is_empty() || rest.trim_start().starts_with(';'))
            && self.eat(word)
    }

    /// A caller, the handle that it asks, and the colon after it, if one stands here.
    pub(super) fn asked_by(&mut self) -> Result<Option<(Caller, Handle)>, PlanError> {
        if !self.rest().starts_with(|char: char| char.is_ascii_digit()) {
            return Ok(None);
        }
        let caller = self.caller()?;
        let handle = if self.eat("b") { Handle::Second } else { Handle::First };
        if !self.eat(":") {
            return Err(self.error("`:` and what the caller asks"));
        }
        self.skip_blanks();
        Ok(Some((caller, handle)))
    }

    fn caller(&mut self) -> Result<Caller, PlanError> {
        self.skip_blanks();
        let start = self.position;
        let number: usize = self.number(CALLER)?;
        let index = number.checked_sub(1).filter(|index| *index < Caller::MOST);
        index.map(Caller::at).ok_or_else(|| self.error_at(start, CALLER))
    }

    /// What stands behind `turns:`.
    pub(super) fn turns(&mut self) -> Result<Turns, PlanError> {
        self.skip_blanks();
        let mut turns = Turns::default();
        if self.eat_word(IN_ORDER) {
            return Ok(turns);
        }
        if self.eat("order ") {
            while self.rest().trim_start().starts_with(|char: char| char.is_ascii_digit()) {
                turns.order.push(self.caller()?);
            }
            if !self.eat(",") {
                return Ok(turns);
            }
        }
        loop {
            turns.switches.push(self.switch()?);
            if !self.eat(",") {
                return Ok(turns);
            }
        }
    }

    fn switch(&mut self) -> Result<Switch, PlanError> {
        let caller = self.caller()?;
        let operation = if self.eat(".") {
            let start = self.position;
            let number: usize = self.number("which of the caller's operations, from 2")?;
            let index = number.checked_sub(1).filter(|index| *index > 0);
            index.ok_or_else(|| self.error_at(start, "which of the caller's operations, from 2"))?
        } else {
            0
        };
        self.skip_blanks();
        if !self.eat("before ") {
            return Err(self.error("`before` and a call such as write#1"));
        }
        let before = self.call()?;
        self.skip_blanks();
        if !self.eat("->") {
            return Err(self.error("`->` and who goes on"));
        }
        self.skip_blanks();
        let to = if self.eat(END) { To::End } else { To::Caller(self.caller()?) };
        Ok(Switch { caller, operation, before, to })
    }
}
