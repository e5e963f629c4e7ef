//! `plansmith batch`: applies several changes to a plan, all or none.

use std::{io::Read, path::PathBuf};

use plan_ide::operations::{Claim, NewTask, Operation, OwnerChange, SetState};
use plan_schema::unknown_name_message;
use serde::Deserialize;
use serde_json::Value;

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

/// A change in the JSON array.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
enum BatchEntry {
    Set {
        item: String,
        state: String,
        expect: Option<String>,
        owner: Option<String>,
        note: Option<String>,
    },
    Add {
        title: String,
        phase: Option<String>,
        after: Option<String>,
        depends_on: Option<ListedIds>,
        requirements: Option<ListedIds>,
    },
    Claim {
        item: Option<String>,
        owner: Option<String>,
        #[serde(default)]
        reassign: bool,
    },
}

/// Value of a member with IDs: an array, or a string with IDs separated by commas.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ListedIds {
    List(Vec<String>),
    Text(String),
}

impl ListedIds {
    fn list(self) -> Vec<String> {
        match self {
            Self::List(list) => list,
            Self::Text(text) => text.split(',').map(|id| id.trim().to_owned()).collect(),
        }
    }
}

impl BatchEntry {
    fn operation(self, update_progress: bool) -> Result<Operation, String> {
        Ok(match self {
            Self::Set { item, state, expect, owner, note } => Operation::Set(SetState {
                items: item,
                state: set::state(&state)?,
                expect: expect.as_deref().map(set::state).transpose()?,
                owner: owner.map_or(OwnerChange::Keep, OwnerChange::Set),
                note,
                update_progress,
            }),
            Self::Add { title, phase, after, depends_on, requirements } => Operation::Add(NewTask {
                title,
                phase,
                after,
                depends_on: depends_on.map(|ids| ids.list().join(",")).filter(|ids| !ids.is_empty()),
                requirements: requirements.map(ListedIds::list).unwrap_or_default(),
            }),
            Self::Claim { item, owner, reassign } => Operation::Claim(Claim {
                item,
                owner,
                default_owner: super::claim::default_owner(),
                reassign,
            }),
        })
    }
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
        let operation = entry(change).and_then(|change| change.operation(update_progress));
        operation.map_err(|error| format!("change {}: {error}", number + 1))
    });
    operations.collect()
}

/// A kind of change: its name, the number of required members, and its members with their types, required ones first.
type ChangeForm = (&'static str, usize, &'static [(&'static str, MemberType)]);

/// All kinds of changes.
const CHANGE_FORMS: [ChangeForm; 3] = [
    (
        "set",
        2,
        &[
            ("item", MemberType::Text),
            ("state", MemberType::Text),
            ("expect", MemberType::Text),
            ("owner", MemberType::Text),
            ("note", MemberType::Text),
        ],
    ),
    (
        "add",
        1,
        &[
            ("title", MemberType::Text),
            ("phase", MemberType::Text),
            ("after", MemberType::Text),
            ("depends_on", MemberType::Ids),
            ("requirements", MemberType::Ids),
        ],
    ),
    ("claim", 0, &[("item", MemberType::Text), ("owner", MemberType::Text), ("reassign", MemberType::Flag)]),
];

/// Type of a member's value.
#[derive(Clone, Copy)]
enum MemberType {
    Text,
    Flag,
    /// An array of strings, or one string.
    Ids,
}

impl MemberType {
    fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string() || value.is_null(),
            Self::Flag => value.is_boolean(),
            Self::Ids => match value {
                Value::Array(ids) => ids.iter().all(Value::is_string),
                value => value.is_string() || value.is_null(),
            },
        }
    }

    fn expectation(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Flag => "`true` or `false`",
            Self::Ids => "a string or an array of strings",
        }
    }
}

/// Reads one change.
///
/// # Errors
/// Returns a message that names the member and the expectation.
fn entry(change: Value) -> Result<BatchEntry, String> {
    let Value::Object(members) = &change else {
        return Err("expected an object with `op`".to_owned());
    };
    let names = || CHANGE_FORMS.map(|(name, ..)| name);
    let op = match members.get("op") {
        Some(Value::String(op)) => op,
        Some(_) => return Err(format!("invalid `op`; expected {}", names().join(", "))),
        None => return Err(format!("missing `op`; expected {}", names().join(", "))),
    };
    let Some((_, required, known)) = CHANGE_FORMS.into_iter().find(|(name, ..)| name == op) else {
        return Err(format!("{}; expected {}", unknown_name_message("op", op, names()), names().join(", ")));
    };
    for (name, value) in members.iter().filter(|(name, _)| *name != "op") {
        match known.iter().find(|(known, _)| known == name) {
            Some((_, kind)) if kind.accepts(value) => {}
            Some((_, kind)) => return Err(format!("invalid `{name}`; expected {}", kind.expectation())),
            None => {
                let known = || known.iter().map(|(name, _)| *name);
                let listed = known().collect::<Vec<_>>().join(", ");
                return Err(format!("{}; expected {listed}", unknown_name_message("member", name, known())));
            }
        }
    }
    let is_missing = |name: &str| members.get(name).is_none_or(Value::is_null);
    if let Some((name, kind)) = known[..required].iter().find(|(name, _)| is_missing(name)) {
        return Err(format!("missing `{name}`; expected {}", kind.expectation()));
    }
    serde_json::from_value(change).map_err(|error| error.to_string())
}
