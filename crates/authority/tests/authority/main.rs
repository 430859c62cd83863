//! The whole product without HTTP: two nodes on one store, a store that fails, and every reason why
//! there is no token.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod actions;
mod failing;
mod log;
mod node;
mod registry;
mod token;
mod vault;
