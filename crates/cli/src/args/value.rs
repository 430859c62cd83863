//! Values that stand behind flags.

use std::str::FromStr;

use serde_json::{Map, Value, json};

/// What becomes of the secrets an application had before: `now`, `never`, or a time such as `24h`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Retire {
    /// They stop working at once.
    Now,
    /// They work until each is retired by name.
    Never,
    /// They stop working so many seconds from now.
    After(u32),
}

impl Retire {
    /// As the API says it.
    pub(crate) fn to_json(self) -> Value {
        match self {
            Self::Now => json!("now"),
            Self::Never => json!("never"),
            Self::After(secs) => json!({ "after_seconds": secs }),
        }
    }
}

impl FromStr for Retire {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "now" => Ok(Self::Now),
            "never" => Ok(Self::Never),
            _ => seconds(text).map(Self::After),
        }
    }
}

/// `90s`, `30m`, `24h` or `7d`, in seconds.
///
/// # Errors
///
/// It is none of them, or longer than a year.
pub(crate) fn seconds(text: &str) -> Result<u32, String> {
    const YEAR: u32 = 365 * 86_400;
    let parsed = || {
        let unit = text.chars().next_back()?;
        let count: u32 = text.strip_suffix(unit)?.parse().ok()?;
        let secs = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        count
            .checked_mul(secs)
            .filter(|total| (1..=YEAR).contains(total))
    };
    parsed().ok_or_else(|| format!("`{text}` is no time such as 90s, 30m, 24h or 7d, up to 365d"))
}

/// `read:invoices`, or `read:invoices=Read invoices` with what it means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Scope {
    value: String,
    description: Option<String>,
}

impl Scope {
    /// As the API says it.
    pub(crate) fn to_json(&self) -> Value {
        match &self.description {
            Some(description) => json!({ "value": self.value, "description": description }),
            None => json!({ "value": self.value }),
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (value, description) = match text.split_once('=') {
            Some((value, description)) => (value, Some(description.to_owned())),
            None => (text, None),
        };
        if value.is_empty() || value.contains(char::is_whitespace) {
            return Err("a scope is one word, such as read:invoices".to_owned());
        }
        Ok(Self {
            value: value.to_owned(),
            description,
        })
    }
}

/// `name=value` for any other member of the object; the value is JSON, or else a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting {
    name: String,
    value: Value,
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("a setting is name=value")?;
        if name.is_empty() {
            return Err("a setting is name=value".to_owned());
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        Ok(Self {
            name: name.to_owned(),
            value,
        })
    }
}

/// The body of a request, member by member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body(Map<String, Value>);

impl Body {
    /// With a member, when there is a value for it.
    pub(crate) fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// With a list, unless it is empty.
    pub(crate) fn with_list(self, name: &str, items: &[impl Clone + Into<Value>]) -> Self {
        let items: Vec<Value> = items.iter().cloned().map(Into::into).collect();
        self.with(name, (!items.is_empty()).then_some(items))
    }

    /// With what `--set` says.
    pub(crate) fn with_settings(mut self, settings: &[Setting]) -> Self {
        for Setting { name, value } in settings {
            self.0.insert(name.clone(), value.clone());
        }
        self
    }

    /// Whether it would change nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_an_end() {
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("24h"), Ok(86_400));
        assert_eq!(seconds("7d"), Ok(604_800));
        for text in [
            "",
            "h",
            "24",
            "0s",
            "-1h",
            "366d",
            "99999999999d",
            "24日",
            "1.5h",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn retiring_is_said_as_the_api_says_it() {
        assert_eq!("now".parse::<Retire>().unwrap().to_json(), json!("now"));
        assert_eq!(
            "1h".parse::<Retire>().unwrap().to_json(),
            json!({ "after_seconds": 3600 })
        );
        assert!("later".parse::<Retire>().is_err());
    }

    #[test]
    fn a_setting_is_json_or_text() {
        let body = Body::default().with_settings(&[
            "a=1".parse().unwrap(),
            "b={\"c\":null}".parse().unwrap(),
            "d=text".parse().unwrap(),
        ]);
        assert_eq!(
            body.into_value(),
            json!({ "a": 1, "b": { "c": null }, "d": "text" })
        );
    }

    #[test]
    fn a_scope_may_say_what_it_means() {
        let scope: Scope = "read:x=Read x".parse().unwrap();
        assert_eq!(
            scope.to_json(),
            json!({ "value": "read:x", "description": "Read x" })
        );
        assert!("read x".parse::<Scope>().is_err());
    }
}
