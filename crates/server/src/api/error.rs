//! What the Management API's refusals look like: Auth0's envelope.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use m2mint_authority::keys::VaultError;
use m2mint_authority::registry::{Refused, RegistryError};
use m2mint_domain::document::DocumentKind;
use m2mint_store::StoreError;
use serde_json::json;

/// `{"statusCode","error","message"[,"errorCode"][,"attributes"]}`, in that order.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: Cow<'static, str>,
    code: Option<&'static str>,
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        message: impl Into<Cow<'static, str>>,
        code: Option<&'static str>,
    ) -> Self {
        Self {
            status,
            message: message.into(),
            code,
        }
    }

    /// 400 with `invalid_body`.
    pub(crate) fn invalid_body(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message, Some("invalid_body"))
    }

    /// 400 with `invalid_query_string`.
    pub(crate) fn invalid_query(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            message,
            Some("invalid_query_string"),
        )
    }

    pub(crate) fn missing_authentication() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Missing authentication", None)
    }

    pub(crate) fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid token", None)
    }

    /// 401 in Auth0's words for the two cases it tells apart.
    pub(crate) fn from_token(error: &m2mint_verify::Error) -> Self {
        let message = if let m2mint_verify::Error::Expired = error {
            "Expired token received for JSON Web Token validation"
        } else if let m2mint_verify::Error::BadSignature = error {
            "Invalid signature received for JSON Web Token validation"
        } else {
            "Invalid token"
        };
        Self::new(StatusCode::UNAUTHORIZED, message, None)
    }

    pub(crate) fn insufficient_scope(scopes: &[&str]) -> Self {
        let message = format!("Insufficient scope, expected any of: {}", scopes.join(","));
        Self::new(StatusCode::FORBIDDEN, message, Some("insufficient_scope"))
    }

    /// 412: the object is not the one that `If-Match` names (RFC 9110 §13.1.1).
    pub(crate) fn precondition_failed() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "The object has changed since it was read. Read it again and repeat the change.",
            None,
        )
    }

    /// 403 for members that take another scope.
    pub(crate) fn unreadable_fields() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Some fields cannot be read with the permissions granted by the bearer token scopes.",
            Some("insufficient_scope"),
        )
    }

    pub(crate) fn unknown_host() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "No tenant answers on this host name.",
            None,
        )
    }

    /// 429: the limit of the operator's own.
    pub(crate) fn too_many_requests() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Global limit has been reached",
            Some("too_many_requests"),
        )
    }

    /// 404 with a message and, where Auth0 has one, a code.
    pub(crate) fn not_found(message: &'static str, code: Option<&'static str>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message, code)
    }

    pub(crate) fn internal() -> Self {
        let message = "The server could not do this. Its log says why.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message, None)
    }
}

/// Any path under the API that is not there.
pub(crate) async fn not_found() -> ApiError {
    ApiError::not_found("Not Found", None)
}

/// A path under the API that is there, asked with another method.
pub(crate) async fn method_not_allowed() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", None)
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Refused(refused) => Self::from(refused),
            RegistryError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many writers at once. Please try again.",
                None,
            ),
            RegistryError::Moved => Self::precondition_failed(),
            RegistryError::Store(source) => Self::from(source),
            RegistryError::Vault(source) => Self::from(source),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        match error {
            StoreError::Full { .. } | StoreError::Unavailable { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The store is not available. Please try again.",
                None,
            ),
            StoreError::Conflict
            | StoreError::Corrupt { .. }
            | StoreError::Damaged { .. }
            | StoreError::HostTaken { .. }
            | StoreError::Newer { .. }
            | StoreError::NoSuchTenant
            | StoreError::NotADatabase { .. }
            | StoreError::NotBuilt { .. }
            | StoreError::NotWritable { .. }
            | StoreError::Refused { .. } => Self::internal(),
        }
    }
}

impl From<VaultError> for ApiError {
    fn from(error: VaultError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a key could not be used"
        );
        Self::internal()
    }
}

/// Auth0's message and code for an object that is not there.
fn no_such_document(kind: DocumentKind) -> (&'static str, Option<&'static str>) {
    match kind {
        DocumentKind::Action => ("That action does not exist.", None),
        DocumentKind::ActionBindings => ("That binding does not exist.", None),
        DocumentKind::ActionModule => ("The action module does not exist.", None),
        DocumentKind::ActionModuleVersion => ("The action module version does not exist.", None),
        DocumentKind::ActionVersion => ("That version does not exist.", None),
        DocumentKind::AttackProtection => ("Not Found", None),
        DocumentKind::CustomDomain => ("Custom domain not found.", None),
        DocumentKind::CustomSigningKeys => (
            "No custom signing keys found for this tenant. Upload custom signing keys first.",
            None,
        ),
        DocumentKind::DiscoveryDomain => ("No organization domain found by that id", None),
        DocumentKind::EncryptionKey => ("The encryption key does not exist.", None),
        DocumentKind::LogStream => ("The log stream does not exist.", None),
        DocumentKind::NetworkAcl => ("Network access control list not found", None),
        DocumentKind::OrganizationClient => ("The client is not associated.", None),
        DocumentKind::RateLimitPolicy => ("Rate limit policy not found.", None),
        DocumentKind::TokenExchangeProfile => ("Token exchange profile not found.", None),
    }
}

/// Auth0's statuses, messages and codes. No `_` arm: a new variant must choose.
impl From<Refused> for ApiError {
    #[expect(clippy::too_many_lines, reason = "an arm for each refusal")]
    fn from(refused: Refused) -> Self {
        let not_found = |message: &'static str, code| Self::not_found(message, code);
        let conflict = |message: String, code| Self::new(StatusCode::CONFLICT, message, code);
        let bad = |message: String, code| Self::new(StatusCode::BAD_REQUEST, message, Some(code));
        let ours = refused.to_string();
        match refused {
            Refused::NoSuchDocument(kind) => {
                let (message, code) = no_such_document(kind);
                not_found(message, code)
            }
            Refused::NotSealed | Refused::UnreadableDocument { .. } => {
                tracing::error!(error = ours, "the register holds what cannot be read");
                Self::internal()
            }
            Refused::AlreadyAssociated => conflict(
                "The client grant has already been added to this organization.".into(),
                None,
            ),
            Refused::AliasTaken => {
                conflict("Another client exists with the same alias.".into(), None)
            }
            Refused::GlobalClient => bad(
                "Global client cannot be deleted.".into(),
                "operation_not_supported",
            ),
            Refused::NoSuchCredential => not_found("Credential does not exist", None),
            Refused::OrganizationsOfThirdParty => Self::new(
                StatusCode::FORBIDDEN,
                "Organizations are only available to first party clients on user-based flows. \
                 Properties organization_usage and organization_require_behavior must be unset for \
                 third party clients.",
                None,
            ),
            Refused::GrantExists { holder, audience } => conflict(
                format!("A client grant already exists between {holder} and {audience}"),
                None,
            ),
            Refused::DocumentExists(_) | Refused::HostTaken { .. } | Refused::TenantExists => {
                conflict(ours, None)
            }
            Refused::IdentifierTaken => conflict(
                "A resource server with the same identifier already exists".into(),
                Some("resource_server_conflict"),
            ),
            Refused::Invalid { member, reason } => bad(
                format!("Payload validation error: '{reason}' on property {member}."),
                "invalid_body",
            ),
            Refused::NotBuilt { reason } => Self::new(
                StatusCode::BAD_REQUEST,
                format!(
                    "A draft must be in the 'built' state before it can be deployed: {reason}."
                ),
                None,
            ),
            Refused::NotDeployed { action } => Self::new(
                StatusCode::BAD_REQUEST,
                format!(
                    "Trying to create a binding for an action that hasn't been deployed yet: {action}."
                ),
                None,
            ),
            Refused::LimitReached => Self::new(
                StatusCode::FORBIDDEN,
                "You reached the limit of entities of this type for this tenant.",
                Some("too_many_entities"),
            ),
            Refused::CredentialInUse
            | Refused::DocumentInUse { .. }
            | Refused::LastSecret
            | Refused::NotPreviousKey
            | Refused::SecretsUnused => bad(ours, "operation_not_supported"),
            Refused::NoSuchAudience { audience } => Self::new(
                StatusCode::NOT_FOUND,
                format!("No resource with identifier {audience}"),
                None,
            ),
            Refused::NoSuchClient => {
                not_found("The client does not exist", Some("inexistent_client"))
            }
            Refused::NoSuchClientGrant => not_found(
                "The client grant does not exist",
                Some("inexistent_client_grant"),
            ),
            Refused::NoSuchOrganization => {
                not_found("No organization found by that id or name", None)
            }
            Refused::NoSuchResourceServer => not_found(
                "The resource server does not exist",
                Some("inexistent_resource_server"),
            ),
            Refused::NoSuchSecret => not_found("The secret does not exist", None),
            Refused::NoSuchSigningKey => not_found("The signing key does not exist", None),
            Refused::NoSuchTenant => not_found("The tenant does not exist", None),
            Refused::OrganizationNameTaken => conflict(
                "An organization with this name already exists.".into(),
                None,
            ),
            Refused::ReservedIdentifier => bad(
                "The selected identifier is reserved.".into(),
                "invalid_body",
            ),
            Refused::SystemResourceServer => bad(
                "System resource servers cannot be patched.".into(),
                "operation_not_supported",
            ),
            Refused::ThirdParty => bad(
                "Client grants for this API cannot be created for third-party clients.".into(),
                "invalid_body",
            ),
            Refused::TooMany { .. } => {
                Self::new(StatusCode::FORBIDDEN, ours, Some("too_many_entities"))
            }
            Refused::UnknownScopes { scopes } => bad(
                format!("The following scopes are not defined by the API: {scopes}"),
                "invalid_body",
            ),
        }
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        let status = rejection.status();
        let message = if status == StatusCode::PAYLOAD_TOO_LARGE {
            "The request body is too large."
        } else {
            "The request body could not be read."
        };
        Self::new(status, message, Some("invalid_body"))
    }
}

impl From<QueryRejection> for ApiError {
    fn from(_: QueryRejection) -> Self {
        Self::invalid_query("Query validation error: 'not a valid query string'.")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response<Body> {
        let Self {
            status,
            message,
            code,
        } = self;
        let mut envelope = json!({
            "statusCode": status.as_u16(),
            "error": status.canonical_reason().unwrap_or("Error"),
            "message": message,
        });
        if let Some(members) = envelope.as_object_mut() {
            if let Some(code) = code {
                members.insert("errorCode".into(), code.into());
            }
            if status == StatusCode::UNAUTHORIZED {
                members.insert("attributes".into(), json!({"error": message}));
            }
        }
        let mut response = Response::new(Body::from(envelope.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"m2mint\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
