//! Log streams that run: a receiver on this machine, told what the log says.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use m2mint_domain::document::DocumentKind;
use m2mint_store::LogQuery;
use m2mint_testkit::{Credentials, TestApp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const STREAMS: &str = "/api/v2/log-streams";
/// The host name of the tenant.
const HOST: &str = "acme.example";
const DAY: i64 = 86_400;

/// What came in.
#[derive(Clone, Debug)]
struct Received {
    path: String,
    headers: HeaderMap,
    body: String,
}

/// A server that keeps what it gets, and answers with the statuses it was given, then with 200.
struct Receiver {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    statuses: Arc<Mutex<VecDeque<u16>>>,
    task: JoinHandle<()>,
}

impl Receiver {
    async fn start() -> Self {
        Self::at(0).await
    }

    async fn at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let statuses: Arc<Mutex<VecDeque<u16>>> = Arc::default();
        let (kept, next) = (Arc::clone(&received), Arc::clone(&statuses));
        let task = tokio::spawn(async move {
            // Connections end with the task that accepts them.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, next) = (Arc::clone(&kept), Arc::clone(&next));
                let service = service_fn(move |request| {
                    answer(request, Arc::clone(&kept), Arc::clone(&next), port)
                });
                connections.spawn(async move {
                    let http = hyper::server::conn::http1::Builder::new();
                    let _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self {
            port,
            received,
            statuses,
            task,
        }
    }

    fn answers(&self, statuses: &[u16]) {
        self.statuses.lock().unwrap().extend(statuses);
    }

    fn requests(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The log ids that came, in order, from bodies of any format.
    fn log_ids(&self) -> Vec<String> {
        let requests = self.requests();
        let records = requests.iter().flat_map(|one| records(&one.body));
        records
            .map(|record| record.get("log_id").unwrap().as_str().unwrap().to_owned())
            .collect()
    }

    async fn stop(self) -> u16 {
        self.task.abort();
        let _ = self.task.await;
        self.port
    }
}

async fn answer(
    request: Request<Incoming>,
    kept: Arc<Mutex<Vec<Received>>>,
    next: Arc<Mutex<VecDeque<u16>>>,
    port: u16,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    kept.lock().unwrap().push(Received {
        path: head.uri.path().to_owned(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let status = next.lock().unwrap().pop_front().unwrap_or(200);
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let elsewhere = format!("http://127.0.0.1:{port}/elsewhere");
    if status == 302 {
        let elsewhere = elsewhere.parse().unwrap();
        response.headers_mut().insert(header::LOCATION, elsewhere);
    }
    Ok(response)
}

fn records(body: &str) -> Vec<Value> {
    match serde_json::from_str(body) {
        Ok(Value::Array(records)) => records,
        Ok(record) => vec![record],
        Err(_) => body
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    }
}

/// A stream of refused tokens to a receiver. `more` are further members of the sink.
async fn stream(app: &TestApp, port: u16, more: Value) -> String {
    let mut sink = more.as_object().unwrap().clone();
    let endpoint = format!("http://127.0.0.1:{port}/in");
    sink.insert("httpEndpoint".into(), endpoint.into());
    let body = json!({
        "name": "ours", "type": "http", "sink": sink,
        "filters": [{"type": "category", "name": "auth.token_exchange.fail"}],
    });
    let answer = app.post(STREAMS, &body).await;
    format!("{STREAMS}/{}", answer.text("id"))
}

/// Has the log say that so many tokens were refused. Gives the ids of all such entries, oldest first.
async fn refusals(app: &TestApp, count: usize) -> Vec<String> {
    let nobody = Credentials {
        id: "nobody".into(),
        secret: "x".into(),
    };
    for _ in 0..count {
        app.token(&nobody, "").await;
    }
    app.log_book().flush().await.unwrap();
    let token = app.management_token_of(HOST).await;
    let path = "/api/v2/logs?q=type:feccft&sort=date:1&per_page=100";
    let found = app.manage_as(&token, Method::GET, path, &Value::Null).await;
    let found = found.json();
    let entries = found.as_array().unwrap().iter();
    entries
        .map(|entry| entry["log_id"].as_str().unwrap().to_owned())
        .collect()
}

async fn status(app: &TestApp, path: &str) -> String {
    let token = app.management_token_of(HOST).await;
    let answer = app.manage_as(&token, Method::GET, path, &Value::Null).await;
    answer.text("status")
}

async fn set(app: &TestApp, path: &str, change: Value) {
    let token = app.management_token_of(HOST).await;
    let answer = app.manage_as(&token, Method::PATCH, path, &change).await;
    assert_eq!(answer.status, 200, "{answer}");
}

#[tokio::test]
async fn what_the_log_says_arrives_in_order_once_and_with_the_headers_asked_for() {
    let app = TestApp::new().await;
    let receiver = Receiver::start().await;
    let sink = json!({
        "httpAuthorization": "Bearer hunter2", "httpContentType": "application/x-ours",
        "httpContentFormat": "JSONLINES",
        "httpCustomHeaders": [{"header": "X-Ours", "value": "yes"}],
    });
    stream(&app, receiver.port, sink).await;
    let ids = refusals(&app, 3).await;
    let streamer = app.streamer();
    streamer.round().await;
    streamer.round().await;

    assert_eq!(receiver.log_ids(), ids);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.path, "/in");
    for (name, value) in [
        ("authorization", "Bearer hunter2"),
        ("content-type", "application/x-ours"),
        ("x-ours", "yes"),
    ] {
        assert_eq!(request.headers[name], value);
    }
    assert_eq!(request.body.lines().count(), 3);
    let record = &records(&request.body)[0];
    let shown = app.get(&format!("/api/v2/logs/{}", ids[0])).await.json();
    assert_eq!(record, &json!({"log_id": ids[0], "data": shown}));

    // What comes later goes out later.
    let ids = refusals(&app, 2).await;
    streamer.round().await;
    assert_eq!(receiver.log_ids(), ids);
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn arrays_and_single_objects_are_sent_as_such() {
    for (format, bodies) in [("JSONARRAY", 1), ("JSONOBJECT", 3)] {
        let app = TestApp::new().await;
        let receiver = Receiver::start().await;
        stream(&app, receiver.port, json!({"httpContentFormat": format})).await;
        let ids = refusals(&app, 3).await;
        app.streamer().round().await;
        assert_eq!(receiver.log_ids(), ids);
        let requests = receiver.requests();
        assert_eq!(requests.len(), bodies, "{format}");
        for request in requests {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            assert_eq!(body.is_array(), format == "JSONARRAY");
            assert_eq!(request.headers["content-type"], "application/json");
            assert_eq!(request.headers.get("authorization"), None);
        }
    }
}

#[tokio::test]
async fn long_logs_go_in_batches() {
    let app = TestApp::new().await;
    let receiver = Receiver::start().await;
    stream(&app, receiver.port, json!({})).await;
    refusals(&app, 250).await;
    app.streamer().round().await;
    let ids = receiver.log_ids();
    assert_eq!(ids.len(), 250);
    assert!(ids.is_sorted());
    assert!(receiver.requests().len() < 10);
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_later_and_later_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let receiver = Receiver::start().await;
    stream(&app, receiver.port, json!({})).await;
    receiver.answers(&[500, 503]);
    let first = refusals(&app, 1).await;
    let streamer = app.streamer();
    streamer.round().await;
    // Too soon: it is not asked.
    streamer.round().await;
    assert_eq!(receiver.requests().len(), 1);
    app.clock().advance_secs(1);
    streamer.round().await;
    assert_eq!(receiver.requests().len(), 2);
    // The second wait is longer than the first.
    app.clock().advance_secs(1);
    let ids = refusals(&app, 1).await;
    streamer.round().await;
    let soon = receiver.requests().len();
    app.clock().advance_secs(1);
    streamer.round().await;
    assert!(soon <= 3);
    let sent = receiver.log_ids();
    assert_eq!(sent[..2], [first[0].clone(), first[0].clone()]);
    assert_eq!(sent[2..], ids);
}

#[tokio::test]
async fn single_objects_go_on_where_the_failed_one_was() {
    let app = TestApp::new().await;
    let receiver = Receiver::start().await;
    stream(
        &app,
        receiver.port,
        json!({"httpContentFormat": "JSONOBJECT"}),
    )
    .await;
    receiver.answers(&[200, 200, 500]);
    let ids = refusals(&app, 4).await;
    app.streamer().round().await;
    assert_eq!(receiver.log_ids(), ids[..3]);
    // Another process: it knows what the store knows.
    app.streamer().round().await;
    assert_eq!(receiver.log_ids()[3..], ids[2..]);
}

#[tokio::test]
async fn a_receiver_that_is_away_gets_everything_when_it_is_back_after_a_restart_too() {
    let app = TestApp::new().await;
    let receiver = Receiver::start().await;
    stream(&app, receiver.port, json!({})).await;
    let before = refusals(&app, 2).await;
    let streamer = app.streamer();
    streamer.round().await;
    assert_eq!(receiver.log_ids(), before);
    let port = receiver.stop().await;

    let all = refusals(&app, 3).await;
    streamer.round().await;
    app.clock().advance_secs(60);
    streamer.round().await;
    drop(streamer);

    let receiver = Receiver::at(port).await;
    app.streamer().round().await;
    assert_eq!(receiver.log_ids(), all[2..]);
}

#[tokio::test]
async fn a_receiver_that_fails_for_a_week_is_left_alone_until_somebody_says_so() {
    let app = TestApp::new().await;
    let receiver = Receiver::start().await;
    let path = stream(&app, receiver.port, json!({})).await;
    receiver.answers(&[500; 3]);
    refusals(&app, 1).await;
    app.streamer().round().await;
    assert_eq!(status(&app, &path).await, "active");
    app.clock().advance_secs(7 * DAY - 1);
    app.streamer().round().await;
    assert_eq!(status(&app, &path).await, "active");
    app.clock().advance_secs(1);
    app.streamer().round().await;
    assert_eq!(status(&app, &path).await, "suspended");
    assert_eq!(receiver.requests().len(), 3);

    app.clock().advance_secs(60);
    app.streamer().round().await;
    assert_eq!(receiver.requests().len(), 3);
    let ids = refusals(&app, 1).await;
    // One more failure does not suspend it again at once: its patience begins anew.
    receiver.answers(&[500]);
    set(&app, &path, json!({"status": "active"})).await;
    app.streamer().round().await;
    assert_eq!(status(&app, &path).await, "active");
    app.streamer().round().await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 5);
    let last: Vec<Value> = records(&requests[4].body);
    assert_eq!(last.len(), ids.len());
    assert_eq!(last[0]["log_id"], ids[0]);
}

#[tokio::test]
async fn a_paused_stream_rests_and_goes_on_where_it_was() {
    let app = TestApp::new().await;
    let receiver = Receiver::start().await;
    let path = stream(&app, receiver.port, json!({})).await;
    let streamer = app.streamer();
    refusals(&app, 1).await;
    streamer.round().await;
    set(&app, &path, json!({"status": "paused"})).await;
    let ids = refusals(&app, 2).await;
    streamer.round().await;
    assert_eq!(receiver.requests().len(), 1);
    set(&app, &path, json!({"status": "active"})).await;
    streamer.round().await;
    assert_eq!(receiver.log_ids(), ids);
    app.delete(&path).await;
    refusals(&app, 1).await;
    streamer.round().await;
    assert_eq!(receiver.log_ids(), ids);
}

#[tokio::test]
async fn a_change_of_the_stream_ends_the_wait() {
    let app = TestApp::new().await;
    let receiver = Receiver::start().await;
    let path = stream(&app, receiver.port, json!({})).await;
    let streamer = app.streamer();
    receiver.answers(&[500]);
    refusals(&app, 1).await;
    streamer.round().await;
    let endpoint = format!("http://127.0.0.1:{}/other", receiver.port);
    set(&app, &path, json!({"sink": {"httpEndpoint": endpoint}})).await;
    streamer.round().await;
    let paths: Vec<String> = receiver
        .requests()
        .into_iter()
        .map(|one| one.path)
        .collect();
    assert_eq!(paths, ["/in", "/other"]);
}

#[tokio::test]
async fn a_stream_begins_when_it_was_made_or_where_it_was_told_to() {
    let app = TestApp::new().await;
    let receiver = Receiver::start().await;
    refusals(&app, 1).await;
    app.clock().advance_secs(60);
    let from_second = refusals(&app, 1).await.split_off(1);
    app.clock().advance_secs(60);
    let path = stream(&app, receiver.port, json!({})).await;
    let streamer = app.streamer();
    streamer.round().await;
    assert_eq!(receiver.requests().len(), 0);
    app.delete(&path).await;

    let body = json!({
        "type": "http", "startFrom": "2026-01-01T00:00:30Z",
        "sink": {"httpEndpoint": format!("http://127.0.0.1:{}/in", receiver.port)},
        "filters": [{"name": "auth.token_exchange.fail"}],
    });
    assert_eq!(app.post(STREAMS, &body).await.status, 200);
    streamer.round().await;
    assert_eq!(receiver.log_ids(), from_second);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_counts_as_a_failure() {
    let app = TestApp::new().await;
    let receiver = Receiver::start().await;
    stream(&app, receiver.port, json!({"httpAuthorization": "hunter2"})).await;
    receiver.answers(&[302]);
    let ids = refusals(&app, 1).await;
    let streamer = app.streamer();
    streamer.round().await;
    let paths: Vec<String> = receiver
        .requests()
        .into_iter()
        .map(|one| one.path)
        .collect();
    assert_eq!(paths, ["/in"]);
    app.clock().advance_secs(1);
    streamer.round().await;
    assert_eq!(receiver.log_ids(), [ids[0].clone(), ids[0].clone()]);
}

#[tokio::test]
async fn streams_do_not_wait_for_each_other_and_tenants_are_apart() {
    let app = TestApp::new().await;
    app.tenant("beta", "beta.example").await;
    let (good, bad) = (Receiver::start().await, Receiver::start().await);
    stream(&app, bad.port, json!({})).await;
    stream(&app, good.port, json!({})).await;
    bad.answers(&[500]);
    let ids = refusals(&app, 1).await;
    let elsewhere = [
        ("host", "beta.example"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let form = "grant_type=client_credentials&client_id=theirs&client_secret=x";
    app.raw(Method::POST, "/oauth/token", &elsewhere, form)
        .await;
    app.log_book().flush().await.unwrap();
    app.streamer().round().await;
    assert_eq!(good.log_ids(), ids);
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read_to_its_end() {
    let app = TestApp::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let flood = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4_096];
        let _read = stream.read(&mut request).await.unwrap();
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut sent = 0_u64;
        // Until the other end hangs up.
        while stream.write_all(&[b'x'; 8_192]).await.is_ok() {
            sent += 8_192;
        }
        sent
    });
    stream(&app, port, json!({})).await;
    refusals(&app, 1).await;
    let streamer = app.streamer();
    streamer.round().await;
    let sent = tokio::time::timeout(Duration::from_secs(10), flood).await;
    // What fits into the buffers of the sockets, and no more.
    assert!(sent.unwrap().unwrap() < 100_000_000);
    // It was taken: it is not sent again, though nobody listens any more.
    app.clock().advance_secs(3_600);
    streamer.round().await;
    let tenant = "acme".parse().unwrap();
    let log = app.registry().store();
    let newest = log.find_logs(&tenant, &LogQuery::default()).await.unwrap();
    let snapshot = app.snapshots().tenant(&tenant).unwrap();
    let stream = snapshot.state().documents(DocumentKind::LogStream).next();
    let cursor = log.log_cursor(&tenant, &stream.unwrap().id).await.unwrap();
    let cursor = cursor.unwrap();
    assert_eq!(cursor.failing_since, None);
    assert!(newest.iter().any(|entry| entry.sequence == cursor.position));
}
