//! One way to build an app in tests: the real product in process, with a clock that stands still,
//! randomness that repeats itself, and a store in memory. Never shipped.

pub mod answer;
pub mod app;
pub mod entropy;

pub use answer::Answer;
pub use app::{Credentials, TestApp};
