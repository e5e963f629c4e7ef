//! Periodic checks of the date and the disk. The server can run for weeks on a machine that sleeps, changes its time zone or
//! has its clock set.

use std::{sync::Arc, time::Duration};

use super::state::Global;
use crate::{fault_injection, workspace};

/// Interval of the checks. The server does not compute when the day ends, because the clock can be set or the machine can
/// sleep.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// [`CHECK_INTERVAL`] in tests that set the date.
const TEST_CHECK_INTERVAL: Duration = Duration::from_millis(50);

impl Global {
    /// Updates the date. If it has changed, in either direction, all diagnostics are reported again.
    pub(super) fn update_today(self: &Arc<Self>) {
        let today = workspace::today();
        if !self.state.with(|state| state.documents.set_today(today)) {
            return;
        }
        let everywhere = self.state.with(|state| state.settings.scope_is_workspace);
        self.invalidate_diagnostics(everywhere);
    }
}

/// Checks the date and the disk forever. Some changes on disk are not reported, such as those on network drives or in folders
/// that the client does not watch.
pub(super) async fn run(global: Arc<Global>) {
    let period = if fault_injection::today().is_some() { TEST_CHECK_INTERVAL } else { CHECK_INTERVAL };
    loop {
        tokio::time::sleep(period).await;
        global.update_today();
        global.workspace_index.check_disk();
    }
}
