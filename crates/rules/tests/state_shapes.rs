//! The default plans reach the states in which stores break, and often.
//!
//! zarr-python's machine, over 320 runs of up to 50 steps, has an empty store in 69 % of its
//! states, five keys or more in 9.4 %, affixed siblings in 3 %, and a key below a key in none.

use zarr_conform_model::Dialect;
use zarr_conform_rules::{Generator, Shapes};

#[test]
fn default_plans_reach_the_risky_shapes() {
    let generator = Generator::new(Dialect::ZARRS).steps(50);
    let mut shapes = Shapes::default();
    for case in 0..200 {
        shapes.count(&generator.plan(0x5eed, case), Dialect::ZARRS);
    }
    let goals = [
        ("a store that is not empty", shapes.not_empty, shapes.states, 80),
        ("five keys or more", shapes.five_keys, shapes.states, 50),
        ("a key and a key below it", shapes.key_below_key, shapes.states, 10),
        ("affixed siblings", shapes.affixed_siblings, shapes.states, 30),
        ("an erased key set again", shapes.plans_setting_erased, shapes.plans, 20),
    ];
    println!("of {} states in {} plans:", shapes.states, shapes.plans);
    for (shape, reached, of, least) in goals {
        let share = reached * 100 / of;
        println!("{share:3} % {shape} (at least {least} %)");
        assert!(share >= least, "{shape}: {share} % of {of}, at least {least} %");
    }
}
