//! A client's keys and certificates: register, let expire, delete.

use std::sync::Arc;

use m2mint_domain::client::Client;
use m2mint_domain::client_credential::{
    AssertionAlg, CREDENTIALS_MAX, ClientCredential, CredentialProof, SUBJECT_DN_MAX,
};
use m2mint_domain::id::{CredentialId, TenantId};
use m2mint_domain::{Change, Timestamp};
use m2mint_jose::x509::{PemBlock, PublicKey, PublicKeyKind, read_pem};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::entropy::Draw;

/// A credential, as somebody asks for it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewCredential {
    /// What to call it.
    pub name: Option<String>,
    /// What it is.
    pub proof: NewProof,
    /// From when on it proves nothing.
    pub expires_at: Option<Timestamp>,
}

/// The texts that say what a credential is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NewProof {
    /// A self-signed certificate.
    Certificate {
        /// It.
        pem: String,
    },
    /// A public key, or the certificate of one.
    PublicKey {
        /// It.
        pem: String,
        /// What it verifies.
        alg: AssertionAlg,
        /// Its name; `None`: its thumbprint.
        kid: Option<String>,
        /// Whether it ends with the certificate.
        expires_with_certificate: bool,
    },
    /// The subject of certificates.
    SubjectDn {
        /// It, or
        subject_dn: Option<String>,
        /// a certificate that has it.
        pem: Option<String>,
    },
}

impl Registry {
    /// Reads what somebody asks for into a credential, which is registered nowhere yet.
    ///
    /// # Errors
    ///
    /// [`Refused::Invalid`] when a text is not what it should be.
    pub fn read_credential(&self, new: &NewCredential) -> Result<ClientCredential, Refused> {
        let now = self.clock.now();
        let (proof, certificate_ends) = read_proof(new)?;
        Ok(ClientCredential {
            id: CredentialId::random(&mut Draw(&*self.entropy)),
            name: new.name.as_deref().map(Box::from),
            proof,
            created_at: now,
            updated_at: now,
            expires_at: new.expires_at.or(certificate_ends),
        })
    }

    /// Registers a credential for a client. It proves nothing until it is bound.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClient`], [`Refused::TooMany`]; see [`Registry::commit`] for the rest.
    pub async fn add_credential(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        client: &str,
        credential: &ClientCredential,
    ) -> Result<(), RegistryError> {
        self.change_client(tenant, actor, client, |client| {
            if CREDENTIALS_MAX <= client.credentials.len() {
                return Err(Refused::TooMany {
                    what: "credentials of a client",
                    max: CREDENTIALS_MAX,
                });
            }
            client.credentials.push(credential.clone());
            Ok(())
        })
        .await
    }

    /// Changes when a credential expires; `None`: never.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClient`], [`Refused::NoSuchCredential`]; see [`Registry::commit`] for the
    /// rest.
    pub async fn let_credential_expire(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        client: &str,
        id: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<ClientCredential, RegistryError> {
        let now = self.clock.now();
        self.change_client(tenant, actor, client, |client| {
            let mut all = client.credentials.iter_mut();
            let credential = all
                .find(|one| one.id.as_str() == id)
                .ok_or(Refused::NoSuchCredential)?;
            credential.expires_at = expires_at;
            credential.updated_at = now;
            Ok(credential.clone())
        })
        .await
    }

    /// Deletes a credential that is not bound to anything. `false` when there was none.
    ///
    /// # Errors
    ///
    /// [`Refused::CredentialInUse`]; see [`Registry::commit`] for the rest.
    pub async fn delete_credential(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        client: &str,
        id: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| {
            let Some(entry) = state.client(client) else {
                return Ok((Vec::new(), false));
            };
            let mut client = Client::clone(entry.client());
            let named = |one: &ClientCredential| one.id.as_str() == id;
            let Some(at) = client.credentials.iter().position(named) else {
                return Ok((Vec::new(), false));
            };
            let credential = client.credentials.remove(at);
            if client.is_bound(&credential.id) {
                return Err(Refused::CredentialInUse);
            }
            client.updated_at = self.clock.now();
            Ok((vec![Change::PutClient(Arc::new(client))], true))
        })
        .await
    }

    async fn change_client<T>(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        change: impl Fn(&mut Client) -> Result<T, Refused>,
    ) -> Result<T, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let entry = state.client(id).ok_or(Refused::NoSuchClient)?;
            let mut client = Client::clone(entry.client());
            let value = change(&mut client)?;
            client.updated_at = now;
            Ok((vec![Change::PutClient(Arc::new(client))], value))
        })
        .await
    }
}

/// What a credential is compared with, and when its certificate ends if it ends with it.
fn read_proof(new: &NewCredential) -> Result<(CredentialProof, Option<Timestamp>), Refused> {
    match &new.proof {
        NewProof::Certificate { pem } => {
            if new.expires_at.is_some() {
                return Err(Refused::invalid(
                    "expires_at",
                    &"a certificate says itself when it ends",
                ));
            }
            let PemBlock::Certificate(certificate) = read(pem)? else {
                return Err(Refused::invalid("pem", &"not a certificate"));
            };
            let proof = CredentialProof::Certificate(certificate.thumbprint.into());
            Ok((proof, Some(Timestamp::from_secs(certificate.not_after))))
        }
        NewProof::PublicKey {
            pem,
            alg,
            kid,
            expires_with_certificate,
        } => {
            let (key, not_after) = match read(pem)? {
                PemBlock::Certificate(certificate) => {
                    let key = certificate
                        .key
                        .map_err(|error| Refused::invalid("pem", &error))?;
                    (key, Some(certificate.not_after))
                }
                PemBlock::PublicKey(key) => (key, None),
            };
            let ends = match (expires_with_certificate, not_after) {
                (false, _) => None,
                (true, Some(_)) if new.expires_at.is_some() => {
                    let reason = "excludes parse_expiry_from_cert";
                    return Err(Refused::invalid("expires_at", &reason));
                }
                (true, Some(end)) => Some(Timestamp::from_secs(end)),
                (true, None) => {
                    let reason = "the PEM is not a certificate";
                    return Err(Refused::invalid("parse_expiry_from_cert", &reason));
                }
            };
            Ok((public_key(key, *alg, kid.as_deref())?, ends))
        }
        NewProof::SubjectDn { subject_dn, pem } => {
            let subject = match (subject_dn, pem) {
                (Some(subject), None) => subject.clone(),
                (None, Some(pem)) => {
                    let PemBlock::Certificate(certificate) = read(pem)? else {
                        return Err(Refused::invalid("pem", &"not a certificate"));
                    };
                    certificate.subject
                }
                (Some(_), Some(_)) | (None, None) => {
                    return Err(Refused::invalid("subject_dn", &"either it or pem"));
                }
            };
            if !(1..=SUBJECT_DN_MAX).contains(&subject.chars().count()) {
                let reason = format!("must have 1 to {SUBJECT_DN_MAX} characters");
                return Err(Refused::invalid("subject_dn", &reason));
            }
            Ok((CredentialProof::SubjectDn(subject.into()), None))
        }
    }
}

fn read(pem: &str) -> Result<PemBlock, Refused> {
    read_pem(pem).map_err(|error| Refused::invalid("pem", &error))
}

/// All algorithms there are for assertions sign with RSA.
fn public_key(
    key: PublicKey,
    alg: AssertionAlg,
    kid: Option<&str>,
) -> Result<CredentialProof, Refused> {
    let PublicKeyKind::Rsa { thumbprint } = key.kind else {
        let reason = format!("{} takes an RSA key", alg.as_str());
        return Err(Refused::invalid("pem", &reason));
    };
    Ok(CredentialProof::PublicKey {
        spki: key.spki.into(),
        kid: kid.map_or(thumbprint, str::to_owned).into(),
        alg,
    })
}
