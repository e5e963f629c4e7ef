//! The common representation of values in TOML and JSON.

use std::ops::Range;

use serde_json::Value;
use toml_edit::{Item, TableLike};

/// A value of a settings file or of the client's settings.
pub(super) struct SettingsNode<'a> {
    /// Byte range in the file; empty for JSON.
    pub(super) span: Range<usize>,
    /// The value as JSON, for messages; `None` for settings files, in which the range shows the value.
    pub(super) json: Option<&'a Value>,
    pub(super) content: NodeContent<'a>,
}

pub(super) enum NodeContent<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(&'a str),
    /// A date of TOML, as text.
    Date(String),
    List(Vec<SettingsNode<'a>>),
    Table(Vec<SettingsEntry<'a>>),
    /// A value of a type that no setting accepts.
    Other,
}

pub(super) struct SettingsEntry<'a> {
    pub(super) key: &'a str,
    /// Byte range of the key; empty for JSON.
    pub(super) span: Range<usize>,
    pub(super) value: SettingsNode<'a>,
}

impl<'a> SettingsNode<'a> {
    /// Converts a JSON value.
    pub(super) fn of_json(value: &'a Value) -> Self {
        let content = match value {
            Value::Null => NodeContent::Null,
            Value::Bool(on) => NodeContent::Bool(*on),
            Value::Number(number) => number.as_f64().map_or(NodeContent::Other, NodeContent::Number),
            Value::String(text) => NodeContent::Text(text),
            Value::Array(items) => NodeContent::List(items.iter().map(Self::of_json).collect()),
            Value::Object(entries) => {
                let entries = entries.iter();
                NodeContent::Table(
                    entries
                        .map(|(key, value)| SettingsEntry { key, span: 0..0, value: Self::of_json(value) })
                        .collect(),
                )
            }
        };
        Self { span: 0..0, json: Some(value), content }
    }

    /// Converts a table of TOML.
    pub(super) fn of_table(table: &'a impl TableLike, span: Option<Range<usize>>) -> Self {
        let entry = |(key, item)| {
            let span = table.key(key).and_then(toml_edit::Key::span).unwrap_or_default();
            SettingsEntry { key, span, value: Self::of_item(item) }
        };
        Self {
            span: span.unwrap_or_default(),
            json: None,
            content: NodeContent::Table(table.iter().map(entry).collect()),
        }
    }

    fn of_item(item: &'a Item) -> Self {
        let content = match item {
            Item::None => NodeContent::Null,
            Item::Value(value) => return Self::of_value(value),
            Item::Table(table) => return Self::of_table(table, table.span()),
            Item::ArrayOfTables(tables) => {
                NodeContent::List(tables.iter().map(|table| Self::of_table(table, table.span())).collect())
            }
        };
        Self { span: item.span().unwrap_or_default(), json: None, content }
    }

    fn of_value(value: &'a toml_edit::Value) -> Self {
        use toml_edit::Value;
        let content = match value {
            Value::String(text) => NodeContent::Text(text.value()),
            Value::Integer(number) => NodeContent::Number(*number.value() as f64),
            Value::Float(number) => NodeContent::Number(*number.value()),
            Value::Boolean(on) => NodeContent::Bool(*on.value()),
            Value::Datetime(date) => NodeContent::Date(date.value().to_string()),
            Value::Array(items) => NodeContent::List(items.iter().map(Self::of_value).collect()),
            Value::InlineTable(table) => return Self::of_table(table, value.span()),
        };
        Self { span: value.span().unwrap_or_default(), json: None, content }
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        match self.content {
            NodeContent::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        match &self.content {
            NodeContent::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn entries(&self) -> Option<&[SettingsEntry<'a>]> {
        match &self.content {
            NodeContent::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the value of an entry with this key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Returns the texts of a list of texts.
    pub(super) fn texts(&self) -> Option<Vec<&'a str>> {
        self.list()?.iter().map(Self::text).collect()
    }
}
