//! The shapes of a client: asked for, changed, shown.

use m2mint_domain::client::{DESCRIPTION_MAX, METADATA_MAX, METADATA_TEXT_MAX, NAME_MAX};
use m2mint_domain::client_credential::CREDENTIALS_MAX;

use super::login;
use crate::api::client_credentials::{ANSWER as CREDENTIAL, CERTIFICATE, PUBLIC_KEY, SUBJECT_DN};
use crate::api::schema::{
    ANY, ANY_OBJECT, BOOLEAN, Member, NO_ANGLE_BRACKETS, Schema, TEXT, choice, either, integer,
    list, map, object, open_object, optional, required,
};

const NAME: Schema = TEXT.length(1, NAME_MAX).format(NO_ANGLE_BRACKETS);
const METADATA: Schema = map(&METADATA_VALUE).at_most(METADATA_MAX);
const METADATA_VALUE: Schema = TEXT.length(0, METADATA_TEXT_MAX).or_null();

const APP_TYPE: Schema = choice(&[
    "native",
    "spa",
    "regular_web",
    "non_interactive",
    "resource_server",
    "express_configuration",
    "rms",
    "box",
    "cloudbees",
    "concur",
    "dropbox",
    "mscrm",
    "echosign",
    "egnyte",
    "newrelic",
    "office365",
    "salesforce",
    "sentry",
    "sharepoint",
    "slack",
    "springcm",
    "zendesk",
    "zoom",
    "sso_integration",
    "oag",
]);

const COMPLIANCE: Schema = choice(&[
    "none",
    "fapi1_adv_pkj_par",
    "fapi1_adv_mtls_par",
    "fapi2_sp_pkj_mtls",
    "fapi2_sp_mtls_mtls",
])
.or_null();

const DEFAULT_ORGANIZATION: Schema = object(&[
    required("organization_id", TEXT.length(1, 64)),
    required("flows", list(&choice(&["client_credentials"]))),
])
.or_null();

const QUOTA: Schema = object(&[required(
    "client_credentials",
    object(&[
        optional("enforce", BOOLEAN),
        optional("per_day", integer(1, 2_147_483_647)),
        optional("per_hour", integer(1, 2_147_483_647)),
    ])
    .at_least(1),
)]);

const SECURITY_MODE: Schema = choice(&["strict", "permissive"]);

/// What means something here, when a client is made and when it is changed.
const MEANINGFUL: [Member; 11] = [
    optional("description", TEXT.length(0, DESCRIPTION_MAX)),
    optional("app_type", APP_TYPE),
    optional("grant_types", list(&TEXT.length(1, 200)).at_most(20)),
    optional("is_first_party", BOOLEAN),
    optional(
        "token_endpoint_auth_method",
        choice(&["none", "client_secret_post", "client_secret_basic"]),
    ),
    optional("client_metadata", METADATA),
    optional("default_organization", DEFAULT_ORGANIZATION),
    optional("compliance_level", COMPLIANCE),
    optional("require_proof_of_possession", BOOLEAN),
    optional("token_quota", QUOTA),
    optional("third_party_security_mode", SECURITY_MODE),
];

const SHARED: [Member; 52] = joined(&MEANINGFUL, &login::PLAIN, &login::STRUCTURED);

/// `POST /clients`
pub(super) static NEW: Schema = object(&joined::<52, 6, 2, 60>(&SHARED, &ONLY_NEW, &ECHOED));

const ONLY_NEW: [Member; 6] = [
    required("name", NAME),
    optional("client_secret", TEXT),
    optional("resource_server_identifier", TEXT.length(1, 600)),
    optional(
        "client_authentication_methods",
        methods(&[
            optional("private_key_jwt", PUBLIC_KEYS),
            optional("self_signed_tls_client_auth", CERTIFICATES),
            optional("tls_client_auth", SUBJECT_DNS),
        ]),
    ),
    optional(
        "signed_request_object",
        object(&[
            optional("required", BOOLEAN),
            optional("credentials", list(&PUBLIC_KEY).at_most(CREDENTIALS_MAX)),
        ]),
    ),
    optional(
        "token_vault_privileged_access",
        object(&[
            required("credentials", list(&PUBLIC_KEY).at_most(CREDENTIALS_MAX)),
            optional("ip_allowlist", ALLOWLIST),
            optional("grants", VAULT_GRANTS),
        ]),
    ),
];

/// Members that only answers have, and that tools write back as they read them: taken, and dropped.
pub(super) const ECHOED: [Member; 2] = [
    optional("cross_origin_auth", BOOLEAN),
    optional("encrypted", BOOLEAN),
];

/// `PATCH /clients/{id}`
pub(super) static CHANGED: Schema = object(&joined::<52, 5, 2, 59>(
    &nullable(SHARED),
    &ONLY_CHANGED,
    &ECHOED,
))
.at_least(1);

const ONLY_CHANGED: [Member; 5] = [
    optional("name", NAME),
    optional("client_secret", TEXT),
    optional(
        "client_authentication_methods",
        methods(&[
            optional("private_key_jwt", BOUND),
            optional("self_signed_tls_client_auth", BOUND),
            optional("tls_client_auth", BOUND),
        ])
        .or_null(),
    ),
    optional(
        "signed_request_object",
        object(&[
            optional("required", BOOLEAN),
            optional("credentials", REFERENCES),
        ])
        .or_null(),
    ),
    optional(
        "token_vault_privileged_access",
        object(&[
            optional("credentials", REFERENCES),
            optional("ip_allowlist", ALLOWLIST),
            optional("grants", VAULT_GRANTS),
        ])
        .or_null(),
    ),
];

/// A client, as it is shown. `fields` may leave out any of it.
pub(super) static CLIENT: Schema = ONE;

const ONE: Schema = open_object(&joined::<52, 20, 0, 72>(&SHARED, &ONLY_SHOWN, &[]));

const ONLY_SHOWN: [Member; 20] = [
    optional("tenant", TEXT),
    optional("global", BOOLEAN),
    optional("name", NAME),
    optional("client_id", TEXT.length(1, 255)),
    optional("client_secret", TEXT),
    optional("encrypted", BOOLEAN),
    optional("callback_url_template", BOOLEAN),
    optional("cross_origin_auth", BOOLEAN),
    optional("signing_keys", list(&SIGNING_KEY)),
    optional("resource_server_identifier", TEXT),
    optional("external_metadata_type", TEXT),
    optional("external_metadata_created_by", TEXT),
    optional("external_client_id", TEXT),
    optional("jwks_uri", TEXT),
    optional(
        "client_authentication_methods",
        methods(&[
            optional("private_key_jwt", SHOWN),
            optional("self_signed_tls_client_auth", SHOWN),
            optional("tls_client_auth", SHOWN),
        ]),
    ),
    optional(
        "signed_request_object",
        object(&[
            optional("required", BOOLEAN),
            optional("credentials", list(&CREDENTIAL)),
        ]),
    ),
    optional(
        "token_vault_privileged_access",
        object(&[
            optional("credentials", list(&CREDENTIAL)),
            optional("ip_allowlist", ALLOWLIST),
            optional("grants", VAULT_GRANTS),
        ]),
    ),
    optional("owners", list(&TEXT)),
    optional("config_route", ANY),
    optional("api_type", TEXT),
];

/// A page of clients.
pub(super) static CLIENTS: Schema = either(&[list(&ONE), NUMBERED_PAGE, CHECKPOINT_PAGE]);

const NUMBERED_PAGE: Schema = object(&[
    required("total", integer(0, i64::MAX)),
    required("start", integer(0, i64::MAX)),
    required("limit", integer(0, i64::MAX)),
    required("clients", list(&ONE)),
]);
const CHECKPOINT_PAGE: Schema = object(&[required("clients", list(&ONE)), optional("next", TEXT)]);

const SIGNING_KEY: Schema = object(&[
    required("cert", TEXT),
    required("pkcs7", TEXT),
    required("subject", TEXT),
]);

const REFERENCE: Schema = object(&[required("id", TEXT.length(1, 64))]);
const REFERENCES: Schema = list(&REFERENCE).at_most(CREDENTIALS_MAX).unique();
const BOUND: Schema = object(&[required("credentials", REFERENCES)]);
const SHOWN: Schema = object(&[required("credentials", list(&CREDENTIAL))]);
const ALLOWLIST: Schema = list(&TEXT.length(1, 64)).at_most(100);
const VAULT_GRANTS: Schema = list(&ANY_OBJECT).at_most(100);

const PUBLIC_KEYS: Schema = object(&[required(
    "credentials",
    list(&PUBLIC_KEY).at_most(CREDENTIALS_MAX),
)]);
const CERTIFICATES: Schema = object(&[required(
    "credentials",
    list(&CERTIFICATE).at_most(CREDENTIALS_MAX),
)]);
const SUBJECT_DNS: Schema = object(&[required(
    "credentials",
    list(&SUBJECT_DN).at_most(CREDENTIALS_MAX),
)]);

/// One way to authenticate; that there is just one is checked when it is read.
const fn methods(members: &'static [Member]) -> Schema {
    object(members).at_least(1)
}

/// Three lists of members in one. `N` is the sum of the other three.
#[expect(
    clippy::indexing_slicing,
    reason = "runs in the compiler, which reports it"
)]
const fn joined<const A: usize, const B: usize, const C: usize, const N: usize>(
    a: &[Member; A],
    b: &[Member; B],
    c: &[Member; C],
) -> [Member; N] {
    assert!(A + B + C == N, "N is the sum of the other three");
    let mut all = [optional("", ANY); N];
    let mut at = 0;
    while at < N {
        all[at] = if at < A {
            a[at]
        } else if at < A + B {
            b[at - A]
        } else {
            c[at - A - B]
        };
        at += 1;
    }
    all
}

/// The same members, each of which may be `null`.
#[expect(
    clippy::indexing_slicing,
    reason = "runs in the compiler, which reports it"
)]
const fn nullable<const N: usize>(mut members: [Member; N]) -> [Member; N] {
    let mut at = 0;
    while at < N {
        members[at].schema.nullable = true;
        at += 1;
    }
    members
}
