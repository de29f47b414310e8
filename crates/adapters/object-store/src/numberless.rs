//! A store whose errors read the same in every run.

use std::path::Path;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{Names, Operation, Outcome};
use zarr_conform_store::{Callers, Handle, OnService, StoreUnderTest, Way};

use crate::metered::Metered;

/// A store whose errors do not tell the numbers of tokio's tasks, which differ from run to run.
pub(crate) struct Numberless(pub(crate) OnService<Metered>);

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl StoreUnderTest for Numberless {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.0.answer(names, operation).reworded(numberless)
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        self.0.answer_on_way(names, operation, way).reworded(numberless)
    }

    fn place(&self) -> Option<&Path> {
        self.0.place()
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        Some(self)
    }

    fn close(self: Box<Self>) -> Outcome {
        Box::new(self.0).close()
    }

    fn traffic(&self) -> Option<Traffic> {
        self.0.traffic()
    }
}

impl Callers for Numberless {
    fn share(&mut self) -> Option<Handle> {
        Some(self.0.share()?.wrapped(OfAnother))
    }
}

/// The same store for another caller.
struct OfAnother(Box<dyn StoreUnderTest>);

impl StoreUnderTest for OfAnother {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.0.answer(names, operation).reworded(numberless)
    }
}

fn numberless(words: &str) -> String {
    let Some((before, after)) = words.split_once("spawned task: task ") else {
        return words.to_owned();
    };
    let after = after.trim_start_matches(|char: char| char.is_ascii_digit());
    format!("{before}spawned task: task …{after}")
}
