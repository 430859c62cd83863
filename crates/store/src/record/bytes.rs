//! Bytes in JSON: base64, RFC 4648 §4.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{InvalidRecord, invalid};

pub(super) fn write(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn read(what: &'static str, text: &str) -> Result<Vec<u8>, InvalidRecord> {
    STANDARD.decode(text).map_err(|error| invalid(what, error))
}
