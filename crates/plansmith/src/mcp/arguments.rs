//! Arguments of the tools.

use plan_schema::unknown_name_message;
use rmcp::model::JsonObject;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::results::shortened_for_message;

/// Number of entries of a page without `limit`.
const DEFAULT_LIMIT: usize = 20;
/// Maximum number of entries of a page.
pub(super) const MAX_LIMIT: usize = 100;

/// The arguments that select a page of a result.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageArguments {
    pub(super) limit: Option<u64>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadyArguments {
    pub(super) path: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) limit: Option<u64>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoverageArguments {
    pub(super) path: Option<String>,
    pub(super) limit: Option<u64>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemArguments {
    pub(super) path: String,
    pub(super) item: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetArguments {
    pub(super) path: String,
    pub(super) item: Option<String>,
    pub(super) state: String,
    pub(super) expect: Option<String>,
    pub(super) owner: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PathArguments {
    pub(super) path: String,
    pub(super) limit: Option<u64>,
    pub(super) cursor: Option<String>,
}

/// Checks the arguments of a tool against its input schema.
///
/// # Errors
/// Returns a message that names the argument and the expectation.
pub(super) fn check(schema: &JsonObject, arguments: &JsonObject) -> Result<(), String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let names: Vec<&str> = properties.into_iter().flat_map(|all| all.keys()).map(String::as_str).collect();
    for (name, value) in arguments {
        let Some(property) = properties.and_then(|all| all.get(name)) else {
            let message =
                unknown_name_message("argument", &shortened_for_message(name), names.iter().copied());
            return Err(format!("{message}; expected {}", names.join(", ")));
        };
        if !value.is_null() {
            check_value(name, property, value)?;
        }
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if arguments.get(name).is_none_or(Value::is_null) {
            let description = properties.and_then(|all| all.get(name)?.get("description")?.as_str());
            let description = description.map(|text| format!("; expected {text}")).unwrap_or_default();
            return Err(format!("missing argument `{name}`{description}"));
        }
    }
    Ok(())
}

fn check_value(name: &str, property: &Value, value: &Value) -> Result<(), String> {
    if property["type"] == "integer" {
        let (minimum, maximum) = (property["minimum"].as_u64(), property["maximum"].as_u64());
        let range = minimum.unwrap_or(0)..=maximum.unwrap_or(u64::MAX);
        return match value.as_u64() {
            Some(number) if range.contains(&number) => Ok(()),
            _ => {
                let shown = shortened_for_message(&value.to_string());
                Err(format!("invalid {name} {shown}; expected {} to {}", range.start(), range.end()))
            }
        };
    }
    let Some(text) = value.as_str() else {
        return Err(format!(
            "invalid {name} {}; expected a string",
            shortened_for_message(&value.to_string())
        ));
    };
    let allowed: Vec<&str> =
        property["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if allowed.is_empty() || allowed.contains(&text) {
        return Ok(());
    }
    let message = unknown_name_message("state", &shortened_for_message(text), allowed.iter().copied());
    Err(format!("{name}: {message}; expected one of {}", allowed.join(", ")))
}

/// Reads the arguments of a tool, which [`check`] has accepted.
///
/// # Errors
/// Returns a message that names the argument.
pub(super) fn read<T: DeserializeOwned>(arguments: JsonObject) -> Result<T, String> {
    serde_json::from_value(Value::Object(arguments)).map_err(|error| format!("invalid arguments: {error}"))
}

/// Returns the number of entries of a page.
pub(super) fn limit(limit: Option<u64>) -> usize {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
}
