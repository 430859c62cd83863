//! Names that come from outside: what parses prints back the same, and keeps to its limits.
//!
//! Input: one text, read as each of them.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use m2mint_domain::audience::{AUDIENCE_MAX, Audience};
use m2mint_domain::host::HostName;
use m2mint_domain::id::{
    ClientGrantId, ClientId, CredentialId, KeyId, OrganizationId, ResourceServerId, TenantId,
    TokenId,
};
use m2mint_domain::organization::OrganizationName;
use m2mint_store::StoreUrl;

fuzz_target!(|text: &str| {
    client_id(text);
    short_ids(text);
    audience(text);
    organization_name(text);
    host_name(text);
    store_url(text);
});

/// Parses; and what was parsed must print as `printed` and parse back to itself.
fn round_trip<T>(text: &str, printed: &str) -> Option<T>
where
    T: FromStr + Display + Debug + PartialEq,
    T::Err: Debug,
{
    let value: T = text.parse().ok()?;
    assert_eq!(value.to_string(), printed);
    assert_eq!(printed.parse::<T>().as_ref().ok(), Some(&value));
    Some(value)
}

fn client_id(text: &str) {
    let fits = (1..=255).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
    assert_eq!(round_trip::<ClientId>(text, text).is_some(), fits);
}

fn short_ids(text: &str) {
    let word = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    let fits = word && text.len() <= 64;
    assert_eq!(round_trip::<ClientGrantId>(text, text).is_some(), fits);
    assert_eq!(round_trip::<CredentialId>(text, text).is_some(), fits);
    assert_eq!(round_trip::<KeyId>(text, text).is_some(), fits);
    assert_eq!(round_trip::<OrganizationId>(text, text).is_some(), fits);
    assert_eq!(round_trip::<ResourceServerId>(text, text).is_some(), fits);
    assert_eq!(round_trip::<TokenId>(text, text).is_some(), fits);
    let short = word && text.len() <= 63;
    assert_eq!(round_trip::<TenantId>(text, text).is_some(), short);
}

fn audience(text: &str) {
    let fits = !text.is_empty()
        && text.chars().count() <= AUDIENCE_MAX
        && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    assert_eq!(round_trip::<Audience>(text, text).is_some(), fits);
}

fn organization_name(text: &str) {
    let slug = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
    let fits = (1..=50).contains(&text.len()) && text.chars().all(slug);
    assert_eq!(round_trip::<OrganizationName>(text, text).is_some(), fits);
}

fn host_name(text: &str) {
    let lower = text.to_ascii_lowercase();
    let Some(host) = round_trip::<HostName>(text, &lower) else {
        return;
    };
    // 253 for the name (RFC 1035 §2.3.4), a colon, and five digits.
    assert!(lower.len() <= 259, "{} bytes", lower.len());
    assert!(lower.is_ascii());
    assert!(!lower.contains(['/', '@', '?', '#', '\\', '%', ' ']));
    let name = host.without_port();
    assert!(!name.is_empty());
    assert_eq!(host.has_port(), name.len() < lower.len());
    let bare: HostName = name.parse().expect("a name without its port is a name");
    assert!(!bare.has_port());
    let at = bare.with_port(8443);
    assert_eq!(at.without_port(), name);
    assert_eq!(at.to_string().parse(), Ok(at.clone()));
    assert_eq!(at.with_port(1), at);
}

fn store_url(text: &str) {
    let Ok(url) = text.parse::<StoreUrl>() else {
        return;
    };
    let printed = url.to_string();
    assert_eq!(
        printed.parse(),
        Ok(url.clone()),
        "{text:?} printed as {printed:?}"
    );
    if text.starts_with("postgres") {
        // What follows may hold a password.
        assert_eq!(printed, "postgres:…");
        assert_eq!(format!("{url:?}"), "StoreUrl(postgres:…)");
    }
}
