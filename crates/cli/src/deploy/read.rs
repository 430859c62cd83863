//! Reads a document: one YAML file, or the tree of JSON files that the Deploy CLI writes.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::keyword::{Keywords, left_in};
use super::layout::{FOLDERS, Folder, SINGLES, is_known};
use super::root::{Root, read_to_string};
use super::{mask, yaml};
use crate::failure::{Explain as _, Failure, Outcome};

/// What was read.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) members: Map<String, Value>,
    /// Folders that nobody here knows.
    pub(crate) unknown: Vec<String>,
    /// Secrets that were left out because the document does not have their values.
    pub(crate) masked: Vec<String>,
}

/// Reads the document at `path`.
///
/// # Errors
///
/// A file cannot be read, or says what makes no sense; or a keyword has no value.
pub(crate) fn document(path: &Path, keywords: &Keywords<'_>) -> Outcome<Document> {
    let (mut members, unknown) = if path.is_dir() {
        tree(&Root::at(path)?, keywords)?
    } else {
        (one_file(path, keywords)?, Vec::new())
    };
    let masked = mask::leave_out(&mut members);
    let mut left = BTreeSet::new();
    for (member, value) in &members {
        find_left(member, value, &mut left);
    }
    if !left.is_empty() {
        let left: Vec<String> = left.into_iter().collect();
        return Err(Failure::new(format!(
            "the document has keywords without a value: {}",
            left.join(", ")
        ))
        .hint("give their values in a JSON file with --mappings, or in variables of these names"));
    }
    Ok(Document {
        members,
        unknown,
        masked,
    })
}

fn find_left(name: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        // A script may have what looks like a keyword.
        Value::String(text) if name != "code" => left_in(text, found),
        Value::Array(items) => items.iter().for_each(|item| find_left(name, item, found)),
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| find_left(name, value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn one_file(path: &Path, keywords: &Keywords<'_>) -> Outcome<Map<String, Value>> {
    let text = read_to_string(path)?;
    let value = yaml::parse(&keywords.mark(&text))
        .because(|| format!("{} is no document", path.display()))?;
    let Value::Object(mut members) = keywords.replace(value) else {
        return Err(Failure::new(format!(
            "{} is no document: it has no members such as `clients:`",
            path.display()
        )));
    };
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    let root = Root::at(parent.unwrap_or(Path::new(".")))?;
    for folder in FOLDERS {
        if let Some(Value::Array(objects)) = members.get_mut(folder.member) {
            for object in objects {
                with_code(folder, object, &root, keywords)?;
            }
        }
    }
    Ok(members)
}

fn tree(root: &Root, keywords: &Keywords<'_>) -> Outcome<(Map<String, Value>, Vec<String>)> {
    let mut members = Map::new();
    for single in SINGLES {
        if !root.has(single.file) {
            continue;
        }
        let value = json_file(root, single.file, keywords)?;
        match single.part {
            None => {
                members.insert(single.member.to_owned(), value);
            }
            Some(part) => {
                let whole = members
                    .entry(single.member)
                    .or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(whole) = whole {
                    whole.insert(part.to_owned(), value);
                }
            }
        }
    }
    for folder in FOLDERS {
        let Some(files) = root.json_files(folder.name)? else {
            continue;
        };
        let mut objects = Vec::with_capacity(files.len());
        for file in files {
            let mut object = json_file(root, &format!("{}/{file}", folder.name), keywords)?;
            with_code(folder, &mut object, root, keywords)?;
            objects.push(object);
        }
        members.insert(folder.member.to_owned(), Value::Array(objects));
    }
    let mut unknown = Vec::new();
    for folder in root.folders()? {
        let files = if is_known(&folder) || folder.starts_with('.') {
            None
        } else {
            root.json_files(&folder)?
        };
        if files.is_some_and(|files| !files.is_empty()) {
            unknown.push(folder);
        }
    }
    if members.is_empty() {
        return Err(Failure::new("the directory has nothing of a document")
            .hint("it has files such as tenant.json and clients/NAME.json"));
    }
    Ok((members, unknown))
}

fn json_file(root: &Root, name: &str, keywords: &Keywords<'_>) -> Outcome<Value> {
    let marked = keywords.mark(&root.read(name)?);
    let parsed = serde_json::from_str(&marked).or_else(|error| {
        // A keyword without quotes is no JSON, and it is YAML.
        yaml::parse(&marked).map_err(|_| error)
    });
    let value = parsed.because(|| format!("{name} is no JSON"))?;
    Ok(keywords.replace(value))
}

/// Puts the text of a file in place of its path.
fn with_code(folder: &Folder, object: &mut Value, root: &Root, keywords: &Keywords<'_>) -> Outcome {
    let Some(Value::String(code)) = folder.code.and_then(|member| object.get_mut(member)) else {
        return Ok(());
    };
    if !code.is_empty() {
        let text = root.read(code).or_hint(|| {
            format!(
                "`code` of an object of {} is the path of a file within the directory",
                folder.member
            )
        })?;
        *code = keywords.replace_in(&keywords.mark(&text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    fn read(path: &Path, mappings: &Value) -> Outcome<Document> {
        let mappings = mappings.as_object().cloned().unwrap_or_default();
        document(path, &Keywords::new(mappings, &nothing))
    }

    #[test]
    fn a_file_and_a_tree_say_the_same() {
        let home = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = home.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("tenant.json", "{\"friendly_name\": \"##ENV## tenant\"}");
        put(
            "clients/b.json",
            "{\"name\": \"B\", \"callbacks\": @@URLS@@}",
        );
        put("clients/a.json", "{\"name\": \"A\"}");
        put("clients/notes.txt", "no client");
        put(
            "actions/x.json",
            "{\"name\": \"X\", \"code\": \"./actions/x/code.js\"}",
        );
        put("actions/x/code.js", "// ##ENV## ## ##NO##\n");
        put(
            "attack-protection/suspicious-ip-throttling.json",
            "{\"enabled\": true}",
        );
        put("connections/c.json", "{}");
        put(
            "tenant.yaml",
            "tenant: {friendly_name: '##ENV## tenant'}\nclients:\n- name: A\n- name: B\n  callbacks: @@URLS@@\nactions:\n- {name: X, code: ./actions/x/code.js}\nattackProtection: {suspiciousIpThrottling: {enabled: true}}\n",
        );
        let mappings = json!({"ENV": "test", "URLS": ["https://a.example"]});
        let tree = read(home.path(), &mappings).unwrap();
        assert_eq!(
            Value::Object(tree.members.clone()),
            json!({
                "tenant": {"friendly_name": "test tenant"},
                "clients": [{"name": "A"}, {"name": "B", "callbacks": ["https://a.example"]}],
                "actions": [{"name": "X", "code": "// test ## ##NO##\n"}],
                "attackProtection": {"suspiciousIpThrottling": {"enabled": true}},
            })
        );
        assert_eq!(tree.unknown, ["connections"]);
        let file = read(&home.path().join("tenant.yaml"), &mappings).unwrap();
        assert_eq!(file.members, tree.members);

        let failure = read(&home.path().join("tenant.yaml"), &json!({"URLS": []})).unwrap_err();
        assert_eq!(
            failure.to_string().lines().next(),
            Some("error: the document has keywords without a value: ENV")
        );
    }
}
