//! `m2mint api`: any call of the Management API.

use std::io::{self, Read as _};
use std::path::Path;

use http::Method;
use serde_json::Value;
use url::form_urlencoded;

use crate::args::document::{Api, Parameter};
use crate::deploy::root::read_to_string;
use crate::failure::{Explain as _, Failure, Outcome};
use crate::output::value;
use crate::resource::{MANAGEMENT, OURS};
use crate::session::Session;

/// The longest body on standard input.
const INPUT_MAX: u64 = 128 * 1024 * 1024;

pub(super) fn run(session: &Session, args: &Api) -> Outcome {
    let Api {
        method,
        path,
        body,
        query,
    } = args;
    let body = body
        .as_deref()
        .map(|text| parse_body(session, text))
        .transpose()?;
    let method = match method {
        Some(method) => parse_method(method)?,
        None if body.is_some() => Method::POST,
        None => Method::GET,
    };
    let path = whole_path(path, query)?;
    if method == Method::DELETE {
        session.confirm(&format!("Delete {path}?"))?;
    }
    let answer = session.with_api(async |api| Ok(api.send(method, &path, body).await?))?;
    if answer.is_null() {
        return Ok(());
    }
    value(&answer)
}

fn parse_method(text: &str) -> Outcome<Method> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "get" => Method::GET,
        "post" => Method::POST,
        "put" => Method::PUT,
        "patch" => Method::PATCH,
        "delete" => Method::DELETE,
        _ => {
            return Err(Failure::usage(format!("{text} is no method"))
                .hint("use get, post, put, patch or delete"));
        }
    })
}

/// The path from the root of the server: what does not say which API is of Auth0's.
fn whole_path(path: &str, query: &[Parameter]) -> Outcome<String> {
    if path.contains("://") {
        return Err(Failure::usage("the path is a URL").hint("the server belongs in --url"));
    }
    let path = path.trim_start_matches('/');
    let known = [MANAGEMENT, OURS]
        .iter()
        .any(|api| path.starts_with(api.trim_start_matches('/')));
    let mut whole = if known {
        format!("/{path}")
    } else {
        format!("{MANAGEMENT}{path}")
    };
    if !query.is_empty() {
        whole.push(if whole.contains('?') { '&' } else { '?' });
        let pairs = query.iter().map(|pair| (&pair.name, &pair.value));
        whole = form_urlencoded::Serializer::for_suffix(whole.clone(), whole.len())
            .extend_pairs(pairs)
            .finish();
    }
    Ok(whole)
}

fn parse_body(session: &Session, given: &str) -> Outcome<Value> {
    let text = match given.strip_prefix('@') {
        Some(file) => read_to_string(Path::new(file))?,
        None if given == "-" => {
            session.refuse_token_on_stdin()?;
            let mut text = String::new();
            let read = io::stdin().lock().take(INPUT_MAX).read_to_string(&mut text);
            read.because(|| "the body could not be read from standard input".to_owned())?;
            text
        }
        None => given.to_owned(),
    };
    serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!("the body is no JSON: {error}"))
            .hint("a file is given as @FILE, and - reads standard input")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str, query: &[&str]) -> String {
        let query: Vec<Parameter> = query.iter().map(|pair| pair.parse().unwrap()).collect();
        whole_path(path, &query).unwrap()
    }

    #[test]
    fn a_path_may_be_short() {
        for same in ["clients", "/clients", "api/v2/clients", "/api/v2/clients"] {
            assert_eq!(path(same, &[]), "/api/v2/clients");
        }
        assert_eq!(path("m2mint/v1/history", &[]), "/m2mint/v1/history");
        // No host hides behind two slashes.
        assert_eq!(path("//evil.example/x", &[]), "/api/v2/evil.example/x");
        assert!(whole_path("https://evil.example/", &[]).is_err());
    }

    #[test]
    fn a_query_is_escaped() {
        assert_eq!(
            path("clients?page=1", &["q=a&b =", "fields=name"]),
            "/api/v2/clients?page=1&q=a%26b+%3D&fields=name"
        );
        assert_eq!(path("logs", &["take=1"]), "/api/v2/logs?take=1");
    }
}
