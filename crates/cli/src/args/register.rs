//! Flags of the commands that read and change the register.

use clap::{Args, Subcommand, ValueEnum};
use m2mint_domain::host::HostName;
use m2mint_domain::id::TenantId;
use serde_json::Value;

use super::value::{Body, Retire, Scope, Setting};

/// `m2mint apis`
#[derive(Debug, Subcommand)]
pub(crate) enum Apis {
    /// Register an API
    Create(ApiCreate),
    /// List APIs
    #[command(visible_alias = "ls")]
    List,
    /// Show one API
    Show(ApiName),
    /// Change an API
    Update(ApiUpdate),
    /// Delete an API and the grants for it
    #[command(visible_alias = "rm")]
    Delete(ApiName),
}

/// Which API.
#[derive(Args, Debug)]
pub(crate) struct ApiName {
    /// API: its id or identifier
    pub(crate) api: String,
}

/// `m2mint apis create`
#[derive(Args, Debug)]
pub(crate) struct ApiCreate {
    /// Identifier, the audience of its tokens; a URL by custom. Cannot be changed later
    #[arg(long, value_name = "URI")]
    pub(crate) identifier: String,
    #[command(flatten)]
    pub(crate) members: ApiMembers,
}

/// `m2mint apis update`
#[derive(Args, Debug)]
pub(crate) struct ApiUpdate {
    /// API: its id or identifier
    pub(crate) api: String,
    #[command(flatten)]
    pub(crate) members: ApiMembers,
}

/// What can be said of an API.
#[derive(Args, Debug)]
pub(crate) struct ApiMembers {
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Scope it knows, such as read:invoices or "read:invoices=Read invoices"; repeat for more.
    /// An update replaces them all
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<Scope>,
    /// Algorithm of its tokens: RS256, PS256, RS512, ES256, `EdDSA` or HS256
    #[arg(long, value_name = "ALG")]
    signing_alg: Option<String>,
    /// How long its tokens live, in seconds
    #[arg(long, value_name = "SECONDS")]
    token_lifetime: Option<u32>,
    /// Claims of its tokens: `access_token`, `rfc9068_profile`, or either with _authz
    #[arg(long, value_name = "DIALECT")]
    token_dialect: Option<String>,
    /// Any other member of the object, as JSON or text; repeat for more
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<Setting>,
}

impl ApiMembers {
    pub(crate) fn body(&self) -> Body {
        let scopes: Vec<Value> = self.scopes.iter().map(Scope::to_json).collect();
        Body::default()
            .with("name", self.name.clone())
            .with_list("scopes", &scopes)
            .with("signing_alg", self.signing_alg.clone())
            .with("token_lifetime", self.token_lifetime)
            .with("token_dialect", self.token_dialect.clone())
            .with_settings(&self.settings)
    }
}

/// `m2mint apps`
#[derive(Debug, Subcommand)]
pub(crate) enum Apps {
    /// Register an application, and show its secret
    Create(AppCreate),
    /// List applications
    #[command(visible_alias = "ls")]
    List,
    /// Show one application
    Show(AppName),
    /// Change an application
    Update(AppUpdate),
    /// Delete an application and its grants
    #[command(visible_alias = "rm")]
    Delete(AppName),
    /// Make a new secret and show it; the old ones go on working for a while
    RotateSecret(RotateSecret),
    /// List an application's secrets, without the secrets
    Secrets(AppName),
    /// Stop one secret from working, at once
    RetireSecret(RetireSecret),
}

/// Which application.
#[derive(Args, Debug)]
pub(crate) struct AppName {
    /// Application: client id or name
    pub(crate) app: String,
}

/// `m2mint apps create`
#[derive(Args, Debug)]
pub(crate) struct AppCreate {
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) members: AppMembers,
}

/// `m2mint apps update`
#[derive(Args, Debug)]
pub(crate) struct AppUpdate {
    /// Application: client id or name
    pub(crate) app: String,
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) members: AppMembers,
}

/// How an application proves itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum AuthMethod {
    /// The secret in the body.
    Post,
    /// The secret in the header.
    Basic,
    /// Not at all: a public client, which can get no token here.
    None,
}

impl AuthMethod {
    const fn on_the_wire(self) -> &'static str {
        match self {
            Self::Post => "client_secret_post",
            Self::Basic => "client_secret_basic",
            Self::None => "none",
        }
    }
}

/// What can be said of an application.
#[derive(Args, Debug)]
pub(crate) struct AppMembers {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// How it authenticates
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<AuthMethod>,
    /// Any other member of the object, as JSON or text; repeat for more
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<Setting>,
}

impl AppMembers {
    pub(crate) fn body(&self, name: Option<&str>) -> Body {
        Body::default()
            .with("name", name)
            .with("description", self.description.clone())
            .with(
                "token_endpoint_auth_method",
                self.auth_method.map(AuthMethod::on_the_wire),
            )
            .with_settings(&self.settings)
    }
}

/// `m2mint apps rotate-secret`
#[derive(Args, Debug)]
pub(crate) struct RotateSecret {
    /// Application: client id or name
    pub(crate) app: String,
    /// When the old secrets stop working: now, never, or after a time such as 90s, 30m, 24h, 7d
    #[arg(long, value_name = "WHEN", default_value = "24h")]
    pub(crate) retire: Retire,
}

/// `m2mint apps retire-secret`
#[derive(Args, Debug)]
pub(crate) struct RetireSecret {
    /// Application: client id or name
    pub(crate) app: String,
    /// Which secret: `cred_…`, as `apps secrets` lists them
    pub(crate) secret_id: String,
}

/// `m2mint grants`
#[derive(Debug, Subcommand)]
pub(crate) enum Grants {
    /// Let an application ask for scopes at an API
    Create(GrantCreate),
    /// List grants
    #[command(visible_alias = "ls")]
    List(GrantList),
    /// Show one grant
    Show(GrantName),
    /// Change a grant
    Update(GrantUpdate),
    /// Take a grant back
    #[command(visible_alias = "rm")]
    Delete(GrantName),
}

/// Which grant.
#[derive(Args, Debug)]
pub(crate) struct GrantName {
    /// Grant: `cgr_…`
    pub(crate) grant: String,
}

/// `m2mint grants list`
#[derive(Args, Debug)]
pub(crate) struct GrantList {
    /// Only of this application: client id or name
    #[arg(long, value_name = "APP")]
    pub(crate) app: Option<String>,
    /// Only for this API: its identifier
    #[arg(long, value_name = "API")]
    pub(crate) api: Option<String>,
}

/// `m2mint grants create`
#[derive(Args, Debug)]
pub(crate) struct GrantCreate {
    /// Application: client id or name
    #[arg(long, value_name = "APP")]
    pub(crate) app: String,
    /// API: its identifier
    #[arg(long, value_name = "API")]
    pub(crate) api: String,
    #[command(flatten)]
    pub(crate) members: GrantMembers,
}

/// `m2mint grants update`
#[derive(Args, Debug)]
pub(crate) struct GrantUpdate {
    /// Grant: `cgr_…`
    pub(crate) grant: String,
    #[command(flatten)]
    pub(crate) members: GrantMembers,
}

/// Whether a token is for an organization.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum OrgUsage {
    /// Never.
    Deny,
    /// When asked for.
    Allow,
    /// Always.
    Require,
}

/// What can be said of a grant.
#[derive(Args, Debug)]
pub(crate) struct GrantMembers {
    /// Scope that may be asked for; repeat for more. An update replaces them all
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',')]
    pub(crate) scopes: Vec<String>,
    /// All scopes of the API, now and later
    #[arg(long, conflicts_with = "scopes")]
    all_scopes: bool,
    /// Whether tokens are for an organization
    #[arg(long, value_name = "USAGE")]
    org_usage: Option<OrgUsage>,
    /// Any organization, instead of those that the grant was added to
    #[arg(long, value_name = "BOOL")]
    any_org: Option<bool>,
}

impl GrantMembers {
    pub(crate) fn body(&self) -> Body {
        let usage = self.org_usage.map(|usage| match usage {
            OrgUsage::Deny => "deny",
            OrgUsage::Allow => "allow",
            OrgUsage::Require => "require",
        });
        Body::default()
            .with_list("scope", &self.scopes)
            .with("allow_all_scopes", self.all_scopes.then_some(true))
            .with("organization_usage", usage)
            .with("allow_any_organization", self.any_org)
    }
}

/// `m2mint orgs`
#[derive(Debug, Subcommand)]
pub(crate) enum Orgs {
    /// Make an organization
    Create(OrgCreate),
    /// List organizations
    #[command(visible_alias = "ls")]
    List,
    /// Show one organization
    Show(OrgName),
    /// Change an organization
    Update(OrgUpdate),
    /// Delete an organization
    #[command(visible_alias = "rm")]
    Delete(OrgName),
    /// List the grants that may be used on its behalf
    Grants(OrgName),
    /// Let a grant be used on its behalf
    AddGrant(OrgGrant),
    /// No longer let a grant be used on its behalf
    RemoveGrant(OrgGrant),
}

/// Which organization.
#[derive(Args, Debug)]
pub(crate) struct OrgName {
    /// Organization: id or name
    pub(crate) org: String,
}

/// An organization and a grant.
#[derive(Args, Debug)]
pub(crate) struct OrgGrant {
    /// Organization: id or name
    pub(crate) org: String,
    /// Grant: `cgr_…`
    pub(crate) grant: String,
}

/// `m2mint orgs create`
#[derive(Args, Debug)]
pub(crate) struct OrgCreate {
    /// Name in requests: small letters, digits, - and _
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) members: OrgMembers,
}

/// `m2mint orgs update`
#[derive(Args, Debug)]
pub(crate) struct OrgUpdate {
    /// Organization: id or name
    pub(crate) org: String,
    /// Name in requests: small letters, digits, - and _
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) members: OrgMembers,
}

/// What can be said of an organization.
#[derive(Args, Debug)]
pub(crate) struct OrgMembers {
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// Any other member of the object, as JSON or text; repeat for more
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<Setting>,
}

impl OrgMembers {
    pub(crate) fn body(&self, name: Option<&str>) -> Body {
        Body::default()
            .with("name", name)
            .with("display_name", self.display_name.clone())
            .with_settings(&self.settings)
    }
}

/// `m2mint keys`
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// List signing keys
    #[command(visible_alias = "ls")]
    List,
    /// Sign with the next key from now on, and make another next one
    Rotate,
    /// Take a previous key out of the JWKS: its tokens are worth nothing from then on
    Revoke(KeyName),
}

/// Which key.
#[derive(Args, Debug)]
pub(crate) struct KeyName {
    /// Key: its `kid`
    // One in sixty-four begins with a hyphen.
    #[arg(allow_hyphen_values = true)]
    pub(crate) kid: String,
}

/// `m2mint tenants`
#[derive(Debug, Subcommand)]
pub(crate) enum Tenants {
    /// Make a tenant in the data directory
    Create(TenantCreate),
    /// List tenants
    #[command(visible_alias = "ls")]
    List,
    /// Show a tenant's settings
    Show(TenantShow),
}

/// `m2mint tenants create`
#[derive(Args, Debug)]
pub(crate) struct TenantCreate {
    /// Name, in logs and on the command line
    pub(crate) name: TenantId,
    /// Host name clients will use; it becomes the tenant's issuer
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: HostName,
}

/// `m2mint tenants show`
#[derive(Args, Debug)]
pub(crate) struct TenantShow {
    /// Tenant [default: the only one]
    pub(crate) name: Option<TenantId>,
}
