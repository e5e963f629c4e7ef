//! Detection of a client that has ended without `exit`.

use std::time::Duration;

use tokio::sync::oneshot;

/// Interval between checks.
const CHECK_PERIOD: Duration = Duration::from_secs(3);

/// Completes when the process whose ID the channel delivers has ended. Never completes on platforms without support for
/// checking processes, where the server ends at the end of input.
///
/// A process that does not exist at the first check has ended as well (LSP 3.17, `processId`: "If the parent process is not
/// alive then the server should exit"). Clients whose processes are not visible, such as those outside a container, send null.
pub(super) async fn process_ended(process: oneshot::Receiver<u32>) {
    let Ok(process) = process.await else { return std::future::pending().await };
    while is_alive(process) {
        tokio::time::sleep(CHECK_PERIOD).await;
    }
}

#[cfg(unix)]
fn is_alive(process: u32) -> bool {
    // Zero is the server's own process group, not a process.
    let Some(pid) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) else { return true };
    // A process that may not be signaled exists.
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH)) && !is_zombie(process)
}

/// Returns whether a process has ended but its parent has not read its exit code.
#[cfg(target_os = "linux")]
fn is_zombie(process: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{process}/stat")) else { return false };
    // The state follows the name, which is in parentheses and may contain parentheses.
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

/// Completes when the reading end of standard output is closed, even if nothing is written. Never completes on platforms
/// without support for this check, where the next write fails.
pub async fn output_closed() {
    loop {
        tokio::time::sleep(CHECK_PERIOD).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn a_process_that_ends_between_two_checks() {
        let mut process = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let (sender, receiver) = oneshot::channel();
        sender.send(process.id()).unwrap();
        let mut ended = std::pin::pin!(process_ended(receiver));
        assert!(tokio::time::timeout(CHECK_PERIOD * 3, &mut ended).await.is_err());
        process.kill().unwrap();
        // The exit code of the process has not been read yet, so the process table still has an entry.
        ended.await;
        process.wait().unwrap();
    }
}
