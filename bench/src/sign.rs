//! The four algorithms, keys parsed once, and the raw signing rate.

use std::fmt;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use aws_lc_rs::{hmac, rand};

/// How a token is signed (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
    Hs256,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 4] = [Self::Rs256, Self::Es256, Self::EdDsa, Self::Hs256];

    /// The name as it stands in `alg`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .with_context(|| format!("no algorithm {name}"))
    }
}

/// A private key, ready to sign: nothing is parsed between two signatures.
pub(crate) enum SigningKey {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Mac(Box<hmac::Key>),
}

impl SigningKey {
    /// A new key; RSA has 2048 bits.
    pub(crate) fn generate(algorithm: Algorithm) -> Result<Self> {
        let failed = |_| anyhow!("no key for {algorithm}");
        Ok(match algorithm {
            Algorithm::Rs256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?),
            Algorithm::Es256 => {
                Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?)
            }
            Algorithm::EdDsa => Self::Ed(Ed25519KeyPair::generate().map_err(failed)?),
            Algorithm::Hs256 => Self::Mac(Box::new(
                hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).map_err(failed)?,
            )),
        })
    }

    /// Signs, and hands the signature on: it lives on the stack where it can.
    pub(crate) fn sign<T>(&self, input: &[u8], then: impl FnOnce(&[u8]) -> T) -> Result<T> {
        Ok(match self {
            Self::Rsa(key) => {
                // RSA-2048; a larger key is refused by `sign` below.
                let mut signature = [0; 256];
                if key.public_key().modulus_len() != signature.len() {
                    bail!("an RSA key that has not 2048 bits");
                }
                let random = SystemRandom::new();
                key.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature)
                    .map_err(|_| anyhow!("RSA refused to sign"))?;
                then(&signature)
            }
            Self::Ec(key) => then(
                key.sign(&SystemRandom::new(), input)
                    .map_err(|_| anyhow!("ECDSA refused to sign"))?
                    .as_ref(),
            ),
            Self::Ed(key) => then(key.sign(input).as_ref()),
            Self::Mac(key) => then(hmac::sign(key, input).as_ref()),
        })
    }
}

/// Answers each line `ALG BYTES MILLISECONDS` on stdin with `SIGNATURES NANOSECONDS`.
///
/// A child, so that it runs on the core of the servers; it ends with its stdin.
pub(crate) fn answer_rates() -> Result<ExitCode> {
    let keys = Algorithm::ALL
        .into_iter()
        .map(|algorithm| Ok((algorithm, SigningKey::generate(algorithm)?)))
        .collect::<Result<Vec<_>>>()?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let mut next = || words.next().context("ALG BYTES MILLISECONDS");
        let algorithm: Algorithm = next()?.parse()?;
        let bytes = next()?.parse()?;
        let duration = Duration::from_millis(next()?.parse()?);
        let (_, key) = keys
            .iter()
            .find(|(of, _)| *of == algorithm)
            .context("a key for each algorithm")?;
        let (signatures, elapsed) = count(key, bytes, duration)?;
        println!("{signatures} {}", elapsed.as_nanos());
        io::stdout().flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Signs inputs that are all different until the time is over.
fn count(key: &SigningKey, bytes: usize, duration: Duration) -> Result<(u64, Duration)> {
    let mut input = vec![0; bytes.max(8)];
    rand::fill(&mut input).map_err(|_| anyhow!("no random bytes"))?;
    let start = Instant::now();
    let mut signatures = 0_u64;
    loop {
        if let Some(head) = input.first_chunk_mut() {
            *head = signatures.to_le_bytes();
        }
        key.sign(&input, |signature| {
            std::hint::black_box(signature.first());
        })?;
        signatures += 1;
        let elapsed = start.elapsed();
        if elapsed >= duration {
            return Ok((signatures, elapsed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_is_read_from_its_own_name() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.name().parse::<Algorithm>().unwrap(), algorithm);
        }
        assert!("none".parse::<Algorithm>().is_err());
    }

    #[test]
    fn each_algorithm_gives_a_signature_of_its_length() {
        for (algorithm, length) in [
            (Algorithm::Rs256, 256),
            (Algorithm::Es256, 64),
            (Algorithm::EdDsa, 64),
            (Algorithm::Hs256, 32),
        ] {
            let key = SigningKey::generate(algorithm).unwrap();
            assert_eq!(key.sign(b"input", <[u8]>::len).unwrap(), length);
        }
    }
}
