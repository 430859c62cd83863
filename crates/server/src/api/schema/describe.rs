//! A [`Schema`] as JSON Schema (2020-12), for the `OpenAPI` document.

use serde_json::{Map, Value, json};

use super::{Schema, Shape};

/// The schema in the words of JSON Schema.
pub(crate) fn described(schema: &Schema) -> Value {
    let mut described = shape(&schema.shape);
    if schema.nullable && !described.is_empty() {
        if let Some(Value::Array(texts)) = described.get_mut("enum") {
            texts.push(Value::Null);
        }
        described = match described.remove("type") {
            Some(kind) => {
                described.insert("type".into(), json!([kind, "null"]));
                described
            }
            None => {
                let alternatives = json!([described, {"type": "null"}]);
                Map::from_iter([("anyOf".to_owned(), alternatives)])
            }
        };
    }
    if !schema.about.is_empty() {
        described.insert("description".into(), schema.about.into());
    }
    Value::Object(described)
}

fn shape(shape: &Shape) -> Map<String, Value> {
    let mut said = Map::new();
    let mut say = |name: &str, value: Value| {
        said.insert(name.to_owned(), value);
    };
    match shape {
        Shape::Any => {}
        Shape::Boolean => say("type", "boolean".into()),
        Shape::Number => say("type", "number".into()),
        Shape::Integer { min, max } => {
            say("type", "integer".into());
            if *min != i64::MIN {
                say("minimum", (*min).into());
            }
            if *max != i64::MAX {
                say("maximum", (*max).into());
            }
        }
        Shape::Text { min, max, format } => {
            say("type", "string".into());
            if *min != 0 {
                say("minLength", (*min).into());
            }
            if *max != usize::MAX {
                say("maxLength", (*max).into());
            }
            if let Some(rule) = format {
                match rule.pattern {
                    Some(pattern) => say("pattern", pattern.into()),
                    None => say("format", rule.name.into()),
                }
            }
        }
        Shape::Choice(texts) => {
            say("type", "string".into());
            say("enum", json!(texts));
        }
        Shape::List {
            items,
            min,
            max,
            unique,
        } => {
            say("type", "array".into());
            say("items", described(items));
            if *min != 0 {
                say("minItems", (*min).into());
            }
            if *max != usize::MAX {
                say("maxItems", (*max).into());
            }
            if *unique {
                say("uniqueItems", true.into());
            }
        }
        Shape::Object { members, open, min } => {
            say("type", "object".into());
            let properties: Map<String, Value> = members
                .iter()
                .map(|member| (member.name.to_owned(), described(&member.schema)))
                .collect();
            if !properties.is_empty() {
                say("properties", properties.into());
            }
            let required: Vec<&str> = members
                .iter()
                .filter(|member| member.required)
                .map(|member| member.name)
                .collect();
            if !required.is_empty() {
                say("required", json!(required));
            }
            if !open {
                say("additionalProperties", false.into());
            }
            if *min != 0 {
                say("minProperties", (*min).into());
            }
        }
        Shape::Map { values, max } => {
            say("type", "object".into());
            say("additionalProperties", described(values));
            if *max != usize::MAX {
                say("maxProperties", (*max).into());
            }
        }
        Shape::Either(schemas) => {
            let schemas: Vec<Value> = schemas.iter().map(described).collect();
            say("anyOf", schemas.into());
        }
    }
    said
}

/// The JSON type of a value, as JSON Schema calls it.
pub(crate) fn name_of_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
