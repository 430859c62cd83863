//! A document on disk.

use std::borrow::Cow;

use m2mint_domain::Timestamp;
use m2mint_domain::document::{Document, DocumentKind};
use serde::{Deserialize, Serialize};

use super::{InvalidRecord, choose};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentRecord<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    parent: Option<Cow<'a, str>>,
    created_at: i64,
    updated_at: i64,
    #[serde(borrow)]
    body: Cow<'a, str>,
}

impl<'a> From<&'a Document> for DocumentRecord<'a> {
    fn from(document: &'a Document) -> Self {
        let Document {
            kind,
            id,
            parent,
            body,
            created_at,
            updated_at,
        } = document;
        Self {
            kind: kind.as_str().into(),
            id: (&**id).into(),
            parent: parent.as_deref().map(Cow::from),
            created_at: created_at.as_millis(),
            updated_at: updated_at.as_millis(),
            body: (&**body).into(),
        }
    }
}

impl TryFrom<DocumentRecord<'_>> for Document {
    type Error = InvalidRecord;

    fn try_from(record: DocumentRecord<'_>) -> Result<Self, InvalidRecord> {
        let DocumentRecord {
            kind,
            id,
            parent,
            created_at,
            updated_at,
            body,
        } = record;
        Ok(Self {
            kind: choose("kind of document", &kind, DocumentKind::parse)?,
            id: id.into(),
            parent: parent.map(Into::into),
            body: body.into(),
            created_at: Timestamp::from_millis(created_at),
            updated_at: Timestamp::from_millis(updated_at),
        })
    }
}
