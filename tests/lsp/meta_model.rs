//! Checks messages against the protocol's meta model (`tests/data/lsp/metaModel.json`).
//!
//! The check is stricter than the protocol requires of a receiver: a property that is not in the model is an error, since it
//! is misspelled or requires a capability that this client does not have.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use serde_json::{Map, Value};

/// The sender of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    Client,
    Server,
}

/// The error is a problem with its path: `params/edits/0/range: missing "end"`.
pub type Checked = Result<(), String>;

/// Messages and types of the protocol.
#[derive(Debug)]
pub struct MetaModel {
    requests: HashMap<String, Value>,
    notifications: HashMap<String, Value>,
    structures: HashMap<String, Value>,
    enumerations: HashMap<String, Value>,
    aliases: HashMap<String, Value>,
}

static MODEL: LazyLock<MetaModel> = LazyLock::new(|| {
    MetaModel::read(include_str!("../data/lsp/metaModel.json")).expect("the model in the tests' data")
});

/// Returns the model, which all tests share.
pub fn model() -> &'static MetaModel {
    &MODEL
}

impl MetaModel {
    fn read(text: &str) -> Option<Self> {
        let model: Value = serde_json::from_str(text).ok()?;
        let by = |list: &str, key: &str| -> Option<HashMap<String, Value>> {
            let items = model[list].as_array()?.iter();
            items.map(|item| Some((item[key].as_str()?.to_owned(), item.clone()))).collect()
        };
        Some(Self {
            requests: by("requests", "method")?,
            notifications: by("notifications", "method")?,
            structures: by("structures", "name")?,
            enumerations: by("enumerations", "name")?,
            aliases: by("typeAliases", "name")?,
        })
    }

    /// Returns the methods of requests that clients send.
    pub fn client_requests(&self) -> impl Iterator<Item = &str> {
        let requests = self.requests.iter();
        let of_client = requests.filter(|(_, entry)| entry["messageDirection"] != "serverToClient");
        of_client.map(|(method, _)| method.as_str())
    }

    /// Returns whether the protocol has a message with this method.
    pub fn has_message(&self, method: &str) -> bool {
        self.requests.contains_key(method) || self.notifications.contains_key(method)
    }

    /// Checks any message. `answered` is the method of the request to which the message responds, if any.
    pub fn check(&self, sender: Sender, message: &Value, answered: Option<&str>) -> Checked {
        let object = message.as_object().ok_or("not an object")?;
        if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err("missing \"jsonrpc\": \"2.0\"".to_owned());
        }
        if !object.contains_key("method") {
            return self.check_response(object, answered);
        }
        only(object, &["jsonrpc", "method", "id", "params"])?;
        let method = object["method"].as_str().ok_or("the method is not a string")?;
        if let Some(id) = object.get("id")
            && !(id.is_string() || is_integer(id))
        {
            return Err(format!("{method}: the id is {id}"));
        }
        if method.starts_with("plansmith/") {
            return Ok(());
        }
        let messages = if object.contains_key("id") { &self.requests } else { &self.notifications };
        let entry = messages.get(method).ok_or_else(|| format!("{method}: unknown method"))?;
        let allowed = match entry["messageDirection"].as_str() {
            Some("clientToServer") => sender == Sender::Client,
            Some("serverToClient") => sender == Sender::Server,
            _ => true,
        };
        if !allowed {
            return Err(format!("{method}: cannot be sent by the {sender:?}"));
        }
        match (entry.get("params"), object.get("params")) {
            (None, None) => Ok(()),
            (None, Some(params)) => Err(format!("{method}: unexpected params: {params}")),
            (Some(_), None) => Err(format!("{method}: missing params")),
            (Some(kind), Some(params)) => {
                self.value(kind, params, "params").map_err(|wrong| format!("{method} {}", wrong.text()))?;
                self.check_registrations(method, params)
            }
        }
    }

    fn check_response(&self, object: &Map<String, Value>, answered: Option<&str>) -> Checked {
        only(object, &["jsonrpc", "id", "result", "error"])?;
        let method = answered.unwrap_or("response");
        let id = object.get("id").ok_or_else(|| format!("{method}: missing method and id"))?;
        match (object.get("result"), object.get("error")) {
            (None, Some(error)) => {
                let error =
                    error.as_object().ok_or_else(|| format!("{method}: the error is not an object"))?;
                only(error, &["code", "message", "data"])?;
                if !error.get("code").is_some_and(is_integer)
                    || !error.get("message").is_some_and(Value::is_string)
                {
                    return Err(format!("{method}: malformed error"));
                }
                Ok(())
            }
            (Some(result), None) => {
                let Some(method) = answered else {
                    return Err(format!("a result for unknown id {id}"));
                };
                let Some(entry) = self.requests.get(method) else { return Ok(()) };
                self.value(&entry["result"], result, "result")
                    .map_err(|wrong| format!("{method} {}", wrong.text()))
            }
            _ => Err(format!("{method}: a response must have either a result or an error")),
        }
    }

    /// Checks the options of registrations, which are `LSPAny` in the model: their type depends on the method.
    fn check_registrations(&self, method: &str, params: &Value) -> Checked {
        if method != "client/registerCapability" {
            return Ok(());
        }
        for registration in params["registrations"].as_array().into_iter().flatten() {
            let method = registration["method"].as_str().unwrap_or_default();
            let entry = self.requests.get(method).or_else(|| self.notifications.get(method));
            let entry = entry.ok_or_else(|| format!("registers unknown method {method}"))?;
            if let (Some(kind), Some(options)) =
                (entry.get("registrationOptions"), registration.get("registerOptions"))
            {
                let checked = self.value(kind, options, "registerOptions");
                checked.map_err(|wrong| format!("{method} {}", wrong.text()))?;
            }
        }
        Ok(())
    }

    /// Checks a value against a type given by name, such as `WorkspaceEdit`.
    pub fn check_type(&self, name: &str, value: &Value) -> Checked {
        self.named(name, value, name).map_err(|wrong| wrong.text())
    }

    fn value(&self, kind: &Value, value: &Value, path: &str) -> Result<(), Mismatch> {
        let wrong = |problem: String| Err(Mismatch { path: path.to_owned(), problem });
        match kind["kind"].as_str().unwrap_or_default() {
            "base" => base(kind["name"].as_str().unwrap_or_default(), value, path),
            "reference" => self.named(kind["name"].as_str().unwrap_or_default(), value, path),
            "array" => {
                let Some(items) = value.as_array() else {
                    return wrong(format!("not an array: {}", shortened(value)));
                };
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, item)| {
                    self.value(&kind["element"], item, &format!("{path}/{index}"))
                })
            }
            "map" => {
                let Some(entries) = value.as_object() else {
                    return wrong(format!("not a map: {}", shortened(value)));
                };
                entries.iter().try_for_each(|(key, value)| {
                    let path = format!("{path}/{key}");
                    self.value(&kind["key"], &Value::from(key.as_str()), &path)?;
                    self.value(&kind["value"], value, &path)
                })
            }
            "tuple" => {
                let kinds = kind["items"].as_array().map(Vec::as_slice).unwrap_or_default();
                match value.as_array() {
                    Some(items) if items.len() == kinds.len() => {
                        let mut pairs = kinds.iter().zip(items).enumerate();
                        pairs.try_for_each(|(index, (kind, item))| {
                            self.value(kind, item, &format!("{path}/{index}"))
                        })
                    }
                    _ => wrong(format!("not a tuple of {}: {}", kinds.len(), shortened(value))),
                }
            }
            "or" => {
                let mut deepest: Option<Mismatch> = None;
                for alternative in kind["items"].as_array().into_iter().flatten() {
                    match self.value(alternative, value, path) {
                        Ok(()) => return Ok(()),
                        // The best matching alternative fails at the longest path.
                        Err(wrong)
                            if deepest.as_ref().is_none_or(|found| wrong.path.len() > found.path.len()) =>
                        {
                            deepest = Some(wrong);
                        }
                        Err(_) => {}
                    }
                }
                deepest.map_or(Ok(()), Err)
            }
            "and" | "literal" => self.object(&self.fields(kind), value, path),
            "stringLiteral" | "integerLiteral" | "booleanLiteral" if &kind["value"] == value => Ok(()),
            "stringLiteral" | "integerLiteral" | "booleanLiteral" => {
                wrong(format!("{} instead of {}", shortened(value), kind["value"]))
            }
            other => wrong(format!("the model has a type of kind {other:?}")),
        }
    }

    fn named(&self, name: &str, value: &Value, path: &str) -> Result<(), Mismatch> {
        let wrong = |problem: String| Err(Mismatch { path: path.to_owned(), problem });
        // These three types are defined recursively and allow any JSON.
        match name {
            "LSPAny" => return Ok(()),
            "LSPObject" if value.is_object() => return Ok(()),
            "LSPArray" if value.is_array() => return Ok(()),
            _ => {}
        }
        if let Some(alias) = self.aliases.get(name) {
            return self.value(&alias["type"], value, path);
        }
        if let Some(enumeration) = self.enumerations.get(name) {
            self.value(&enumeration["type"], value, path)?;
            let open = enumeration["supportsCustomValues"] == Value::Bool(true);
            let is_known =
                enumeration["values"].as_array().into_iter().flatten().any(|item| &item["value"] == value);
            return if open || is_known { Ok(()) } else { wrong(format!("{value} is not a {name}")) };
        }
        match self.structures.get(name) {
            Some(structure) => self.object(&self.members(structure), value, path),
            None => wrong(format!("the model lacks type {name}")),
        }
    }

    fn object(&self, fields: &BTreeMap<&str, &Value>, value: &Value, path: &str) -> Result<(), Mismatch> {
        let wrong = |problem: String| Err(Mismatch { path: path.to_owned(), problem });
        let Some(object) = value.as_object() else {
            return wrong(format!("not an object: {}", shortened(value)));
        };
        for (name, value) in object {
            match fields.get(name.as_str()) {
                Some(field) => self.value(&field["type"], value, &format!("{path}/{name}"))?,
                None => return wrong(format!("unknown property {name:?}")),
            }
        }
        let missing = fields
            .iter()
            .find(|(name, field)| field["optional"] != Value::Bool(true) && !object.contains_key(**name));
        missing.map_or(Ok(()), |(name, _)| wrong(format!("missing {name:?}")))
    }

    /// Returns the properties of objects of this type.
    fn fields<'a>(&'a self, kind: &'a Value) -> BTreeMap<&'a str, &'a Value> {
        match kind["kind"].as_str().unwrap_or_default() {
            "literal" => self.members(&kind["value"]),
            "and" => {
                kind["items"].as_array().into_iter().flatten().flat_map(|item| self.fields(item)).collect()
            }
            "reference" => {
                let name = kind["name"].as_str().unwrap_or_default();
                match (self.structures.get(name), self.aliases.get(name)) {
                    (Some(structure), _) => self.members(structure),
                    (None, Some(alias)) => self.fields(&alias["type"]),
                    (None, None) => BTreeMap::new(),
                }
            }
            _ => BTreeMap::new(),
        }
    }

    /// Returns the properties of a structure, including inherited ones. Its own properties take precedence.
    fn members<'a>(&'a self, structure: &'a Value) -> BTreeMap<&'a str, &'a Value> {
        let parents = ["extends", "mixins"]
            .into_iter()
            .flat_map(|list| structure[list].as_array().into_iter().flatten());
        let mut fields: BTreeMap<_, _> = parents.flat_map(|parent| self.fields(parent)).collect();
        let own = structure["properties"].as_array().into_iter().flatten();
        fields.extend(own.filter_map(|property| Some((property["name"].as_str()?, property))));
        fields
    }
}

#[derive(Debug)]
struct Mismatch {
    path: String,
    problem: String,
}

impl Mismatch {
    fn text(&self) -> String {
        format!("{}: {}", self.path, self.problem)
    }
}

fn base(name: &str, value: &Value, path: &str) -> Result<(), Mismatch> {
    let fits = match name {
        "string" | "RegExp" => value.is_string(),
        "URI" | "DocumentUri" => value.as_str().is_some_and(has_scheme),
        "integer" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "uinteger" => value.as_i64().is_some_and(|number| (0..=i64::from(i32::MAX)).contains(&number)),
        "decimal" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(Mismatch { path: path.to_owned(), problem: format!("not a {name}: {}", shortened(value)) })
    }
}

fn has_scheme(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}

fn only(object: &Map<String, Value>, names: &[&str]) -> Checked {
    match object.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(format!("unknown member {name:?} of the message")),
        None => Ok(()),
    }
}

/// Returns a value as text, shortened for error messages.
fn shortened(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 120 { text.chars().take(120).chain("...".chars()).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(sender: Sender, method: &str, id: Option<i64>, params: Option<Value>) -> Checked {
        let mut message = json!({"jsonrpc": "2.0", "method": method});
        if let Some(id) = id {
            message["id"] = id.into();
        }
        if let Some(params) = params {
            message["params"] = params;
        }
        model().check(sender, &message, None)
    }

    fn answer(method: &str, result: Value) -> Checked {
        model().check(Sender::Server, &json!({"jsonrpc": "2.0", "id": 1, "result": result}), Some(method))
    }

    fn range() -> Value {
        json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 4}})
    }

    fn diagnostics(diagnostic: Value) -> Checked {
        let params = json!({"uri": "file:///a.md", "version": 1, "diagnostics": [diagnostic]});
        check(Sender::Server, "textDocument/publishDiagnostics", None, Some(params))
    }

    /// Asserts that a check fails with a problem that contains `words`.
    #[track_caller]
    fn fails(checked: Checked, words: &str) {
        let problem = checked.expect_err(words);
        assert!(problem.contains(words), "{problem:?} does not contain {words:?}");
    }

    #[test]
    fn valid_messages_pass() {
        let pass = |checked: Checked| assert_eq!(checked, Ok(()));
        pass(diagnostics(
            json!({"range": range(), "message": "m", "severity": 2, "code": "rule", "source": "s",
            "codeDescription": {"href": "https://example.org"}, "data": {"any": [1]}, "tags": [1],
            "relatedInformation": [{"location": {"uri": "file:///a.md", "range": range()}, "message": "r"}]}),
        ));
        pass(check(Sender::Server, "workspace/diagnostic/refresh", Some(1), None));
        pass(check(Sender::Server, "plansmith/anything", None, Some(json!({"x": 1}))));
        pass(check(Sender::Client, "exit", None, None));
        pass(check(
            Sender::Server,
            "$/progress",
            None,
            Some(json!({"token": "t", "value": {"kind": "end"}})),
        ));
        pass(answer("shutdown", Value::Null));
        pass(answer("textDocument/foldingRange", json!([{"startLine": 1, "endLine": 2, "kind": "own"}])));
        pass(answer(
            "textDocument/documentSymbol",
            json!([{"name": "n", "kind": 15, "range": range(),
            "selectionRange": range(), "children": []}]),
        ));
        pass(answer(
            "textDocument/documentSymbol",
            json!([{"name": "n", "kind": 15,
            "location": {"uri": "file:///a.md", "range": range()}}]),
        ));
        pass(answer("textDocument/diagnostic", json!({"kind": "full", "resultId": "1", "items": []})));
        pass(answer(
            "textDocument/codeAction",
            json!([{"title": "t", "kind": "quickfix.own", "isPreferred": true,
            "edit": {"documentChanges": [{"textDocument": {"uri": "file:///a.md", "version": null},
                "edits": [{"range": range(), "newText": ""}]}]}}]),
        ));
        pass(answer(
            "initialize",
            json!({"capabilities": {"positionEncoding": "utf-8", "textDocumentSync": {"change": 2},
            "foldingRangeProvider": true, "codeActionProvider": {"codeActionKinds": ["quickfix"]}}}),
        ));
        pass(answer("plansmith/documentText", json!({"text": "", "version": 1})));
        let options = json!({"registrations": [{"id": "1", "method": "workspace/didChangeWatchedFiles",
            "registerOptions": {"watchers": [{"globPattern": "**/*.md"}]}}]});
        pass(check(Sender::Server, "client/registerCapability", Some(1), Some(options)));
        pass(model().check_type("WorkspaceEdit", &json!({"changes": {"file:///a.md": []}})));
        pass(model().check_type("ParameterInformation", &json!({"label": [0, 3]})));
    }

    #[test]
    fn invalid_messages_are_rejected() {
        fails(diagnostics(json!({"range": range()})), "missing \"message\"");
        fails(diagnostics(json!({"range": range(), "message": 1})), "diagnostics/0/message: not a string");
        fails(
            diagnostics(json!({"range": range(), "message": "m", "severity": 5})),
            "5 is not a DiagnosticSeverity",
        );
        fails(
            diagnostics(json!({"range": range(), "message": "m", "related": []})),
            "unknown property \"related\"",
        );
        fails(
            diagnostics(json!({"range": range(), "message": "m", "source": null})),
            "source: not a string: null",
        );
        fails(diagnostics(json!({"range": range(), "message": "m", "tags": [1, "x"]})), "tags/1");
        fails(
            diagnostics(
                json!({"range": {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}},
            "message": "m"}),
            ),
            "range/start/line: not a uinteger",
        );
        fails(
            check(Sender::Server, "workspace/diagnostic/refresh", Some(1), Some(Value::Null)),
            "unexpected params",
        );
        fails(
            check(Sender::Server, "textDocument/didOpen", None, Some(json!({}))),
            "cannot be sent by the Server",
        );
        fails(
            check(Sender::Server, "window/logMessage", Some(1), Some(json!({"type": 1, "message": ""}))),
            "unknown method",
        );
        fails(check(Sender::Server, "window/logMessage", None, None), "missing params");
        fails(check(Sender::Server, "nonsense", None, None), "unknown method");
        fails(answer("shutdown", json!({})), "not a null");
        fails(
            answer("textDocument/documentSymbol", json!([{"name": "n", "kind": 15, "range": range()}])),
            "result/0",
        );
        fails(
            answer(
                "textDocument/documentSymbol",
                json!([{"name": "n", "kind": 99, "range": range(),
            "selectionRange": range()}]),
            ),
            "99 is not a SymbolKind",
        );
        fails(answer("textDocument/diagnostic", json!({"kind": "ful", "items": []})), "instead of");
        fails(answer("initialize", json!({"capabilities": {"foldingProvider": true}})), "unknown property");
        fails(
            answer("textDocument/codeAction", json!([{"title": "t", "edit": {"changes": {"no uri": []}}}])),
            "no uri",
        );
        fails(
            model().check_type("ParameterInformation", &json!({"label": [0]})),
            "ParameterInformation/label",
        );
        let respond = |message: Value| model().check(Sender::Server, &message, Some("shutdown"));
        fails(
            respond(json!({"jsonrpc": "2.0", "id": 1, "result": null, "error": {"code": 1, "message": ""}})),
            "either a result or an error",
        );
        fails(respond(json!({"jsonrpc": "2.0", "id": 1})), "either a result or an error");
        fails(
            respond(json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 1.5, "message": ""}})),
            "malformed error",
        );
        fails(respond(json!({"id": 1, "result": null})), "jsonrpc");
        fails(respond(json!({"jsonrpc": "2.0", "id": 1, "result": null, "extra": 1})), "\"extra\"");
        let unknown = json!({"jsonrpc": "2.0", "id": 1, "result": null});
        fails(model().check(Sender::Server, &unknown, None), "unknown id");
        let options = json!({"registrations": [{"id": "1", "method": "workspace/didChangeWatchedFiles",
            "registerOptions": {"watcher": []}}]});
        fails(check(Sender::Server, "client/registerCapability", Some(1), Some(options)), "\"watcher\"");
    }

    /// Unresolved references would accept any message.
    #[test]
    fn all_references_of_the_model_are_resolved() {
        fn walk(model: &MetaModel, value: &Value) {
            if value["kind"] == "reference" {
                let name = value["name"].as_str().expect("a name");
                let known = model.structures.contains_key(name)
                    || model.aliases.contains_key(name)
                    || model.enumerations.contains_key(name);
                assert!(known, "{name}");
            }
            match value {
                Value::Array(items) => items.iter().for_each(|item| walk(model, item)),
                Value::Object(entries) => entries.values().for_each(|item| walk(model, item)),
                _ => {}
            }
        }
        let model = model();
        for list in
            [&model.requests, &model.notifications, &model.structures, &model.aliases, &model.enumerations]
        {
            list.values().for_each(|entry| walk(model, entry));
        }
    }
}
