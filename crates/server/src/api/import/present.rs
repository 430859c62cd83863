//! Finds the object that an entry of the document means.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::kind::Kind;
use crate::api::error::ApiError;

/// What there is of one kind, found by id or by key.
pub(super) struct Present {
    objects: Vec<Option<Value>>,
    by_id: HashMap<String, usize>,
    by_key: HashMap<String, Vec<usize>>,
}

impl Present {
    pub(super) fn new(kind: &Kind, objects: Vec<Value>) -> Self {
        let mut by_id = HashMap::new();
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, object) in objects.iter().enumerate() {
            if let Some(id) = object.get(kind.id).and_then(Value::as_str) {
                by_id.insert(id.to_owned(), index);
            }
            let key = kind.name(|member| object.get(member));
            by_key.entry(key).or_default().push(index);
        }
        Self {
            objects: objects.into_iter().map(Some).collect(),
            by_id,
            by_key,
        }
    }

    /// The one that the document means. Two entries never mean the same one.
    pub(super) fn take(
        &mut self,
        kind: &Kind,
        wanted: &Map<String, Value>,
    ) -> Result<Option<Value>, ApiError> {
        let id = wanted.get(kind.id).and_then(Value::as_str);
        let index = if let Some(index) = id.and_then(|id| self.by_id.get(id)) {
            *index
        } else if id.is_some() && kind.id == "client_id" {
            // An application of another id is another application, whatever its name.
            return Ok(None);
        } else {
            let key = kind.name(|member| wanted.get(member));
            match self.by_key.get(&key).map(Vec::as_slice) {
                None | Some([]) => return Ok(None),
                Some([only]) => *only,
                Some(_) => {
                    let (noun, id) = (kind.noun, kind.id);
                    return Err(ApiError::invalid_body(format!(
                        "There are several of the kind {noun} with the name {key}: say which by its {id}."
                    )));
                }
            }
        };
        match self.objects.get_mut(index).and_then(Option::take) {
            Some(object) => Ok(Some(object)),
            None => Err(ApiError::invalid_body(format!(
                "The document has the {} {} twice.",
                kind.noun,
                kind.name(|member| wanted.get(member))
            ))),
        }
    }

    /// Those that the document does not mention.
    pub(super) fn rest(self) -> impl Iterator<Item = Value> {
        self.objects.into_iter().flatten()
    }
}
