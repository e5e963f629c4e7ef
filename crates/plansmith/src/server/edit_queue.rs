//! Edits that the server sends to the client: one at a time for each document.
//!
//! A command that changes a document waits until the client has responded to the previous edit and sent its change, so that
//! the command works on the new text. Commands on other documents and all other requests do not wait.

use std::{collections::HashMap, sync::Arc, time::Duration};

use plan_ide::TextRange;
use plan_syntax::Document;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::Instant,
};
use tower_lsp::lsp_types::Url;

use crate::{state_cell::StateCell, transport};

/// Maximum time to compare two versions of a document. Lines that were not compared are treated as rewritten.
const MAX_COMPARISON_TIME: Duration = Duration::from_millis(500);

/// Queues of the documents that commands are changing.
#[derive(Debug)]
pub(super) struct EditQueues {
    /// A semaphore with one permit for each document; unused entries are removed.
    queues: StateCell<HashMap<Url, Arc<Semaphore>>>,
    /// Notified when any document has changed.
    pub(super) changes: watch::Sender<()>,
}

impl Default for EditQueues {
    fn default() -> Self {
        Self { queues: StateCell::default(), changes: watch::Sender::new(()) }
    }
}

/// Permission to send an edit of a document. Released when dropped or when the edit is complete.
#[derive(Debug)]
pub(super) struct EditPermit {
    pub(super) uri: Url,
    _permit: Option<OwnedSemaphorePermit>,
}

impl EditQueues {
    /// Waits for the permit of a document, in the order in which calls are first polled. If no other edit is pending, the
    /// first poll returns it.
    pub(super) async fn acquire(&self, uri: &Url) -> EditPermit {
        let queue = self.queues.with(|queues| {
            queues.retain(|_, queue| Arc::strong_count(queue) > 1);
            Arc::clone(queues.entry(uri.clone()).or_insert_with(|| Arc::new(Semaphore::new(1))))
        });
        // Without this, tokio's cooperative budget could change the order.
        let waiting = tokio::task::unconstrained(queue.acquire_owned());
        // The semaphore is never closed, so this always succeeds.
        EditPermit { uri: uri.clone(), _permit: transport::waiting(waiting).await.ok() }
    }

    /// Notifies waiting edits that a document has been opened, changed or closed.
    pub(super) fn document_changed(&self) {
        self.changes.send_replace(());
    }
}

/// Maps ranges of a document to a later version by comparing lines. A range in rewritten lines keeps its distance to
/// the first rewritten line. Ranges in removed lines are dropped.
pub(super) fn map_ranges(
    before: &Document,
    now: &Document,
    ranges: impl Iterator<Item = TextRange>,
) -> Vec<TextRange> {
    let lines = |document: &Document| -> Vec<String> { document.rope().lines().map(String::from).collect() };
    let (old, new) = (lines(before), lines(now));
    let deadline = (Instant::now() + MAX_COMPARISON_TIME).into_std();
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
    let map_offset = |offset: usize| {
        let offset = offset.min(before.len());
        let line = before.rope().byte_to_line(offset);
        let column = offset - before.rope().line_to_byte(line);
        let start = now.rope().line_to_byte(line_now(line)?);
        Some((start + column).min(now.line_end(start)))
    };
    let mapped = ranges.filter_map(|range| {
        let (start, end) = (map_offset(range.start)?, map_offset(range.end)?);
        Some(start..end.max(start))
    });
    mapped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the lines of `now` that the positions of `words` in `before` are mapped to.
    fn mapped_lines(before: &str, now: &str, words: &[&str]) -> Vec<String> {
        let ranges = words.iter().map(|word| before.find(word).unwrap()).map(|offset| offset..offset);
        let (before, now) = (Document::new(before), Document::new(now));
        let mapped = map_ranges(&before, &now, ranges).into_iter();
        mapped.map(|range| now.slice(now.line_start(range.start)..now.line_end(range.start))).collect()
    }

    #[test]
    fn ranges_are_mapped_to_their_lines() {
        let before = "# Plan\n\n- [ ] one\n- [ ] two\n- [ ] three";
        assert_eq!(mapped_lines(before, before, &["one", "three"]), ["- [ ] one", "- [ ] three"]);
        let checked = "# Plan\n\n- [x] one\n- [ ] two\n- [ ] three";
        assert_eq!(mapped_lines(before, checked, &["one", "two"]), ["- [x] one", "- [ ] two"]);
        let longer = "# Plan\n\nStatus: 1/3\n\n- [x] one\n- [ ] two\n- [ ] three\n\nLog\n";
        assert_eq!(
            mapped_lines(before, longer, &["# Plan", "two", "three"]),
            ["# Plan", "- [ ] two", "- [ ] three"]
        );
        // The line was removed, so the range is dropped.
        assert_eq!(mapped_lines(before, "# Plan\n\n- [ ] one\n- [ ] three", &["two"]), Vec::<String>::new());
        assert_eq!(mapped_lines("- [ ] ünö", "", &["nö"]), [""]);
    }
}
