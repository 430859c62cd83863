//! Talking with a person at a terminal: questions, secrets, and a sign of life.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config;
use crate::failure::{Explain as _, Failure, Outcome};

/// The most that is read from standard input for a token or a secret.
const INPUT_MAX: u64 = 16 * 1024;

/// Asks before something that cannot be undone.
///
/// # Errors
///
/// The answer was no; or nobody can be asked and `--yes` was not given.
pub(crate) fn confirm(yes: bool, question: &str) -> Outcome {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(
            Failure::usage(format!("{question} Nobody is at the terminal to answer"))
                .hint("add --yes"),
        );
    }
    eprint!("{question} [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Failure::new("not confirmed, so nothing was changed"))
}

/// A client secret: from standard input, from `M2MINT_CLIENT_SECRET`, or typed without echo. Never
/// an argument, which everybody on the machine could read.
///
/// # Errors
///
/// There is none.
pub(crate) fn client_secret(from_stdin: bool) -> Outcome<String> {
    if from_stdin {
        return standard_input("client secret");
    }
    if let Some(secret) = config::env("M2MINT_CLIENT_SECRET") {
        return Ok(secret);
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("the client secret is missing")
            .hint("give it with --secret-stdin, or in the variable M2MINT_CLIENT_SECRET"));
    }
    eprint!("Client secret: ");
    io::stderr().flush()?;
    let secret = Term::stderr().read_secure_line()?;
    Ok(secret.trim().to_owned())
}

/// One text from standard input, without the white space around it.
///
/// # Errors
///
/// It cannot be read, is empty, or too long.
pub(crate) fn standard_input(what: &str) -> Outcome<String> {
    let mut text = String::new();
    let read = io::stdin().lock().take(INPUT_MAX).read_to_string(&mut text);
    let length = read.because(|| format!("the {what} could not be read from standard input"))?;
    let text = text.trim();
    if text.is_empty() || INPUT_MAX == u64::try_from(length).unwrap_or(INPUT_MAX) {
        return Err(Failure::usage(format!("standard input holds no {what}")));
    }
    Ok(text.to_owned())
}

/// A sign of life on standard error while something takes its time; nothing where no one looks.
#[derive(Debug)]
pub(crate) struct Busy(ProgressBar);

impl Busy {
    /// Shows it, until it is dropped.
    pub(crate) fn show(what: impl Into<Cow<'static, str>>) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
