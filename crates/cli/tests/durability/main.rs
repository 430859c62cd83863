//! What survives when the program is killed: the real program, and SIGKILL at moments nobody chose.
//!
//! A killed process leaves its writes in the operating system's cache, so this shows that no step
//! depends on a later one. That each acknowledged write was synced is what a cut of power would show.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is tests, the functions between them too"
)]

mod dice;
mod first_start;
mod log;
mod program;
mod register;
mod writer;
