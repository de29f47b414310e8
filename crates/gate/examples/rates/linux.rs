//! What is measured, where calls can be seen?

use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use zarr_conform_gate::power::{PowerPolicy, Tree};
use zarr_conform_gate::schedule::{Body, End, Search, on_one_core, run};
use zarr_conform_gate::{FaultKind, Session, Strike, faults_for};

const LONG: Duration = Duration::from_secs(1);

/// A store that replaces files by renaming.
fn set(root: &Path, key: &str, value: &str) -> io::Result<()> {
    let temporary = root.join(format!("{key}.tmp"));
    fs::write(&temporary, value)?;
    fs::rename(temporary, root.join(key))
}

fn rate(what: &str, count: u32, time: Duration) {
    println!("{what:<40} {:>10.0}/s", f64::from(count) / time.as_secs_f64());
}

/// Repeats something for a while.
fn repeat(
    what: &str,
    mut body: impl FnMut() -> Result<u32, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let (begin, mut count) = (Instant::now(), 0);
    while begin.elapsed() < LONG {
        count += body()?;
    }
    rate(what, count, begin.elapsed());
    Ok(())
}

pub(super) fn main() -> Result<(), Box<dyn Error>> {
    let place = std::env::args().nth(1).unwrap_or_else(|| "/dev/shm".to_owned());
    let fresh = || tempfile::tempdir_in(&place);
    calls(&fresh()?.path().join("file"))?;
    repeat("fault and crash runs", || sweep(&fresh))?;
    repeat("power cuts laid out", || cuts(&fresh))?;
    repeat("schedules of two sets", || schedules(&fresh))?;
    turns(fresh()?.path())?;
    println!("On one core:");
    on_one_core(|| {
        repeat("fault and crash runs", || sweep(&fresh))?;
        repeat("schedules of two sets", || schedules(&fresh))?;
        turns(fresh()?.path())
    })
}

/// One read of a byte, past the gate and through it.
fn calls(name: &Path) -> Result<(), Box<dyn Error>> {
    fs::write(name, "x")?;
    let session = Session::new(name.parent().ok_or("a folder")?)?;
    let file = File::open(name)?;
    repeat("reads past the gate", || {
        for _ in 0..1000 {
            rustix::io::pread(&file, &mut [0_u8; 1], 0)?;
        }
        Ok(1000)
    })?;
    repeat("reads of a thread that is not armed", || reads(&file))?;
    let elsewhere = File::open("/dev/zero")?;
    let armed = session.arm()?;
    repeat("armed, of a file elsewhere", || reads(&elsewhere))?;
    repeat("armed, below the root", || {
        session.begin_operation();
        reads(&file)
    })?;
    drop(armed);
    Ok(())
}

fn reads(file: &File) -> Result<u32, Box<dyn Error>> {
    for _ in 0..1000 {
        file.read_at(&mut [0_u8; 1], 0)?;
    }
    Ok(1000)
}

/// Every fault and crash at every call of one operation, each in a fresh place, with its checks.
fn sweep(fresh: &dyn Fn() -> io::Result<tempfile::TempDir>) -> Result<u32, Box<dyn Error>> {
    let clean = fresh()?;
    let session = Session::new(clean.path())?;
    let armed = session.arm()?;
    set(clean.path(), "a", "new")?;
    drop(armed);
    let crashes = [FaultKind::Crash { half: false }, FaultKind::Crash { half: true }];
    let mut runs = 0;
    for call in session.take_calls() {
        for fault in faults_for(call.address.kind()).iter().chain(&crashes) {
            let folder = fresh()?;
            set(folder.path(), "a", "old")?;
            let session = Session::new(folder.path())?;
            session.strike(Strike { at: call.address, fault: *fault });
            let armed = session.arm()?;
            let answer = set(folder.path(), "a", "new");
            drop(armed);
            let found = fs::read_to_string(folder.path().join("a"))?;
            assert!(session.struck() && (answer.is_err() || found == "new"), "{call} {fault}");
            assert!(found == "new" || found == "old", "{call} {fault}: {found}");
            set(folder.path(), "a", "newer")?;
            runs += 1;
        }
    }
    Ok(runs)
}

/// Every cut of one operation, under every policy.
fn cuts(fresh: &dyn Fn() -> io::Result<tempfile::TempDir>) -> Result<u32, Box<dyn Error>> {
    let folder = fresh()?;
    set(folder.path(), "a", "old")?;
    let start = Tree::read(folder.path())?;
    let session = Session::new(folder.path())?;
    session.keep_journal();
    let armed = session.arm()?;
    set(folder.path(), "a", "new")?;
    drop(armed);
    let journal = session.take_journal();
    let mut count = 0;
    for length in 0..=journal.len() {
        let after = start.after(&journal.entries()[..length])?;
        for policy in PowerPolicy::ALL {
            let target = fresh()?;
            after.lay_out(*policy, target.path())?;
            fs::read(target.path().join("a"))?;
            count += 1;
        }
    }
    Ok(count)
}

/// Every schedule of two writers with one switch.
fn schedules(fresh: &dyn Fn() -> io::Result<tempfile::TempDir>) -> Result<u32, Box<dyn Error>> {
    let (mut search, mut count) = (Search::new(2, 1), 0);
    while let Some(schedule) = search.next() {
        let folder = fresh()?;
        let caller = |value: &'static str| -> Body<io::Result<()>> {
            let root = folder.path().to_owned();
            Box::new(move |_| set(&root, "a", value))
        };
        let run = run(folder.path(), &schedule, vec![caller("xx"), caller("yyy")])?;
        assert_eq!(run.end, End::Done);
        search.learn(&schedule, &run.trace);
        count += 1;
    }
    Ok(count)
}

/// Two threads that give way to each other.
fn turns(root: &Path) -> Result<(), Box<dyn Error>> {
    const TIMES: u32 = 20_000;
    let caller = || -> Body<()> { Box::new(|_| (0..TIMES).for_each(|_| std::thread::yield_now())) };
    let begin = Instant::now();
    run(root, &"".parse()?, vec![caller(), caller()])?;
    rate("turns handed over", 2 * TIMES, begin.elapsed());
    Ok(())
}
