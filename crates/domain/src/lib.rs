//! The vocabulary of m2mint: what things are, and what is allowed.
//!
//! Nothing here does I/O, reads a clock, draws randomness of its own or knows a wire format. Time
//! and randomness are arguments ([`Timestamp`], [`Entropy`]); JSON, SQL and HTTP live on the floors
//! above, each with its own shape of the same thing.
//!
//! Three types carry the weight:
//!
//! * [`State`]: the whole register of one tenant, immutable and cheap to copy. A token request
//!   reads one and nothing else.
//! * [`Change`]: one step of the register. Every write there is, is a list of these.
//! * [`Permit`]: proof that a request is allowed. Only [`authorize()`] builds one, and only a permit
//!   can become a token, so a forgotten check is a type error.
#![warn(missing_docs)]

pub mod audience;
pub mod authorize;
pub mod change;
pub mod client;
pub mod client_credential;
pub mod client_grant;
pub mod credential;
pub mod document;
pub mod entropy;
pub mod extra;
pub mod host;
pub mod id;
pub mod lifetime;
pub mod log_event;
pub mod organization;
pub mod proof_of_possession;
pub mod quota;
pub mod resource_server;
pub mod scope;
pub mod signing_key;
pub mod state;
pub mod tenant;
pub mod text;
pub mod timestamp;
pub mod token_encryption;

pub use authorize::{Denial, Permit, TokenRequest, authorize};
pub use change::Change;
pub use entropy::Entropy;
pub use state::State;
pub use timestamp::Timestamp;
