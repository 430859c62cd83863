//! The shape of things on disk: one JSON text for each object.
//!
//! A record holds the whole object, so that the change log can tell what was; the columns beside it
//! in the register repeat what people ask SQL about. Domain, wire and disk change for different
//! reasons, hence this third shape. Conversions name every field, both ways, so that the compiler
//! finds each place where a new one must be thought about.

mod bytes;
mod client;
mod client_credential;
mod client_grant;
mod document;
mod masked;
mod organization;
mod quota;
mod resource_server;
mod signing_key;
mod tenant;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use m2mint_domain::Change;
use m2mint_domain::document::DocumentKind;
use m2mint_domain::extra::Extra;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{BoxError, StoreError};

/// The tables of objects. All but [`Subject::Document`] are named as in [`Change::subject`], where a
/// document goes by its own kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Subject {
    Client,
    ClientGrant,
    Document,
    Organization,
    ResourceServer,
    SigningKey,
    Tenant,
}

impl Subject {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::ClientGrant => "client_grant",
            Self::Document => "document",
            Self::Organization => "organization",
            Self::ResourceServer => "resource_server",
            Self::SigningKey => "signing_key",
            Self::Tenant => "tenant",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [
            Self::Client,
            Self::ClientGrant,
            Self::Organization,
            Self::ResourceServer,
            Self::SigningKey,
            Self::Tenant,
        ]
        .into_iter()
        .find(|subject| subject.as_str() == text)
        .or_else(|| DocumentKind::parse(text).map(|_| Self::Document))
    }
}

/// Why a record is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidRecord {
    #[error("not the JSON of a {subject}")]
    Json {
        subject: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("unknown {0}")]
    Unknown(&'static str),
    #[error("not a valid {what}")]
    Invalid {
        what: &'static str,
        #[source]
        source: BoxError,
    },
    #[error("a {0} cannot be deleted by a change")]
    Deletion(&'static str),
}

/// The JSON text of the object a change carries; none for a deletion.
///
/// # Errors
///
/// [`InvalidRecord::Json`], which no object of the domain provokes.
pub(crate) fn write(change: &Change) -> Result<Option<String>, InvalidRecord> {
    let json = match change {
        Change::PutClient(client) => serde_json::to_string(&client::ClientRecord::from(&**client)),
        Change::PutClientGrant(grant) => {
            serde_json::to_string(&client_grant::ClientGrantRecord::from(&**grant))
        }
        Change::PutOrganization(organization) => {
            serde_json::to_string(&organization::OrganizationRecord::from(&**organization))
        }
        Change::PutResourceServer(server) => {
            serde_json::to_string(&resource_server::ResourceServerRecord::from(&**server))
        }
        Change::PutSigningKey(key) => {
            serde_json::to_string(&signing_key::SigningKeyRecord::from(&**key))
        }
        Change::PutTenant(tenant) => serde_json::to_string(&tenant::TenantRecord::from(&**tenant)),
        Change::PutDocument(document) => {
            serde_json::to_string(&document::DocumentRecord::from(&**document))
        }
        Change::DeleteClient(_)
        | Change::DeleteClientGrant(_)
        | Change::DeleteDocument(..)
        | Change::DeleteOrganization(_)
        | Change::DeleteResourceServer(_)
        | Change::DeleteSigningKey(_) => return Ok(None),
    };
    json.map(Some).map_err(|source| InvalidRecord::Json {
        subject: change.subject().0,
        source,
    })
}

/// The JSON of the object a change carries, with `[masked]` where its secrets are; `None` for a
/// deletion.
///
/// # Errors
///
/// [`StoreError::Corrupt`], which no object of the domain provokes.
pub fn masked(change: &Change) -> Result<Option<Value>, StoreError> {
    masked::read(change).map_err(|error| {
        let (table, id) = change.subject();
        StoreError::Corrupt {
            table,
            column: "body",
            id: id.into(),
            source: error.into(),
        }
    })
}

/// Whether there are objects of this kind, as [`Change::subject`] names it.
#[must_use]
pub fn is_kind(name: &str) -> bool {
    Subject::parse(name).is_some()
}

/// The change that puts the object of a JSON text.
pub(crate) fn read(subject: Subject, body: &str) -> Result<Change, InvalidRecord> {
    Ok(match subject {
        Subject::Client => {
            let record: client::ClientRecord<'_> = json(subject, body)?;
            Change::PutClient(Arc::new(record.try_into()?))
        }
        Subject::ClientGrant => {
            let record: client_grant::ClientGrantRecord<'_> = json(subject, body)?;
            Change::PutClientGrant(Arc::new(record.try_into()?))
        }
        Subject::Document => {
            let record: document::DocumentRecord<'_> = json(subject, body)?;
            Change::PutDocument(Arc::new(record.try_into()?))
        }
        Subject::Organization => {
            let record: organization::OrganizationRecord<'_> = json(subject, body)?;
            Change::PutOrganization(Arc::new(record.try_into()?))
        }
        Subject::ResourceServer => {
            let record: resource_server::ResourceServerRecord<'_> = json(subject, body)?;
            Change::PutResourceServer(Arc::new(record.try_into()?))
        }
        Subject::SigningKey => {
            let record: signing_key::SigningKeyRecord<'_> = json(subject, body)?;
            Change::PutSigningKey(Arc::new(record.try_into()?))
        }
        Subject::Tenant => {
            let record: tenant::TenantRecord<'_> = json(subject, body)?;
            Change::PutTenant(Arc::new(record.try_into()?))
        }
    })
}

/// The change that deletes the object of this kind and id.
pub(crate) fn read_deletion(kind: &str, id: &str) -> Result<Change, InvalidRecord> {
    let subject = Subject::parse(kind).ok_or(InvalidRecord::Unknown("kind of object"))?;
    Ok(match subject {
        Subject::Document => {
            let kind = choose("kind of document", kind, DocumentKind::parse)?;
            Change::DeleteDocument(kind, id.into())
        }
        Subject::Client => Change::DeleteClient(parse("client id", id)?),
        Subject::ClientGrant => Change::DeleteClientGrant(parse("client grant id", id)?),
        Subject::Organization => Change::DeleteOrganization(parse("organization id", id)?),
        Subject::ResourceServer => Change::DeleteResourceServer(parse("resource server id", id)?),
        Subject::SigningKey => Change::DeleteSigningKey(parse("key id", id)?),
        Subject::Tenant => return Err(InvalidRecord::Deletion("tenant")),
    })
}

fn json<'a, T: Deserialize<'a>>(subject: Subject, body: &'a str) -> Result<T, InvalidRecord> {
    serde_json::from_str(body).map_err(|source| InvalidRecord::Json {
        subject: subject.as_str(),
        source,
    })
}

/// Reads a text that has a type of its own.
fn parse<T>(what: &'static str, text: &str) -> Result<T, InvalidRecord>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text.parse().map_err(|error| invalid(what, error))
}

fn parse_maybe<T>(what: &'static str, text: Option<&str>) -> Result<Option<T>, InvalidRecord>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text.map(|text| parse(what, text)).transpose()
}

/// Reads a name out of a closed list.
fn choose<T>(
    what: &'static str,
    text: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, InvalidRecord> {
    read(text).ok_or(InvalidRecord::Unknown(what))
}

fn invalid(
    what: &'static str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> InvalidRecord {
    InvalidRecord::Invalid {
        what,
        source: source.into(),
    }
}

/// [`Extra`], each member's JSON as the text it was given in.
#[derive(Default, Deserialize, Serialize)]
#[serde(transparent)]
struct ExtraRecord<'a>(#[serde(borrow)] BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl ExtraRecord<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> From<&'a Extra> for ExtraRecord<'a> {
    fn from(extra: &'a Extra) -> Self {
        let members = extra.iter();
        Self(
            members
                .map(|(name, json)| (name.into(), json.into()))
                .collect(),
        )
    }
}

impl From<ExtraRecord<'_>> for Extra {
    fn from(record: ExtraRecord<'_>) -> Self {
        let ExtraRecord(members) = record;
        let members = members.iter();
        members
            .map(|(name, json)| (name.as_ref(), json.as_ref()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_subjects_are_those_of_the_changes() {
        let id = "x";
        for change in [
            Change::DeleteClient(id.parse().unwrap()),
            Change::DeleteClientGrant(id.parse().unwrap()),
            Change::DeleteOrganization(id.parse().unwrap()),
            Change::DeleteResourceServer(id.parse().unwrap()),
            Change::DeleteSigningKey(id.parse().unwrap()),
            Change::DeleteDocument(DocumentKind::LogStream, id.into()),
        ] {
            assert_eq!(read_deletion(change.subject().0, id).unwrap(), change);
        }
        assert!(read_deletion("tenant", id).is_err());
        assert_eq!(Subject::parse("account"), None);
    }

    #[test]
    fn unknown_names_and_members_are_refused() {
        let grant = |usage: &str, more: &str| {
            let body = format!(
                r#"{{"id":"cgr_1","client_id":"a","audience":"b","subject_type":"client",
                "organization_usage":"{usage}"{more}}}"#
            );
            read(Subject::ClientGrant, &body)
        };
        assert!(grant("deny", "").is_ok());
        assert!(matches!(
            grant("sometimes", ""),
            Err(InvalidRecord::Unknown("organization usage"))
        ));
        assert!(matches!(
            grant("deny", r#","colour":"red""#),
            Err(InvalidRecord::Json { .. })
        ));
    }
}
