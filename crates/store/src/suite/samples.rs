//! Objects with everything set, and with nothing.

use std::sync::Arc;

use m2mint_domain::client::{Client, ComplianceLevel, SecurityMode};
use m2mint_domain::client_credential::{
    AssertionAlg, AuthenticationMethods, BoundCredentials, ClientCredential, CredentialMethod,
    CredentialProof,
};
use m2mint_domain::client_grant::{
    ClientGrant, GrantHolder, GrantedScope, OrganizationUsage, SubjectType,
};
use m2mint_domain::credential::{AuthMethod, ClientSecret};
use m2mint_domain::document::{Document, DocumentKind};
use m2mint_domain::extra::Extra;
use m2mint_domain::lifetime::TokenLifetime;
use m2mint_domain::organization::Organization;
use m2mint_domain::proof_of_possession::{PossessionMechanism, ProofOfPossession, RequiredFor};
use m2mint_domain::quota::{DefaultTokenQuota, TokenQuota};
use m2mint_domain::resource_server::{
    ClientPolicy, ResourceServer, Scopes, SigningAlg, TokenDialect,
};
use m2mint_domain::scope::ScopeList;
use m2mint_domain::signing_key::{KeyFamily, KeyPlace, SealedBytes, SigningKey};
use m2mint_domain::tenant::{ResourceParameter, Tenant};
use m2mint_domain::token_encryption::{EncryptionAlg, TokenEncryption};
use m2mint_domain::{Change, Timestamp};

use crate::commit::{Actor, ActorKind, Commit, Revision};

/// Text that has to be escaped in JSON and is not ASCII.
const TEXT: &str = "経費 \"quoted\" \\ \n\u{1f}";

pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::from_millis(secs * 1_000 + 7)
}

pub(super) fn actor() -> Actor {
    Actor {
        kind: ActorKind::Client,
        id: "terraform".into(),
    }
}

pub(super) fn commit(tenant: &str, expected: Revision, changes: Vec<Change>) -> Commit {
    Commit {
        tenant: tenant.parse().unwrap(),
        expected,
        changes,
        actor: actor(),
        at: at(1_000),
    }
}

pub(super) fn tenant(id: &str) -> Change {
    let domain = format!("{id}.example").parse().unwrap();
    Change::PutTenant(Arc::new(Tenant::new(id.parse().unwrap(), domain)))
}

pub(super) fn tenant_with(id: &str, aliases: &[&str]) -> Change {
    let domain = format!("{id}.example").parse().unwrap();
    Change::PutTenant(Arc::new(Tenant {
        aliases: aliases.iter().map(|host| host.parse().unwrap()).collect(),
        ..Tenant::new(id.parse().unwrap(), domain)
    }))
}

pub(super) fn client(id: &str) -> Change {
    Change::PutClient(Arc::new(Client {
        id: id.parse().unwrap(),
        name: "billing".into(),
        description: None,
        app_type: None,
        grant_types: Vec::new(),
        is_first_party: false,
        updated_at: at(2),
        ..Client::new("x".parse().unwrap(), "".into(), at(1))
    }))
}

pub(super) fn grant(id: &str, client: &str, audience: &str) -> Change {
    Change::PutClientGrant(Arc::new(ClientGrant {
        id: id.parse().unwrap(),
        holder: GrantHolder::Client(client.parse().unwrap()),
        audience: audience.parse().unwrap(),
        scope: GrantedScope::default(),
        subject_type: SubjectType::Client,
        organization_usage: None,
        allow_any_organization: None,
        authorization_details_types: None,
    }))
}

pub(super) fn default_grant(id: &str, audience: &str) -> Change {
    Change::PutClientGrant(Arc::new(ClientGrant {
        id: id.parse().unwrap(),
        holder: GrantHolder::ThirdPartyClients,
        audience: audience.parse().unwrap(),
        scope: GrantedScope::default(),
        subject_type: SubjectType::Client,
        organization_usage: None,
        allow_any_organization: None,
        authorization_details_types: None,
    }))
}

pub(super) fn server(id: &str, identifier: &str) -> Change {
    Change::PutResourceServer(Arc::new(ResourceServer::new(
        id.parse().unwrap(),
        identifier.parse().unwrap(),
    )))
}

pub(super) fn organization(id: &str, name: &str) -> Change {
    Change::PutOrganization(Arc::new(Organization {
        id: id.parse().unwrap(),
        name: name.parse().unwrap(),
        display_name: None,
        metadata: [].into(),
        client_grants: [].into(),
        token_quota: None,
        created_at: Timestamp::default(),
        extra: Extra::default(),
    }))
}

pub(super) fn key(id: &str, place: KeyPlace) -> Change {
    Change::PutSigningKey(Arc::new(SigningKey {
        id: id.parse().unwrap(),
        family: KeyFamily::P256,
        place,
        public_jwk: "{}".into(),
        certificate: [].into(),
        private_key: SealedBytes::new(Vec::new()),
        created_at: at(1),
        current_since: None,
        current_until: None,
        revoked_at: None,
    }))
}

/// Objects of every kind, first with nothing set, then with everything.
pub(super) fn of_every_kind() -> Vec<Change> {
    let mut changes = vec![
        tenant("acme"),
        server("5f0000000000000000000001", "https://plain.example"),
        client("plain"),
        grant("cgr_plain", "plain", "https://plain.example"),
        organization("org_plain", "plain"),
        key("plain", KeyPlace::Next),
        full_tenant(),
        full_client(),
        full_organization(),
        full_key(),
    ];
    for (number, alg) in SigningAlg::ALL.into_iter().enumerate() {
        changes.push(full_server(number, alg));
    }
    changes.extend(full_grants());
    // An id is unique among its kind only.
    changes.extend(DocumentKind::ALL.map(|kind| document(kind, "same")));
    changes
}

fn extra() -> Extra {
    [
        ("callbacks", "[\"https://a.example\"]"),
        ("sso", " null "),
        ("t", "\"\\u00e9\""),
    ]
    .into_iter()
    .collect()
}

fn quota(enforce: Option<bool>) -> TokenQuota {
    TokenQuota {
        per_hour: enforce.map(|_| 1),
        per_day: Some(u32::MAX),
        enforce,
    }
}

fn full_tenant() -> Change {
    Change::PutTenant(Arc::new(Tenant {
        id: "acme".parse().unwrap(),
        domain: "acme.example:8443".parse().unwrap(),
        aliases: vec!["[::1]:1".parse().unwrap(), "auth.example".parse().unwrap()],
        default_audience: Some("https://plain.example".parse().unwrap()),
        allow_organization_names: true,
        resource_parameter: ResourceParameter::Compatibility,
        default_token_quota: DefaultTokenQuota {
            clients: Some(quota(None)),
            organizations: Some(quota(Some(true))),
        },
        remove_alg_from_jwks: Some(true),
        friendly_name: Some(TEXT.to_owned()),
        extra: extra(),
    }))
}

fn full_client() -> Change {
    let secret = |id: &str, expires_at| ClientSecret {
        id: id.parse().unwrap(),
        tag: std::array::from_fn(|index| index.to_le_bytes()[0].wrapping_mul(37)),
        sealed: Some(SealedBytes::new(vec![0, 255, 7])),
        hint: "a\"b…".into(),
        created_at: at(-5),
        expires_at,
    };
    Change::PutClient(Arc::new(Client {
        id: "https://client.example/full?x='1'".parse().unwrap(),
        name: TEXT.into(),
        description: Some(TEXT.to_owned()),
        app_type: Some("non_interactive".to_owned()),
        grant_types: vec!["client_credentials".to_owned(), "implicit".to_owned()],
        is_first_party: true,
        is_global: true,
        auth_method: Some(AuthMethod::SecretBasic),
        authentication: Some(Box::new(AuthenticationMethods {
            method: CredentialMethod::PrivateKeyJwt,
            credentials: vec!["cred_3".parse().unwrap()],
        })),
        secrets: vec![secret("cred_1", None), secret("cred_2", Some(at(9)))],
        credentials: credentials(),
        require_proof_of_possession: Some(true),
        compliance_level: Some(ComplianceLevel::Fapi2Mtls),
        security_mode: Some(SecurityMode::Strict),
        resource_server: Some("urn:full:0".parse().unwrap()),
        token_quota: Some(TokenQuota {
            per_hour: Some(1),
            per_day: None,
            enforce: Some(false),
        }),
        signed_request_object: Some(Box::new(BoundCredentials {
            credentials: Some(vec!["cred_3".parse().unwrap()]),
            settings: extra(),
        })),
        token_vault: Some(Box::default()),
        metadata: [
            ("a".to_owned(), TEXT.to_owned()),
            (TEXT.to_owned(), String::new()),
        ]
        .into(),
        default_organization: Some("org_full".parse().unwrap()),
        created_at: at(i64::from(i32::MAX)),
        updated_at: at(i64::from(i32::MIN)),
        extra: extra(),
    }))
}

fn credentials() -> Vec<ClientCredential> {
    let proofs = [
        CredentialProof::PublicKey {
            spki: (0..=255).collect(),
            kid: "kid-0123456789".into(),
            alg: AssertionAlg::Ps256,
        },
        CredentialProof::SubjectDn(TEXT.into()),
        CredentialProof::Certificate("irPW_52c".into()),
    ];
    let numbered = proofs.into_iter().enumerate();
    numbered
        .map(|(number, proof)| ClientCredential {
            id: format!("cred_{}", number + 3).parse().unwrap(),
            name: (number == 0).then(|| TEXT.into()),
            proof,
            created_at: at(1),
            updated_at: at(2),
            expires_at: (number == 1).then(|| at(3)),
        })
        .collect()
}

fn full_organization() -> Change {
    Change::PutOrganization(Arc::new(Organization {
        id: "org_full".parse().unwrap(),
        name: "full".parse().unwrap(),
        display_name: Some(TEXT.to_owned()),
        metadata: [("a".to_owned(), TEXT.to_owned())].into(),
        client_grants: ["cgr_b".parse().unwrap(), "cgr_a".parse().unwrap()].into(),
        token_quota: Some(quota(Some(false))),
        created_at: at(5),
        extra: extra(),
    }))
}

fn full_key() -> Change {
    Change::PutSigningKey(Arc::new(SigningKey {
        id: "full-_key".parse().unwrap(),
        family: KeyFamily::Ed25519,
        place: KeyPlace::Revoked,
        public_jwk: r#"{"kty":"OKP"}"#.into(),
        certificate: (0..=255).collect(),
        private_key: SealedBytes::new((0..=255).rev().collect()),
        created_at: at(1),
        current_since: Some(at(2)),
        current_until: Some(at(3)),
        revoked_at: Some(at(4)),
    }))
}

fn full_server(number: usize, signing_alg: SigningAlg) -> Change {
    let dialects = TokenDialect::ALL.len();
    let descriptions = vec![Some(TEXT.to_owned()), None, Some(String::new())];
    let scopes = match number {
        0 => Scopes::default(),
        _ => Scopes::new("read:x write:x a".parse().unwrap(), descriptions),
    };
    Change::PutResourceServer(Arc::new(ResourceServer {
        id: format!("6f{number:022}").parse().unwrap(),
        identifier: format!("urn:full:{number}").parse().unwrap(),
        name: Some(TEXT.to_owned()),
        scopes: Some(scopes),
        signing_alg,
        signing_secret: Some(SealedBytes::new(vec![0, 255, 7])),
        token_lifetime: TokenLifetime::MAX,
        token_lifetime_for_web: TokenLifetime::from_secs(1).unwrap(),
        token_dialect: Some(TokenDialect::ALL[number % dialects]),
        enforce_policies: Some(number.is_multiple_of(2)),
        client_policy: ClientPolicy::DenyAll,
        token_encryption: Some(TokenEncryption {
            name: Some(TEXT.to_owned()),
            alg: EncryptionAlg::RsaOaep384,
            kid: (number == 0).then(|| TEXT.to_owned()),
            pem: TEXT.into(),
            thumbprint: "thumb-_print".into(),
        }),
        proof_of_possession: Some(ProofOfPossession {
            mechanism: PossessionMechanism::Mtls,
            required: true,
            required_for: (number == 0).then_some(RequiredFor::PublicClients),
        }),
        is_system: true,
        extra: extra(),
    }))
}

pub(super) fn document(kind: DocumentKind, id: &str) -> Change {
    Change::PutDocument(Arc::new(Document {
        kind,
        id: id.into(),
        parent: (kind == DocumentKind::ActionVersion).then(|| "parent".into()),
        body: format!(r#"{{"name":{TEXT:?}}}"#).into(),
        created_at: at(1),
        updated_at: at(2),
    }))
}

fn full_grants() -> Vec<Change> {
    let list: ScopeList = "read:x write:x".parse().unwrap();
    let only = |all_refused| GrantedScope::Only {
        list: list.clone(),
        all_refused,
    };
    let usages = [
        OrganizationUsage::Allow,
        OrganizationUsage::Deny,
        OrganizationUsage::Require,
    ];
    let scopes = [GrantedScope::All, only(true), only(false)];
    let both = scopes.into_iter().zip(usages).enumerate();
    both.map(|(number, (scope, usage))| {
        Change::PutClientGrant(Arc::new(ClientGrant {
            id: format!("cgr_full{number}").parse().unwrap(),
            holder: match number {
                0 => GrantHolder::ThirdPartyClients,
                _ => GrantHolder::Client("https://client.example/full?x='1'".parse().unwrap()),
            },
            audience: format!("urn:full:{number}").parse().unwrap(),
            scope,
            subject_type: SubjectType::User,
            organization_usage: Some(usage),
            allow_any_organization: Some(number == 0),
            authorization_details_types: Some(vec![TEXT.to_owned(); number]),
        }))
    })
    .collect()
}
