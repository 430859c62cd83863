//! What can go wrong between the job and its two servers.

use reqwest::StatusCode;

/// How much of a refusal is kept, in characters.
const MAX_BODY_CHARS: usize = 1000;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer, or not a whole one.
    #[error("the server could not be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The server said no.
    #[error("the server answered {status}: {body}")]
    Refused {
        /// The answer's status.
        status: StatusCode,
        /// The beginning of its body.
        body: String,
    },
    /// The server said yes, but not in the form we know. Neither the answer nor what the parser says
    /// about it is kept: both may hold the token.
    #[error("the server's answer has another form than expected, at line {line}, column {column}")]
    Unexpected {
        /// The line, from 1.
        line: usize,
        /// The column, from 1; 0 at the end of a line.
        column: usize,
    },
    /// More than 64 KiB.
    #[error("the server's answer is too large")]
    TooLarge,
}

impl Error {
    pub(crate) fn unreachable(error: reqwest::Error) -> Self {
        Self::Unreachable(error.without_url())
    }

    pub(crate) fn unexpected(error: &serde_json::Error) -> Self {
        Self::Unexpected {
            line: error.line(),
            column: error.column(),
        }
    }

    pub(crate) fn refused(status: StatusCode, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let body = text
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_BODY_CHARS)
            .collect();
        Self::Refused { status, body }
    }
}
