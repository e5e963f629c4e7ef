//! Noticing that the client is gone without being told.

use std::time::Duration;

use tokio::sync::oneshot;

/// How often is looked.
const PERIOD: Duration = Duration::from_secs(3);

/// Completes when the process is gone whose id comes from the channel. Where processes cannot be asked for, it never does;
/// the end of input tells there.
///
/// One that is not there at the first look is gone too (LSP 3.17, `processId`: "If the parent process is not alive then
/// the server should exit"); clients whose processes we cannot see, as those outside a container, send null.
pub(super) async fn process_gone(process: oneshot::Receiver<u32>) {
    let Ok(process) = process.await else { return std::future::pending().await };
    while is_alive(process) {
        tokio::time::sleep(PERIOD).await;
    }
}

#[cfg(unix)]
fn is_alive(process: u32) -> bool {
    // Zero is no process but our own group.
    let Some(pid) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) else { return true };
    // Not being allowed to signal it means that it is there.
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH)) && !is_zombie(process)
}

/// Whether a process has ended and only its parent has not asked for its exit code yet.
#[cfg(target_os = "linux")]
fn is_zombie(process: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{process}/stat")) else { return false };
    // The name stands before the state, in brackets, and may hold brackets.
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| matches!(rest.trim_start().as_bytes().first(), Some(b'Z' | b'X')))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_zombie(_: u32) -> bool {
    false
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
