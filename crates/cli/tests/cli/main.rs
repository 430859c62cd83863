//! The real program, from the outside.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is tests, the functions between them too"
)]

mod basics;
mod doctor;
mod document;
mod program;
mod quickstart;
mod register;
mod remote;
mod serve;
mod set_up;
