//! The description of the API: what is in the tree is what the server says.

use std::collections::HashSet;

use http::Method;
use m2mint_testkit::TestApp;
use serde_json::Value;

/// The file that readers find.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

async fn document() -> Value {
    let app = TestApp::new().await;
    let answer = app
        .raw(Method::GET, "/m2mint/v1/openapi.json", &[], "")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    answer.json()
}

#[tokio::test]
async fn the_file_in_the_tree_is_what_the_server_says() {
    let said = format!("{:#}\n", document().await);
    if std::env::var_os("M2MINT_WRITE_DOCS").is_some() {
        std::fs::write(FILE, &said).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap();
    assert!(
        kept == said,
        "docs/openapi.json is not what the server says: `just docs` writes it"
    );
}

#[tokio::test]
async fn every_operation_says_what_it_needs_and_what_it_answers() {
    let document = document().await;
    let mut seen = HashSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(
                !operation["summary"].as_str().unwrap().is_empty(),
                "{place}"
            );
            let security = operation["security"].as_array().unwrap();
            assert!(!security.is_empty(), "{place} asks for no scope");
            let parameters = operation["parameters"].as_array();
            let named: HashSet<&str> = parameters
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            assert_eq!(named.len(), path.matches('{').count(), "{place}");
            let answers = operation["responses"].as_object().unwrap();
            let done = answers
                .keys()
                .filter(|status| status.starts_with('2'))
                .count();
            let summary = operation["summary"].as_str().unwrap();
            let absent = summary.ends_with("on this server") || summary.contains(": there ");
            assert!(0 < done || absent, "{place} never succeeds");
            for (status, answer) in answers {
                let schema = &answer["content"]["application/json"]["schema"];
                let empty = answer["content"].is_null();
                let said = schema.as_object().is_some_and(|schema| !schema.is_empty());
                assert!(empty || said, "{place} {status} answers anything");
            }
            assert!(seen.insert(place));
        }
    }
}
