//! Real sockets: HTTP/1.1, HTTP/2 and TLS, limits in time and number, and a stop that drains.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use m2mint_authority::log::Durability;
use m2mint_server::tls::TlsFiles;
use m2mint_server::{Settings, serve};
use m2mint_testkit::TestApp;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;

/// No test waits longer than this for what must come.
const PATIENCE: Duration = Duration::from_secs(5);
/// Short enough not to wait for, long enough not to be hit by chance.
const SHORT: Duration = Duration::from_millis(150);

/// A server on a port of its own.
struct Served {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    done: JoinHandle<io::Result<()>>,
}

impl Served {
    async fn with(settings: Settings, tls: Option<TlsFiles>) -> Self {
        let app = TestApp::with(settings, Durability::Buffered).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let product = app.app().clone();
        let done = tokio::spawn(async move {
            // The app keeps its tasks for as long as it is served.
            let _app = app;
            serve(listener, tls, product, async {
                let _ = stopped.await;
            })
            .await
        });
        Self {
            address,
            stop: Some(stop),
            done,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn connect_tls(
        &self,
        root: &CertificateDer<'static>,
        alpn: &[&[u8]],
    ) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(root.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let name = "acme.example".try_into().unwrap();
        connector.connect(name, self.connect().await).await
    }
}

/// One answer of HTTP/1.1 with a `Content-Length`: its first line and its body.
async fn read_answer(stream: &mut (impl AsyncRead + Unpin)) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let first = head.lines().next().unwrap_or_default().to_owned();
    (first, String::from_utf8(body).unwrap())
}

/// What is left on a connection until the other end closes it.
async fn read_to_end(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut rest = Vec::new();
    // A reset is an end too.
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest))
        .await
        .expect("the connection was to be closed");
    String::from_utf8_lossy(&rest).into_owned()
}

async fn ask_http1(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    path: &str,
) -> (String, String) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: acme.example\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    read_answer(stream).await
}

/// Two requests at once on one connection of HTTP/2.
async fn ask_http2(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, scheme: &str) {
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    let driver = tokio::spawn(connection);
    let metadata = Request::get(format!(
        "{scheme}://acme.example/.well-known/openid-configuration"
    ))
    .body(Full::new(Bytes::new()))
    .unwrap();
    let token = Request::post(format!("{scheme}://acme.example/oauth/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from_static(
            b"client_id=a&client_secret=b",
        )))
        .unwrap();
    let (metadata, token) = (sender.send_request(metadata), sender.send_request(token));
    let (metadata, token) = (metadata.await.unwrap(), token.await.unwrap());
    assert_eq!(metadata.status(), StatusCode::OK);
    let body = metadata.into_body().collect().await.unwrap().to_bytes();
    assert!(body.starts_with(b"{\"issuer\":\"https://acme.example/\""));
    assert_eq!(token.status(), StatusCode::BAD_REQUEST);
    let body = token.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(
        &body[..],
        br#"{"error":"invalid_request","error_description":"Missing required parameter: grant_type"}"#
    );
    drop(sender);
    driver.await.unwrap().unwrap();
}

/// A new certificate for the tenant's name, written to both files.
fn write_certificate(directory: &Path, age: u64) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["acme.example".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    for (name, text) in [("cert.pem", made.cert.pem()), ("key.pem", key)] {
        let path = directory.join(name);
        std::fs::write(&path, text).unwrap();
        touch(&path, age);
    }
    made.cert.der().clone()
}

/// Gives a file a time of its own, so that a change shows however fast it comes.
fn touch(path: &Path, age: u64) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600 + age);
    file.set_modified(at).unwrap();
}

fn open(directory: &Path) -> TlsFiles {
    TlsFiles::open(directory.join("cert.pem"), directory.join("key.pem")).unwrap()
}

fn served_certificate(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    let (_, session) = stream.get_ref();
    let certificates = session.peer_certificates().unwrap();
    certificates.first().unwrap().clone().into_owned()
}

#[tokio::test]
async fn a_connection_of_http1_is_kept_for_further_requests() {
    let server = Served::with(Settings::default(), None).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        let (line, body) = ask_http1(&mut stream, "/livez").await;
        assert_eq!(line, "HTTP/1.1 200 OK");
        assert_eq!(body, r#"{"status":"alive"}"#);
    }
    // Two at once come back in order.
    let two = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\nGET /readyz HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(two.as_bytes()).await.unwrap();
    assert_eq!(read_answer(&mut stream).await.1, r#"{"status":"alive"}"#);
    assert_eq!(
        read_answer(&mut stream).await.1,
        r#"{"status":"ready","log_events_dropped":0}"#
    );
}

#[tokio::test]
async fn http2_is_spoken_without_tls_to_whoever_begins_with_it() {
    let server = Served::with(Settings::default(), None).await;
    ask_http2(server.connect().await, "http").await;
}

#[tokio::test]
async fn tls_offers_http2_and_http1() {
    let directory = tempfile::tempdir().unwrap();
    let root = write_certificate(directory.path(), 0);
    let server = Served::with(Settings::default(), Some(open(directory.path()))).await;

    let stream = server
        .connect_tls(&root, &[b"h2", b"http/1.1"])
        .await
        .unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    ask_http2(stream, "https").await;

    for alpn in [&[b"http/1.1".as_slice()][..], &[]] {
        let mut stream = server.connect_tls(&root, alpn).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), alpn.first().copied());
        assert_eq!(ask_http1(&mut stream, "/livez").await.0, "HTTP/1.1 200 OK");
    }

    // Plain HTTP on the port of TLS is not answered.
    let mut plain = server.connect().await;
    plain
        .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(!read_to_end(&mut plain).await.contains("HTTP/1.1"));
}

#[tokio::test]
async fn a_reload_takes_a_new_certificate_and_keeps_the_old_one_when_the_files_are_broken() {
    let directory = tempfile::tempdir().unwrap();
    write_certificate(directory.path(), 0);
    let files = open(directory.path());
    let second = write_certificate(directory.path(), 1);
    assert!(files.reload());

    let foreign = tempfile::tempdir().unwrap();
    write_certificate(foreign.path(), 0);
    std::fs::copy(
        foreign.path().join("key.pem"),
        directory.path().join("key.pem"),
    )
    .unwrap();
    assert!(!files.reload(), "a key of another certificate");
    std::fs::write(directory.path().join("cert.pem"), "nonsense").unwrap();
    assert!(!files.reload(), "no certificate");
    std::fs::remove_file(directory.path().join("key.pem")).unwrap();
    assert!(!files.reload(), "no key");

    let server = Served::with(Settings::default(), Some(files)).await;
    let stream = server.connect_tls(&second, &[]).await.unwrap();
    assert_eq!(served_certificate(&stream), second);
}

#[tokio::test]
async fn changed_files_are_noticed_while_the_server_runs() {
    let directory = tempfile::tempdir().unwrap();
    let first = write_certificate(directory.path(), 0);
    let server = Served::with(Settings::default(), Some(open(directory.path()))).await;
    let mut before = server.connect_tls(&first, &[]).await.unwrap();
    assert_eq!(ask_http1(&mut before, "/livez").await.0, "HTTP/1.1 200 OK");

    let second = write_certificate(directory.path(), 1);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(6)).await;
    tokio::time::resume();

    let mut after = server.connect_tls(&second, &[]).await.unwrap();
    assert_eq!(served_certificate(&after), second);
    assert_eq!(ask_http1(&mut after, "/livez").await.0, "HTTP/1.1 200 OK");
    // Who was there already is not disturbed.
    assert_eq!(ask_http1(&mut before, "/livez").await.0, "HTTP/1.1 200 OK");
}

#[test]
fn files_that_are_wrong_from_the_start_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = (
        directory.path().join("cert.pem"),
        directory.path().join("key.pem"),
    );
    let open = || {
        TlsFiles::open(certificate.clone(), key.clone())
            .unwrap_err()
            .to_string()
    };
    assert!(
        open().ends_with("cert.pem cannot be read as a PEM file"),
        "{}",
        open()
    );
    write_certificate(directory.path(), 0);
    std::fs::write(&key, "nonsense").unwrap();
    assert!(
        open().ends_with("key.pem cannot be read as a PEM file"),
        "{}",
        open()
    );
    std::fs::write(&certificate, "").unwrap();
    assert!(open().contains("cert.pem"), "{}", open());
}

#[tokio::test]
async fn whoever_takes_too_long_to_ask_is_cut_off() {
    let settings = Settings {
        header_timeout: SHORT,
        ..Settings::default()
    };
    let server = Served::with(settings, None).await;
    for beginning in [
        "",
        "P",
        "PRI * HTTP",
        "GET",
        "GET /livez HTTP/1.1\r\nhost: acme.exa",
        "GET /livez HTTP/1.1\r\nhost: acme.example\r\nx: y\r\n",
    ] {
        let mut stream = server.connect().await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(!answer.contains("200 OK"), "{beginning:?}: {answer}");
    }
    // The same for those who never finish a handshake.
    let directory = tempfile::tempdir().unwrap();
    write_certificate(directory.path(), 0);
    let settings = Settings {
        header_timeout: SHORT,
        ..Settings::default()
    };
    let server = Served::with(settings, Some(open(directory.path()))).await;
    let mut stream = server.connect().await;
    stream.write_all(b"\x16\x03\x01").await.unwrap();
    read_to_end(&mut stream).await;
}

#[tokio::test]
async fn a_connection_that_has_served_may_rest_longer_than_the_first_request_may_take() {
    let settings = Settings {
        header_timeout: SHORT,
        ..Settings::default()
    };
    let server = Served::with(settings, None).await;
    let mut stream = server.connect().await;
    for _ in 0..2 {
        assert_eq!(ask_http1(&mut stream, "/livez").await.0, "HTTP/1.1 200 OK");
        let early = tokio::time::timeout(2 * SHORT, stream.read_u8()).await;
        assert!(early.is_err(), "a pool would lose this connection");
    }
}

#[tokio::test]
async fn a_connection_that_rests_too_long_is_closed() {
    let settings = Settings {
        keep_alive: SHORT,
        ..Settings::default()
    };
    let server = Served::with(settings, None).await;
    let mut stream = server.connect().await;
    ask_http1(&mut stream, "/livez").await;
    assert_eq!(read_to_end(&mut stream).await, "");
    // A second request that never ends is no better than none.
    let mut stream = server.connect().await;
    ask_http1(&mut stream, "/livez").await;
    stream.write_all(b"GET /livez HTTP/1.1\r\n").await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_with_408() {
    let settings = Settings {
        deadline: SHORT,
        ..Settings::default()
    };
    let server = Served::with(settings, None).await;
    let mut stream = server.connect().await;
    let head = "POST /oauth/token HTTP/1.1\r\nhost: acme.example\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let (line, body) = tokio::time::timeout(PATIENCE, read_answer(&mut stream))
        .await
        .unwrap();
    assert_eq!(line, "HTTP/1.1 408 Request Timeout");
    assert_eq!(
        body,
        r#"{"error":"invalid_request","error_description":"The request took too long."}"#
    );
}

#[tokio::test]
async fn a_header_section_that_is_too_long_is_refused() {
    let server = Served::with(Settings::default(), None).await;
    let mut stream = server.connect().await;
    let head = format!(
        "GET /livez HTTP/1.1\r\nhost: acme.example\r\nx: {}\r\n\r\n",
        "y".repeat(200_000)
    );
    // The server may hang up while this is still being sent.
    let _ = stream.write_all(head.as_bytes()).await;
    let answer = read_to_end(&mut stream).await;
    assert!(!answer.contains("200 OK"), "{answer}");
    assert_eq!(
        ask_http1(&mut server.connect().await, "/livez").await.0,
        "HTTP/1.1 200 OK"
    );
}

#[tokio::test]
async fn beyond_the_most_connections_callers_wait_for_a_place() {
    let settings = Settings {
        max_connections: 1,
        ..Settings::default()
    };
    let server = Served::with(settings, None).await;
    let mut first = server.connect().await;
    ask_http1(&mut first, "/livez").await;
    let mut second = server.connect().await;
    let request = b"GET /livez HTTP/1.1\r\nhost: acme.example\r\n\r\n";
    second.write_all(request).await.unwrap();
    let early = tokio::time::timeout(SHORT, second.read_u8()).await;
    assert!(early.is_err(), "there was no place yet");
    drop(first);
    let answer = tokio::time::timeout(PATIENCE, read_answer(&mut second));
    assert_eq!(answer.await.unwrap().0, "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn a_stop_lets_a_request_under_way_finish_and_takes_no_new_ones() {
    let mut server = Served::with(Settings::default(), None).await;
    let mut idle = server.connect().await;
    ask_http1(&mut idle, "/livez").await;
    let mut busy = server.connect().await;
    let body = "grant_type=password";
    let head = format!(
        "POST /oauth/token HTTP/1.1\r\nhost: acme.example\r\ncontent-type: application/x-www-form-urlencoded\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    busy.write_all(head.as_bytes()).await.unwrap();
    // Now the server waits for the body.
    assert_eq!(read_answer(&mut busy).await.0, "HTTP/1.1 100 Continue");

    server.stop.take().unwrap().send(()).unwrap();

    // A connection without a request is closed at once, and no new one is taken.
    assert_eq!(read_to_end(&mut idle).await, "");
    let refused = tokio::time::timeout(PATIENCE, async {
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
    refused.await.expect("new connections are refused");
    assert!(!server.done.is_finished());

    busy.write_all(body.as_bytes()).await.unwrap();
    let (line, answer) = read_answer(&mut busy).await;
    assert_eq!(line, "HTTP/1.1 400 Bad Request");
    assert!(answer.contains("unsupported_grant_type"));
    let done = tokio::time::timeout(PATIENCE, server.done);
    done.await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let settings = Settings {
        drain: SHORT,
        ..Settings::default()
    };
    let mut server = Served::with(settings, None).await;
    let mut stuck = server.connect().await;
    let head = "POST /oauth/token HTTP/1.1\r\nhost: acme.example\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n";
    stuck.write_all(head.as_bytes()).await.unwrap();
    read_answer(&mut stuck).await;
    server.stop.take().unwrap().send(()).unwrap();
    let done = tokio::time::timeout(PATIENCE, server.done);
    done.await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_megabyte_is_answered_even_though_it_is_refused() {
    let served = Served::with(Settings::default(), None).await;
    let mut request = format!(
        "POST /oauth/token HTTP/1.1\r\nhost: acme.example\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        1 << 20
    )
    .into_bytes();
    request.resize(request.len() + (1 << 20), b'x');
    for _ in 0..20 {
        // The whole request first, as most callers do: the answer must not hang up on it.
        let mut stream = served.connect().await;
        stream.write_all(&request).await.unwrap();
        let (first, body) = read_answer(&mut stream).await;
        assert_eq!(first, "HTTP/1.1 413 Payload Too Large");
        assert!(body.contains("too large"), "{body}");
    }
}
