//! Reasons why an operation is not possible.

use std::fmt;

use plan_model::{Item, State};
use plan_syntax::Document;

use crate::next;

/// Reason why an operation is not possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The plan has no item with the name.
    Unknown {
        /// The name.
        name: String,
        /// Similar IDs, the nearest first.
        nearest: Vec<String>,
    },
    /// Several items have the name.
    Ambiguous {
        /// The name.
        name: String,
        /// Their lines, 1-based.
        lines: Vec<usize>,
    },
    /// An item does not have the expected state.
    Unexpected(UnexpectedState),
    /// No task is ready.
    NothingReady {
        /// Number of open and blocked tasks.
        open: usize,
        /// Number of ready tasks that are assigned to other owners.
        assigned: usize,
    },
    /// The operation itself is not valid for the plan, with the message.
    Invalid(String),
}

/// An item that does not have the expected state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnexpectedState {
    /// Name of the item.
    pub name: String,
    /// Expectation, such as "expected `open`".
    pub expected: String,
    /// State of the item.
    pub state: State,
    /// Line, 1-based.
    pub line: usize,
    /// Text of the line.
    pub text: String,
}

impl Refusal {
    /// Returns the refusal for an item with another state than expected.
    pub(super) fn unexpected(document: &Document, item: &Item<'_>, expected: String) -> Self {
        let text = document.slice(item.line());
        Self::Unexpected(UnexpectedState {
            name: next::short_name(item),
            expected,
            state: next::state(item).unwrap_or(State::Open),
            line: document.rope().byte_to_line(item.line().start) + 1,
            text: text.lines().next().unwrap_or_default().trim().to_owned(),
        })
    }
}

/// Maximum number of characters of a text in a message.
const MAX_REFUSED_CHARS: usize = 200;

/// Returns the start of a text, for a message.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_REFUSED_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, nearest } => {
                write!(f, "unknown item `{}`", shortened(name))?;
                match &nearest[..] {
                    [] => write!(f, "; expected an ID or `line:N`"),
                    nearest => write!(f, "; did you mean `{}`?", nearest.join("` or `")),
                }
            }
            Self::Ambiguous { name, lines } => {
                let lines: Vec<String> = lines.iter().map(|line| format!("`line:{line}`")).collect();
                write!(f, "ambiguous item `{}`; use {}", shortened(name), lines.join(" or "))
            }
            Self::Unexpected(UnexpectedState { name, expected, state, line, text }) => {
                let (name, text) = (shortened(name), shortened(text));
                write!(f, "`{name}` is {}, {expected}; line {line}: {text}", state.name())
            }
            Self::NothingReady { assigned: count @ 1.., .. } => {
                let noun = if *count == 1 { "task" } else { "tasks" };
                write!(f, "no tasks ready: {count} {noun} assigned to other owners")
            }
            Self::NothingReady { open: 0, .. } => {
                f.write_str("no tasks ready: all tasks are done or in progress")
            }
            Self::NothingReady { open: 1, .. } => {
                f.write_str("no tasks ready: 1 task is open, but cannot start")
            }
            Self::NothingReady { open, .. } => {
                write!(f, "no tasks ready: {open} tasks are open, but cannot start")
            }
            Self::Invalid(reason) => f.write_str(reason),
        }
    }
}
