//! Arguments of the tools.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// Number of entries of a page without `limit`.
const DEFAULT_LIMIT: usize = 20;
/// Maximum number of entries of a page.
pub(super) const MAX_LIMIT: usize = 100;

/// The arguments that select a page of an answer.
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

/// Reads the arguments of a tool.
///
/// # Errors
/// Returns a message if the arguments are invalid.
pub(super) fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, String> {
    serde_json::from_value(arguments).map_err(|error| format!("invalid arguments: {error}"))
}

/// Returns the number of entries of a page: `limit`, or [`DEFAULT_LIMIT`].
///
/// # Errors
/// Returns a message if the number is out of range.
pub(super) fn limit(limit: Option<u64>) -> Result<usize, String> {
    let Some(limit) = limit else { return Ok(DEFAULT_LIMIT) };
    let number = usize::try_from(limit).ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    number.ok_or_else(|| format!("invalid limit {limit}; expected 1 to {MAX_LIMIT}"))
}
