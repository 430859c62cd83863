//! Two writers: who names what they saw never overwrites what they did not.

use http::Method;
use m2mint_testkit::TestApp;
use m2mint_testkit::answer::Answer;
use serde_json::{Value, json};

async fn ask(
    app: &TestApp,
    method: Method,
    path: &str,
    header: (&str, &str),
    body: &Value,
) -> Answer {
    let token = format!("Bearer {}", app.management_token());
    let headers = [("authorization", token.as_str()), header];
    app.raw(method, path, &headers, body.to_string()).await
}

#[tokio::test]
async fn a_change_of_what_was_seen_is_made_and_of_what_was_not_is_refused() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let seen = app.get(&path).await.header("etag").to_owned();
    assert!(seen.starts_with('"'), "{seen}");

    let mine = json!({"name": "mine"});
    let done = ask(&app, Method::PATCH, &path, ("if-match", &seen), &mine).await;
    assert_eq!(done.status, 200, "{done}");

    // The second writer still holds what was there before.
    let theirs = json!({"name": "theirs"});
    let refused = ask(&app, Method::PATCH, &path, ("if-match", &seen), &theirs).await;
    assert_eq!(refused.status, 412, "{refused}");
    assert_eq!(app.get(&path).await.text("name"), "mine");

    let gone = ask(&app, Method::DELETE, &path, ("if-match", &seen), &json!({})).await;
    assert_eq!(gone.status, 412);
    let fresh = app.get(&path).await.header("etag").to_owned();
    let gone = ask(
        &app,
        Method::DELETE,
        &path,
        ("if-match", &fresh),
        &json!({}),
    )
    .await;
    assert_eq!(gone.status, 204);
}

#[tokio::test]
async fn changes_of_other_objects_are_no_obstacle() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let seen = app.get(&path).await.header("etag").to_owned();
    app.client("another").await;
    let body = json!({"name": "mine"});
    let done = ask(&app, Method::PATCH, &path, ("if-match", &seen), &body).await;
    assert_eq!(done.status, 200, "{done}");
}

#[tokio::test]
async fn what_is_not_there_or_may_not_be_seen_is_not_changed_either() {
    let app = TestApp::new().await;
    let body = json!({"name": "x"});
    let path = "/api/v2/clients/nobody";
    let answer = ask(&app, Method::PATCH, path, ("if-match", "*"), &body).await;
    assert_eq!(answer.status, 404, "{answer}");
    let headers = [("if-match", "*")];
    let answer = app
        .raw(Method::PATCH, path, &headers, body.to_string())
        .await;
    assert_eq!(answer.status, 401, "{answer}");
}

#[tokio::test]
async fn what_is_known_already_is_not_sent_again() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let seen = app.get(&path).await.header("etag").to_owned();
    let again = ask(
        &app,
        Method::GET,
        &path,
        ("if-none-match", &seen),
        &Value::Null,
    )
    .await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    app.patch(&path, &json!({"name": "new"})).await;
    let again = ask(
        &app,
        Method::GET,
        &path,
        ("if-none-match", &seen),
        &Value::Null,
    )
    .await;
    assert_eq!(again.status, 200);
}

#[tokio::test]
async fn of_many_writers_who_saw_the_same_one_wins() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let seen = app.get(&path).await.header("etag").to_owned();
    let header = ("if-match", seen.as_str());
    let bodies = ["first", "second", "third", "fourth"].map(|name| json!({"name": name}));
    let [first, second, third, fourth] = &bodies;
    let write = |body| ask(&app, Method::PATCH, &path, header, body);
    let (first, second, third, fourth) =
        tokio::join!(write(first), write(second), write(third), write(fourth));
    let mut statuses = [first, second, third, fourth].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412]);
}
