//! Changes: every write there is.

use std::sync::Arc;

use crate::client::Client;
use crate::client_grant::ClientGrant;
use crate::document::{Document, DocumentKind};
use crate::id::{ClientGrantId, ClientId, KeyId, OrganizationId, ResourceServerId};
use crate::organization::Organization;
use crate::resource_server::ResourceServer;
use crate::signing_key::SigningKey;
use crate::tenant::Tenant;

/// One step of a tenant's register.
///
/// A change carries the whole object after it, so applying one needs no history and a reader of
/// the change log sees what was true. Several in one commit take effect together or not at all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// A client is registered or changed.
    PutClient(Arc<Client>),
    /// A client is gone. Its grants go with changes of their own in the same commit.
    DeleteClient(ClientId),
    /// A client grant is made or changed.
    PutClientGrant(Arc<ClientGrant>),
    /// A client grant is gone.
    DeleteClientGrant(ClientGrantId),
    /// An organization is made or changed.
    PutOrganization(Arc<Organization>),
    /// An organization is gone.
    DeleteOrganization(OrganizationId),
    /// A resource server is registered or changed.
    PutResourceServer(Arc<ResourceServer>),
    /// A resource server is gone.
    DeleteResourceServer(ResourceServerId),
    /// A signing key is made or moves in the rotation.
    PutSigningKey(Arc<SigningKey>),
    /// A signing key is forgotten.
    DeleteSigningKey(KeyId),
    /// The tenant's settings change.
    PutTenant(Arc<Tenant>),
    /// A document is made or changed.
    PutDocument(Arc<Document>),
    /// A document is gone.
    DeleteDocument(DocumentKind, Box<str>),
}

impl Change {
    /// The kind of object and its id, for the change log.
    #[must_use]
    pub fn subject(&self) -> (&'static str, &str) {
        match self {
            Self::PutClient(client) => ("client", client.id.as_str()),
            Self::DeleteClient(id) => ("client", id.as_str()),
            Self::PutClientGrant(grant) => ("client_grant", grant.id.as_str()),
            Self::DeleteClientGrant(id) => ("client_grant", id.as_str()),
            Self::PutOrganization(organization) => ("organization", organization.id.as_str()),
            Self::DeleteOrganization(id) => ("organization", id.as_str()),
            Self::PutResourceServer(server) => ("resource_server", server.id.as_str()),
            Self::DeleteResourceServer(id) => ("resource_server", id.as_str()),
            Self::PutSigningKey(key) => ("signing_key", key.id.as_str()),
            Self::DeleteSigningKey(id) => ("signing_key", id.as_str()),
            Self::PutTenant(tenant) => ("tenant", tenant.id.as_str()),
            Self::PutDocument(document) => (document.kind.as_str(), &document.id),
            Self::DeleteDocument(kind, id) => (kind.as_str(), id),
        }
    }
}
