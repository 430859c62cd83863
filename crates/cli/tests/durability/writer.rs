//! One who changes the register without a pause, and remembers what was acknowledged.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::program::{Caller, Identity, Unanswered};

/// Above so many clients or APIs, more are deleted than made.
const CLIENTS_MAX: usize = 10;
const APIS_MAX: usize = 4;
const SCOPES: [&str; 3] = ["read:x", "write:x", "delete:x"];

/// Clients by id, APIs by id, client grants by id.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Listing {
    pub(crate) clients: BTreeMap<String, Client>,
    pub(crate) apis: BTreeMap<String, Api>,
    pub(crate) grants: BTreeMap<String, Grant>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) description: String,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Api {
    pub(crate) identifier: String,
    pub(crate) lifetime: u64,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Grant {
    pub(crate) client: String,
    pub(crate) audience: String,
    pub(crate) scope: Vec<String>,
}

/// What a client proves itself with, and with what no more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Secrets {
    pub(crate) current: String,
    pub(crate) former: Option<String>,
}

/// A change that was asked for and not answered.
#[derive(Clone, Debug)]
enum Pending {
    CreateClient(Client, String),
    ChangeClient(String, Client),
    RotateSecret(String),
    ReplaceSecret(String, Client, String),
    DeleteClient(String),
    CreateApi(Api),
    ChangeApi(String, Api),
    DeleteApi(String),
    CreateGrant(Grant),
    ChangeGrant(String, Grant),
    DeleteGrant(String),
}

/// Its objects are its own: nobody else changes them.
#[derive(Debug)]
pub(crate) struct Writer {
    name: String,
    made: usize,
    dice: Dice,
    /// What the register must hold of this writer.
    pub(crate) listing: Listing,
    /// By client.
    pub(crate) secrets: BTreeMap<String, Secrets>,
    pending: Option<Pending>,
    /// How long each acknowledged change took.
    pub(crate) took: Vec<Duration>,
}

impl Writer {
    pub(crate) fn new(number: u64, dice: &Dice) -> Self {
        Self {
            name: format!("w{number}"),
            made: 0,
            dice: dice.fork(number),
            listing: Listing::default(),
            secrets: BTreeMap::new(),
            pending: None,
            took: Vec::new(),
        }
    }

    /// Changes one thing after the other until the server answers no more.
    pub(crate) fn write(&mut self, caller: &Caller) {
        while self.pending.is_none() {
            let change = self.decide();
            let asked = Instant::now();
            match ask(caller, &change) {
                Ok(answer) => {
                    self.took.push(asked.elapsed());
                    self.remember(change, &answer);
                }
                Err(Unanswered) => self.pending = Some(change),
            }
        }
    }

    fn decide(&mut self) -> Pending {
        let Listing {
            clients,
            apis,
            grants,
        } = self.listing.clone();
        let ids: Vec<String> = clients.keys().cloned().collect();
        let servers: Vec<String> = apis.keys().cloned().collect();
        let granted: Vec<String> = grants.keys().cloned().collect();
        if ids.is_empty() || servers.is_empty() {
            return if servers.is_empty() {
                self.new_api()
            } else {
                self.new_client()
            };
        }
        let client = self.dice.pick(&ids).clone();
        match self.dice.below(12) {
            0..=2 if clients.len() < CLIENTS_MAX => self.new_client(),
            0..=3 if 1 < clients.len() => Pending::DeleteClient(client),
            4 if apis.len() < APIS_MAX => self.new_api(),
            4 if 1 < apis.len() => Pending::DeleteApi(self.dice.pick(&servers).clone()),
            5 => {
                let id = self.dice.pick(&servers).clone();
                let mut api = apis[&id].clone();
                api.lifetime = 1_000 + u64::try_from(self.number()).unwrap();
                Pending::ChangeApi(id, api)
            }
            6 => Pending::RotateSecret(client),
            11 => {
                let mut changed = clients[&client].clone();
                let number = self.number();
                changed.description = format!("change {number}");
                let secret = format!("{}-secret-{number:0>48}", self.name);
                Pending::ReplaceSecret(client, changed, secret)
            }
            7 if !granted.is_empty() => Pending::DeleteGrant(self.dice.pick(&granted).clone()),
            8 if !granted.is_empty() => {
                let id = self.dice.pick(&granted).clone();
                let mut grant = grants[&id].clone();
                grant.scope = match grant.scope.len() {
                    1 => SCOPES.map(str::to_owned).to_vec(),
                    _ => self.one_scope(),
                };
                Pending::ChangeGrant(id, grant)
            }
            9 | 10 => {
                let audience = apis[self.dice.pick(&servers)].identifier.clone();
                let there = |one: &Grant| one.client == client && one.audience == audience;
                if grants.values().any(there) {
                    return Pending::RotateSecret(client);
                }
                let scope = match self.dice.below(2) {
                    0 => SCOPES.map(str::to_owned).to_vec(),
                    _ => self.one_scope(),
                };
                Pending::CreateGrant(Grant {
                    client,
                    audience,
                    scope,
                })
            }
            _ => {
                let mut changed = clients[&client].clone();
                changed.description = format!("change {}", self.number());
                Pending::ChangeClient(client, changed)
            }
        }
    }

    fn new_client(&mut self) -> Pending {
        let number = self.number();
        let client = Client {
            name: format!("{} client {number}", self.name),
            description: format!("made as {number}"),
        };
        // Known beforehand, so that it can be tried even if the answer never comes.
        let secret = format!("{}-secret-{number:0>48}", self.name);
        Pending::CreateClient(client, secret)
    }

    fn new_api(&mut self) -> Pending {
        let number = self.number();
        Pending::CreateApi(Api {
            identifier: format!("https://{}.example/{number}/", self.name),
            lifetime: 1_000 + u64::try_from(number).unwrap(),
        })
    }

    fn one_scope(&mut self) -> Vec<String> {
        let scope: &&str = self.dice.pick(&SCOPES);
        vec![(*scope).to_owned()]
    }

    fn number(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    /// Takes an acknowledged change into what must be there.
    fn remember(&mut self, change: Pending, answer: &Value) {
        let text = |member: &str| answer[member].as_str().unwrap().to_owned();
        match change {
            Pending::CreateClient(client, secret) => {
                self.client_made(text("client_id"), client, secret);
            }
            Pending::ChangeClient(id, client) => {
                self.listing.clients.insert(id, client);
            }
            Pending::RotateSecret(id) => self.rotated(&id, text("client_secret")),
            Pending::ReplaceSecret(id, client, secret) => {
                self.rotated(&id, secret);
                self.listing.clients.insert(id, client);
            }
            Pending::DeleteClient(id) => self.client_gone(&id),
            Pending::CreateApi(api) => {
                self.listing.apis.insert(text("id"), api);
            }
            Pending::ChangeApi(id, api) => {
                self.listing.apis.insert(id, api);
            }
            Pending::DeleteApi(id) => self.api_gone(&id),
            Pending::CreateGrant(grant) => {
                self.listing.grants.insert(text("id"), grant);
            }
            Pending::ChangeGrant(id, grant) => {
                self.listing.grants.insert(id, grant);
            }
            Pending::DeleteGrant(id) => {
                self.listing.grants.remove(&id);
            }
        }
    }

    /// Finds out whether the change that was not answered took effect. It may have or not; what it
    /// may not is to have done so in part, and so it is taken for done when its first trace is there.
    pub(crate) fn settle(&mut self, caller: &Caller, found: &Listing) {
        let Some(pending) = self.pending.take() else {
            return;
        };
        match pending {
            Pending::CreateClient(client, secret) => {
                let mut named = found.clients.iter();
                if let Some((id, _)) = named.find(|(_, one)| one.name == client.name) {
                    self.client_made(id.clone(), client, secret);
                }
            }
            Pending::ChangeClient(id, client) => {
                if found.clients.get(&id) == Some(&client) {
                    self.listing.clients.insert(id, client);
                }
            }
            Pending::RotateSecret(id) => {
                let known = self.secrets[&id].current.clone();
                if !works(caller, &id, &known) {
                    let answer = ask(caller, &Pending::RotateSecret(id.clone())).unwrap();
                    self.rotated(&id, answer["client_secret"].as_str().unwrap().to_owned());
                }
            }
            Pending::ReplaceSecret(id, client, secret) => {
                if found.clients.get(&id) == Some(&client) {
                    self.rotated(&id, secret);
                    self.listing.clients.insert(id, client);
                }
            }
            Pending::DeleteClient(id) => {
                if !found.clients.contains_key(&id) {
                    self.client_gone(&id);
                }
            }
            Pending::CreateApi(api) => {
                let mut apis = found.apis.iter();
                if let Some((id, _)) = apis.find(|(_, one)| one.identifier == api.identifier) {
                    self.listing.apis.insert(id.clone(), api);
                }
            }
            Pending::ChangeApi(id, api) => {
                if found.apis.get(&id) == Some(&api) {
                    self.listing.apis.insert(id, api);
                }
            }
            Pending::DeleteApi(id) => {
                if !found.apis.contains_key(&id) {
                    self.api_gone(&id);
                }
            }
            Pending::CreateGrant(grant) => {
                let same =
                    |one: &Grant| one.client == grant.client && one.audience == grant.audience;
                if let Some((id, _)) = found.grants.iter().find(|(_, one)| same(one)) {
                    self.listing.grants.insert(id.clone(), grant);
                }
            }
            Pending::ChangeGrant(id, grant) => {
                if found.grants.get(&id) == Some(&grant) {
                    self.listing.grants.insert(id, grant);
                }
            }
            Pending::DeleteGrant(id) => {
                if !found.grants.contains_key(&id) {
                    self.listing.grants.remove(&id);
                }
            }
        }
    }

    fn client_made(&mut self, id: String, client: Client, secret: String) {
        let current = secret;
        let secrets = Secrets {
            current,
            former: None,
        };
        self.secrets.insert(id.clone(), secrets);
        self.listing.clients.insert(id, client);
    }

    fn rotated(&mut self, id: &str, secret: String) {
        let secrets = self.secrets.get_mut(id).unwrap();
        secrets.former = Some(std::mem::replace(&mut secrets.current, secret));
    }

    fn client_gone(&mut self, id: &str) {
        self.listing.clients.remove(id);
        self.listing.grants.retain(|_, grant| grant.client != id);
        self.secrets.remove(id);
    }

    fn api_gone(&mut self, id: &str) {
        let api = self.listing.apis.remove(id).unwrap();
        let grants = &mut self.listing.grants;
        grants.retain(|_, grant| grant.audience != api.identifier);
    }
}

/// Whether a client proves itself with a secret.
pub(crate) fn works(caller: &Caller, client: &str, secret: &str) -> bool {
    let identity = Identity {
        id: client.to_owned(),
        secret: secret.to_owned(),
        audience: "https://nobody.example/".to_owned(),
    };
    let (status, answer) = caller.token(&identity).unwrap();
    // Who it is comes before what it may.
    assert!(matches!(status, 401 | 403), "{status} {answer}");
    status == 403
}

fn ask(caller: &Caller, change: &Pending) -> Result<Value, Unanswered> {
    let (method, path, body) = match change {
        Pending::CreateClient(client, secret) => (
            "POST",
            "/api/v2/clients".to_owned(),
            json!({
                "name": client.name,
                "description": client.description,
                "client_secret": secret,
                "app_type": "non_interactive",
                "grant_types": ["client_credentials"],
            }),
        ),
        Pending::ChangeClient(id, client) => (
            "PATCH",
            format!("/api/v2/clients/{id}"),
            json!({"description": client.description}),
        ),
        Pending::RotateSecret(id) => (
            "POST",
            format!("/api/v2/clients/{id}/rotate-secret"),
            Value::Null,
        ),
        Pending::ReplaceSecret(id, client, secret) => (
            "PATCH",
            format!("/api/v2/clients/{id}"),
            json!({"description": client.description, "client_secret": secret}),
        ),
        Pending::DeleteClient(id) => ("DELETE", format!("/api/v2/clients/{id}"), Value::Null),
        Pending::CreateApi(api) => (
            "POST",
            "/api/v2/resource-servers".to_owned(),
            json!({
                "identifier": api.identifier,
                "token_lifetime": api.lifetime,
                "scopes": SCOPES.map(|scope| json!({"value": scope})),
            }),
        ),
        Pending::ChangeApi(id, api) => (
            "PATCH",
            format!("/api/v2/resource-servers/{id}"),
            json!({"token_lifetime": api.lifetime}),
        ),
        Pending::DeleteApi(id) => (
            "DELETE",
            format!("/api/v2/resource-servers/{id}"),
            Value::Null,
        ),
        Pending::CreateGrant(grant) => (
            "POST",
            "/api/v2/client-grants".to_owned(),
            json!({"client_id": grant.client, "audience": grant.audience, "scope": grant.scope}),
        ),
        Pending::ChangeGrant(id, grant) => (
            "PATCH",
            format!("/api/v2/client-grants/{id}"),
            json!({"scope": grant.scope}),
        ),
        Pending::DeleteGrant(id) => ("DELETE", format!("/api/v2/client-grants/{id}"), Value::Null),
    };
    let (status, answer) = caller.call(method, &path, &body)?;
    assert!(
        (200..300).contains(&status),
        "{change:?}: {status} {answer}"
    );
    Ok(answer)
}
