//! The whole register of one tenant, in memory.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::fast::RandomState;
use rpds::HashTrieMapSync;

use self::client_entry::Granted;
pub use self::client_entry::{ClientEntry, SecretSlot};
use self::client_table::ClientTable;
use self::documents::Documents;

use crate::audience::Audience;
use crate::change::Change;
use crate::client::Client;
use crate::client_grant::{ClientGrant, GrantHolder, SubjectType};
use crate::document::{Document, DocumentKind};
use crate::id::{ClientGrantId, ClientId, OrganizationId, ResourceServerId};
use crate::organization::{Organization, OrganizationName};
use crate::resource_server::ResourceServer;
use crate::signing_key::{KeyFamily, KeyPlace, SigningKey};
use crate::tenant::Tenant;

pub(crate) mod client_entry;
mod client_table;
mod documents;

/// A map whose copies share what they have in common: a change copies a path, not the map.
type Map<K, V> = HashTrieMapSync<K, Arc<V>, RandomState>;

/// Everything one tenant has registered: immutable, and cheap to copy.
///
/// A token request reads one of these and nothing else. [`State::apply`] gives the next one and
/// leaves this one as it was, so a request that began before a change ends as it began.
#[derive(Clone, Debug)]
pub struct State {
    tenant: Arc<Tenant>,
    clients: ClientTable,
    global_client: Option<ClientId>,
    own_clients: Map<Audience, ClientId>,
    grants: Map<ClientGrantId, ClientGrant>,
    /// Grants for the client credentials of every third-party client, by audience.
    default_grants: Map<Audience, Granted>,
    resource_servers: Map<ResourceServerId, ResourceServer>,
    audiences: Map<Audience, ResourceServer>,
    organizations: Map<OrganizationId, Organization>,
    organization_names: Map<OrganizationName, Organization>,
    keys: Vec<Arc<SigningKey>>,
    documents: Documents,
}

impl State {
    /// The register of a tenant that has nothing yet.
    #[must_use]
    pub fn new(tenant: Arc<Tenant>) -> Self {
        Self {
            tenant,
            clients: ClientTable::new(),
            global_client: None,
            own_clients: empty(),
            grants: empty(),
            default_grants: empty(),
            resource_servers: empty(),
            audiences: empty(),
            organizations: empty(),
            organization_names: empty(),
            keys: Vec::new(),
            documents: Documents::default(),
        }
    }

    /// The register after `changes`, in order.
    #[must_use]
    pub fn apply<'a>(&self, changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut next = self.clone();
        for change in changes {
            next.step(change);
        }
        next
    }

    /// Takes one step in place; [`Self::apply`] is the way in for everyone who shares a state.
    ///
    /// Never fails: whether a change may happen was decided before it was written down. A deletion
    /// of what is not there does nothing.
    pub fn step(&mut self, change: &Change) {
        match change {
            Change::PutClient(client) => self.put_client(client),
            Change::DeleteClient(id) => self.forget_client(id),
            Change::PutClientGrant(grant) => {
                self.grants.insert_mut(grant.id.clone(), Arc::clone(grant));
                let server = self.audiences.get(grant.audience.as_str());
                let audience = server.map_or(&grant.audience, |server| &server.identifier);
                let granted = Granted::new(grant, audience);
                match &grant.holder {
                    GrantHolder::Client(id) => self.regrant(id, |entry| entry.with_grant(granted)),
                    GrantHolder::ThirdPartyClients => self.put_default_grant(granted),
                }
            }
            Change::DeleteClientGrant(id) => self.delete_grant(id),
            Change::PutOrganization(organization) => {
                self.forget_organization(&organization.id);
                let by_name = (organization.name.clone(), Arc::clone(organization));
                self.organization_names.insert_mut(by_name.0, by_name.1);
                self.organizations
                    .insert_mut(organization.id.clone(), Arc::clone(organization));
            }
            Change::DeleteOrganization(id) => self.forget_organization(id),
            Change::PutResourceServer(server) => {
                self.forget_resource_server(&server.id);
                self.audiences
                    .insert_mut(server.identifier.clone(), Arc::clone(server));
                self.resource_servers
                    .insert_mut(server.id.clone(), Arc::clone(server));
            }
            Change::DeleteResourceServer(id) => self.forget_resource_server(id),
            Change::PutSigningKey(key) => match self.keys.iter_mut().find(|one| one.id == key.id) {
                Some(place) => *place = Arc::clone(key),
                None => self.keys.push(Arc::clone(key)),
            },
            Change::DeleteSigningKey(id) => self.keys.retain(|key| key.id != *id),
            Change::PutTenant(tenant) => self.tenant = Arc::clone(tenant),
            Change::PutDocument(document) => self.documents.put(document),
            Change::DeleteDocument(kind, id) => self.documents.remove(*kind, id),
        }
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    /// A client with its grants.
    #[must_use]
    pub fn client(&self, id: &str) -> Option<&Arc<ClientEntry>> {
        self.clients.get(id)
    }

    /// The client that stands for all of them; a register of an older release may have none.
    #[must_use]
    pub fn global_client(&self) -> Option<&Client> {
        let id = self.global_client.as_ref()?;
        self.client(id.as_str()).map(|entry| entry.client())
    }

    /// The client that belongs to the API of this identifier ([`Client::resource_server`]).
    #[must_use]
    pub fn own_client_of(&self, audience: &str) -> Option<&ClientId> {
        self.own_clients.get(audience).map(AsRef::as_ref)
    }

    /// All clients, in no order.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.iter().map(|entry| entry.client())
    }

    /// All clients with what stands beside them, in no order.
    pub fn client_entries(&self) -> impl Iterator<Item = &Arc<ClientEntry>> {
        self.clients.iter()
    }

    /// A client grant.
    #[must_use]
    pub fn client_grant(&self, id: &str) -> Option<&Arc<ClientGrant>> {
        self.grants.get(id)
    }

    /// All client grants, in no order.
    pub fn client_grants(&self) -> impl Iterator<Item = &Arc<ClientGrant>> {
        self.grants.values()
    }

    /// The grant for `audience` of a third-party client that has none of its own.
    #[must_use]
    pub fn default_grant(&self, audience: &str) -> Option<&Arc<ClientGrant>> {
        self.default_granted(audience).map(|granted| &granted.grant)
    }

    pub(crate) fn default_granted(&self, audience: &str) -> Option<&Granted> {
        self.default_grants.get(audience).map(AsRef::as_ref)
    }

    /// A resource server, by its id.
    #[must_use]
    pub fn resource_server(&self, id: &str) -> Option<&Arc<ResourceServer>> {
        self.resource_servers.get(id)
    }

    /// A resource server, by its identifier.
    #[must_use]
    pub fn resource_server_for(&self, audience: &str) -> Option<&Arc<ResourceServer>> {
        self.audiences.get(audience)
    }

    /// All resource servers, in no order.
    pub fn resource_servers(&self) -> impl Iterator<Item = &Arc<ResourceServer>> {
        self.resource_servers.values()
    }

    /// An organization, by its id.
    #[must_use]
    pub fn organization(&self, id: &str) -> Option<&Arc<Organization>> {
        self.organizations.get(id)
    }

    /// An organization, by its name.
    #[must_use]
    pub fn organization_named(&self, name: &str) -> Option<&Arc<Organization>> {
        self.organization_names.get(name)
    }

    /// All organizations, in no order.
    pub fn organizations(&self) -> impl Iterator<Item = &Arc<Organization>> {
        self.organizations.values()
    }

    /// All signing keys, oldest first.
    #[must_use]
    pub fn signing_keys(&self) -> &[Arc<SigningKey>] {
        &self.keys
    }

    /// The key of `family` at `place`. Of several previous ones, the youngest.
    #[must_use]
    pub fn signing_key(&self, family: KeyFamily, place: KeyPlace) -> Option<&Arc<SigningKey>> {
        self.keys
            .iter()
            .rev()
            .find(|key| key.family == family && key.place == place)
    }

    /// A document.
    #[must_use]
    pub fn document(&self, kind: DocumentKind, id: &str) -> Option<&Arc<Document>> {
        self.documents.get(kind, id)
    }

    /// All documents of one kind, in no order.
    pub fn documents(&self, kind: DocumentKind) -> impl Iterator<Item = &Arc<Document>> {
        self.documents.of(kind)
    }

    /// How many objects there are: clients, client grants, resource servers, organizations, keys,
    /// documents.
    #[must_use]
    pub fn size(&self) -> usize {
        self.clients.len()
            + self.grants.size()
            + self.resource_servers.size()
            + self.organizations.size()
            + self.keys.len()
            + self.documents.len()
    }

    fn put_client(&mut self, client: &Arc<Client>) {
        let before = self.clients.get(client.id.as_str());
        let entry = ClientEntry::new(client, before.map(AsRef::as_ref));
        let was_of = before.and_then(|entry| entry.client().resource_server.clone());
        if let Some(audience) = was_of {
            self.own_clients.remove_mut(&audience);
        }
        if let Some(audience) = &client.resource_server {
            let id = Arc::new(client.id.clone());
            self.own_clients.insert_mut(audience.clone(), id);
        }
        if client.is_global {
            self.global_client = Some(client.id.clone());
        }
        self.clients.insert(Arc::new(entry));
    }

    fn forget_client(&mut self, id: &ClientId) {
        let old = self.clients.get(id.as_str());
        if let Some(audience) = old.and_then(|entry| entry.client().resource_server.clone()) {
            self.own_clients.remove_mut(&audience);
        }
        self.global_client.take_if(|global| global == id);
        self.clients.remove(id.as_str());
    }

    fn delete_grant(&mut self, id: &ClientGrantId) {
        let Some(grant) = self.grants.get(id).cloned() else {
            return;
        };
        self.grants.remove_mut(id);
        match &grant.holder {
            GrantHolder::Client(client) => {
                self.regrant(client, |entry| entry.without_grant(id.as_str()));
            }
            GrantHolder::ThirdPartyClients => {
                if grant.subject_type == SubjectType::Client {
                    self.default_grants.remove_mut(grant.audience.as_str());
                }
            }
        }
    }

    /// Grants of other subjects are found by their id alone: no request of ours reads them.
    fn put_default_grant(&mut self, granted: Granted) {
        if granted.subject_type == SubjectType::Client {
            let audience = granted.audience.clone();
            self.default_grants.insert_mut(audience, Arc::new(granted));
        }
    }

    /// Changes the grants that stand beside a client.
    fn regrant(&mut self, client: &ClientId, change: impl FnOnce(&ClientEntry) -> ClientEntry) {
        if let Some(entry) = self.clients.get(client.as_str()) {
            let entry = change(entry);
            self.clients.insert(Arc::new(entry));
        }
    }

    fn forget_organization(&mut self, id: &OrganizationId) {
        if let Some(old) = self.organizations.get(id).cloned() {
            self.organization_names.remove_mut(&old.name);
            self.organizations.remove_mut(id);
        }
    }

    fn forget_resource_server(&mut self, id: &ResourceServerId) {
        if let Some(old) = self.resource_servers.get(id).cloned() {
            self.audiences.remove_mut(&old.identifier);
            self.resource_servers.remove_mut(id);
        }
    }
}

fn empty<K: Eq + Hash + Borrow<str>, V>() -> Map<K, V> {
    HashTrieMapSync::new_with_hasher_and_degree_and_ptr_kind(RandomState::default(), 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_grant::GrantedScope;
    use crate::timestamp::Timestamp;

    fn state() -> State {
        State::new(Arc::new(Tenant::new(
            "acme".parse().unwrap(),
            "acme.example".parse().unwrap(),
        )))
    }

    fn client(id: &str) -> Change {
        let id = id.parse().unwrap();
        Change::PutClient(Arc::new(Client::new(
            id,
            "billing".into(),
            Timestamp::default(),
        )))
    }

    fn grant(id: &str, client: &str) -> Change {
        Change::PutClientGrant(Arc::new(ClientGrant {
            id: id.parse().unwrap(),
            holder: GrantHolder::Client(client.parse().unwrap()),
            audience: "https://api.example".parse().unwrap(),
            scope: GrantedScope::default(),
            subject_type: SubjectType::Client,
            organization_usage: None,
            allow_any_organization: None,
            authorization_details_types: None,
        }))
    }

    #[test]
    fn an_older_state_does_not_see_a_later_change() {
        let before = state();
        let after = before.apply(&[client("a")]);
        assert!(before.client("a").is_none());
        assert!(after.client("a").is_some());
    }

    #[test]
    fn a_grant_stands_beside_its_client_until_it_is_deleted() {
        let granted = state().apply(&[client("a"), grant("cgr_1", "a"), client("a")]);
        let entry = granted.client("a").unwrap();
        assert!(
            entry
                .grant("https://api.example", SubjectType::Client)
                .is_some()
        );
        assert!(
            entry
                .grant("https://api.example/", SubjectType::Client)
                .is_none()
        );
        assert!(
            entry
                .grant("https://api.example", SubjectType::User)
                .is_none()
        );

        let deleted = granted.apply(&[Change::DeleteClientGrant("cgr_1".parse().unwrap())]);
        assert_eq!(deleted.client("a").unwrap().grants().count(), 0);
        assert!(deleted.client_grant("cgr_1").is_none());
    }

    #[test]
    fn the_client_of_an_api_is_found_until_it_is_another_ones_or_gone() {
        let of = |audience: Option<&str>| {
            let mut client = Client::new("a".parse().unwrap(), "x".into(), Timestamp::default());
            client.resource_server = audience.map(|text| text.parse().unwrap());
            Change::PutClient(Arc::new(client))
        };
        let state = state().apply(&[of(Some("urn:a"))]);
        assert_eq!(state.own_client_of("urn:a").unwrap().as_str(), "a");
        let moved = state.apply(&[of(Some("urn:b"))]);
        assert!(moved.own_client_of("urn:a").is_none());
        assert!(moved.own_client_of("urn:b").is_some());
        let gone = moved.apply(&[Change::DeleteClient("a".parse().unwrap())]);
        assert!(gone.own_client_of("urn:b").is_none());
    }

    #[test]
    fn the_global_client_is_known_until_it_is_deleted() {
        let mut global = Client::new("g".parse().unwrap(), "x".into(), Timestamp::default());
        global.is_global = true;
        let state = state().apply(&[client("a"), Change::PutClient(Arc::new(global))]);
        assert_eq!(state.global_client().unwrap().id.as_str(), "g");
        let gone = state.apply(&[Change::DeleteClient("g".parse().unwrap())]);
        assert!(gone.global_client().is_none());
    }

    #[test]
    fn a_renamed_organization_is_not_found_by_its_old_name() {
        let named = |name: &str| {
            Change::PutOrganization(Arc::new(Organization {
                id: "org_1".parse().unwrap(),
                name: name.parse().unwrap(),
                display_name: None,
                metadata: std::collections::BTreeMap::new(),
                client_grants: std::collections::BTreeSet::new(),
                token_quota: None,
                created_at: Timestamp::default(),
                extra: crate::extra::Extra::default(),
            }))
        };
        let renamed = state().apply(&[named("old"), named("new")]);
        assert!(renamed.organization_named("old").is_none());
        assert!(renamed.organization_named("new").is_some());
    }

    #[test]
    fn deleting_what_is_not_there_changes_nothing() {
        let size = state()
            .apply(&[Change::DeleteClient("nobody".parse().unwrap())])
            .size();
        assert_eq!(size, 0);
    }
}
