//! What the benches share: plans, and the raw replay of them.
