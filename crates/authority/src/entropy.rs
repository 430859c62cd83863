//! Where randomness comes from on this floor: a source that many threads share.

use std::fmt::Debug;

use m2mint_domain::Entropy;
use rand::Rng as _;

/// A source of unpredictable bytes that many threads may draw from at once.
pub trait EntropySource: Debug + Send + Sync {
    /// Fills `bytes` with fresh random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The thread's own generator: `ChaCha`, seeded and reseeded by the operating system. Fit for
/// secrets, and fast enough for a `jti` a token.
#[derive(Clone, Copy, Debug)]
pub struct SystemEntropy;

impl EntropySource for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// Lends a shared source to the domain.
pub(crate) struct Draw<'a>(pub(crate) &'a dyn EntropySource);

impl Entropy for Draw<'_> {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}
