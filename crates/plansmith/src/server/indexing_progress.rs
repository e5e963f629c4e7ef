//! Progress of reading the files of the workspace, shown by the client.

use std::{sync::atomic::Ordering, time::Duration};

use tower_lsp::lsp_types::{
    NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd, WorkDoneProgressReport, notification, request,
};

use super::state::Global;
use crate::wording::count;

/// Progress of reading files, shown by the client.
pub(super) struct IndexingProgress {
    token: NumberOrString,
}

impl IndexingProgress {
    /// Starts a progress report with the title `title`, for `total` files.
    pub(super) async fn begin(global: &Global, title: &str, total: usize) -> Self {
        let token = NumberOrString::String(format!(
            "plansmith-index-{}",
            global.workspace_index.changes.load(Ordering::Acquire)
        ));
        let progress = Self { token: token.clone() };
        // The client can cancel the operation as soon as it has received the token.
        progress.set_cancellable(global, true);
        let create = WorkDoneProgressCreateParams { token };
        // The plans are also read if the client does not respond.
        let created = global.client.send_request::<request::WorkDoneProgressCreate>(create);
        if !matches!(tokio::time::timeout(Duration::from_secs(1), created).await, Ok(Ok(()))) {
            tracing::debug!("client did not create progress");
        }
        progress
            .send(
                global,
                WorkDoneProgress::Begin(WorkDoneProgressBegin {
                    title: title.to_owned(),
                    cancellable: Some(true),
                    message: Some(format!("0 of {total} files")),
                    percentage: Some(0),
                }),
            )
            .await;
        progress
    }

    /// Sets whether the client can cancel the operation.
    fn set_cancellable(&self, global: &Global, is_cancellable: bool) {
        let token = is_cancellable.then(|| self.token.clone());
        global.workspace_index.progress_token.with(|shown| *shown = token);
    }

    /// Shows how many files have been read.
    pub(super) async fn report(&self, global: &Global, done: usize, total: usize) {
        let percentage = (done * 100 / total.max(1)) as u32;
        self.send(
            global,
            WorkDoneProgress::Report(WorkDoneProgressReport {
                cancellable: Some(true),
                message: Some(format!("{done} of {total} files")),
                percentage: Some(percentage),
            }),
        )
        .await;
    }

    /// Ends the progress report. `files` is the number of files in the index.
    pub(super) async fn end(&self, global: &Global, files: usize) {
        self.set_cancellable(global, false);
        let message = Some(count(files, "file"));
        self.send(global, WorkDoneProgress::End(WorkDoneProgressEnd { message })).await;
    }

    async fn send(&self, global: &Global, value: WorkDoneProgress) {
        let params =
            ProgressParams { token: self.token.clone(), value: ProgressParamsValue::WorkDone(value) };
        global.client.send_notification::<notification::Progress>(params).await;
    }
}
