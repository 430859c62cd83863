//! Keywords: `##NAME##` stands for a text, `@@NAME@@` for any JSON value.
//!
//! They are marked before a text is parsed, because they may stand where neither JSON nor YAML would
//! take them, and replaced afterwards, so that nothing in a value can be read as syntax.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

/// What opens and closes a text keyword once it is marked: no parser minds these characters.
const TEXT: (char, char) = ('\u{e000}', '\u{e001}');
/// The same of one that has no quotes and is all there is: in place of a number it is one.
const BARE: (char, char) = ('\u{e004}', '\u{e005}');
/// The same of a value keyword.
const VALUE: (char, char) = ('\u{e002}', '\u{e003}');
/// The longest name.
const NAME_MAX: usize = 128;

/// What keywords stand for.
pub(crate) struct Keywords<'a> {
    mappings: HashMap<String, Value>,
    /// The environment goes before the mappings.
    env: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Keywords<'a> {
    pub(crate) fn new(
        mappings: Map<String, Value>,
        env: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            mappings: mappings.into_iter().collect(),
            env,
        }
    }

    fn of(&self, name: &str) -> Option<Value> {
        let env = (self.env)(name).map(Value::from);
        env.or_else(|| self.mappings.get(name).cloned())
    }

    /// Marks the keywords, whether they have a value or not: to a parser, one that is left would be
    /// a comment or a mistake. What stands at the beginning of a line is a comment, if it has none.
    pub(crate) fn mark(&self, text: &str) -> String {
        let known = |name: &str, line: &str| !line.trim().is_empty() || self.of(name).is_some();
        let texts = marked(text, "##", |name, line, after| {
            let mark = if is_bare(line, after) { BARE } else { TEXT };
            known(name, line).then_some(mark)
        });
        marked(&texts, "@@", |name, line, _| {
            known(name, line).then_some(VALUE)
        })
    }

    /// Replaces what [`Keywords::mark`] marked in a text that nobody parses, such as a script.
    pub(crate) fn replace_in(&self, text: &str) -> String {
        let texts = self.replaced(text, TEXT, "##", as_text);
        let texts = self.replaced(&texts, BARE, "##", as_text);
        self.replaced(&texts, VALUE, "@@", |value| value.to_string())
    }

    fn replaced(
        &self,
        text: &str,
        (open, close): (char, char),
        sign: &str,
        shown: impl Fn(Value) -> String,
    ) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once(open) {
            out.push_str(before);
            match behind.split_once(close) {
                Some((name, after)) => {
                    let value = self.of(name).map(&shown);
                    out.push_str(&value.unwrap_or_else(|| format!("{sign}{name}{sign}")));
                    rest = after;
                }
                None => {
                    out.push(open);
                    rest = behind;
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// Replaces what [`Keywords::mark`] marked, in every text of a value and in its names.
    pub(crate) fn replace(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.replace_text(text),
            Value::Array(items) => items.into_iter().map(|item| self.replace(item)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (self.replace_in(&name), self.replace(value)))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn replace_text(&self, text: String) -> Value {
        let whole = |(open, close): (char, char)| {
            let name = text.strip_prefix(open)?.strip_suffix(close)?;
            self.of(name)
        };
        match whole(VALUE).or_else(|| whole(BARE)) {
            // The environment has texts only; one that is JSON is meant as such.
            Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            Some(value) => value,
            None if text.contains([TEXT.0, BARE.0, VALUE.0]) => {
                Value::String(self.replace_in(&text))
            }
            None => Value::String(text),
        }
    }
}

/// Puts marks in the place of signs, where `marks` has some for the name, what stands before it on
/// its line, and what behind it.
fn marked(
    text: &str,
    sign: &str,
    marks: impl Fn(&str, &str, &str) -> Option<(char, char)>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(sign) {
        out.push_str(before);
        let named = behind.split_once(sign).filter(|(name, _)| is_name(name));
        let line = out.rsplit('\n').next().unwrap_or_default();
        let mark = named.and_then(|(name, after)| Some((marks(name, line, after)?, name, after)));
        match mark {
            Some(((open, close), name, after)) => {
                out.push(open);
                out.push_str(name);
                out.push(close);
                rest = after;
            }
            None => {
                out.push_str(sign);
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether a keyword between these stands without quotes, and alone.
fn is_bare(before: &str, after: &str) -> bool {
    let before = before.trim_end_matches(' ');
    let after = after.trim_start_matches(' ');
    before.ends_with([':', '-', '[', ','])
        && (after.is_empty() || after.starts_with(['\n', '\r', ',', ']', '}', '#']))
}

fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

fn is_name(text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !text.is_empty() && text.len() <= NAME_MAX && text.chars().all(part)
}

/// Whether a text is a keyword, or what stands for a secret that was not written down.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let between = |sign: &str| {
        let inner = text
            .strip_prefix(sign)
            .and_then(|text| text.strip_suffix(sign));
        inner.is_some_and(is_name)
    };
    matches!(text, "_VALUE_NOT_SHOWN_" | "********") || between("##") || between("@@")
}

/// The keywords that are left in a text.
pub(crate) fn left_in(text: &str, found: &mut BTreeSet<String>) {
    for sign in ["##", "@@"] {
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once(sign) {
            rest = behind;
            if let Some((name, after)) = behind.split_once(sign)
                && is_name(name)
            {
                found.insert(name.to_owned());
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::deploy::yaml;

    fn read(text: &str) -> Value {
        let env = |name: &str| (name == "FROM_ENV").then(|| "e".to_owned());
        let mappings = json!({"NAME": "a\"b: #c\n", "LIST": ["x", "y"], "N": 5, "FROM_ENV": "m"});
        let keywords = Keywords::new(mappings.as_object().unwrap().clone(), &env);
        keywords.replace(yaml::parse(&keywords.mark(text)).unwrap())
    }

    #[test]
    fn a_text_takes_its_value_whatever_stands_in_it() {
        assert_eq!(read("a: \"x ##NAME## y\"")["a"], "x a\"b: #c\n y");
        assert_eq!(read("a: ##NAME##")["a"], "a\"b: #c\n");
        assert_eq!(read("a: ##FROM_ENV##-##N##")["a"], "e-5");
        assert_eq!(read("##N##: 1"), json!({"5": 1}));
        assert_eq!(read("a: ##N##\nb: '##N##'"), json!({"a": 5, "b": "5"}));
        assert_eq!(read("a: 'so: ##FROM_ENV##, and'")["a"], "so: e, and");
    }

    #[test]
    fn a_value_may_be_a_list() {
        for text in ["a: @@LIST@@", "a: '@@LIST@@'", "a: \"@@LIST@@\""] {
            assert_eq!(read(text)["a"], json!(["x", "y"]), "{text}");
        }
        assert_eq!(read("a: 'in @@LIST@@'")["a"], "in [\"x\",\"y\"]");
        assert_eq!(read("a: @@N@@")["a"], 5);
    }

    #[test]
    fn what_has_no_value_stays_and_is_found() {
        assert_eq!(read("a: ##NOBODY## x")["a"], "##NOBODY## x");
        assert_eq!(read("a: @@NOBODY@@")["a"], "@@NOBODY@@");
        assert_eq!(read("##A_COMMENT##\na: 1"), json!({"a": 1}));
        let value = read("a: 'x ##NOBODY## ## b @@NO@@'");
        assert_eq!(value["a"], "x ##NOBODY## ## b @@NO@@");
        let mut found = BTreeSet::new();
        left_in(value["a"].as_str().unwrap(), &mut found);
        assert_eq!(Vec::from_iter(found), ["NO", "NOBODY"]);
    }

    #[test]
    fn placeholders_are_known_by_their_form() {
        assert!(is_placeholder("##LOGSTREAMS_HTTP_SECRET##"));
        assert!(is_placeholder("@@X@@") && is_placeholder("_VALUE_NOT_SHOWN_"));
        assert!(!is_placeholder("Bearer ##X##") && !is_placeholder("####"));
    }
}
