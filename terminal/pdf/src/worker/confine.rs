//! What the worker takes away from itself before it sees a paper.
//! Best effort for what an old kernel lacks; the answer says what was possible.

use crate::limits::Limits;
use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, path_beneath_rules,
};
use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setpriority_process,
    setrlimit,
};
use rustix::time::{ClockId, clock_gettime};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, apply_filter_all_threads,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// So that no worker outlives a client that was killed. The end of the input is the second string to that bow.
pub fn die_with_parent() {
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

/// Memory, files, size of files written, cores, and a lower priority than the rest of the house.
pub fn limit_resources(limits: &Limits) -> bool {
    let hard = |resource, value| {
        setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) }).is_ok()
    };
    // A terminal that shows something late is better than one that votes late.
    let _ = setpriority_process(None, 5);
    let memory = hard(Resource::As, limits.memory_bytes);
    let files = hard(Resource::Nofile, u64::from(limits.open_files));
    let size = hard(Resource::Fsize, 0);
    let core = hard(Resource::Core, 0);
    memory && files && size && core
}

/// Processor time counts from the start of the process, so each request moves the limit on.
pub fn allow_processor_time(seconds: u32) {
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    let maximum = getrlimit(Resource::Cpu).maximum;
    // The signal comes at the end of a second that has begun.
    let wanted = used.saturating_add(u64::from(seconds)).saturating_add(1);
    let current = maximum.map_or(wanted, |maximum| wanted.min(maximum));
    let _ = setrlimit(Resource::Cpu, Rlimit { current: Some(current), maximum });
}

/// Reading only below the fonts and the papers' folders, writing nowhere. True where the kernel does it.
pub fn limit_files(fonts: &Path, folders: &[PathBuf]) -> bool {
    restrict_files(fonts, folders).unwrap_or(false)
}

fn restrict_files(fonts: &Path, folders: &[PathBuf]) -> Result<bool, landlock::RulesetError> {
    let abi = ABI::V2;
    let reading = AccessFs::from_read(abi) & !AccessFs::Execute;
    let root = [PathBuf::from("/")];
    let readable = if folders.is_empty() { root.as_slice() } else { folders };
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules([fonts], reading))?
        .add_rules(path_beneath_rules(readable, reading))?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => true,
        RulesetStatus::NotEnforced => false,
    })
}

/// System calls that neither pdfium nor this crate needs once the library is loaded, and that an intruder would.
/// A list of what is refused, because the C library changes what it uses from version to version.
pub fn limit_calls() -> bool {
    let Ok(program) = refuse_calls() else { return false };
    apply_filter_all_threads(&program).is_ok()
}

fn refuse_calls() -> Result<BpfProgram, BackendError> {
    // An empty list of rules means: always.
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.iter().map(|&call| (call, vec![])).collect();
    rules.insert(libc::SYS_openat, opening_to_write(2)?);
    #[cfg(target_arch = "x86_64")]
    {
        rules.extend(REFUSED_HERE.iter().map(|&call| (call, vec![])));
        rules.insert(libc::SYS_open, opening_to_write(1)?);
    }
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let arch = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch)?.try_into()
}

/// Any of these flags in this argument.
fn opening_to_write(argument: u8) -> Result<Vec<SeccompRule>, BackendError> {
    [libc::O_WRONLY, libc::O_RDWR, libc::O_CREAT, libc::O_TRUNC]
        .into_iter()
        .map(|flag| {
            let flag = u64::from(flag.unsigned_abs());
            let set = SeccompCmpOp::MaskedEq(flag);
            let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, set, flag)?;
            SeccompRule::new(vec![condition])
        })
        .collect()
}

const REFUSED: &[i64] = &[
    // The network, and talking to other processes.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept4,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    // Other programs and other processes; threads too, which nothing here uses.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_unshare,
    libc::SYS_setns,
    // Corners of the kernel that intruders like.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_mount,
    libc::SYS_chroot,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    // Changing files and folders.
    libc::SYS_openat2,
    libc::SYS_memfd_create,
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    libc::SYS_truncate,
];

/// Older names of some of them, which not every machine has.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[i64] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_accept,
    libc::SYS_creat,
    libc::SYS_mkdir,
    libc::SYS_mknod,
    libc::SYS_rmdir,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_unlink,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
];
