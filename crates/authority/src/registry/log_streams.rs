//! Log streams: make, change, delete, suspend, and open what is secret in them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use m2mint_domain::entropy::random_text;
use m2mint_domain::id::TenantId;
use m2mint_domain::signing_key::SealedBytes;
use m2mint_domain::{State, Timestamp};
use m2mint_store::Actor;
use serde_json::Value;

use super::{Refused, Registry, RegistryError};
use crate::documents::{self, Dated};
use crate::entropy::Draw;
use crate::keys::VaultError;
use crate::log_stream::{LOG_STREAMS_MAX, LogStream, SinkKind, StreamStatus};

/// The members of a sink by name, in clear.
pub type Sink = BTreeMap<String, Value>;

/// What is sealed where it is not said with the tenant.
const OWNER: &str = "log_stream";

impl Registry {
    /// Makes a log stream: `edit` fills in what name, kind and sink alone do not say.
    ///
    /// # Errors
    ///
    /// [`Refused::TooMany`]; see [`Registry::commit`] for the rest.
    pub async fn create_log_stream(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        kind: SinkKind,
        sink: Sink,
        edit: impl Fn(&mut LogStream),
    ) -> Result<Dated<LogStream>, RegistryError> {
        let digits = random_text(&mut Draw(&*self.entropy), b"0123456789", 16);
        let mut stream = LogStream {
            id: format!("lst_{digits}"),
            name: String::new(),
            kind,
            status: StreamStatus::Active,
            is_priority: false,
            filters: Vec::new(),
            pii_config: None,
            sink: BTreeMap::new(),
            sealed: BTreeMap::new(),
            start_from: None,
        };
        self.seal_sink(tenant, &mut stream, sink)
            .map_err(RegistryError::Vault)?;
        edit(&mut stream);
        let stream = Dated::new(stream, self.clock.now());
        self.commit(tenant, actor, |state| {
            if LOG_STREAMS_MAX <= documents::all::<LogStream>(state)?.len() {
                return Err(Refused::TooMany {
                    what: "log streams",
                    max: LOG_STREAMS_MAX,
                });
            }
            Ok((vec![documents::put(&stream)?], stream.clone()))
        })
        .await
    }

    /// Changes a log stream. A new sink takes the place of the old one, whose secret members stay where
    /// `keep` names them and the new one does not.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`]; see [`Registry::commit`] for the rest.
    pub async fn update_log_stream(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        sink: Option<Sink>,
        keep: &[&str],
        edit: impl Fn(&mut LogStream),
    ) -> Result<Dated<LogStream>, RegistryError> {
        let before = self.log_stream(tenant, id).await?;
        let mut sealed = before.object.clone();
        if let Some(sink) = &sink {
            self.seal_sink(tenant, &mut sealed, sink.clone())
                .map_err(RegistryError::Vault)?;
        }
        self.commit(tenant, actor, |state| {
            let mut stream: Dated<LogStream> = documents::find(state, id)?;
            if sink.is_some() {
                let kept = stream.object.sealed.clone();
                stream.object.sink.clone_from(&sealed.sink);
                stream.object.sealed.clone_from(&sealed.sealed);
                for (member, secret) in kept {
                    if keep.contains(&member.as_str()) {
                        stream.object.sealed.entry(member).or_insert(secret);
                    }
                }
            }
            edit(&mut stream.object);
            stream.updated_at = self.clock.now();
            Ok((vec![documents::put(&stream)?], stream))
        })
        .await
    }

    /// Deletes a log stream. `false`: there was none.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn delete_log_stream(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| {
            let there = documents::find::<LogStream>(state, id).is_ok();
            let changes = there.then(|| documents::delete::<LogStream>(id));
            Ok((changes.into_iter().collect(), there))
        })
        .await
    }

    /// Stops a stream whose receiver failed for too long, unless somebody changed it meanwhile.
    pub(crate) async fn suspend_log_stream(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        failed: &Dated<LogStream>,
    ) -> Result<(), RegistryError> {
        self.commit(tenant, actor, |state: &State| {
            let mut stream: Dated<LogStream> = documents::find(state, &failed.object.id)?;
            if stream != *failed {
                return Ok((Vec::new(), ()));
            }
            stream.object.status = StreamStatus::Suspended;
            stream.updated_at = self.clock.now();
            Ok((vec![documents::put(&stream)?], ()))
        })
        .await
    }

    /// A log stream, as the store has it now.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`]; see [`Registry::current`] for the rest.
    pub async fn log_stream(
        &self,
        tenant: &TenantId,
        id: &str,
    ) -> Result<Dated<LogStream>, RegistryError> {
        let current = self.current(tenant).await?;
        documents::find(current.state(), id).map_err(RegistryError::Refused)
    }

    /// The sink of a stream with what is secret in it, in clear: for the receiver, and for the answer
    /// that shows it.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when a secret does not open.
    pub fn open_sink(&self, tenant: &TenantId, stream: &LogStream) -> Result<Sink, VaultError> {
        let mut sink = stream.sink.clone();
        for (member, text) in &stream.sealed {
            let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
            let name = secret_name(&stream.id, member);
            let secret = self
                .vault
                .open_secret(tenant, OWNER, &name, &SealedBytes::new(bytes))?;
            let value = serde_json::from_slice(&secret).unwrap_or_default();
            sink.insert(member.clone(), value);
        }
        Ok(sink)
    }

    fn seal_sink(
        &self,
        tenant: &TenantId,
        stream: &mut LogStream,
        sink: Sink,
    ) -> Result<(), VaultError> {
        let secrets = stream.kind.secrets();
        stream.sink.clear();
        stream.sealed.clear();
        for (member, value) in sink {
            if secrets.contains(&member.as_str()) {
                let name = secret_name(&stream.id, &member);
                let json = value.to_string();
                let sealed = self
                    .vault
                    .seal_secret(tenant, OWNER, &name, json.as_bytes())?;
                let text = URL_SAFE_NO_PAD.encode(sealed.as_bytes());
                stream.sealed.insert(member, text);
            } else {
                stream.sink.insert(member, value);
            }
        }
        Ok(())
    }
}

fn secret_name(id: &str, member: &str) -> String {
    format!("{id}/{member}")
}

/// When a stream began to fail: what was noted before it was last changed does not count.
pub(crate) fn failing_since(
    noted: Option<Timestamp>,
    stream: &Dated<LogStream>,
) -> Option<Timestamp> {
    noted.filter(|since| stream.updated_at <= *since)
}
