//! Edits that the server has the client make: one at a time for each document.
//!
//! A command that changes a document waits until the one before it has been answered by the client and its change has
//! arrived, so that it works on the new text. Commands on other documents, and all other requests, do not wait.

use std::{collections::HashMap, sync::Arc, time::Duration};

use plan_ide::TextRange;
use plan_syntax::Document;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch},
    time::{Instant, timeout},
};
use tower_lsp::lsp_types::{Url, WorkspaceEdit};

use super::Shared;
use crate::{state_cell::StateCell, transport};

/// How long the client's answer to an edit is waited for.
const MAX_ANSWER_WAIT: Duration = Duration::from_secs(10);

/// How long the change that an edit causes is waited for after the client has applied it.
const MAX_CHANGE_WAIT: Duration = Duration::from_secs(1);

/// How long two versions of a document are compared before what differs counts as rewritten.
const MAX_COMPARISON: Duration = Duration::from_millis(500);

/// Why an edit of an earlier text is not made.
pub(super) const CHANGED: &str = "the document has changed; run the command again";

/// The queues of the documents that commands are changing.
#[derive(Debug)]
pub(super) struct Turns {
    /// One permit for each document; an entry that nobody holds is removed.
    queues: StateCell<HashMap<Url, Arc<Semaphore>>>,
    /// Told when any document has changed.
    changes: watch::Sender<()>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { queues: StateCell::default(), changes: watch::Sender::new(()) }
    }
}

/// The right to have the client change a document, until it is dropped or the edit is done.
#[derive(Debug)]
pub(super) struct Turn {
    uri: Url,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// Waits for the turn of a caller, in the order in which calls are first polled. A document that nobody changes is
    /// handed out at the first poll.
    pub(super) async fn take(&self, uri: &Url) -> Turn {
        let queue = self.queues.with(|queues| {
            queues.retain(|_, queue| Arc::strong_count(queue) > 1);
            Arc::clone(queues.entry(uri.clone()).or_insert_with(|| Arc::new(Semaphore::new(1))))
        });
        // The runtime's budget must not change the order.
        let waiting = tokio::task::unconstrained(queue.acquire_owned());
        // It is never closed, so there is always a permit.
        Turn { uri: uri.clone(), _permit: transport::waiting(waiting).await.ok() }
    }

    /// A document has been opened, changed or closed.
    pub(super) fn document_changed(&self) {
        self.changes.send_replace(());
    }
}

impl Turn {
    /// Has the client make an edit, and returns when it has answered. The turn ends when the change has arrived as well.
    /// An edit of `version` is not sent if the document has another one by now: not every client compares versions.
    ///
    /// Dropping the future takes nothing back: the edit may be made, and the next turn begins after it.
    ///
    /// # Errors
    /// When the edit was not made: the reason.
    pub(super) async fn apply(
        self,
        shared: &Arc<Shared>,
        edit: WorkspaceEdit,
        version: Option<i32>,
    ) -> Result<(), String> {
        let is_current = |version| shared.version(&self.uri) == Some(version);
        if !version.is_none_or(is_current) {
            return Err(CHANGED.to_owned());
        }
        let (answer, answered) = oneshot::channel();
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            // Before the edit is sent: its change may arrive before its answer.
            let mut changes = shared.turns.changes.subscribe();
            let is_other = || version.is_some() && shared.version(&self.uri) != version;
            let result = match timeout(MAX_ANSWER_WAIT, shared.client.apply_edit(edit)).await {
                Ok(Ok(response)) if response.applied => Ok(()),
                Ok(Ok(response)) => Err(response.failure_reason.unwrap_or_else(|| {
                    let reason = if is_other() { CHANGED } else { "the client did not apply the edit" };
                    reason.to_owned()
                })),
                Ok(Err(error)) => Err(error.message.into_owned()),
                Err(_) => Err(format!("the client did not answer within {} s", MAX_ANSWER_WAIT.as_secs())),
            };
            let is_applied = result.is_ok();
            if let Err(reason) = &result {
                tracing::warn!(reason, uri = %self.uri, "the client did not apply an edit");
            }
            // Nobody takes it when the command was cancelled.
            drop(answer.send(result));
            if is_applied && version.is_some() {
                let arrived = async { while !is_other() && changes.changed().await.is_ok() {} };
                if timeout(MAX_CHANGE_WAIT, arrived).await.is_err() {
                    tracing::debug!(uri = %self.uri, "the change of an applied edit has not arrived");
                }
            }
            drop(self);
        });
        // The task ends early only with the server.
        transport::waiting(answered).await.unwrap_or_else(|_| Err("the server is shutting down".to_owned()))
    }
}

impl Shared {
    /// Returns the version of the document that is open by a URI.
    fn version(&self, uri: &Url) -> Option<i32> {
        self.state.with(|state| state.documents.version(uri))
    }
}

/// Returns where places of a document are in a later version of it, by the lines that both have. A place in lines that were
/// rewritten stays as far from the first of them as it was; one in removed lines is gone.
pub(super) fn moved(
    before: &Document,
    now: &Document,
    places: impl Iterator<Item = TextRange>,
) -> Vec<TextRange> {
    let lines = |document: &Document| -> Vec<String> { document.rope().lines().map(String::from).collect() };
    let (old, new) = (lines(before), lines(now));
    let deadline = (Instant::now() + MAX_COMPARISON).into_std();
    let operations = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(deadline));
    let line_now = |line: usize| {
        operations.iter().find_map(|operation| match *operation {
            DiffOp::Equal { old_index, new_index, len } => {
                (old_index..old_index + len).contains(&line).then(|| new_index + line - old_index)
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => (old_index..old_index + old_len)
                .contains(&line)
                .then(|| new_index + (line - old_index).min(new_len.saturating_sub(1))),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => None,
        })
    };
    let moved = |at: usize| {
        let at = at.min(before.len());
        let line = before.rope().byte_to_line(at);
        let column = at - before.rope().line_to_byte(line);
        let start = now.rope().line_to_byte(line_now(line)?);
        Some((start + column).min(now.line_end(start)))
    };
    let places = places.filter_map(|place| {
        let (start, end) = (moved(place.start)?, moved(place.end)?);
        Some(start..end.max(start))
    });
    places.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands on the lines of `now` that the places of the words in `before` have moved to.
    fn follow(before: &str, now: &str, words: &[&str]) -> Vec<String> {
        let places = words.iter().map(|word| before.find(word).unwrap()).map(|at| at..at);
        let (before, now) = (Document::new(before), Document::new(now));
        let moved = moved(&before, &now, places).into_iter();
        moved.map(|place| now.slice(now.line_start(place.start)..now.line_end(place.start))).collect()
    }

    #[test]
    fn places_follow_their_lines() {
        let before = "# Plan\n\n- [ ] one\n- [ ] two\n- [ ] three";
        assert_eq!(follow(before, before, &["one", "three"]), ["- [ ] one", "- [ ] three"]);
        let checked = "# Plan\n\n- [x] one\n- [ ] two\n- [ ] three";
        assert_eq!(follow(before, checked, &["one", "two"]), ["- [x] one", "- [ ] two"]);
        let longer = "# Plan\n\nStatus: 1/3\n\n- [x] one\n- [ ] two\n- [ ] three\n\nLog\n";
        assert_eq!(
            follow(before, longer, &["# Plan", "two", "three"]),
            ["# Plan", "- [ ] two", "- [ ] three"]
        );
        // The line is gone, and so is the place.
        assert_eq!(follow(before, "# Plan\n\n- [ ] one\n- [ ] three", &["two"]), Vec::<String>::new());
        assert_eq!(follow("- [ ] ünö", "", &["nö"]), [""]);
    }
}
