//! What day it is, for a server that runs for weeks on a machine that sleeps, travels, and has its clock set.

use std::{sync::Arc, time::Duration};

use super::Shared;
use crate::{trial, workspace};

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
        let all: Vec<String> = self.indexed.read().iter().map(|(path, _)| path.to_string()).collect();
        self.state.with(|state| {
            state.epoch += 1;
            if !state.abilities.pulls_diagnostics {
                let open: Vec<String> = state.documents.keys().cloned().collect();
                state.dirty.extend(open);
                if state.settings.scope_is_workspace {
                    state.dirty.extend(all);
                }
            }
        });
        self.indexed.say_again();
        self.refresh();
        self.refresh_shown();
    }
}

/// Looks for ever.
pub(super) async fn run(shared: Arc<Shared>) {
    let period = if trial::day().is_some() { PERIOD_OF_TESTS } else { PERIOD };
    loop {
        tokio::time::sleep(period).await;
        shared.notice_day();
    }
}
