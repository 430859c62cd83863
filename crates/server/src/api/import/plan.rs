//! Goes through a document, kind by kind, and makes the calls between it and what there is.

use std::collections::HashMap;

use http::Method;
use serde_json::{Map, Value};

use super::call::{Calls, Refusal};
use super::compare::{self, difference, masked, settable, without_placeholders};
use super::kind::{KINDS, Kind, SETTINGS};
use super::present::Present;
use crate::api::error::ApiError;
use crate::api::object::Object;
use crate::api::tenant_settings;

/// What an import changes.
#[derive(Debug, Default)]
pub(super) struct Plan {
    changes: Vec<Object>,
    pub(super) skipped: Vec<String>,
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

/// How an import is meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) dry_run: bool,
    pub(super) delete: bool,
}

/// The ids of objects by name; `None` where several share one.
type Names = HashMap<String, Option<String>>;

/// Puts a plan together, and a draft with it.
pub(super) struct Planner<'a> {
    pub(super) calls: Calls<'a>,
    /// The client that asked: an import never deletes it, nor its grants.
    own_client: &'a str,
    wish: Wish,
    pub(super) plan: Plan,
    /// By the member of the document; read when first needed.
    names: HashMap<&'static str, Names>,
    /// What is to be deleted at the end: kind, name and path.
    leftovers: Vec<(&'static str, String, String)>,
}

/// An object of the document, and what there is of it.
pub(super) struct Entry<'v> {
    pub(super) kind: &'static Kind,
    pub(super) name: &'v str,
    /// With ids in place of names.
    pub(super) wanted: &'v Map<String, Value>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(calls: Calls<'a>, own_client: &'a str, wish: Wish) -> Self {
        Self {
            calls,
            own_client,
            wish,
            plan: Plan::default(),
            names: HashMap::new(),
            leftovers: Vec::new(),
        }
    }

    /// Goes through the document.
    pub(super) async fn run(mut self, document: &Map<String, Value>) -> Result<Plan, ApiError> {
        if let Some(wanted) = document.get("tenant") {
            let wanted = members("tenant", wanted)?;
            let update = &tenant_settings::UPDATE;
            self.settings("tenant", "settings", update.path, &settable(wanted, update))
                .await?;
        }
        for kind in KINDS {
            match document.get(kind.member) {
                Some(Value::Array(wanted)) => self.kind(kind, wanted).await?,
                None | Some(Value::Null) => {}
                Some(_) => return Err(not_a(kind.member, "array")),
            }
        }
        if let Some(wanted) = document.get("triggers").filter(|value| !value.is_null()) {
            self.triggers(members("triggers", wanted)?).await?;
        }
        let protection = document.get("attackProtection");
        if let Some(wanted) = protection.filter(|value| !value.is_null()) {
            self.attack_protection(members("attackProtection", wanted)?)
                .await?;
        }
        for (member, value) in document {
            let empty = match value {
                Value::Array(list) => list.is_empty(),
                Value::Object(members) => members.is_empty(),
                Value::Null => true,
                Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            };
            let known = SETTINGS.contains(&member.as_str())
                || KINDS.iter().any(|kind| kind.member == member);
            if !known && !empty {
                self.plan.skipped.push(member.clone());
            }
        }
        for (kind, name, path) in std::mem::take(&mut self.leftovers).into_iter().rev() {
            self.delete(kind, &name, &path).await?;
        }
        Ok(self.plan)
    }

    async fn kind(&mut self, kind: &'static Kind, wanted: &[Value]) -> Result<(), ApiError> {
        let there = self
            .calls
            .all(kind)
            .await
            .map_err(|refusal| refusal.about(kind.noun, "list"))?;
        let mut present = Present::new(kind, there);
        for (index, wanted) in wanted.iter().enumerate() {
            let place = format!("{}[{index}]", kind.member);
            let mut wanted = members(&place, wanted)?.clone();
            // In the words of the document, where ids stand later.
            let named = kind.name(|member| wanted.get(member));
            self.resolve(kind, &mut wanted).await?;
            let found = present.take(kind, &wanted)?;
            let name = if named.is_empty() { place } else { named };
            let entry = Entry {
                kind,
                name: &name,
                wanted: &wanted,
            };
            match found {
                Some(there) if (kind.fixed)(&there) => {}
                Some(there) => {
                    let now = self.bring(&entry, &there).await?;
                    self.belongings(&entry, now.unwrap_or(there), false).await?;
                }
                None => {
                    let made = self.create(&entry).await?;
                    self.belongings(&entry, made, true).await?;
                }
            }
        }
        if self.wish.delete {
            for left in present.rest() {
                let own = [kind.id, "client_id"].into_iter().any(|member| {
                    left.get(member).and_then(Value::as_str) == Some(self.own_client)
                });
                if let (false, false, Some(path)) = ((kind.fixed)(&left), own, kind.at(&left)) {
                    self.leftovers
                        .push((kind.noun, kind.name(|member| left.get(member)), path));
                }
            }
        }
        // Some may be new.
        self.names.remove(kind.member);
        Ok(())
    }

    /// Puts ids where the document may say names, and leaves out what is no member of the object.
    async fn resolve(
        &mut self,
        kind: &Kind,
        wanted: &mut Map<String, Value>,
    ) -> Result<(), ApiError> {
        for value in wanted.values_mut() {
            without_placeholders(value);
        }
        match kind.member {
            "clientGrants" => {
                wanted
                    .entry("subject_type")
                    .or_insert_with(|| Value::from("client"));
                if let Some(Value::String(client)) = wanted.get_mut("client_id") {
                    *client = self.id_of("clients", client).await?;
                }
            }
            "tokenExchangeProfiles" => {
                if let Some(Value::String(action)) = wanted.remove("action") {
                    let id = self.id_of("actions", &action).await?;
                    wanted.insert("action_id".to_owned(), id.into());
                }
            }
            "rateLimitPolicies" => {
                if let Some(Value::String(selector)) = wanted.get_mut("consumer_selector")
                    && let Some(client) = selector.strip_prefix("client_id:")
                {
                    let id = self.id_of("clients", client).await?;
                    *selector = format!("client_id:{id}");
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The id of what has this name; a name that nobody has is taken for an id.
    pub(super) async fn id_of(
        &mut self,
        member: &'static str,
        name: &str,
    ) -> Result<String, ApiError> {
        if !self.names.contains_key(member) {
            let names = self.names_of(member).await?;
            self.names.insert(member, names);
        }
        match self.names.get(member).and_then(|names| names.get(name)) {
            Some(Some(id)) => Ok(id.clone()),
            Some(None) => Err(ApiError::invalid_body(format!(
                "Several objects of {member} are called {name}: say which by its id."
            ))),
            None => Ok(name.to_owned()),
        }
    }

    async fn names_of(&self, member: &str) -> Result<Names, ApiError> {
        let mut ids = Names::new();
        for kind in KINDS.iter().filter(|kind| kind.member == member) {
            let all = self.calls.all(kind).await;
            for object in all.map_err(|refusal| refusal.about(kind.noun, "list"))? {
                let text = |member: &str| object.get(member).and_then(Value::as_str);
                if let (Some(name), Some(id)) = (text("name"), text(kind.id)) {
                    ids.entry(name.to_owned())
                        .and_modify(|known| *known = None)
                        .or_insert_with(|| Some(id.to_owned()));
                }
            }
        }
        Ok(ids)
    }

    async fn create(&mut self, entry: &Entry<'_>) -> Result<Value, ApiError> {
        let Entry { kind, name, wanted } = *entry;
        let own = own_members(kind, wanted);
        let mut body = settable(&own, kind.create);
        if let Some((said, asked)) = kind.at_once
            && wanted.get(said) == Some(&Value::Bool(true))
        {
            body.insert(asked.to_owned(), true.into());
        }
        let body = Value::Object(body);
        let id = wanted.get(kind.id).and_then(Value::as_str);
        let made = self
            .calls
            .call(Method::POST, kind.create.path, Some(&body), id)
            .await
            .map_err(|refusal| refusal.about(kind.noun, name))?;
        // What a dry run makes up, nobody will ever see again.
        let lasting = |member: &str| {
            let text = made.get(member).and_then(Value::as_str);
            text.filter(|_| !self.wish.dry_run || wanted.contains_key(member))
        };
        let mut note = noted("create", kind.noun, name)
            .with_some("id", lasting(kind.id))
            .with("after", masked(body));
        if !wanted.contains_key("client_secret") {
            note = note.with_some("client_secret", lasting("client_secret"));
        }
        self.plan.changes.push(note);
        Ok(made)
    }

    /// Changes an object where it is not as wanted. Gives what it is then.
    async fn bring(&mut self, entry: &Entry<'_>, there: &Value) -> Result<Option<Value>, ApiError> {
        let Entry { kind, name, wanted } = *entry;
        let own = own_members(kind, wanted);
        let mut change = difference(there, &settable(&own, kind.update), kind.whole);
        if kind.member == "logStreams" {
            compare::complete_stream(there, wanted, &mut change);
        }
        let Some(path) = kind.at(there).filter(|_| !change.is_empty()) else {
            return Ok(None);
        };
        let id = there.get(kind.id).and_then(Value::as_str);
        let now = self
            .update(kind.noun, name, id, &path, there, change)
            .await?;
        Ok(Some(now))
    }

    /// What belongs to an object and is not a member of it.
    async fn belongings(
        &mut self,
        entry: &Entry<'_>,
        there: Value,
        new: bool,
    ) -> Result<(), ApiError> {
        match entry.kind.member {
            "organizations" => self.organization(entry, &there).await,
            "actions" | "actionModules" if !new => self.deploy(entry, &there).await,
            // One begins active, whatever the document says.
            "logStreams" if new => self.bring(entry, &there).await.map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Brings settings, of which there is one of each.
    pub(super) async fn settings(
        &mut self,
        kind: &'static str,
        name: &str,
        path: &str,
        wanted: &Map<String, Value>,
    ) -> Result<(), ApiError> {
        let there = self
            .calls
            .call(Method::GET, path, None, None)
            .await
            .map_err(|refusal| refusal.about(kind, name))?;
        let change = difference(&there, wanted, &[]);
        if change.is_empty() {
            return Ok(());
        }
        self.update(kind, name, None, path, &there, change).await?;
        Ok(())
    }

    pub(super) async fn update(
        &mut self,
        kind: &'static str,
        name: &str,
        id: Option<&str>,
        path: &str,
        there: &Value,
        change: Map<String, Value>,
    ) -> Result<Value, ApiError> {
        let before: Map<String, Value> = change
            .keys()
            .map(|member| {
                let value = there.get(member).cloned().unwrap_or_default();
                (member.clone(), value)
            })
            .collect();
        let body = Value::Object(change);
        let now = self
            .calls
            .call(Method::PATCH, path, Some(&body), None)
            .await
            .map_err(|refusal| refusal.about(kind, name))?;
        self.note_update(kind, name, id, Value::Object(before), body);
        Ok(now)
    }

    pub(super) fn note_update(
        &mut self,
        kind: &str,
        name: &str,
        id: Option<&str>,
        before: Value,
        after: Value,
    ) {
        let note = noted("update", kind, name)
            .with_some("id", id)
            .with("before", masked(before))
            .with("after", masked(after));
        self.plan.changes.push(note);
    }

    pub(super) fn note_create(&mut self, kind: &str, name: &str, after: Value) {
        let note = noted("create", kind, name).with("after", masked(after));
        self.plan.changes.push(note);
    }

    pub(super) async fn delete(
        &mut self,
        kind: &str,
        name: &str,
        path: &str,
    ) -> Result<(), ApiError> {
        let gone = self.calls.call(Method::DELETE, path, None, None).await;
        gone.map_err(|refusal| refusal.about(kind, name))?;
        self.plan.changes.push(noted("delete", kind, name));
        Ok(())
    }
}

/// The members that are the object's to set.
fn own_members(kind: &Kind, wanted: &Map<String, Value>) -> Map<String, Value> {
    let mut own = wanted.clone();
    own.retain(|member, _| member != kind.id && !kind.aside.contains(&member.as_str()));
    own
}

fn noted(change: &str, kind: &str, name: &str) -> Object {
    Object::new()
        .with("change", change)
        .with("kind", kind)
        .with("name", name)
}

pub(super) fn members<'v>(
    place: &str,
    value: &'v Value,
) -> Result<&'v Map<String, Value>, ApiError> {
    value.as_object().ok_or_else(|| not_a(place, "object"))
}

pub(super) fn not_a(place: &str, what: &str) -> ApiError {
    Refusal::malformed(place, what).into()
}
