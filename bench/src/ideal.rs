//! The ideal endpoint: bare hyper, read the body, sign, answer. Nothing is checked.

use std::cell::RefCell;
use std::convert::Infallible;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::task::LocalSet;

use crate::token::{Shape, Template};

/// Answers for each shape on a port of its own, and prints the ports on one line.
pub(crate) fn serve(shapes: &[Shape]) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .context("runtime")?;
    let local = LocalSet::new();
    let mut ports = Vec::new();
    for shape in shapes {
        let template = Template::new(shape)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listen")?;
        listener.set_nonblocking(true)?;
        ports.push(listener.local_addr()?.port().to_string());
        local.spawn_local(accept(listener, Endpoint::new(template)));
    }
    println!("{}", ports.join(" "));
    io::stdout().flush()?;
    runtime.block_on(local);
    Ok(ExitCode::SUCCESS)
}

/// What one port answers with. One thread, so a cell is enough.
struct Endpoint {
    state: RefCell<(Template, u64)>,
}

impl Endpoint {
    fn new(template: Template) -> Rc<Self> {
        Rc::new(Self {
            state: RefCell::new((template, 0)),
        })
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let read = request.into_body().collect().await;
        let body = read.map_err(anyhow::Error::from).and_then(|_| {
            let (template, serial) = &mut *self.state.borrow_mut();
            *serial += 1;
            template.body(*serial)
        });
        let Ok(body) = body else {
            let mut failed = Response::new(Full::default());
            *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            return failed;
        };
        let mut response = Response::new(Full::from(body));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

async fn accept(listener: TcpListener, endpoint: Rc<Endpoint>) -> Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let endpoint = Rc::clone(&endpoint);
        tokio::task::spawn_local(async move {
            let service = service_fn(|request| {
                let endpoint = Rc::clone(&endpoint);
                async move { Ok::<_, Infallible>(endpoint.answer(request).await) }
            });
            // The load generator may hang up at any time: that is no failure of ours.
            let _hung_up = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
