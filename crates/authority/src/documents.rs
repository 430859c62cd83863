//! Documents as typed objects: what a document of one kind says, read from it and written to it.

use m2mint_domain::document::{Document, DocumentKind};
use m2mint_domain::{Change, State, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::registry::Refused;

/// The typed form of one kind of document. Its JSON is what is kept on disk, so a new member needs a
/// `#[serde(default)]`, and a renamed one an alias.
pub trait Kept: Serialize + DeserializeOwned {
    /// Which kind.
    const KIND: DocumentKind;

    /// Its name among its kind.
    fn id(&self) -> &str;

    /// The object it goes with.
    fn parent(&self) -> Option<&str> {
        None
    }
}

/// One object with its times.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dated<T> {
    /// What it says.
    pub object: T,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The object of this id.
///
/// # Errors
///
/// [`Refused::NoSuchDocument`]; [`Refused::UnreadableDocument`] for one that a newer release wrote.
pub fn find<T: Kept>(state: &State, id: &str) -> Result<Dated<T>, Refused> {
    let document = state.document(T::KIND, id);
    read(document.ok_or(Refused::NoSuchDocument(T::KIND))?)
}

/// All objects of a kind, oldest first.
///
/// # Errors
///
/// [`Refused::UnreadableDocument`].
pub fn all<T: Kept>(state: &State) -> Result<Vec<Dated<T>>, Refused> {
    sorted(state.documents(T::KIND).map(AsRef::as_ref).collect())
}

/// All objects of a kind that go with `parent`, oldest first.
///
/// # Errors
///
/// [`Refused::UnreadableDocument`].
pub fn all_of<T: Kept>(state: &State, parent: &str) -> Result<Vec<Dated<T>>, Refused> {
    let of_parent = state
        .documents(T::KIND)
        .map(AsRef::as_ref)
        .filter(|document: &&Document| document.parent.as_deref() == Some(parent));
    sorted(of_parent.collect())
}

/// The change that puts an object.
///
/// # Errors
///
/// [`Refused::UnreadableDocument`] for a value that JSON cannot hold.
pub fn put<T: Kept>(dated: &Dated<T>) -> Result<Change, Refused> {
    let Dated {
        object,
        created_at,
        updated_at,
    } = dated;
    let body = serde_json::to_string(object).map_err(|error| unreadable(T::KIND, &error))?;
    Ok(Change::PutDocument(std::sync::Arc::new(Document {
        kind: T::KIND,
        id: object.id().into(),
        parent: object.parent().map(Into::into),
        body: body.into(),
        created_at: *created_at,
        updated_at: *updated_at,
    })))
}

/// The change that deletes an object.
#[must_use]
pub fn delete<T: Kept>(id: &str) -> Change {
    Change::DeleteDocument(T::KIND, id.into())
}

/// The changes that delete every document of `kinds` that goes with `parent`.
#[must_use]
pub fn delete_children(state: &State, kinds: &[DocumentKind], parent: &str) -> Vec<Change> {
    kinds
        .iter()
        .flat_map(|&kind| state.documents(kind))
        .filter(|document| document.parent.as_deref() == Some(parent))
        .map(|document| Change::DeleteDocument(document.kind, document.id.clone()))
        .collect()
}

impl<T> Dated<T> {
    /// An object that is made now.
    pub const fn new(object: T, now: Timestamp) -> Self {
        Self {
            object,
            created_at: now,
            updated_at: now,
        }
    }
}

fn sorted<T: Kept>(mut documents: Vec<&Document>) -> Result<Vec<Dated<T>>, Refused> {
    documents.sort_unstable_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    documents.into_iter().map(read).collect()
}

/// Reads a document.
///
/// # Errors
///
/// [`Refused::UnreadableDocument`].
pub fn read<T: Kept>(document: &Document) -> Result<Dated<T>, Refused> {
    let object =
        serde_json::from_str(&document.body).map_err(|error| unreadable(T::KIND, &error))?;
    Ok(Dated {
        object,
        created_at: document.created_at,
        updated_at: document.updated_at,
    })
}

/// The texts in the error of a JSON parser may be secrets: only the place is told.
fn unreadable(kind: DocumentKind, error: &serde_json::Error) -> Refused {
    Refused::UnreadableDocument {
        kind,
        column: error.column(),
    }
}
