//! As much of an HTTP/1.1 answer as a load generator has to read (RFC 9112).

use std::fmt;

/// Where an answer ends, and what it said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Extent {
    /// The status is 200.
    pub(crate) ok: bool,
    /// Bytes up to and with the empty line.
    pub(crate) head: usize,
    /// Bytes of head and body.
    pub(crate) whole: usize,
}

/// Bytes that are not an answer we read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Malformed {
    StatusLine,
    ContentLength,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StatusLine => "the answer does not begin with HTTP/1.1",
            Self::ContentLength => "the answer has no Content-Length",
        })
    }
}

impl std::error::Error for Malformed {}

const VERSION: &[u8] = b"HTTP/1.1 ";
const CONTENT_LENGTH: &[u8] = b"content-length:";

/// Reads the head of an answer; `None` while it is not complete.
///
/// # Errors
///
/// [`Malformed`] when it will never be an answer with a `Content-Length`.
pub(crate) fn extent(bytes: &[u8]) -> Result<Option<Extent>, Malformed> {
    let known = bytes.len().min(VERSION.len());
    if bytes.get(..known) != VERSION.get(..known) {
        return Err(Malformed::StatusLine);
    }
    let mut length = None;
    let mut at = 0;
    while let Some(rest) = bytes.get(at..) {
        let Some(end) = rest.iter().position(|&byte| byte == b'\n') else {
            return Ok(None);
        };
        let line = rest.get(..end).unwrap_or_default().trim_ascii_end();
        at += end + 1;
        if line.is_empty() {
            let length: usize = length.ok_or(Malformed::ContentLength)?;
            let whole = at.checked_add(length).ok_or(Malformed::ContentLength)?;
            return Ok(Some(Extent {
                ok: bytes.get(VERSION.len()..VERSION.len() + 3) == Some(b"200"),
                head: at,
                whole,
            }));
        }
        if let Some((name, value)) = line.split_at_checked(CONTENT_LENGTH.len())
            && name.eq_ignore_ascii_case(CONTENT_LENGTH)
        {
            let value = str::from_utf8(value.trim_ascii()).ok();
            length = Some(
                value
                    .and_then(|text| text.parse().ok())
                    .ok_or(Malformed::ContentLength)?,
            );
        }
    }
    Ok(None)
}

/// What may be shown of an answer that is not the expected one: never the body of a 200,
/// which holds a token.
pub(crate) fn to_show(bytes: &[u8]) -> String {
    let shown = match extent(bytes) {
        Ok(Some(extent)) if extent.ok => bytes.get(..extent.head).unwrap_or_default(),
        Ok(Some(_)) => bytes.get(..bytes.len().min(1000)).unwrap_or_default(),
        Ok(None) | Err(_) => bytes.get(..bytes.len().min(12)).unwrap_or_default(),
    };
    String::from_utf8_lossy(shown).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-LENGTH: 7\r\n\r\n{\"a\":1}";

    #[test]
    fn an_answer_ends_after_its_content_length() {
        let extent = extent(GOOD).unwrap().unwrap();
        assert!(extent.ok);
        assert_eq!(extent.whole, GOOD.len());
        assert_eq!(GOOD[extent.head..], *b"{\"a\":1}");
    }

    #[test]
    fn a_head_in_pieces_is_waited_for() {
        for end in 0..GOOD.len() - 7 {
            assert_eq!(extent(&GOOD[..end]), Ok(None), "{end}");
        }
    }

    #[test]
    fn another_status_is_not_ok() {
        let bytes = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
        assert!(!extent(bytes).unwrap().unwrap().ok);
    }

    #[test]
    fn what_is_not_http_or_has_no_length_is_malformed() {
        assert_eq!(extent(b"SSH-2.0"), Err(Malformed::StatusLine));
        let no_length = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(extent(no_length), Err(Malformed::ContentLength));
        let huge = b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n";
        assert_eq!(extent(huge), Err(Malformed::ContentLength));
    }

    #[test]
    fn a_token_is_never_shown() {
        assert!(!to_show(GOOD).contains("\"a\""));
        assert!(to_show(b"HTTP/1.1 401 No\r\nContent-Length: 3\r\n\r\nwhy").ends_with("why"));
    }
}
