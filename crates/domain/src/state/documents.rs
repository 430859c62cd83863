//! The documents of one tenant, by kind and id.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Map, empty};
use crate::document::{Document, DocumentKind};

/// All documents of a tenant. A change copies a path of one kind's map.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents(Arc<BTreeMap<DocumentKind, Map<Box<str>, Document>>>);

impl Documents {
    pub(super) fn put(&mut self, document: &Arc<Document>) {
        Arc::make_mut(&mut self.0)
            .entry(document.kind)
            .or_insert_with(empty)
            .insert_mut(document.id.clone(), Arc::clone(document));
    }

    pub(super) fn remove(&mut self, kind: DocumentKind, id: &str) {
        if let Some(map) = Arc::make_mut(&mut self.0).get_mut(&kind) {
            map.remove_mut(id);
        }
    }

    pub(super) fn get(&self, kind: DocumentKind, id: &str) -> Option<&Arc<Document>> {
        self.0.get(&kind)?.get(id)
    }

    /// All of one kind, in no order.
    pub(super) fn of(&self, kind: DocumentKind) -> impl Iterator<Item = &Arc<Document>> {
        self.0.get(&kind).into_iter().flat_map(Map::values)
    }

    pub(super) fn len(&self) -> usize {
        self.0.values().map(Map::size).sum()
    }
}
