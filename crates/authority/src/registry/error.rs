//! Why the register was not changed.

use m2mint_domain::document::DocumentKind;
use m2mint_store::StoreError;

use crate::keys::VaultError;

/// Why the register was not changed: one variant for each thing the reader would do differently.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Others were first too often. Trying again later is right.
    #[error("too many writers at once")]
    Busy,
    /// The register is not at the revision that the writer saw. Looking again is right.
    #[error("the register has moved on")]
    Moved,
    /// The rules do not allow it.
    #[error("the register does not allow it: {0}")]
    Refused(Refused),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// A key could not be made, sealed or opened.
    #[error("a key could not be used")]
    Vault(#[source] VaultError),
}

/// What the rules of the register do not allow.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refused {
    /// An object of this kind is there already that says the same, or stands in the same place.
    #[error("there is such a {0} already")]
    DocumentExists(DocumentKind),
    /// It is in use, and has to be freed first.
    #[error("the {kind} is in use: {reason}")]
    DocumentInUse {
        /// What it is.
        kind: DocumentKind,
        /// By what, and how to free it.
        reason: &'static str,
    },
    /// The association is there already.
    #[error("the client grant has already been added to this organization")]
    AlreadyAssociated,
    /// Another client has one of these aliases.
    #[error("another client exists with the same alias")]
    AliasTaken,
    /// The credential is bound, and has to be freed first.
    #[error("the credential is in use: take it out of the client's settings first")]
    CredentialInUse,
    /// The client that stands for all others stays.
    #[error("the global client cannot be deleted")]
    GlobalClient,
    /// There is a grant for this client and audience.
    #[error("a client grant already exists between {holder} and {audience}")]
    GrantExists {
        /// Whose it is: a client id, or what stands for all third-party clients.
        holder: String,
        /// For what.
        audience: String,
    },
    /// Another resource server has this identifier.
    #[error("a resource server with the same identifier already exists")]
    IdentifierTaken,
    /// The value of a member breaks a rule.
    #[error("{member}: {reason}")]
    Invalid {
        /// The member, as the API names it.
        member: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Only what was built can be deployed.
    #[error("it was not built: {reason}")]
    NotBuilt {
        /// What is wrong with it.
        reason: String,
    },
    /// Only an action with a deployed version can be bound.
    #[error("the action {action} was never deployed")]
    NotDeployed {
        /// Its name.
        action: String,
    },
    /// Without it the client could not authenticate at all.
    #[error("it is the client's only secret")]
    LastSecret,
    /// No resource server has this identifier.
    #[error("no resource server with the identifier {audience}")]
    NoSuchAudience {
        /// What was asked for.
        audience: String,
    },
    /// No such client.
    #[error("no such client")]
    NoSuchClient,
    /// No such client grant.
    #[error("no such client grant")]
    NoSuchClientGrant,
    /// No such object of this kind.
    #[error("no such {0}")]
    NoSuchDocument(DocumentKind),
    /// The client has no credential of that id.
    #[error("no such credential")]
    NoSuchCredential,
    /// No such organization.
    #[error("no such organization")]
    NoSuchOrganization,
    /// No such resource server.
    #[error("no such resource server")]
    NoSuchResourceServer,
    /// The client has no secret of that id.
    #[error("no such secret")]
    NoSuchSecret,
    /// No such signing key.
    #[error("no such signing key")]
    NoSuchSigningKey,
    /// No such tenant.
    #[error("no such tenant")]
    NoSuchTenant,
    /// The operator of this server allows no more of these.
    #[error("you reached the limit of entities of this type for this tenant")]
    LimitReached,
    /// Only a previous key may be revoked.
    #[error("only a previous signing key can be revoked")]
    NotPreviousKey,
    /// Another organization has this name.
    #[error("an organization with this name already exists")]
    OrganizationNameTaken,
    /// Users of organizations do not log in to somebody else's client.
    #[error("organization settings are not for third-party clients")]
    OrganizationsOfThirdParty,
    /// The identifier belongs to the server.
    #[error("the selected identifier is reserved")]
    ReservedIdentifier,
    /// The client authenticates in another way.
    #[error("the client does not authenticate with a secret")]
    SecretsUnused,
    /// The server made it, and only little of it may be changed.
    #[error("system resource servers cannot be changed")]
    SystemResourceServer,
    /// There is a tenant of this name already.
    #[error("a tenant of this name already exists")]
    TenantExists,
    /// Another tenant answers on this host name.
    #[error("another tenant answers on {host}")]
    HostTaken {
        /// The host name.
        host: String,
    },
    /// A client of somebody else may not have this.
    #[error("not for a third-party client")]
    ThirdParty,
    /// There are as many as there may be.
    #[error("there may be no more than {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// A document is not what this release writes: a newer one was here, or the disk failed.
    #[error("a {kind} cannot be read (column {column})")]
    UnreadableDocument {
        /// What it is.
        kind: DocumentKind,
        /// Where in its JSON.
        column: usize,
    },
    /// The API does not have these scopes.
    #[error("the API does not have these scopes: {scopes}")]
    UnknownScopes {
        /// Which, separated by `, `.
        scopes: String,
    },
}

impl Refused {
    /// A member's value breaks a rule, which says of itself what it is.
    pub fn invalid(member: &'static str, reason: &impl ToString) -> Self {
        Self::Invalid {
            member,
            reason: reason.to_string(),
        }
    }
}
