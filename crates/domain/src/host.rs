//! Host names: how a request finds its tenant.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A host name, lower case, with an optional port: `acme.example`, `127.0.0.1:8080`, `[::1]:8080`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct HostName(Arc<str>);

/// A text that cannot be the `Host` of a request (RFC 9110 §7.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidHostName;

impl fmt::Display for InvalidHostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a host name such as acme.example or 127.0.0.1:8080")
    }
}

impl std::error::Error for InvalidHostName {}

impl HostName {
    /// The text of it, lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without its port.
    #[must_use]
    pub fn without_port(&self) -> &str {
        without_port(&self.0)
    }

    /// Whether a port stands behind the name.
    #[must_use]
    pub fn has_port(&self) -> bool {
        self.without_port().len() != self.0.len()
    }

    /// The same name with `port` behind it, unless it has one already.
    #[must_use]
    pub fn with_port(&self, port: u16) -> Self {
        if self.has_port() {
            self.clone()
        } else {
            Self(format!("{}:{port}", self.0).into())
        }
    }
}

impl Borrow<str> for HostName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for HostName {
    type Err = InvalidHostName;

    fn from_str(text: &str) -> Result<Self, InvalidHostName> {
        let name = without_port(text);
        let port = text.get(name.len()..).unwrap_or_default();
        let port_fits = match port.strip_prefix(':') {
            None => port.is_empty(),
            // Five digits are enough: zeros in front would make a name of any length.
            Some(digits) => {
                digits.len() <= 5
                    && digits.bytes().all(|b| b.is_ascii_digit())
                    && digits.parse::<u16>().is_ok()
            }
        };
        let name_fits = match name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => name.len() <= 253 && name.split('.').all(label_fits),
        };
        if !port_fits || !name_fits {
            return Err(InvalidHostName);
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }
}

/// One label of a name, RFC 1123 §2.1; the underscore is taken because people use it.
fn label_fits(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Cuts `:port` off, minding the colons of an IPv6 address in brackets.
fn without_port(text: &str) -> &str {
    let after_brackets = text.rfind(']').map_or(0, |at| at + 1);
    let colon = text.get(after_brackets..).and_then(|rest| rest.find(':'));
    colon
        .and_then(|at| text.get(..after_brackets + at))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_lower_case_and_may_carry_a_port() {
        let host: HostName = "ACME.Example:8443".parse().unwrap();
        assert_eq!(host.as_str(), "acme.example:8443");
        assert_eq!(host.without_port(), "acme.example");
        assert!(host.has_port());
        let six: HostName = "[::1]:8080".parse().unwrap();
        assert_eq!(six.without_port(), "[::1]");
    }

    #[test]
    fn a_port_is_added_once() {
        let host: HostName = "acme.example".parse().unwrap();
        assert_eq!(host.with_port(8080).as_str(), "acme.example:8080");
        assert_eq!(
            host.with_port(8080).with_port(9).as_str(),
            "acme.example:8080"
        );
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "", ".", "a..b", "a/b", "a b", "-a", "a:", "a:99999", "a:+1", "a:000080", "[::1",
            "[zz]", "ex ample", "a\0",
        ] {
            assert_eq!(text.parse::<HostName>(), Err(InvalidHostName), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<HostName>();
        }
    }
}
