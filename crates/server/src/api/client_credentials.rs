//! `/api/v2/clients/{client_id}/credentials`: keys and certificates of a client.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::registry::client_credentials::{NewCredential, NewProof};
use m2mint_domain::Timestamp;
use m2mint_domain::client_credential::{
    AssertionAlg, CREDENTIAL_NAME_MAX, ClientCredential, CredentialProof, SUBJECT_DN_MAX,
};
use m2mint_jose::x509::PEM_MAX;
use serde_json::Value;

use crate::api::access::Permitted;
use crate::api::clients::no_such_client;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, invalid, required as must};
use crate::api::object::{self, Object, date};
use crate::api::operation::{Operation, delete as deletion, empty, get, json, patch, post};
use crate::api::path::Path;
use crate::api::schema::{
    BOOLEAN, DATE_TIME, Format, Schema, TEXT, choice, list as list_of, object, optional, required,
};

const KID: Schema = TEXT.length(10, 64).format(Format {
    name: "kid",
    holds: |text| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    },
    pattern: Some("^([0-9a-zA-Z-_]{10,64})$"),
});
const NAME: Schema = TEXT.length(0, CREDENTIAL_NAME_MAX);
const PEM: Schema = TEXT.length(1, PEM_MAX);
const ALG: Schema = choice(&["RS256", "RS384", "PS256"]);
const SUBJECT: Schema = TEXT.length(1, SUBJECT_DN_MAX);

/// A public key, as it is asked for inside a client.
pub(crate) const PUBLIC_KEY: Schema = object(&[
    required("credential_type", choice(&["public_key"])),
    optional("name", NAME),
    required("pem", PEM),
    optional("alg", ALG),
    optional("parse_expiry_from_cert", BOOLEAN),
    optional("expires_at", TEXT.format(DATE_TIME)),
    optional("kid", KID),
]);

/// The subject of a certificate, as it is asked for inside a client.
pub(crate) const SUBJECT_DN: Schema = object(&[
    required("credential_type", choice(&["cert_subject_dn"])),
    optional("name", NAME),
    optional("subject_dn", SUBJECT),
    optional("pem", PEM),
]);

/// A certificate, as it is asked for inside a client.
pub(crate) const CERTIFICATE: Schema = object(&[
    required("credential_type", choice(&["x509_cert"])),
    optional("name", NAME),
    required("pem", PEM),
]);

/// A credential, as it is shown: by itself, or inside a client, where later on only its id is.
pub(crate) const ANSWER: Schema = object(&[
    required("id", TEXT.length(1, 64)),
    optional(
        "credential_type",
        choice(&["public_key", "cert_subject_dn", "x509_cert"]),
    ),
    optional("kid", KID),
    optional("alg", ALG),
    optional("name", NAME),
    optional("subject_dn", SUBJECT),
    optional("thumbprint_sha256", TEXT),
    optional("created_at", TEXT.format(DATE_TIME)),
    optional("updated_at", TEXT.format(DATE_TIME)),
    optional("expires_at", TEXT),
]);

static SHOWN: Schema = ANSWER;
static SHOWN_LIST: Schema = list_of(&ANSWER);

static NEW: Schema = object(&[
    required(
        "credential_type",
        choice(&["public_key", "cert_subject_dn", "x509_cert"]),
    ),
    optional("name", NAME),
    optional("subject_dn", SUBJECT),
    optional("pem", PEM),
    optional("alg", ALG),
    optional("parse_expiry_from_cert", BOOLEAN),
    optional("expires_at", TEXT.format(DATE_TIME)),
    optional("kid", KID),
]);

static CHANGED: Schema =
    object(&[optional("expires_at", TEXT.format(DATE_TIME).or_null())]).at_least(1);

pub(crate) static LIST: Operation = get(
    "/clients/{client_id}/credentials",
    "List a client's credentials",
)
.any_of(&["read:client_credentials"])
.answers(&[json(200, &SHOWN_LIST)]);

/// `GET …/credentials`: all of them, keys by their `kid`, and otherwise the newest first; an array.
pub(crate) async fn list(at: Permitted, Path(client): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let entry = current.state().client(&client).ok_or_else(no_such_client)?;
    let mut credentials: Vec<&ClientCredential> = entry.client().credentials.iter().rev().collect();
    credentials.sort_by_key(|one| match &one.proof {
        CredentialProof::PublicKey { kid, .. } => Some(&**kid),
        CredentialProof::SubjectDn(_) | CredentialProof::Certificate(_) => None,
    });
    let shown: Value = credentials
        .into_iter()
        .map(|one| Value::from(show_credential(one)))
        .collect();
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static CREATE: Operation = post(
    "/clients/{client_id}/credentials",
    "Register a credential of a client",
)
.any_of(&["create:client_credentials"])
.body(&NEW)
.answers(&[json(201, &SHOWN)]);

/// `POST …/credentials`: 201. It is good for nothing until the client is told what to use it for.
pub(crate) async fn create(
    at: Permitted,
    Path(client): Path<String>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let new = read_new(fields)?;
    let credential = at
        .registry()
        .read_credential(&new)
        .map_err(ApiError::from)?;
    at.registry()
        .add_credential(at.tenant(), at.actor(), &client, &credential)
        .await?;
    Ok(object::json(
        StatusCode::CREATED,
        show_credential(&credential),
    ))
}

pub(crate) static SHOW: Operation = get(
    "/clients/{client_id}/credentials/{credential_id}",
    "Read a client's credential",
)
.any_of(&["read:client_credentials"])
.answers(&[json(200, &SHOWN)]);

/// `GET …/credentials/{credential_id}`
pub(crate) async fn show(
    at: Permitted,
    Path((client, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let entry = current.state().client(&client).ok_or_else(no_such_client)?;
    let mut all = entry.client().credentials.iter();
    let credential = all
        .find(|one| one.id.as_str() == id)
        .ok_or_else(|| ApiError::not_found("Credential does not exist", None))?;
    Ok(object::json(StatusCode::OK, show_credential(credential)))
}

pub(crate) static UPDATE: Operation = patch(
    "/clients/{client_id}/credentials/{credential_id}",
    "Change when a client's credential expires",
)
.any_of(&["update:client_credentials"])
.body(&CHANGED)
.answers(&[json(200, &SHOWN)]);

/// `PATCH …/credentials/{credential_id}`: 200, as Auth0 answers, whatever its description says.
pub(crate) async fn update(
    at: Permitted,
    Path((client, id)): Path<(String, String)>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let expires_at = moment(&mut fields, "expires_at")?.value();
    fields.end()?;
    let credential = at
        .registry()
        .let_credential_expire(at.tenant(), at.actor(), &client, &id, expires_at)
        .await?;
    Ok(object::json(StatusCode::OK, show_credential(&credential)))
}

pub(crate) static DELETE: Operation = deletion(
    "/clients/{client_id}/credentials/{credential_id}",
    "Delete a client's credential",
)
.any_of(&["delete:client_credentials"])
.answers(&[empty(204)]);

/// `DELETE …/credentials/{credential_id}`: 204, also when there is none; 400 while it is bound.
pub(crate) async fn delete(
    at: Permitted,
    Path((client, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_credential(at.tenant(), at.actor(), &client, &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads the definition of a credential; what does not belong to its type is refused.
pub(crate) fn read_new(mut fields: Fields) -> Result<NewCredential, ApiError> {
    let kind = must(fields.string("credential_type")?, "credential_type")?;
    let name = fields.string("name")?.value();
    let pem = fields.string("pem")?;
    let proof = match kind.as_str() {
        "public_key" => NewProof::PublicKey {
            pem: must(pem, "pem")?,
            alg: fields
                .choice("alg", AssertionAlg::parse)?
                .value()
                .unwrap_or(AssertionAlg::Rs256),
            kid: fields.string("kid")?.value(),
            expires_with_certificate: fields
                .boolean("parse_expiry_from_cert")?
                .value()
                .unwrap_or_default(),
        },
        "cert_subject_dn" => NewProof::SubjectDn {
            subject_dn: fields.string("subject_dn")?.value(),
            pem: pem.value(),
        },
        "x509_cert" => NewProof::Certificate {
            pem: must(pem, "pem")?,
        },
        other => return Err(invalid("No enum match for", other, "credential_type")),
    };
    let expires_at = match proof {
        NewProof::PublicKey { .. } => moment(&mut fields, "expires_at")?.value(),
        NewProof::Certificate { .. } | NewProof::SubjectDn { .. } => None,
    };
    fields.end()?;
    Ok(NewCredential {
        name,
        proof,
        expires_at,
    })
}

fn moment(fields: &mut Fields, member: &str) -> Result<Field<Timestamp>, ApiError> {
    fields.string(member)?.try_map(|text| {
        let instant: jiff::Timestamp = text
            .parse()
            .map_err(|_| invalid("Not a date", &text, member))?;
        Ok(Timestamp::from_millis(instant.as_millisecond()))
    })
}

/// A credential in Auth0's order of members. Neither key nor certificate is shown.
pub(crate) fn show_credential(credential: &ClientCredential) -> Object {
    let ClientCredential {
        id,
        name,
        proof,
        created_at,
        updated_at,
        expires_at,
    } = credential;
    let shown = Object::new()
        .with("id", id.as_str())
        .with("credential_type", proof.type_name());
    let shown = match proof {
        CredentialProof::PublicKey { spki: _, kid, alg } => {
            shown.with("kid", &**kid).with("alg", alg.as_str())
        }
        CredentialProof::SubjectDn(_) | CredentialProof::Certificate(_) => shown,
    };
    let shown = shown.with_some("name", name.as_deref());
    let shown = match proof {
        CredentialProof::PublicKey { .. } => shown,
        CredentialProof::SubjectDn(subject) => shown.with("subject_dn", &**subject),
        CredentialProof::Certificate(print) => shown.with("thumbprint_sha256", &**print),
    };
    shown
        .with("created_at", date(*created_at))
        .with("updated_at", date(*updated_at))
        .with_some("expires_at", expires_at.map(date))
}
