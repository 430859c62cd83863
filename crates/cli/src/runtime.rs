//! What a process that serves runs on: threads, signals, and what it says while it runs.

use std::io;
use std::num::NonZero;
use std::process;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};
use crate::failure::{Explain as _, Outcome};

/// The exit code of a process that was told twice to stop.
const STOPPED_AT_ONCE: i32 = 130;

/// A runtime with as many threads; 0 stands for as many as the machine can run at once. One thread
/// does without what several need to share work.
///
/// # Errors
///
/// The system gives no threads.
pub(crate) fn build(threads: usize) -> Outcome<Runtime> {
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        some => some,
    };
    let mut builder = match threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder
        .worker_threads(threads)
        .enable_all()
        .build()
        .because(|| "no runtime can be made".to_owned())
}

/// Runs what waits, on this thread.
///
/// # Errors
///
/// What it fails with; or no runtime can be made.
pub(crate) fn block_on<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    build(1)?.block_on(work)
}

/// Says what happens on standard error, as the configuration wants it. What was set up before in
/// this process stays.
pub(crate) fn say(config: &LogConfig) {
    let quieter = format!(
        "{},hyper=warn,rustls=warn,h2=warn,sqlx=warn",
        config.level.as_str()
    );
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(quieter))
        .with_writer(io::stderr)
        .with_target(false);
    let _ = match config.format {
        LogFormat::Text => builder
            .with_ansi(console::colors_enabled_stderr())
            .try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

/// Done when the process is told to stop (SIGINT or SIGTERM). Told again, it ends at once.
///
/// # Errors
///
/// Signals cannot be listened for.
pub(crate) fn stop_signal() -> Outcome<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(async move {
        let mut stop = Some(stop);
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            match stop.take() {
                // Whoever waited may be gone, and then there is nothing to stop.
                Some(stop) => drop(stop.send(())),
                None => process::exit(STOPPED_AT_ONCE),
            }
        }
    });
    Ok(async move {
        let _ = stopped.await;
    })
}
