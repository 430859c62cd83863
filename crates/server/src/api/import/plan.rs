//! Compares what a document says with what there is, and makes the calls between.

use std::collections::HashMap;

use http::Method;
use serde_json::{Map, Value, json};

use super::call::{Calls, Refusal};
use super::kind::{KINDS, Kind};
use crate::api::error::ApiError;
use crate::api::object::Object;
use crate::api::operation::Operation;
use crate::api::schema::Shape;

/// Members whose values never stand in a plan.
const SECRETS: [&str; 4] = ["client_secret", "secrets", "signing_secret", "sink"];
const MASKED: &str = "[masked]";

/// What an import changes.
#[derive(Debug, Default)]
pub(super) struct Plan {
    changes: Vec<Object>,
    skipped: Vec<String>,
}

impl Plan {
    pub(super) fn shown(self, dry_run: bool) -> Object {
        let changes: Vec<Value> = self.changes.into_iter().map(Value::from).collect();
        Object::new()
            .with("dry_run", dry_run)
            .with("changes", changes)
            .with("skipped", self.skipped)
    }
}

/// Puts a plan together, and a draft with it.
pub(super) struct Planner<'a> {
    calls: Calls<'a>,
    /// The client that asked: an import never deletes it, nor its grants.
    own_client: &'a str,
    delete: bool,
    plan: Plan,
    /// The ids of clients by name; `None` where several share one.
    clients: HashMap<String, Option<String>>,
    /// What is to be deleted at the end: kind, name and path.
    leftovers: Vec<(&'static str, String, String)>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(calls: Calls<'a>, own_client: &'a str, delete: bool) -> Self {
        Self {
            calls,
            own_client,
            delete,
            plan: Plan::default(),
            clients: HashMap::new(),
            leftovers: Vec::new(),
        }
    }

    /// Goes through the document, kind by kind.
    pub(super) async fn run(mut self, document: &Map<String, Value>) -> Result<Plan, ApiError> {
        if let Some(settings) = document.get("tenant") {
            self.tenant(settings).await?;
        }
        for kind in KINDS {
            match document.get(kind.member) {
                Some(Value::Array(wanted)) => self.kind(kind, wanted).await?,
                None | Some(Value::Null) => {}
                Some(_) => return Err(not_a(kind.member, "array")),
            }
        }
        for (kind, name, path) in std::mem::take(&mut self.leftovers).into_iter().rev() {
            let gone = self.calls.call(Method::DELETE, &path, None, None).await;
            gone.map_err(|refusal| refusal.about(kind, &name))?;
            let deleted = noted("delete", kind, &name);
            self.plan.changes.push(deleted);
        }
        for (member, value) in document {
            let known = member == "tenant" || KINDS.iter().any(|kind| kind.member == member);
            let empty = match value {
                Value::Array(list) => list.is_empty(),
                Value::Object(members) => members.is_empty(),
                Value::Null => true,
                Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            };
            if !known && !empty {
                self.plan.skipped.push(member.clone());
            }
        }
        Ok(self.plan)
    }

    async fn tenant(&mut self, wanted: &Value) -> Result<(), ApiError> {
        let wanted = members("tenant", wanted)?;
        let path = crate::api::tenant_settings::UPDATE.path;
        let there = self
            .calls
            .call(Method::GET, path, None, None)
            .await
            .map_err(|refusal| refusal.about("tenant", "settings"))?;
        let update = &crate::api::tenant_settings::UPDATE;
        let change = difference(&there, &settable(wanted, update));
        if change.is_empty() {
            return Ok(());
        }
        self.update("tenant", "settings", None, path, &there, change)
            .await
    }

    async fn kind(&mut self, kind: &'static Kind, wanted: &[Value]) -> Result<(), ApiError> {
        let there = self
            .calls
            .all(kind)
            .await
            .map_err(|refusal| refusal.about(kind.noun, "list"))?;
        let mut present = Present::new(kind, there);
        if kind.member == "clientGrants" {
            self.clients = self.clients_by_name().await?;
        }
        for (index, wanted) in wanted.iter().enumerate() {
            let place = format!("{}[{index}]", kind.member);
            let mut wanted = members(&place, wanted)?.clone();
            // In the words of the document, where ids stand later.
            let named = kind.name(|member| wanted.get(member));
            self.resolve(kind, &mut wanted)?;
            let found = present.take(kind, &wanted)?;
            let name = if named.is_empty() { place } else { named };
            match found {
                Some(there) => self.bring(kind, &name, &there, &wanted).await?,
                None => self.create(kind, &name, &wanted).await?,
            }
        }
        if self.delete {
            for left in present.rest() {
                let own = [Some(kind.id), Some("client_id")]
                    .into_iter()
                    .flatten()
                    .any(|member| {
                        left.get(member).and_then(Value::as_str) == Some(self.own_client)
                    });
                if let (false, false, Some(path)) = ((kind.fixed)(&left), own, kind.at(&left)) {
                    self.leftovers
                        .push((kind.noun, kind.name(|member| left.get(member)), path));
                }
            }
        }
        Ok(())
    }

    /// Puts ids where the document may say names.
    fn resolve(&self, kind: &Kind, wanted: &mut Map<String, Value>) -> Result<(), ApiError> {
        if kind.member != "clientGrants" {
            return Ok(());
        }
        wanted
            .entry("subject_type")
            .or_insert_with(|| Value::from("client"));
        let Some(Value::String(client)) = wanted.get_mut("client_id") else {
            return Ok(());
        };
        match self.clients.get(client.as_str()) {
            Some(Some(id)) => client.clone_from(id),
            Some(None) => {
                return Err(ApiError::invalid_body(format!(
                    "Several applications are called {client}: name the one of the grant by its client_id."
                )));
            }
            None => {}
        }
        Ok(())
    }

    async fn clients_by_name(&self) -> Result<HashMap<String, Option<String>>, ApiError> {
        let mut ids = HashMap::new();
        for kind in KINDS.iter().filter(|kind| kind.member == "clients") {
            let all = self.calls.all(kind).await;
            for client in all.map_err(|refusal| refusal.about(kind.noun, "list"))? {
                let text = |member| client.get(member).and_then(Value::as_str);
                if let (Some(name), Some(id)) = (text("name"), text("client_id")) {
                    ids.entry(name.to_owned())
                        .and_modify(|known| *known = None)
                        .or_insert_with(|| Some(id.to_owned()));
                }
            }
        }
        Ok(ids)
    }

    async fn create(
        &mut self,
        kind: &Kind,
        name: &str,
        wanted: &Map<String, Value>,
    ) -> Result<(), ApiError> {
        let body = Value::Object(settable(wanted, kind.create));
        let id = wanted.get(kind.id).and_then(Value::as_str);
        let made = self
            .calls
            .call(Method::POST, kind.create.path, Some(&body), id)
            .await
            .map_err(|refusal| refusal.about(kind.noun, name))?;
        let mut note = noted("create", kind.noun, name)
            .with_some("id", made.get(kind.id).and_then(Value::as_str))
            .with("after", masked(body));
        if !wanted.contains_key("client_secret") {
            let secret = made.get("client_secret").and_then(Value::as_str);
            note = note.with_some("client_secret", secret);
        }
        self.plan.changes.push(note);
        Ok(())
    }

    async fn bring(
        &mut self,
        kind: &Kind,
        name: &str,
        there: &Value,
        wanted: &Map<String, Value>,
    ) -> Result<(), ApiError> {
        if (kind.fixed)(there) {
            return Ok(());
        }
        let change = difference(there, &settable(wanted, kind.update));
        let Some(path) = kind.at(there).filter(|_| !change.is_empty()) else {
            return Ok(());
        };
        let id = there.get(kind.id).and_then(Value::as_str);
        self.update(kind.noun, name, id, &path, there, change).await
    }

    async fn update(
        &mut self,
        kind: &'static str,
        name: &str,
        id: Option<&str>,
        path: &str,
        there: &Value,
        change: Map<String, Value>,
    ) -> Result<(), ApiError> {
        let before: Map<String, Value> = change
            .keys()
            .map(|member| {
                let value = there.get(member).cloned().unwrap_or_default();
                (member.clone(), value)
            })
            .collect();
        let body = Value::Object(change);
        self.calls
            .call(Method::PATCH, path, Some(&body), None)
            .await
            .map_err(|refusal| refusal.about(kind, name))?;
        let note = noted("update", kind, name)
            .with_some("id", id)
            .with("before", masked(Value::Object(before)))
            .with("after", masked(body));
        self.plan.changes.push(note);
        Ok(())
    }
}

/// What there is of one kind, found by id or by key.
struct Present {
    objects: Vec<Option<Value>>,
    by_id: HashMap<String, usize>,
    by_key: HashMap<String, Vec<usize>>,
}

impl Present {
    fn new(kind: &Kind, objects: Vec<Value>) -> Self {
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
    fn take(
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
    fn rest(self) -> impl Iterator<Item = Value> {
        self.objects.into_iter().flatten()
    }
}

/// The members that an operation takes. What it only answers is left out; what nobody knows stays
/// in, to be refused by name.
fn settable(wanted: &Map<String, Value>, operation: &Operation) -> Map<String, Value> {
    let named = |shape: &Shape, name: &str| match shape {
        Shape::Object { members, .. } => members.iter().any(|member| member.name == name),
        Shape::Any
        | Shape::Boolean
        | Shape::Integer { .. }
        | Shape::Number
        | Shape::Text { .. }
        | Shape::Choice(_)
        | Shape::List { .. }
        | Shape::Map { .. }
        | Shape::Either(_) => false,
    };
    let taken = |name: &str| operation.body.is_some_and(|body| named(&body.shape, name));
    let answered = |name: &str| {
        operation
            .answers
            .iter()
            .filter_map(|answer| answer.body)
            .any(|body| named(&body.shape, name))
    };
    wanted
        .iter()
        .filter(|(name, _)| taken(name) || !answered(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The members of `wanted` that are not as `there` has them.
fn difference(there: &Value, wanted: &Map<String, Value>) -> Map<String, Value> {
    wanted
        .iter()
        .filter(|(name, value)| !covers(there.get(name.as_str()).unwrap_or(&Value::Null), value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whether `there` says all that `wanted` does. An object may say more.
fn covers(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, value)| covers(there.get(name.as_str()).unwrap_or(&Value::Null), value)),
        (Value::Array(there), Value::Array(wanted)) => {
            there.len() == wanted.len()
                && there
                    .iter()
                    .zip(wanted)
                    .all(|(there, wanted)| covers(there, wanted))
        }
        _ => there == wanted,
    }
}

fn masked(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        for secret in SECRETS {
            if let Some(value) = members.get_mut(secret) {
                *value = json!(MASKED);
            }
        }
    }
    value
}

fn noted(change: &str, kind: &str, name: &str) -> Object {
    Object::new()
        .with("change", change)
        .with("kind", kind)
        .with("name", name)
}

fn members<'v>(place: &str, value: &'v Value) -> Result<&'v Map<String, Value>, ApiError> {
    value.as_object().ok_or_else(|| not_a(place, "object"))
}

fn not_a(place: &str, what: &str) -> ApiError {
    Refusal::malformed(place, what).into()
}
