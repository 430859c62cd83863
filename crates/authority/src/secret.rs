//! Client secrets: how they are made, kept and compared. The one file that decides.
//!
//! A secret is `m2ms_`, 53 random letters and digits (315 bits), and six more that are a checksum
//! of all before them: 64 characters, as long as Auth0's. The prefix lets a scanner find one in
//! a repository, and the checksum lets it be sure without asking anybody.
//!
//! Since nobody can guess 315 bits, a keyed hash is enough to keep, and checking one costs less than
//! a microsecond. The key is derived from the master key and is not in the database. The hash also
//! covers tenant and client, so a row copied to another client proves nothing.

use std::fmt;

use m2mint_domain::entropy::{ALPHANUMERIC, random_text};
use m2mint_domain::id::{ClientId, TenantId};
use m2mint_jose::bytes;
use m2mint_jose::mac::MacKey;
use zeroize::Zeroizing;

use crate::entropy::{Draw, EntropySource};

/// What every secret of ours begins with.
pub const PREFIX: &str = "m2ms_";
/// Random characters after the prefix.
const RANDOM: usize = 53;
/// Characters of the checksum: a CRC-32 in base 62 fits into six.
const CHECKSUM: usize = 6;
/// The shortest secret that may be brought in from elsewhere.
pub const IMPORT_MIN: usize = 32;
/// The longest one, and the longest one that is looked at.
pub const MAX: usize = 256;

/// A secret in clear. It has no `PartialEq`, prints nothing, and is wiped when dropped.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Makes a fresh one.
    #[must_use]
    pub fn generate(entropy: &dyn EntropySource) -> Self {
        let random = Zeroizing::new(random_text(&mut Draw(entropy), ALPHANUMERIC, RANDOM));
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + RANDOM + CHECKSUM));
        text.push_str(PREFIX);
        text.push_str(&random);
        let sum = checksum(&text);
        text.push_str(&sum);
        Self(text)
    }

    /// Takes one that somebody else made.
    ///
    /// # Errors
    ///
    /// [`InvalidSecret`] when it is shorter than [`IMPORT_MIN`], longer than [`MAX`], or not made of
    /// visible ASCII.
    pub fn import(text: &str) -> Result<Self, InvalidSecret> {
        let fits = (IMPORT_MIN..=MAX).contains(&text.len());
        if !fits || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidSecret);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The secret itself: for the one answer that shows it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The last four characters, which are shown to tell two secrets apart.
    #[must_use]
    pub fn hint(&self) -> &str {
        self.0
            .len()
            .checked_sub(4)
            .and_then(|at| self.0.get(at..))
            .unwrap_or_default()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A secret from elsewhere was too short, too long, or not visible ASCII.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidSecret;

impl fmt::Display for InvalidSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a client secret must have {IMPORT_MIN} to {MAX} visible ASCII characters"
        )
    }
}

impl std::error::Error for InvalidSecret {}

/// Turns secrets into what is kept of them, and compares.
#[derive(Debug)]
pub struct SecretHasher(MacKey);

impl SecretHasher {
    /// Hashes under `key`, which belongs to client secrets alone.
    #[must_use]
    pub fn new(key: MacKey) -> Self {
        Self(key)
    }

    /// What is kept of `secret`.
    #[must_use]
    pub fn tag(&self, tenant: &TenantId, client: &ClientId, secret: &str) -> [u8; 32] {
        self.0.tag(&[
            tenant.as_str().as_bytes(),
            client.as_str().as_bytes(),
            secret.as_bytes(),
        ])
    }

    /// The first of `kept` that is the tag of `secret`, compared in constant time.
    ///
    /// `client` is what the caller claims to be: for a client that does not exist the work is the
    /// same, so the time does not tell.
    pub fn find<'a, T>(
        &self,
        tenant: &TenantId,
        client: &str,
        secret: &str,
        kept: impl Iterator<Item = (&'a [u8; 32], T)>,
    ) -> Option<T> {
        if MAX < secret.len() {
            return None;
        }
        let tag = self.0.tag(&[
            tenant.as_str().as_bytes(),
            client.as_bytes(),
            secret.as_bytes(),
        ]);
        let mut found = None;
        for (one, value) in kept {
            // No early way out: the time does not tell which of several secrets it was.
            if bytes::equal(one, &tag) && found.is_none() {
                found = Some(value);
            }
        }
        found
    }
}

/// Whether `text` is a secret of ours: prefix, length and checksum. Needs no server.
#[must_use]
pub fn is_ours(text: &str) -> bool {
    let body = text
        .len()
        .checked_sub(CHECKSUM)
        .and_then(|at| text.split_at_checked(at));
    text.starts_with(PREFIX)
        && text.len() == PREFIX.len() + RANDOM + CHECKSUM
        && body.is_some_and(|(body, sum)| checksum(body) == sum)
}

/// CRC-32 (IEEE) of `body` in base 62, six characters, most significant first.
fn checksum(body: &str) -> String {
    let mut rest = u64::from(bytes::crc32(body.as_bytes()));
    let mut digits = [b'A'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        let at = usize::try_from(rest % 62).unwrap_or_default();
        *digit = ALPHANUMERIC.get(at).copied().unwrap_or(b'A');
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use m2mint_jose::seal::MasterKey;

    use super::*;
    use crate::entropy::SystemEntropy;

    fn hasher() -> SecretHasher {
        SecretHasher::new(MasterKey::generate(&mut |bytes| bytes.fill(7)).mac_key("test"))
    }

    #[test]
    fn a_fresh_secret_is_recognised_and_a_changed_one_is_not() {
        let secret = Secret::generate(&SystemEntropy);
        assert_eq!(secret.reveal().len(), 64);
        assert!(is_ours(secret.reveal()));
        for at in 0..64 {
            let mut changed = secret.reveal().to_owned().into_bytes();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            assert!(
                !is_ours(std::str::from_utf8(&changed).unwrap()),
                "character {at}"
            );
        }
        assert!(!is_ours(""));
        assert!(!is_ours("m2ms_日本"));
    }

    #[test]
    fn the_checksum_is_fixed_so_that_scanners_can_rely_on_it() {
        assert_eq!(checksum("123456789"), "DtjbWO");
    }

    #[test]
    fn debug_does_not_print_it() {
        let secret = Secret::import("0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.hint(), "cdef");
    }

    #[test]
    fn a_short_or_odd_secret_is_not_taken() {
        assert_eq!(Secret::import("short").unwrap_err(), InvalidSecret);
        assert_eq!(Secret::import(&"a".repeat(257)).unwrap_err(), InvalidSecret);
        assert_eq!(Secret::import(&"あ".repeat(20)).unwrap_err(), InvalidSecret);
    }

    #[test]
    fn a_tag_belongs_to_one_tenant_and_one_client() {
        let hasher = hasher();
        let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
        let client: ClientId = "billing".parse().unwrap();
        let tag = hasher.tag(&acme, &client, "secret");
        let find = |tenant, client: &str, secret: &str| {
            hasher.find(tenant, client, secret, [(&tag, ())].into_iter())
        };
        assert!(find(&acme, "billing", "secret").is_some());
        assert!(find(&acme, "billing", "Secret").is_none());
        assert!(find(&acme, "billin", "gsecret").is_none());
        assert!(find(&other, "billing", "secret").is_none());
        assert!(find(&acme, "billing", &"s".repeat(MAX + 1)).is_none());
    }
}
