//! What bodies and answers about resource servers look like.

use crate::api::page::pages;
use crate::api::schema::{
    ANY, BOOLEAN, NO_ANGLE_BRACKETS, Schema, TEXT, choice, integer, list, object, optional,
    required,
};

/// Members for features of user login: kept and shown, without effect here.
pub(super) const EXTRA: &[&str] = &[
    "allow_offline_access",
    "allow_online_access",
    "allow_online_access_with_ephemeral_sessions",
    "authorization_details",
    "authorization_policy",
    "consent_policy",
    "skip_consent_for_verifiable_first_party_clients",
    "verification_location",
];

/// Which users' clients may have a token.
const USER_POLICIES: Schema = choice(&["allow_all", "deny_all", "require_client_grant"]);
const CLIENT_POLICIES: Schema = choice(&["deny_all", "require_client_grant"]);
const SIGNING_ALGS: Schema = choice(&["ES256", "EdDSA", "HS256", "PS256", "RS256", "RS512"]);
const DIALECTS: Schema = choice(&[
    "access_token",
    "access_token_authz",
    "rfc9068_profile",
    "rfc9068_profile_authz",
]);
const ENCRYPTION_ALGS: Schema = choice(&["RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"]);
const FORMATS: Schema = choice(&["compact-nested-jwe"]);
const KEY_TEXT: Schema = TEXT.length(1, 128);
/// From a second to 30 days.
const LIFETIME: Schema = integer(1, 2_592_000);
/// What a client of a user may be asked to approve (RFC 9396): opaque here.
const DETAILS: Schema = list(&ANY).at_most(100).or_null();

static SCOPE: Schema = object(&[
    required("value", TEXT.length(1, 280)),
    optional("description", TEXT.length(0, 500)),
]);

const POLICIES: Schema = object(&[
    optional("client", object(&[optional("policy", CLIENT_POLICIES)])),
    optional("user", object(&[optional("policy", USER_POLICIES)])),
]);

const POSSESSION: Schema = object(&[
    required("mechanism", choice(&["dpop", "mtls"])),
    required("required", BOOLEAN),
    optional("required_for", choice(&["all_clients", "public_clients"])),
]);

const POLICY: Schema = object(&[required("policy_id", TEXT.length(1, 1_024))]);
const CONSENT: Schema = choice(&["transactional-authorization-with-mfa"]);

/// What may be said of an API, behind what names it.
macro_rules! settings {
    ($named:expr) => {
        object(&[
            $named,
            optional("name", TEXT.length(0, 200).format(NO_ANGLE_BRACKETS)),
            optional("scopes", list(&SCOPE)),
            optional("signing_alg", SIGNING_ALGS),
            optional("signing_secret", TEXT.length(16, 1_024)),
            optional("allow_offline_access", BOOLEAN),
            optional("allow_online_access", BOOLEAN),
            optional("allow_online_access_with_ephemeral_sessions", BOOLEAN),
            optional("token_lifetime", LIFETIME),
            optional("token_lifetime_for_web", LIFETIME),
            optional("token_dialect", DIALECTS),
            optional("skip_consent_for_verifiable_first_party_clients", BOOLEAN),
            optional("enforce_policies", BOOLEAN),
            optional(
                "token_encryption",
                object(&[
                    required("format", FORMATS),
                    required(
                        "encryption_key",
                        object(&[
                            optional("name", KEY_TEXT),
                            required("alg", ENCRYPTION_ALGS),
                            optional("kid", KEY_TEXT),
                            required("pem", TEXT.length(1, 4_096)),
                        ]),
                    ),
                ])
                .or_null()
                .about("For which key tokens are encrypted. While it is set, none are issued."),
            ),
            optional("consent_policy", CONSENT.or_null()),
            optional("authorization_details", DETAILS),
            optional(
                "proof_of_possession",
                POSSESSION
                    .or_null()
                    .about("While it is required of all clients, no tokens are issued."),
            ),
            optional("subject_type_authorization", POLICIES),
            optional("authorization_policy", POLICY.or_null()),
            optional("verification_location", TEXT.length(0, 2_048)),
        ])
    };
}

pub(super) static CREATE_BODY: Schema = settings!(required("identifier", TEXT.length(1, 600)));
pub(super) static UPDATE_BODY: Schema = settings!(optional(
    "identifier",
    TEXT.about("Ignored: it cannot be changed, and tools send it back.")
));

/// A resource server.
pub(super) static SERVER: Schema = object(&[
    optional("id", TEXT),
    optional("name", TEXT),
    optional("identifier", TEXT),
    optional("client_id", TEXT),
    optional("allow_offline_access", BOOLEAN),
    optional("skip_consent_for_verifiable_first_party_clients", BOOLEAN),
    optional("allow_online_access", BOOLEAN),
    optional("allow_online_access_with_ephemeral_sessions", BOOLEAN),
    optional("subject_type_authorization", POLICIES),
    optional("token_lifetime", LIFETIME),
    optional("token_lifetime_for_web", LIFETIME),
    optional("signing_alg", SIGNING_ALGS),
    optional("signing_secret", TEXT),
    optional("scopes", list(&SCOPE)),
    optional("is_system", BOOLEAN),
    optional("enforce_policies", BOOLEAN),
    optional("token_dialect", DIALECTS),
    optional(
        "token_encryption",
        object(&[
            required(
                "encryption_key",
                object(&[
                    optional("name", KEY_TEXT),
                    required("alg", ENCRYPTION_ALGS),
                    optional("kid", KEY_TEXT),
                    required("thumbprint_sha256", TEXT),
                ]),
            ),
            required("format", FORMATS),
        ]),
    ),
    optional("consent_policy", CONSENT),
    optional("authorization_details", DETAILS),
    optional("proof_of_possession", POSSESSION),
    optional("authorization_policy", POLICY),
    optional("verification_location", TEXT),
]);

pub(super) static SERVERS: Schema = pages!("resource_servers", SERVER);
