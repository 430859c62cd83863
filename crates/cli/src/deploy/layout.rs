//! Where the kinds of objects stand on disk.

use serde_json::Value;

/// A kind of object with a folder of its own, and a file an object.
#[derive(Debug)]
pub(crate) struct Folder {
    /// The member of the document.
    pub(crate) member: &'static str,
    pub(crate) name: &'static str,
    /// The members that make the name of a file.
    pub(crate) file: &'static [&'static str],
    /// The member that is a file of its own: a path in the document, relative to the root.
    pub(crate) code: Option<&'static str>,
}

/// A member of the document that is one file.
#[derive(Debug)]
pub(crate) struct Single {
    pub(crate) member: &'static str,
    /// The member within it, for what is in several files.
    pub(crate) part: Option<&'static str>,
    pub(crate) file: &'static str,
}

pub(crate) const FOLDERS: &[Folder] = &[
    folder("resourceServers", "resource-servers", &["name"]),
    folder("clients", "clients", &["name"]),
    folder(
        "clientGrants",
        "grants",
        &["client_id", "default_for", "audience"],
    ),
    folder("organizations", "organizations", &["name"]),
    Folder {
        code: Some("code"),
        ..folder("actionModules", "action-modules", &["name"])
    },
    Folder {
        code: Some("code"),
        ..folder("actions", "actions", &["name"])
    },
    folder(
        "tokenExchangeProfiles",
        "token-exchange-profiles",
        &["name"],
    ),
    folder("logStreams", "log-streams", &["name"]),
    folder("networkACLs", "network-acls", &["description", "priority"]),
    folder(
        "rateLimitPolicies",
        "rate-limit-policies",
        &["consumer_selector"],
    ),
];

pub(crate) const SINGLES: &[Single] = &[
    single("tenant", None, "tenant.json"),
    single("triggers", None, "triggers/triggers.json"),
    single("customDomains", None, "custom-domains/custom-domains.json"),
    protection("botDetection", "attack-protection/bot-detection.json"),
    protection(
        "breachedPasswordDetection",
        "attack-protection/breached-password-detection.json",
    ),
    protection(
        "bruteForceProtection",
        "attack-protection/brute-force-protection.json",
    ),
    protection("captcha", "attack-protection/captcha.json"),
    protection(
        "suspiciousIpThrottling",
        "attack-protection/suspicious-ip-throttling.json",
    ),
];

const fn folder(member: &'static str, name: &'static str, file: &'static [&'static str]) -> Folder {
    Folder {
        member,
        name,
        file,
        code: None,
    }
}

const fn single(member: &'static str, part: Option<&'static str>, file: &'static str) -> Single {
    Single { member, part, file }
}

const fn protection(part: &'static str, file: &'static str) -> Single {
    single("attackProtection", Some(part), file)
}

/// Whether a folder at the root is one of those above.
pub(crate) fn is_known(folder: &str) -> bool {
    let single = |single: &Single| single.file.split('/').next() == Some(folder);
    FOLDERS.iter().any(|known| known.name == folder) || SINGLES.iter().any(single)
}

/// The longest name of a file, in bytes, with room for what makes it unique.
const FILE_NAME_MAX: usize = 150;

impl Folder {
    /// The name of an object's file, without its extension.
    pub(crate) fn stem(&self, object: &Value) -> String {
        let parts: Vec<String> = self
            .file
            .iter()
            .filter_map(|member| match object.get(member)? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
            })
            .collect();
        file_name(&parts.join("-"))
    }
}

/// A text as the name of a file, on any system.
pub(crate) fn file_name(text: &str) -> String {
    let harmless = |c: char| match c {
        '/' | '\\' | '?' | '<' | '>' | ':' | '*' | '|' | '"' => '-',
        c if c.is_control() => '-',
        c => c,
    };
    let mut name = String::new();
    for c in text.chars().map(harmless) {
        if FILE_NAME_MAX < name.len() + c.len_utf8() {
            break;
        }
        name.push(c);
    }
    // No name begins with a dot or ends with one: `..`, and what some systems drop.
    let name = name.trim_matches(['.', ' ']);
    if name.is_empty() {
        return "unnamed".to_owned();
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(file_name("../../etc/passwd"), "-..-etc-passwd");
        assert_eq!(file_name(".."), "unnamed");
        assert_eq!(file_name("a/b\\c\u{0}d: 経理"), "a-b-c-d- 経理");
        assert_eq!(file_name(&"ä".repeat(500)).len(), FILE_NAME_MAX);
    }
}
