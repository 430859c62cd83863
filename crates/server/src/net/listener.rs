//! The accept loop: limits, TLS, HTTP/1.1 and HTTP/2, and a stop that drains.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use crate::app::{App, Peer};
use crate::net::greeting::Greeting;
use crate::net::tls::TlsFiles;

/// How long to wait before accepting again when the machine has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The longest header section, in bytes.
const HEADERS_MAX: usize = 16 * 1024;
/// The most streams of one HTTP/2 connection.
const STREAMS_MAX: u32 = 256;

/// Serves `app` on `listener` until `shutdown` is done, then lets requests under way finish for as
/// long as the settings allow.
///
/// # Errors
///
/// When the listener's address cannot be read.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsFiles>,
    app: App,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let settings = app.settings();
    let places = Arc::new(Semaphore::new(settings.max_connections));
    let drain = settings.drain;
    let door = Door {
        app: app.clone(),
        tls: tls.as_ref().map(TlsFiles::acceptor),
        http: http_builder(settings.keep_alive),
        graceful: Arc::new(GracefulShutdown::new()),
    };
    let watching = tls.map(|files| tokio::spawn(files.watch()));
    let mut shutdown = pin!(shutdown);
    loop {
        let place = tokio::select! {
            // A place first: when all are taken, callers wait in the kernel's queue.
            place = Arc::clone(&places).acquire_owned() => place.map_err(io::Error::other)?,
            () = &mut shutdown => break,
        };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => door.open(stream, peer, place),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            () = &mut shutdown => break,
        }
    }
    drop(listener);
    if let Some(watching) = watching {
        watching.abort();
    }
    door.close(drain, &places).await;
    Ok(())
}

fn http_builder(keep_alive: Duration) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    // hyper counts the rest between two requests as part of the second one's headers. The first
    // one's have a deadline of their own: see `Greeting`.
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(keep_alive)
        .max_buf_size(HEADERS_MAX.max(64 * 1024))
        .pipeline_flush(true);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(16 * 1024)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    http
}

/// What every connection needs.
struct Door {
    app: App,
    tls: Option<TlsAcceptor>,
    http: Builder<TokioExecutor>,
    graceful: Arc<GracefulShutdown>,
}

impl Door {
    /// Serves one connection on a task of its own.
    fn open(&self, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        // A token is one small packet: waiting for more only delays it. Failing is no reason to stop.
        let _kept_waiting = stream.set_nodelay(true);
        let watcher = self.graceful.watcher();
        let (app, http) = (self.app.clone(), self.http.clone());
        let handshake_timeout = self.app.settings().header_timeout;
        match self.tls.clone() {
            None => {
                let peer = Peer {
                    ip: peer.ip().to_canonical(),
                    tls: false,
                };
                tokio::spawn(async move {
                    speak(&http, stream, app, peer, watcher).await;
                    drop(place);
                });
            }
            Some(acceptor) => {
                let peer = Peer {
                    ip: peer.ip().to_canonical(),
                    tls: true,
                };
                tokio::spawn(async move {
                    let handshake =
                        tokio::time::timeout(handshake_timeout, acceptor.accept(stream));
                    if let Ok(Ok(stream)) = handshake.await {
                        speak(&http, stream, app, peer, watcher).await;
                    }
                    drop(place);
                });
            }
        }
    }

    async fn close(self, drain: Duration, places: &Semaphore) {
        let open = self
            .app
            .settings()
            .max_connections
            .saturating_sub(places.available_permits());
        tracing::info!(
            open,
            "stopping: no new connections, requests under way may finish"
        );
        let Some(graceful) = Arc::into_inner(self.graceful) else {
            return;
        };
        if tokio::time::timeout(drain, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("some requests did not finish in time and were cut off");
        }
    }
}

/// Speaks HTTP on one connection until it ends.
async fn speak(
    http: &Builder<TokioExecutor>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    app: App,
    peer: Peer,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let asked = Arc::new(AtomicBool::new(false));
    let stream = Greeting::within(app.settings().header_timeout, stream, Arc::clone(&asked));
    let app = Arc::new(app);
    let service = service_fn(move |request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        let app = Arc::clone(&app);
        async move { Ok::<_, Infallible>(app.answer(peer, request).await) }
    });
    let connection = http
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    if let Err(error) = watcher.watch(connection).await {
        // A caller that hangs up or sends nonsense: its own affair, worth a line when one looks.
        tracing::debug!(error, "a connection ended early");
    }
}
