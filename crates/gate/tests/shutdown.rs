//! Is what a real file system keeps when the power goes among what a simulated cut leaves?
//!
//! ext4 on a file is cut off by the ioctl that `fstests` and `CrashMonkey` use: nothing reaches the device
//! any more, not even the log. That takes root, loop devices and `mkfs.ext4`; elsewhere the test says
//! why it was skipped.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(unsafe_code, reason = "the power is cut by an ioctl, for which there is no safe call")]

mod small_store;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::io::Errno;
use rustix::ioctl::{Setter, ioctl, opcode};
use zarr_conform_gate::power::{PowerPolicy, Tree};
use zarr_conform_gate::{CallAddress, FaultKind, Session, Strike};

use crate::small_store::{begin, set, tree};

/// `EXT4_IOC_SHUTDOWN`, and what it is to do with the log: `EXT4_GOING_FLAGS_NOLOGFLUSH`, in the kernel's
/// `include/uapi/linux/ext4.h`.
const SHUTDOWN: u32 = opcode::read::<u32>(b'X', 125);
const NO_LOG_FLUSH: u32 = 2;

/// A file system of its own, on a file.
struct Device {
    folder: tempfile::TempDir,
}

impl Device {
    /// One that holds the old value, which is on the device.
    fn new() -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let device = Self { folder };
        let image = File::create(device.image()).map_err(|error| error.to_string())?;
        // Enough for a log.
        image.set_len(16 << 20).map_err(|error| error.to_string())?;
        fs::create_dir(device.point()).map_err(|error| error.to_string())?;
        run("mkfs.ext4", &[Path::new("-qF"), &device.image()])?;
        device.mount()?;
        fs::create_dir(device.root()).map_err(|error| error.to_string())?;
        begin(&device.root()).map_err(|error| error.to_string())?;
        let root = File::open(device.root()).map_err(|error| error.to_string())?;
        rustix::fs::syncfs(&root).map_err(|error| error.to_string())?;
        Ok(device)
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    /// Where it is mounted.
    fn point(&self) -> PathBuf {
        self.folder.path().join("mounted")
    }

    /// Beside what the file system keeps for itself.
    fn root(&self) -> PathBuf {
        self.point().join("root")
    }

    fn mount(&self) -> Result<(), String> {
        run("mount", &[Path::new("-o"), Path::new("loop"), &self.image(), &self.point()])
    }

    /// Cuts the power, and looks at what is left when it is back.
    fn cut(&self) -> Result<(), String> {
        let root = File::open(self.root()).map_err(|error| error.to_string())?;
        // SAFETY: the kernel reads one `u32` for this request on a file of ext4, and takes nothing else.
        let cut = unsafe { ioctl(&root, Setter::<SHUTDOWN, u32>::new(NO_LOG_FLUSH)) };
        cut.map_err(|error: Errno| format!("the file system cannot be cut off: {error}"))?;
        drop(root);
        run("umount", &[&self.point()])?;
        self.mount()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // One that is not mounted has nothing to lose.
        let _ = run("umount", &[&self.point()]);
    }
}

fn run(program: &str, arguments: &[&Path]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

/// What a simulated cut leaves.
fn simulated(
    left: &Tree,
    policy: PowerPolicy,
) -> std::collections::BTreeMap<PathBuf, Option<Vec<u8>>> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    left.lay_out(policy, folder.path()).expect("it can be laid out");
    tree(folder.path())
}

/// Sets on a device until `at`, which is not made, and cuts the power there; at the end, if there is no
/// such call.
fn check(at: Option<CallAddress>) {
    let device = Device::new().expect("the first one could be made");
    let root = device.root();
    let start = Tree::read(&root).expect("it can be read");
    let session = Session::new(&root).expect("calls can be seen");
    session.keep_journal();
    if let Some(at) = at {
        session.strike(Strike { at, fault: FaultKind::Crash { half: false } });
    }
    let armed = session.arm().expect("not armed before");
    assert_eq!(set(&root).is_err(), at.is_some());
    drop(armed);
    let journal = session.take_journal();
    let left = start.after(journal.entries()).expect("the journal is of this tree");
    drop(session);

    device.cut().expect("the first one could be cut off");
    let real = tree(&root);
    let [kept, strict, first] =
        [PowerPolicy::Kill, PowerPolicy::Strict, PowerPolicy::MetadataFirst]
            .map(|policy| simulated(&left, policy));
    // A name may be where it was at any time before: ext4 puts that of a new file on the device with the
    // file, and a rename only with the next entry of its log.
    let entries = journal.entries();
    let earlier = (0..entries.len()).map(|length| {
        simulated(&start.after(&entries[..length]).expect("it is part of it"), PowerPolicy::Kill)
    });
    let mut allowed: Vec<_> = earlier.collect();
    allowed.extend([kept.clone(), strict.clone(), first]);
    for (name, bytes) in &real {
        let is_allowed = allowed.iter().any(|tree| tree.get(name) == Some(bytes));
        let name = name.display();
        assert!(is_allowed, "{at:?}: {name} is {bytes:?}, which none of {allowed:?} has");
    }
    for name in strict.keys() {
        // A rename that was not synced may have happened.
        let is_gone = !kept.contains_key(name);
        assert!(real.contains_key(name) || is_gone, "{at:?}: {} is lost", name.display());
    }
}

#[test]
fn a_real_power_cut_leaves_what_a_simulated_one_may() {
    let can = Device::new().and_then(|device| device.cut());
    if let Err(reason) = can {
        eprintln!("skipped: no file system can be cut off here: {reason}");
        return;
    }
    let clean = Device::new().expect("the first one could be made");
    let session = Session::new(&clean.root()).expect("calls can be seen");
    let armed = session.arm().expect("not armed before");
    set(&clean.root()).expect("nothing goes wrong");
    drop(armed);
    let calls = session.take_calls();
    assert!(calls.len() >= 9, "{calls:?}");
    for call in calls {
        check(Some(call.address));
    }
    check(None);
}
