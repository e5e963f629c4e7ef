//! What day it is, for a server that runs for weeks on a machine that sleeps, travels, and has its clock set.

use std::{sync::Arc, time::Duration};

use super::Shared;
use crate::{fault_injection, workspace};

/// How often is looked, while nobody asks or types. By a clock of its own: a day may be over without its hours having passed.
const PERIOD: Duration = Duration::from_secs(60);

/// The same in a test that sets the day.
const PERIOD_OF_TESTS: Duration = Duration::from_millis(50);

impl Shared {
    /// Notes what day it is. On another one than before, whichever way the clock went, what was said is said again.
    pub(super) fn notice_day(self: &Arc<Self>) {
        let today = workspace::today();
        if !self.state.with(|state| state.documents.set_today(today)) {
            return;
        }
        let everywhere = self.state.with(|state| state.settings.scope_is_workspace);
        self.report_all_again(everywhere);
    }
}

/// Looks for ever, also at what the disk answers: not every change on disk is reported, such as one on a network drive or
/// in a folder that the client does not watch.
pub(super) async fn run(shared: Arc<Shared>) {
    let period = if fault_injection::today().is_some() { PERIOD_OF_TESTS } else { PERIOD };
    loop {
        tokio::time::sleep(period).await;
        shared.notice_day();
        shared.indexed.check_disk();
    }
}
