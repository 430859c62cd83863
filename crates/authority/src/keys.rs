//! The keys of a tenant: sealed in the register, parsed once in memory.

use std::collections::HashMap;
use std::sync::Arc;

use m2mint_domain::document::Document;
use m2mint_domain::id::{KeyId, TenantId};
use m2mint_domain::resource_server::{ResourceServer, SigningAlg};
use m2mint_domain::signing_key::{KeyFamily, KeyPlace, SealedBytes, SigningKey};
use m2mint_domain::tenant::Tenant;
use m2mint_domain::{State, Timestamp};
use m2mint_jose::jwk::{JwkEntry, PublicJwk, jwks_json};
use m2mint_jose::{
    Alg, KeyError, KeyKind, MasterKey, PrivateKey, SealError, Sealed, Signer, base64url,
    certificate, sha256,
};
use zeroize::Zeroizing;

use crate::custom_signing_key::{self, CustomSigningKeys};
use crate::documents::{self, Kept as _};
use crate::entropy::{Draw, EntropySource};
use crate::secret::SecretHasher;

/// The keys that are not in the database: the master key and what is derived from it.
#[derive(Debug)]
pub struct Vault {
    master: MasterKey,
    secrets: SecretHasher,
}

/// A key of the register could not be opened or parsed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The sealed bytes do not open: another master key, or they were changed.
    #[error("{what} of tenant {tenant} does not open with this master key")]
    Sealed {
        /// What was to be opened, by name.
        what: String,
        /// Whose it is.
        tenant: TenantId,
        /// What the sealing says.
        #[source]
        source: SealError,
    },
    /// It opened, and is no key.
    #[error("{what} of tenant {tenant} is not a usable key")]
    Key {
        /// What was to be parsed, by name.
        what: String,
        /// Whose it is.
        tenant: TenantId,
        /// What is wrong with it.
        #[source]
        source: KeyError,
    },
}

impl Vault {
    /// Opens the vault with the master key.
    #[must_use]
    pub fn new(master: MasterKey) -> Self {
        let secrets = SecretHasher::new(master.mac_key("client secrets"));
        Self { master, secrets }
    }

    /// A short text that tells two master keys apart and says nothing about either.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.master.fingerprint()
    }

    /// What hashes and compares client secrets.
    #[must_use]
    pub fn secrets(&self) -> &SecretHasher {
        &self.secrets
    }

    /// Seals the signing secret of an HS256 API.
    ///
    /// # Errors
    ///
    /// [`VaultError::Sealed`] when the backend fails.
    pub fn seal_signing_secret(
        &self,
        tenant: &TenantId,
        server: &str,
        secret: &[u8],
    ) -> Result<SealedBytes, VaultError> {
        self.seal(tenant, &signing_secret_context(tenant, server), secret)
    }

    /// Opens the signing secret of an HS256 API.
    ///
    /// # Errors
    ///
    /// [`VaultError::Sealed`] under another master key.
    pub fn open_signing_secret(
        &self,
        tenant: &TenantId,
        server: &str,
        sealed: &SealedBytes,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.open(tenant, &signing_secret_context(tenant, server), sealed)
    }

    /// Seals a secret that an object of the register keeps: a client's secret, an action's, a log
    /// stream's token. It opens for the same tenant, `owner` and `name` only, so that ciphertext
    /// moved to another place is worth nothing.
    ///
    /// # Errors
    ///
    /// [`VaultError::Sealed`] when the backend fails.
    pub fn seal_secret(
        &self,
        tenant: &TenantId,
        owner: &str,
        name: &str,
        secret: &[u8],
    ) -> Result<SealedBytes, VaultError> {
        self.seal(tenant, &secret_context(tenant, owner, name), secret)
    }

    /// Opens what [`Self::seal_secret`] sealed.
    ///
    /// # Errors
    ///
    /// [`VaultError::Sealed`] under another master key, or for another tenant, owner or name.
    pub fn open_secret(
        &self,
        tenant: &TenantId,
        owner: &str,
        name: &str,
        sealed: &SealedBytes,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.open(tenant, &secret_context(tenant, owner, name), sealed)
    }

    fn seal(
        &self,
        tenant: &TenantId,
        context: &str,
        plain: &[u8],
    ) -> Result<SealedBytes, VaultError> {
        let sealed = self
            .master
            .seal(context, plain)
            .map_err(|source| VaultError::Sealed {
                what: context.to_owned(),
                tenant: tenant.clone(),
                source,
            })?;
        Ok(SealedBytes::new(sealed.into_bytes()))
    }

    fn open(
        &self,
        tenant: &TenantId,
        context: &str,
        sealed: &SealedBytes,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let sealed = Sealed::from_bytes(sealed.as_bytes().to_vec());
        self.master
            .open(context, &sealed)
            .map_err(|source| VaultError::Sealed {
                what: context.to_owned(),
                tenant: tenant.clone(),
                source,
            })
    }

    /// Makes a signing key for `tenant`: key pair, certificate, and the private half sealed.
    ///
    /// An RSA key takes tens of milliseconds: call it where that hurts nobody.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when the crypto backend fails.
    pub fn generate(
        &self,
        entropy: &dyn EntropySource,
        tenant: &Tenant,
        family: KeyFamily,
        place: KeyPlace,
        now: Timestamp,
    ) -> Result<SigningKey, VaultError> {
        let id = KeyId::random(&mut Draw(entropy));
        let key_error = |source| VaultError::Key {
            what: format!("new {} key", family.as_str()),
            tenant: tenant.id.clone(),
            source,
        };
        let private = PrivateKey::generate(kind(family)).map_err(key_error)?;
        let public_jwk = private.public_jwk().map_err(key_error)?;
        let mut serial = [0; 9];
        entropy.fill(&mut serial);
        let certificate = certificate::self_signed(
            &private,
            tenant.domain.without_port(),
            now.as_secs(),
            serial,
        )
        .map_err(key_error)?;
        let context = private_key_context(&tenant.id, &id);
        Ok(SigningKey {
            family,
            place,
            public_jwk: public_jwk.to_json().into(),
            certificate: certificate.into(),
            private_key: self.seal(&tenant.id, &context, private.pkcs8())?,
            created_at: now,
            current_since: (place == KeyPlace::Current).then_some(now),
            current_until: None,
            revoked_at: None,
            id,
        })
    }
}

/// What a tenant signs with, and what it tells verifiers: built anew when a key changes, shared by
/// every request in between.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<Arc<SigningKey>>,
    rsa_alg: Option<Alg>,
    hides_alg: bool,
    signers: HashMap<SigningAlg, Arc<Signer>>,
    /// The tenant's own keys.
    own_jwks: Arc<str>,
    /// All that are published.
    jwks: Arc<str>,
    etag: Arc<str>,
    custom: Option<Arc<Document>>,
}

impl KeyRing {
    /// Opens and parses the keys that sign, and writes the JWKS of those that are published.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when one does not open or does not parse.
    pub fn open(vault: &Vault, state: &State) -> Result<Self, VaultError> {
        let tenant = &state.tenant().id;
        let mut signers = HashMap::new();
        for key in state
            .signing_keys()
            .iter()
            .filter(|key| key.place == KeyPlace::Current)
        {
            let context = private_key_context(tenant, &key.id);
            let pkcs8 = vault.open(tenant, &context, &key.private_key)?;
            let key_error = |source| VaultError::Key {
                what: context.clone(),
                tenant: tenant.clone(),
                source,
            };
            let private =
                PrivateKey::from_pkcs8(kind(key.family), pkcs8.to_vec()).map_err(key_error)?;
            for alg in SigningAlg::ALL {
                if alg.key_family() == Some(key.family) {
                    let signer =
                        Signer::new(jose_alg(alg), key.id.as_str(), &private).map_err(key_error)?;
                    signers.insert(alg, Arc::new(signer));
                }
            }
        }
        let rsa_alg = rsa_alg(state);
        let own_jwks: Arc<str> = jwks(state, rsa_alg)?.into();
        let custom = custom_keys(state).map(Arc::clone);
        let jwks = custom
            .as_deref()
            .map_or_else(|| Arc::clone(&own_jwks), |one| with_custom(one, &own_jwks));
        let etag = format!("\"{}\"", base64url(&sha256(jwks.as_bytes())[..16]));
        Ok(Self {
            keys: state.signing_keys().to_vec(),
            rsa_alg,
            hides_alg: hides_alg(state),
            signers,
            own_jwks,
            jwks,
            etag: etag.into(),
            custom,
        })
    }

    /// Whether it was built from exactly the keys that `state` has, and says the right thing of
    /// them.
    #[must_use]
    pub fn fits(&self, state: &State) -> bool {
        let keys = state.signing_keys();
        self.rsa_alg == rsa_alg(state)
            && self.custom.as_ref().map(Arc::as_ptr) == custom_keys(state).map(Arc::as_ptr)
            && self.hides_alg == hides_alg(state)
            && self.keys.len() == keys.len()
            && self.keys.iter().zip(keys).all(|(a, b)| Arc::ptr_eq(a, b))
    }

    /// What signs `alg`; none for HS256 and for a family the tenant has no key of.
    #[must_use]
    pub fn signer(&self, alg: SigningAlg) -> Option<&Arc<Signer>> {
        self.signers.get(&alg)
    }

    /// The tenant's own keys as a JWKS: what the server's own APIs believe. Whoever put a custom
    /// key into the published document must not be able to sign themselves a Management token.
    #[must_use]
    pub fn own_jwks(&self) -> &Arc<str> {
        &self.own_jwks
    }

    /// The JWKS document (RFC 7517 §5), as JSON text: custom keys, then the tenant's own.
    #[must_use]
    pub fn jwks(&self) -> &Arc<str> {
        &self.jwks
    }

    /// The entity tag of the JWKS (RFC 9110 §8.8.3), quotes included.
    #[must_use]
    pub fn etag(&self) -> &Arc<str> {
        &self.etag
    }
}

/// Opens the secret of an HS256 API into what signs its tokens.
///
/// # Errors
///
/// [`VaultError::Sealed`] under another master key.
pub(crate) fn shared_secret_signer(
    vault: &Vault,
    tenant: &TenantId,
    server: &ResourceServer,
) -> Result<Option<Arc<Signer>>, VaultError> {
    let Some(sealed) = server.signing_secret.as_ref() else {
        return Ok(None);
    };
    if server.signing_alg != SigningAlg::Hs256 {
        return Ok(None);
    }
    let secret = vault.open_signing_secret(tenant, server.id.as_str(), sealed)?;
    Ok(Some(Arc::new(Signer::hs256(&secret))))
}

/// The `alg` of a tenant's RSA keys (RFC 7517 §4.4): RS256, as Auth0 writes it, for as long as they
/// sign nothing else. Some verifiers take a labelled key for that algorithm only, so the keys of a
/// tenant with a PS256 or RS512 API go without the label.
fn rsa_alg(state: &State) -> Option<Alg> {
    if hides_alg(state) {
        return None;
    }
    let others = |server: &Arc<ResourceServer>| {
        matches!(server.signing_alg, SigningAlg::Ps256 | SigningAlg::Rs512)
    };
    (!state.resource_servers().any(others)).then_some(Alg::Rs256)
}

/// Whether no published key says its algorithm (Auth0's `flags.remove_alg_from_jwks`).
fn hides_alg(state: &State) -> bool {
    state.tenant().remove_alg_from_jwks == Some(true)
}

/// Published keys: the one that signs first, then the next, then those before.
fn jwks(state: &State, rsa_alg: Option<Alg>) -> Result<String, VaultError> {
    let order = [KeyPlace::Current, KeyPlace::Next, KeyPlace::Previous];
    let mut entries = Vec::new();
    for family in KeyFamily::ALL {
        for place in order {
            let here = |key: &&Arc<SigningKey>| key.family == family && key.place == place;
            for key in state.signing_keys().iter().rev().filter(here) {
                let public =
                    PublicJwk::from_json(&key.public_jwk).map_err(|source| VaultError::Key {
                        what: format!("public key {}", key.id),
                        tenant: state.tenant().id.clone(),
                        source,
                    })?;
                entries.push(JwkEntry {
                    key: public,
                    kid: key.id.to_string(),
                    alg: match family {
                        KeyFamily::Rsa => rsa_alg,
                        KeyFamily::P256 => Some(Alg::Es256).filter(|_| !hides_alg(state)),
                        KeyFamily::Ed25519 => Some(Alg::EdDsa).filter(|_| !hides_alg(state)),
                    },
                    x5c_der: Some(key.certificate.to_vec()),
                });
            }
        }
    }
    Ok(jwks_json(&entries))
}

fn custom_keys(state: &State) -> Option<&Arc<Document>> {
    state.document(CustomSigningKeys::KIND, custom_signing_key::ID)
}

/// Puts custom keys in front.
fn with_custom(document: &Document, own: &Arc<str>) -> Arc<str> {
    let keys = match documents::read::<CustomSigningKeys>(document) {
        Ok(dated) => dated.object.keys,
        Err(error) => {
            tracing::error!(%error, "custom signing keys are not published");
            return Arc::clone(own);
        }
    };
    let custom: Vec<String> = keys
        .into_iter()
        .map(|key| serde_json::Value::Object(key).to_string())
        .collect();
    let own = own.strip_prefix("{\"keys\":[").unwrap_or("]}");
    let comma = if own.starts_with(']') { "" } else { "," };
    format!("{{\"keys\":[{}{comma}{own}", custom.join(",")).into()
}

fn private_key_context(tenant: &TenantId, key: &KeyId) -> String {
    format!("{tenant}/signing_key/{key}/private_key")
}

/// Lengths come first, so that no two triples make the same text.
fn secret_context(tenant: &TenantId, owner: &str, name: &str) -> String {
    let (owners, names) = (owner.len(), name.len());
    format!("secret {owners} {names} of tenant {tenant}: {owner} {name}")
}

fn signing_secret_context(tenant: &TenantId, server: &str) -> String {
    format!("{tenant}/resource_server/{server}/signing_secret")
}

const fn kind(family: KeyFamily) -> KeyKind {
    match family {
        KeyFamily::Rsa => KeyKind::Rsa2048,
        KeyFamily::P256 => KeyKind::P256,
        KeyFamily::Ed25519 => KeyKind::Ed25519,
    }
}

const fn jose_alg(alg: SigningAlg) -> Alg {
    match alg {
        SigningAlg::Es256 => Alg::Es256,
        SigningAlg::EdDsa => Alg::EdDsa,
        SigningAlg::Hs256 => Alg::Hs256,
        SigningAlg::Ps256 => Alg::Ps256,
        SigningAlg::Rs256 => Alg::Rs256,
        SigningAlg::Rs512 => Alg::Rs512,
    }
}
