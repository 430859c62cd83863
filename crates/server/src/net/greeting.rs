//! A caller must say what it wants in time.
//!
//! hyper's own timeout for headers starts when it knows which version of HTTP it hears: a caller that
//! says nothing, or only the beginning of HTTP/2's preface, would keep its place for ever. And it
//! makes no difference between the first request and a rest between two, which may be longer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// What a caller that speaks HTTP/2 says first (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection whose first request, or HTTP/2's preface, must come before a deadline; then it is as
/// any other.
pub(crate) struct Greeting<S> {
    stream: S,
    /// What is missing of the preface, while all that came belongs to it.
    preface: Option<&'static [u8]>,
    /// Whether there was a request.
    asked: Arc<AtomicBool>,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> Greeting<S> {
    /// Whoever answers requests sets `asked` with the first one.
    pub(crate) fn within(patience: Duration, stream: S, asked: Arc<AtomicBool>) -> Self {
        Self {
            stream,
            preface: Some(PREFACE),
            asked,
            deadline: Some(Box::pin(sleep(patience))),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Greeting<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if this.asked.load(Ordering::Relaxed) {
            this.deadline = None;
        }
        let Some(deadline) = &mut this.deadline else {
            return read;
        };
        if read.is_pending() {
            ready!(deadline.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let came = buffer.filled().get(before..).unwrap_or_default();
        this.preface = this.preface.and_then(|missing| {
            if came.starts_with(missing) {
                Some(&[][..])
            } else {
                missing.strip_prefix(came)
            }
        });
        if this.preface == Some(&[]) {
            this.deadline = None;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Greeting<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
