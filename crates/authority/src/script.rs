//! What actions and modules have in common: packages, and secrets that are never shown again.

use std::fmt;

use m2mint_actions::limits::{SECRET_VALUE_MAX, SECRETS_MAX};
use m2mint_domain::Timestamp;
use m2mint_domain::id::TenantId;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::entropy::EntropySource;
use crate::keys::{Vault, VaultError};
use crate::registry::Refused;

/// A package that a script asks for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it was said to come from. Shown until the build is done, and followed by nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_url: Option<String>,
}

/// A secret as it is kept: the value sealed for this script and name, in base64url.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct KeptSecret {
    /// Under which name the script reads it.
    pub name: String,
    sealed: String,
    updated_at: i64,
}

/// A secret as an administrator writes it. Without a value the one that is kept stays.
pub struct NewSecret {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Option<Zeroizing<String>>,
}

/// A secret that was sealed, or is to stay as it is.
pub(crate) enum Sealed {
    Value(KeptSecret),
    Kept(String),
}

impl KeptSecret {
    /// When the value was written.
    #[must_use]
    pub const fn updated_at(&self) -> Timestamp {
        Timestamp::from_millis(self.updated_at)
    }
}

impl Sealed {
    fn name(&self) -> &str {
        match self {
            Self::Value(secret) => &secret.name,
            Self::Kept(name) => name,
        }
    }
}

impl fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewSecret({:?})", self.name)
    }
}

/// Seals the values of `secrets` for the script `owner`.
pub(crate) fn seal(
    vault: &Vault,
    tenant: &TenantId,
    owner: &str,
    secrets: &[NewSecret],
    now: Timestamp,
) -> Result<Vec<Sealed>, VaultError> {
    let seal = |secret: &NewSecret| {
        let NewSecret { name, value } = secret;
        let Some(value) = value else {
            return Ok(Sealed::Kept(name.clone()));
        };
        let sealed = vault.seal_secret(tenant, owner, name, value.as_bytes())?;
        Ok(Sealed::Value(KeptSecret {
            name: name.clone(),
            sealed: m2mint_jose::base64url(sealed.as_bytes()),
            updated_at: now.as_millis(),
        }))
    };
    secrets.iter().map(seal).collect()
}

/// Holds secrets against their limits, before they are sealed.
pub(crate) fn check_secrets(secrets: &[NewSecret], name_max: usize) -> Result<(), Refused> {
    if SECRETS_MAX < secrets.len() {
        let reason = format!("There may be no more than {SECRETS_MAX} secrets");
        return Err(Refused::invalid("secrets", &reason));
    }
    for (index, NewSecret { name, value }) in secrets.iter().enumerate() {
        let wrong = |reason: String| Err(Refused::invalid("secrets", &reason));
        if name.is_empty() || name_max < name.chars().count() {
            return wrong(format!(
                "The name of a secret has 1 to {name_max} characters"
            ));
        }
        if name.contains('\0') {
            return wrong("The name of a secret must not contain NUL characters".to_owned());
        }
        let value = value.as_ref().map_or(0, |value| value.chars().count());
        if SECRET_VALUE_MAX < value {
            return wrong(format!(
                "The value of a secret has at most {SECRET_VALUE_MAX} characters"
            ));
        }
        if secrets.iter().take(index).any(|other| other.name == *name) {
            return wrong(format!("Two secrets are named {name}"));
        }
    }
    Ok(())
}

/// The secrets of a script after `said` replaced them: those that stay keep their place, new ones
/// come last, and those not said are gone.
pub(crate) fn replaced(kept: &[KeptSecret], said: &[Sealed]) -> Result<Vec<KeptSecret>, Refused> {
    let known = |name: &str| kept.iter().find(|secret| secret.name == name);
    let after = |one: &Sealed| match one {
        Sealed::Value(secret) => Ok(secret.clone()),
        Sealed::Kept(name) => known(name)
            .cloned()
            .ok_or_else(|| Refused::invalid("secrets", &format!("The secret {name} has no value"))),
    };
    let stay = kept
        .iter()
        .filter_map(|secret| said.iter().find(|one| one.name() == secret.name));
    let new = said.iter().filter(|one| known(one.name()).is_none());
    stay.chain(new).map(after).collect()
}

/// Whether a text has the form of a UUID, in lower case (RFC 9562 §4).
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// A random UUID (RFC 9562 §5.4), in lower case.
pub(crate) fn uuid(entropy: &dyn EntropySource) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    let bits = u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62);
    let hex = format!("{:032x}", bits | (0x4 << 76) | (0x2 << 62));
    let mut text = String::with_capacity(36);
    for (index, digit) in hex.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Same(u8);

    impl EntropySource for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_uuid_says_its_version_and_variant() {
        assert_eq!(uuid(&Same(0)), "00000000-0000-4000-8000-000000000000");
        assert!(is_uuid(&uuid(&Same(0))));
        assert!(!is_uuid("00000000-0000-4000-8000-00000000000G"));
        assert_eq!(uuid(&Same(0xff)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn replaced_secrets_keep_their_place_and_unsaid_ones_go() {
        let secret = |name: &str, sealed: &str| KeptSecret {
            name: name.into(),
            sealed: sealed.into(),
            updated_at: 0,
        };
        let kept = [secret("a", "1"), secret("b", "2"), secret("c", "3")];
        let said = [
            Sealed::Value(secret("d", "9")),
            Sealed::Kept("c".into()),
            Sealed::Value(secret("a", "8")),
        ];
        let after = replaced(&kept, &said).unwrap();
        let expected = [secret("a", "8"), secret("c", "3"), secret("d", "9")];
        assert_eq!(after, expected);
        assert!(replaced(&kept, &[Sealed::Kept("x".into())]).is_err());
    }

    #[test]
    fn a_sealed_value_opens_for_its_script_and_name_only() {
        use base64::Engine as _;
        use m2mint_domain::signing_key::SealedBytes;

        let vault = Vault::new(m2mint_jose::MasterKey::generate(&mut |bytes| bytes.fill(7)));
        let tenant: TenantId = "acme".parse().unwrap();
        let secret = NewSecret {
            name: "key".into(),
            value: Some(Zeroizing::new("hidden".into())),
        };
        let now = Timestamp::from_secs(0);
        let sealed = seal(&vault, &tenant, "action a", &[secret], now).unwrap();
        let kept = replaced(&[], &sealed).unwrap();
        let text = kept[0].sealed.as_str();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text);
        let bytes = SealedBytes::new(bytes.unwrap());
        let open = |owner: &str, name: &str| vault.open_secret(&tenant, owner, name, &bytes);
        assert_eq!(&*open("action a", "key").unwrap(), b"hidden");
        assert!(open("action b", "key").is_err());
        assert!(open("action a", "other").is_err());
    }

    #[test]
    fn a_new_secret_prints_its_name_only() {
        let secret = NewSecret {
            name: "key".into(),
            value: Some(Zeroizing::new("hidden".into())),
        };
        assert_eq!(format!("{secret:?}"), "NewSecret(\"key\")");
    }
}
