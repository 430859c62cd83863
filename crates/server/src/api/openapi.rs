//! The description of the API for machines: `OpenAPI` 3.1, printed from the [`Operation`]s that also
//! route, check and document every call.

use std::sync::LazyLock;

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::object;
use super::operation::{Operation, Parameter, Scopes};
use super::schema::{check, described};
use crate::routes;

/// The prefix of Auth0's API, and that of our own.
const PREFIXES: [&str; 2] = [routes::MANAGEMENT, routes::OURS];

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// The operations below each prefix: routers are built for no more than this list here.
static OPERATIONS: LazyLock<[Vec<&'static Operation>; 2]> =
    LazyLock::new(|| [routes::management(), routes::ours()].map(|one| one.list().to_vec()));

/// `GET /m2mint/v1/openapi.json`: open to everyone, for it says nothing of any tenant.
pub(crate) async fn show() -> Response {
    let mut response = object::json(StatusCode::OK, DOCUMENT.clone());
    let cached = HeaderValue::from_static("public, max-age=3600");
    response.headers_mut().insert(header::CACHE_CONTROL, cached);
    response
}

/// Holds an answer of the API against its description: for tests.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_answer(method: &str, path: &str, status: u16, body: &str) -> Result<(), String> {
    if !(200..300).contains(&status) {
        return Ok(());
    }
    let Some(operation) = find(method, path) else {
        return Ok(());
    };
    let Some(answer) = operation.answers.iter().find(|one| one.status == status) else {
        return Err(format!("{method} {path}: {status} is not described"));
    };
    match answer.body {
        None if body.is_empty() => Ok(()),
        None => Err(format!("{method} {path}: {status} has a body: {body}")),
        Some(schema) => {
            let value: Value = serde_json::from_str(body)
                .map_err(|error| format!("{method} {path}: {error}: {body}"))?;
            check(schema, &value).map_err(|wrong| format!("{method} {path}: {wrong}: {body}"))
        }
    }
}

/// The operation that a path below one of the prefixes leads to. Fixed segments win over parameters.
fn find(method: &str, path: &str) -> Option<&'static Operation> {
    let path = path.split('?').next().unwrap_or_default();
    PREFIXES
        .iter()
        .zip(&*OPERATIONS)
        .find_map(|(prefix, operations)| {
            let asked: Vec<&str> = path.strip_prefix(prefix)?.split('/').collect();
            operations
                .iter()
                .copied()
                .filter(|operation| operation.method.as_str() == method)
                .filter(|operation| {
                    let known: Vec<&str> = operation.path.split('/').collect();
                    known.len() == asked.len()
                        && known
                            .iter()
                            .zip(&asked)
                            .all(|(known, asked)| known.starts_with('{') || known == asked)
                })
                .min_by_key(|operation| operation.path.matches('{').count())
        })
}

fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for (prefix, operations) in PREFIXES.iter().zip(&*OPERATIONS) {
        for operation in operations {
            let path = format!("{prefix}{}", operation.path);
            let methods = paths.entry(path).or_insert_with(|| json!({}));
            if let Some(methods) = methods.as_object_mut() {
                let method = operation.method.as_str().to_lowercase();
                methods.insert(method, printed(operation));
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "m2mint",
            "summary": "Management of an OAuth 2.0 server for machines",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{
            "url": "https://{domain}",
            "variables": {"domain": {"default": "localhost"}},
        }],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
            "schemas": {"Error": {
                "type": "object",
                "required": ["statusCode", "error", "message"],
                "properties": {
                    "statusCode": {"type": "integer"},
                    "error": {"type": "string"},
                    "message": {"type": "string"},
                    "errorCode": {"type": "string"},
                    "attributes": {"type": "object"},
                },
            }},
        },
    })
}

fn printed(operation: &Operation) -> Value {
    let mut said = Map::new();
    said.insert("summary".into(), operation.about.into());
    let (rule, scopes) = match operation.scopes {
        Scopes::Any(scopes) => ("any of", scopes),
        Scopes::All(scopes) => ("all of", scopes),
    };
    said.insert(
        "description".into(),
        format!("The token needs {rule}: {}.", scopes.join(", ")).into(),
    );
    let security: Value = match operation.scopes {
        Scopes::Any(scopes) => scopes
            .iter()
            .map(|scope| json!({"bearer": [scope]}))
            .collect(),
        Scopes::All(scopes) => json!([{"bearer": scopes}]),
    };
    said.insert("security".into(), security);
    let mut parameters: Vec<Value> = operation
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    parameters.extend(operation.query.iter().copied().flatten().map(in_query));
    if !parameters.is_empty() {
        said.insert("parameters".into(), parameters.into());
    }
    if let Some(schema) = operation.body {
        let content = json!({"application/json": {"schema": described(schema)}});
        said.insert("requestBody".into(), json!({"content": content}));
    }
    let mut responses = Map::new();
    for answer in operation.answers {
        let mut response = json!({"description": "Done."});
        if let (Some(schema), Some(members)) = (answer.body, response.as_object_mut()) {
            let content = json!({"application/json": {"schema": described(schema)}});
            members.insert("content".into(), content);
        }
        responses.insert(answer.status.to_string(), response);
    }
    responses.insert(
        "default".into(),
        json!({
            "description": "Refused.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }),
    );
    said.insert("responses".into(), responses.into());
    Value::Object(said)
}

fn in_query(parameter: &Parameter) -> Value {
    let schema = described(&parameter.schema);
    let schema = if parameter.repeated {
        json!({"type": "array", "items": schema})
    } else {
        schema
    };
    json!({"name": parameter.name, "in": "query", "schema": schema})
}
