//! The decision table of a token request.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::change::Change;
use crate::client_grant::GrantHolder;
use crate::credential::AuthMethod;
use crate::extra::Extra;
use crate::resource_server::Scopes;
use crate::timestamp::Timestamp;

const API: &str = "https://api.example";

fn client() -> Client {
    Client::new(
        "billing".parse().unwrap(),
        "billing".into(),
        Timestamp::default(),
    )
}

fn grant(scope: &str) -> ClientGrant {
    ClientGrant {
        id: "cgr_1".parse().unwrap(),
        holder: GrantHolder::Client("billing".parse().unwrap()),
        audience: API.parse().unwrap(),
        scope: GrantedScope::Only {
            list: scope.parse().unwrap(),
            all_refused: false,
        },
        subject_type: SubjectType::Client,
        organization_usage: None,
        allow_any_organization: None,
        authorization_details_types: None,
    }
}

fn organization(id: &str, name: &str, grants: &[&str]) -> Change {
    Change::PutOrganization(Arc::new(Organization {
        id: id.parse().unwrap(),
        name: name.parse().unwrap(),
        display_name: None,
        metadata: BTreeMap::new(),
        client_grants: grants
            .iter()
            .map(|id| id.parse().unwrap())
            .collect::<BTreeSet<_>>(),
        token_quota: None,
        created_at: Timestamp::default(),
        extra: Extra::default(),
    }))
}

/// A register with one client, one API (`read write approve`), one grant, and two organizations,
/// of which only the first is associated with the grant.
struct World {
    tenant: Tenant,
    client: Client,
    resource_server: ResourceServer,
    grant: Option<ClientGrant>,
}

impl World {
    fn new() -> Self {
        let mut resource_server =
            ResourceServer::new("0123".parse().unwrap(), API.parse().unwrap());
        let scopes = "read write approve".parse().unwrap();
        resource_server.scopes = Some(Scopes::new(scopes, Vec::new()));
        Self {
            tenant: Tenant::new("acme".parse().unwrap(), "acme.example".parse().unwrap()),
            client: client(),
            resource_server,
            grant: Some(grant("read write")),
        }
    }

    fn with_usage(usage: OrganizationUsage) -> Self {
        let mut world = Self::new();
        world.grant.as_mut().unwrap().organization_usage = Some(usage);
        world
    }

    fn authorize(&self, request: &TokenRequest<'_>) -> Result<Permit, Denial> {
        let mut changes = vec![
            Change::PutClient(Arc::new(self.client.clone())),
            Change::PutResourceServer(Arc::new(self.resource_server.clone())),
            organization("org_1", "first", &["cgr_1"]),
            organization("org_2", "second", &[]),
        ];
        changes.extend(
            self.grant
                .clone()
                .map(|grant| Change::PutClientGrant(Arc::new(grant))),
        );
        let state = State::new(Arc::new(self.tenant.clone())).apply(&changes);
        authorize(&state, state.client("billing").unwrap(), request)
    }

    fn scope(&self, asked: &str) -> Result<String, Denial> {
        let asked: ScopeList = asked.parse().unwrap();
        let request = TokenRequest {
            audience: Some(API),
            scope: Some(&asked),
            organization: None,
        };
        self.authorize(&request)
            .map(|permit| permit.scope().to_string())
    }

    fn organization(&self, asked: Option<&str>) -> Result<Option<String>, Denial> {
        let request = TokenRequest {
            audience: Some(API),
            scope: None,
            organization: asked,
        };
        let permit = self.authorize(&request)?;
        Ok(permit
            .organization()
            .map(|one| one.organization.id.to_string()))
    }
}

#[test]
fn a_client_without_the_grant_type_is_refused_before_anything_else() {
    let mut world = World::new();
    world.client.grant_types = vec!["authorization_code".into()];
    let denial = world.authorize(&TokenRequest::default()).unwrap_err();
    assert_eq!(denial, Denial::GrantTypeNotAllowed);
}

#[test]
fn a_public_client_is_refused_whatever_its_grant_types_say() {
    let mut world = World::new();
    world.client.auth_method = Some(AuthMethod::None);
    let denial = world.authorize(&TokenRequest::default()).unwrap_err();
    assert_eq!(denial, Denial::GrantTypeNotAllowed);
}

#[test]
fn no_audience_means_the_default_one_or_none() {
    let mut world = World::new();
    let denial = world.authorize(&TokenRequest::default()).unwrap_err();
    assert_eq!(denial, Denial::NoAudience);
    world.tenant.default_audience = Some(API.parse().unwrap());
    assert!(world.authorize(&TokenRequest::default()).is_ok());
}

#[test]
fn an_audience_is_matched_to_the_byte() {
    let request = TokenRequest {
        audience: Some("https://API.example"),
        ..Default::default()
    };
    let denial = World::new().authorize(&request).unwrap_err();
    assert_eq!(
        denial,
        Denial::UnknownAudience {
            audience: "https://API.example".into()
        }
    );
}

#[test]
fn without_a_grant_or_under_deny_all_the_answer_is_the_same() {
    let not_granted = Denial::NotGranted {
        client_id: "billing".parse().unwrap(),
        audience: API.into(),
        third_party: false,
    };
    let mut world = World::new();
    world.resource_server.client_policy = ClientPolicy::DenyAll;
    assert_eq!(world.scope("").unwrap_err(), not_granted);

    let mut world = World::new();
    world.grant = None;
    assert_eq!(world.scope("").unwrap_err(), not_granted);
}

#[test]
fn a_grant_for_users_is_no_grant_for_clients() {
    let mut world = World::new();
    world.grant.as_mut().unwrap().subject_type = SubjectType::User;
    assert!(matches!(world.scope(""), Err(Denial::NotGranted { .. })));
}

#[test]
fn scopes_are_all_granted_when_none_is_asked_and_as_asked_otherwise() {
    let world = World::new();
    assert_eq!(world.scope("").unwrap(), "read write");
    assert_eq!(world.scope("write read").unwrap(), "write read");
    let denial = world.scope("read approve delete").unwrap_err();
    assert_eq!(
        denial,
        Denial::ScopeNotGranted {
            scopes: "approve, delete".into()
        }
    );
}

#[test]
fn allow_all_scopes_follows_the_api() {
    let mut world = World::new();
    world.grant.as_mut().unwrap().scope = GrantedScope::All;
    assert_eq!(world.scope("").unwrap(), "read write approve");
    assert_eq!(world.scope("approve").unwrap(), "approve");
}

#[test]
fn an_organization_may_not_be_named_under_deny() {
    let world = World::with_usage(OrganizationUsage::Deny);
    assert_eq!(world.organization(None).unwrap(), None);
    assert_eq!(
        world.organization(Some("org_1")).unwrap_err(),
        Denial::OrganizationNotAllowed
    );
}

#[test]
fn an_organization_may_be_named_under_allow_and_must_fit_the_grant() {
    let world = World::with_usage(OrganizationUsage::Allow);
    assert_eq!(world.organization(None).unwrap(), None);
    assert_eq!(
        world.organization(Some("org_1")).unwrap().as_deref(),
        Some("org_1")
    );
    for stranger in ["org_2", "org_unknown"] {
        let denial = Denial::OrganizationInvalid {
            organization: stranger.into(),
        };
        assert_eq!(world.organization(Some(stranger)).unwrap_err(), denial);
    }
}

#[test]
fn a_grant_for_any_organization_needs_no_association() {
    let mut world = World::with_usage(OrganizationUsage::Allow);
    world.grant.as_mut().unwrap().allow_any_organization = Some(true);
    assert_eq!(
        world.organization(Some("org_2")).unwrap().as_deref(),
        Some("org_2")
    );
    assert!(world.organization(Some("org_unknown")).is_err());
}

#[test]
fn require_takes_the_default_organization_only_when_none_is_named() {
    let mut world = World::with_usage(OrganizationUsage::Require);
    assert_eq!(
        world.organization(None).unwrap_err(),
        Denial::OrganizationRequired
    );
    world.client.default_organization = Some("org_1".parse().unwrap());
    assert_eq!(world.organization(None).unwrap().as_deref(), Some("org_1"));
    world.client.default_organization = Some("org_2".parse().unwrap());
    assert!(matches!(
        world.organization(None),
        Err(Denial::OrganizationInvalid { .. })
    ));
    assert_eq!(
        world.organization(Some("org_1")).unwrap().as_deref(),
        Some("org_1")
    );
}

#[test]
fn a_client_that_must_prove_possession_gets_no_unbound_token() {
    let mut world = World::new();
    let request = TokenRequest {
        audience: Some(API),
        scope: None,
        organization: None,
    };
    assert!(world.authorize(&request).is_ok());
    world.client.require_proof_of_possession = Some(true);
    let denied = world.authorize(&request).unwrap_err();
    assert_eq!(denied, Denial::ProofRequired);
}

#[test]
fn the_default_organization_is_not_used_under_allow() {
    let mut world = World::with_usage(OrganizationUsage::Allow);
    world.client.default_organization = Some("org_1".parse().unwrap());
    assert_eq!(world.organization(None).unwrap(), None);
}

#[test]
fn names_work_where_the_tenant_allows_them_and_then_show_in_the_token() {
    let mut world = World::with_usage(OrganizationUsage::Allow);
    assert_eq!(
        world.organization(Some("first")).unwrap_err(),
        Denial::OrganizationMustBeId
    );
    world.tenant.allow_organization_names = true;
    assert_eq!(
        world.organization(Some("First")).unwrap().as_deref(),
        Some("org_1")
    );
    let denial = Denial::OrganizationInvalid {
        organization: "nobody".into(),
    };
    assert_eq!(world.organization(Some("nobody")).unwrap_err(), denial);

    let request = TokenRequest {
        audience: Some(API),
        scope: None,
        organization: Some("org_1"),
    };
    assert!(
        world
            .authorize(&request)
            .unwrap()
            .organization()
            .unwrap()
            .show_name
    );
}

#[test]
fn the_operator_is_permitted_nothing_but_a_system_api() {
    let mut server = World::new().resource_server;
    assert!(authorize_operator(client(), &Arc::new(server.clone())).is_none());
    server.is_system = true;
    let permit = authorize_operator(client(), &Arc::new(server)).unwrap();
    assert_eq!(permit.scope().as_str(), "read write approve");
}

proptest! {
    #[test]
    fn a_permit_never_holds_a_scope_that_was_not_granted(
        granted in prop::collection::vec("[a-d]", 0..5),
        asked in prop::collection::vec("[a-d]", 0..5),
    ) {
        let mut world = World::new();
        world.grant = Some(grant(&granted.join(" ")));
        if let Ok(scope) = world.scope(&asked.join(" ")) {
            for one in scope.split(' ').filter(|one| !one.is_empty()) {
                prop_assert!(granted.iter().any(|granted| granted == one));
            }
        }
    }
}

#[test]
fn a_default_grant_is_for_third_party_clients_without_a_grant_of_their_own() {
    let default = ClientGrant {
        id: "cgr_default".parse().unwrap(),
        holder: GrantHolder::ThirdPartyClients,
        ..grant("approve")
    };
    let given = |is_first_party: bool, own: Option<ClientGrant>, default: &ClientGrant| {
        let mut client = client();
        client.is_first_party = is_first_party;
        let mut changes = vec![
            Change::PutClient(Arc::new(client)),
            Change::PutResourceServer(Arc::new(World::new().resource_server)),
            Change::PutClientGrant(Arc::new(default.clone())),
        ];
        changes.extend(own.map(|grant| Change::PutClientGrant(Arc::new(grant))));
        let state = State::new(Arc::new(World::new().tenant)).apply(&changes);
        let request = TokenRequest {
            audience: Some(API),
            ..TokenRequest::default()
        };
        authorize(&state, state.client("billing").unwrap(), &request)
            .map(|permit| permit.scope().to_string())
    };
    let denied = |third_party| {
        Err(Denial::NotGranted {
            client_id: "billing".parse().unwrap(),
            audience: API.to_owned(),
            third_party,
        })
    };
    assert_eq!(given(false, None, &default), Ok("approve".to_owned()));
    assert_eq!(given(true, None, &default), denied(false));
    let own = Some(grant("read"));
    assert_eq!(given(false, own, &default), Ok("read".to_owned()));
    let for_users = ClientGrant {
        subject_type: SubjectType::User,
        ..default.clone()
    };
    assert_eq!(given(false, None, &for_users), denied(true));
}

#[test]
fn an_api_that_takes_no_bearer_tokens_gets_none() {
    let mut world = World::new();
    let mut possession = crate::proof_of_possession::ProofOfPossession {
        mechanism: PossessionMechanism::Mtls,
        required: true,
        required_for: None,
    };
    world.resource_server.proof_of_possession = Some(possession);
    assert_eq!(
        world.scope("read"),
        Err(Denial::PossessionRequired {
            audience: API.to_owned(),
            mechanism: PossessionMechanism::Mtls,
        })
    );
    // What the caller got wrong itself is told first.
    assert!(matches!(
        world.scope("approve"),
        Err(Denial::ScopeNotGranted { .. })
    ));
    possession.required = false;
    world.resource_server.proof_of_possession = Some(possession);
    assert_eq!(world.scope("read"), Ok("read".to_owned()));
}
