//! Noticing that the client is gone without being told.

use std::time::Duration;

/// How often is looked.
const PERIOD: Duration = Duration::from_secs(3);

/// Completes when the process is gone. Where processes cannot be asked for, it never does; the end of input tells there.
pub(super) async fn process_gone(process: Option<u32>) {
    let Some(process) = process else { return std::future::pending().await };
    loop {
        tokio::time::sleep(PERIOD).await;
        if !is_alive(process) {
            return;
        }
    }
}

#[cfg(unix)]
fn is_alive(process: u32) -> bool {
    let Some(process) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) else { return true };
    // Not being allowed to signal it means that it is there.
    !matches!(rustix::process::test_kill_process(process), Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn is_alive(_: u32) -> bool {
    true
}

/// Completes when nobody can read standard output any more, even while there is nothing to write. Where that cannot be
/// asked for, it never does; the next write tells there.
pub async fn output_closed() {
    loop {
        tokio::time::sleep(PERIOD).await;
        if is_closed() {
            return;
        }
    }
}

#[cfg(unix)]
fn is_closed() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdout = std::io::stdout();
    let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut watched, Some(&now)).is_ok_and(|ready| ready > 0)
        && watched[0].revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL)
}

#[cfg(not(unix))]
fn is_closed() -> bool {
    false
}
