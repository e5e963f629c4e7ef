//! `plansmith batch`: applies several changes to a plan, all or none.

use std::{io::Read, path::PathBuf};

use plan_ide::operations::{Claim, NewTask, Operation, OwnerChange, SetState};
use serde::Deserialize;

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

Members: op (set, add, claim), item, state, expect, owner, note, title, phase, after, depends_on, requirements")]
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
            Self::Claim { item, owner } => {
                Operation::Claim(Claim { item, owner, default_owner: super::claim::default_owner() })
            }
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
    let changes: Vec<serde_json::Value> = serde_json::from_str(&text)
        .map_err(|error| format!("invalid JSON: {error}; expected an array of changes"))?;
    let operations = changes.into_iter().enumerate().map(|(number, change)| {
        let change: Result<BatchEntry, _> = serde_json::from_value(change);
        let operation =
            change.map_err(|error| error.to_string()).and_then(|change| change.operation(update_progress));
        operation.map_err(|error| format!("change {}: {error}", number + 1))
    });
    operations.collect()
}
