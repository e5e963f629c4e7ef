//! `plansmith batch`: applies several changes to a plan, all or none.

use std::{io::Read, path::PathBuf};

use plan_ide::operations::{Claim, NewTask, Operation, OwnerChange, SetState};
use plan_model::State;
use plan_schema::unknown_name_message;
use serde_json::{Map, Value};

use super::{
    EXIT_FAILURE,
    edits::{self, EditOptions},
    options::GlobalOptions,
    out, set,
};

/// Maximum size of the JSON array of changes, in bytes.
const MAX_BATCH_BYTES: u64 = 16 * 1024 * 1024;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  echo '[{\"op\": \"set\", \"item\": \"1.1\", \"state\": \"done\"}, {\"op\": \"claim\", \"owner\": \"Ada\"}]' |
    plansmith batch plan.md

Members: op (set, add, claim), item, state, expect, owner, note, title, phase, after, depends_on, requirements,
reassign")]
pub(super) struct Arguments {
    /// Plan file; the changes are read from standard input as a JSON array
    file: PathBuf,
    /// Also update parents, progress values, dates and logs
    #[arg(long)]
    update_progress: bool,
    #[command(flatten)]
    edit: EditOptions,
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let operations = match operations(arguments.update_progress) {
        Ok(operations) => operations,
        Err(message) => {
            out::error(format_args!("standard input: {message}"));
            return EXIT_FAILURE;
        }
    };
    edits::run(&arguments.file, &operations, arguments.edit, options)
}

/// Reads a JSON array of changes from standard input, and returns them as operations.
fn operations(update_progress: bool) -> Result<Vec<Operation>, String> {
    let mut text = String::new();
    let read = std::io::stdin().take(MAX_BATCH_BYTES + 1).read_to_string(&mut text);
    read.map_err(|error| crate::disk::description(&error))?;
    if text.len() as u64 > MAX_BATCH_BYTES {
        return Err("list of changes is larger than 16 MiB; split it".to_owned());
    }
    let changes: Value = serde_json::from_str(&text).map_err(|error| {
        format!(
            "invalid JSON in line {}, column {}; expected an array of changes",
            error.line(),
            error.column()
        )
    })?;
    let Value::Array(changes) = changes else {
        return Err("expected a JSON array of changes".to_owned());
    };
    let operations = changes.into_iter().enumerate().map(|(number, change)| {
        let operation = operation(&change, update_progress);
        operation.map_err(|error| format!("change {}: {error}", number + 1))
    });
    operations.collect()
}

/// Names of the changes.
const OPS: [&str; 3] = ["set", "add", "claim"];

/// Reads one change.
///
/// # Errors
/// Returns a message that names the member and the expectation.
fn operation(change: &Value, update_progress: bool) -> Result<Operation, String> {
    let Value::Object(members) = change else {
        return Err("expected an object with `op`".to_owned());
    };
    let op = match members.get("op") {
        Some(Value::String(op)) => &**op,
        Some(_) => return Err(format!("invalid `op`; expected {}", OPS.join(", "))),
        None => return Err(format!("missing `op`; expected {}", OPS.join(", "))),
    };
    let mut members = Members { members, known: Vec::new(), error: None };
    let operation = match op {
        "set" => Operation::Set(SetState {
            items: members.required("item"),
            state: members.required_state("state"),
            expect: members.state("expect"),
            owner: members.text("owner").map_or(OwnerChange::Keep, OwnerChange::Set),
            note: members.text("note"),
            update_progress,
        }),
        "add" => Operation::Add(NewTask {
            title: members.required("title"),
            phase: members.text("phase"),
            after: members.text("after"),
            depends_on: members.ids("depends_on").map(|ids| ids.join(",")).filter(|ids| !ids.is_empty()),
            requirements: members.ids("requirements").unwrap_or_default(),
        }),
        "claim" => Operation::Claim(Claim {
            item: members.text("item"),
            owner: members.text("owner"),
            default_owner: super::claim::default_owner(),
            reassign: members.flag("reassign"),
        }),
        _ => return Err(format!("{}; expected {}", unknown_name_message("op", op, OPS), OPS.join(", "))),
    };
    members.finish().map(|()| operation)
}

/// The members of a change. Records the names that are read, and the first problem.
struct Members<'a> {
    members: &'a Map<String, Value>,
    known: Vec<&'static str>,
    error: Option<String>,
}

impl<'a> Members<'a> {
    /// Returns the value of a member; `None` if it is missing or `null`.
    fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.members.get(name).filter(|value| !value.is_null())
    }

    fn fail(&mut self, error: String) {
        self.error.get_or_insert(error);
    }

    fn invalid(&mut self, name: &str, expected: &str) {
        self.fail(format!("invalid `{name}`; expected {expected}"));
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.invalid(name, "a string");
                None
            }
        }
    }

    fn required(&mut self, name: &'static str) -> String {
        let text = self.text(name);
        if text.is_none() {
            self.fail(format!("missing `{name}`; expected a string"));
        }
        text.unwrap_or_default()
    }

    fn state(&mut self, name: &'static str) -> Option<State> {
        let state = set::state(&self.text(name)?);
        state.map_err(|error| self.fail(error)).ok()
    }

    fn required_state(&mut self, name: &'static str) -> State {
        let state = set::state(&self.required(name));
        state.unwrap_or_else(|error| {
            self.fail(error);
            State::Open
        })
    }

    fn flag(&mut self, name: &'static str) -> bool {
        match self.value(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.invalid(name, "`true` or `false`");
                false
            }
        }
    }

    /// Returns IDs: an array, or a string with IDs separated by commas.
    fn ids(&mut self, name: &'static str) -> Option<Vec<String>> {
        let ids = match self.value(name)? {
            Value::String(text) => Some(text.split(',').map(|id| id.trim().to_owned()).collect()),
            Value::Array(ids) => ids.iter().map(|id| id.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        if ids.is_none() {
            self.invalid(name, "a string or an array of strings");
        }
        ids
    }

    /// Returns the problem of the change. A misspelled member is reported first, because it explains a missing one.
    fn finish(self) -> Result<(), String> {
        let is_known = |name: &str| name == "op" || self.known.contains(&name);
        if let Some(name) = self.members.keys().find(|name| !is_known(name)) {
            let message = unknown_name_message("member", name, self.known.iter().copied());
            return Err(format!("{message}; expected {}", self.known.join(", ")));
        }
        self.error.map_or(Ok(()), Err)
    }
}
