//! Scripts: what an action may be made of, and the build that every action goes through before it is
//! deployed.
//!
//! * [`Source`] is what an administrator wrote; [`limits`] says how much of it there may be.
//! * [`build`](build::build) checks a source and gives a [`Built`]: the only thing that is deployed.
//!
//! There is no engine yet: nothing in this crate runs a script, and who has to run one has to
//! refuse instead. An engine goes behind [`Built`], and into no other crate.

pub mod build;
pub mod limits;
pub mod source;

pub use build::{BuildError, Built, build};
pub use source::{Dependency, Source};
