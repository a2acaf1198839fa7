//! What the system allows one process.

/// A congress in one process has more sockets than a process may have files
/// by default. Returns how many it may have now.
pub fn raise_open_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let before = getrlimit(Resource::Nofile);
    let most = Rlimit { current: before.maximum, maximum: before.maximum };
    let now = match setrlimit(Resource::Nofile, most) {
        Ok(()) => before.maximum,
        Err(_) => before.current,
    };
    now.unwrap_or(u64::MAX)
}
