//! Do callers take turns as a schedule says, and is a deadlock found?

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use zarr_conform_gate::schedule::{Body, Caller, End, Run, Schedule, Search, run};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn played<T: Send + 'static>(root: &Path, schedule: &str, callers: Vec<Body<T>>) -> Run<T> {
    let schedule: Schedule = schedule.parse().expect("a schedule");
    run(root, &schedule, callers).expect("calls can be seen")
}

/// Writes a file, and says what is in it afterwards.
fn write(root: &Path, text: &'static str) -> Body<String> {
    let file = root.join("a");
    Box::new(move |_| {
        fs::write(&file, text).expect("it can be written");
        fs::read_to_string(&file).expect("it can be read")
    })
}

fn who_came<T>(run: &Run<T>) -> String {
    let steps = run.trace.iter().map(|step| format!("{}:{}", step.point.caller, step.call.address));
    steps.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(schedule: &str, answers: [&str; 2], came: &str) {
    let folder = folder();
    let run = played(
        folder.path(),
        schedule,
        vec![write(folder.path(), "x"), write(folder.path(), "yy")],
    );
    assert_eq!(run.end, End::Done);
    assert_eq!(run.missed, []);
    assert_eq!(who_came(&run), came);
    let found: Vec<String> =
        run.answers.into_iter().map(|a| a.expect("through").expect("no panic")).collect();
    assert_eq!(found, answers);
}

#[test]
fn callers_go_in_the_order_of_the_schedule() {
    check(
        "",
        ["x", "yy"],
        "1:create#1 1:write#1 1:open#1 1:stat#1 1:read#1 1:read#2 2:open#1 2:write#1 2:open#2 2:stat#1 2:read#1 2:read#2",
    );
    check(
        "order 2 1",
        ["x", "yy"],
        "2:create#1 2:write#1 2:open#1 2:stat#1 2:read#1 2:read#2 1:open#1 1:write#1 1:open#2 1:stat#1 1:read#1 1:read#2",
    );
}

#[test]
fn a_switch_lets_another_caller_go_first() {
    check(
        "1 before open#1 -> 2",
        ["yy", "yy"],
        "1:create#1 1:write#1 1:open#1 2:open#1 2:write#1 2:open#2 2:stat#1 2:read#1 2:read#2 1:stat#1 1:read#1 1:read#2",
    );
    check(
        "1 before open#1 -> 2, 2 before write#1 -> 1",
        ["", "yy"],
        "1:create#1 1:write#1 1:open#1 2:open#1 2:write#1 1:stat#1 1:read#1 2:open#2 2:stat#1 2:read#1 2:read#2",
    );
}

#[test]
fn a_switch_that_cannot_happen_is_told() {
    let folder = folder();
    let run = played(folder.path(), "1 before rename#1 -> 2", vec![write(folder.path(), "x")]);
    assert_eq!(run.end, End::Done);
    assert_eq!(run.missed[0].to_string(), "1 before rename#1 -> 2");
}

#[test]
fn operations_count_their_calls_anew() {
    let folder = folder();
    let file = folder.path().join("a");
    let twice: Body<()> = Box::new({
        let file = file.clone();
        move |branch| {
            fs::write(&file, "x").expect("it can be written");
            branch.next_operation();
            fs::write(&file, "xx").expect("it can be written");
        }
    });
    let look: Body<()> = Box::new(move |_| assert_eq!(fs::read(&file).expect("it is there"), b""));
    let run = played(folder.path(), "1.2 before write#1 -> 2", vec![twice, look]);
    assert!(run.answers.iter().all(|answer| matches!(answer, Some(Ok(())))), "{run:?}");
    assert_eq!(run.missed, []);
}

/// Takes one lock, makes a file, takes the other one.
fn crossed<L: Default + Send + Sync + 'static>(
    root: &Path,
    take: impl Fn(&L, &dyn Fn()) + Copy + Send + 'static,
) -> Vec<Body<()>> {
    let locks = [Arc::new(L::default()), Arc::new(L::default())];
    let body = |first: usize| -> Body<()> {
        let (outer, inner) = (Arc::clone(&locks[first]), Arc::clone(&locks[1 - first]));
        let file: PathBuf = root.join(first.to_string());
        Box::new(move |_| {
            take(&outer, &|| {
                fs::write(&file, "x").expect("it can be written");
                take(&inner, &|| {});
            });
        })
    };
    vec![body(0), body(1)]
}

fn check_deadlock(schedule: &str, callers: impl Fn(&Path) -> Vec<Body<()>>) {
    let folder = folder();
    let run = played(folder.path(), "", callers(folder.path()));
    assert_eq!(run.end, End::Done, "one after the other nothing happens");
    let run = played(folder.path(), schedule, callers(folder.path()));
    assert_eq!(run.end, End::Deadlock { waiting: vec![Caller::at(0), Caller::at(1)] });
    assert!(run.answers.iter().all(Option::is_none));
}

#[test]
fn a_deadlock_of_std_is_found() {
    check_deadlock("1 before open#1 -> 2", |root| {
        crossed::<Mutex<()>>(root, |lock, then| {
            let _guard = lock.lock().expect("no panic");
            then();
        })
    });
}

#[test]
fn a_deadlock_of_parking_lot_is_found() {
    check_deadlock("1 before open#1 -> 2", |root| {
        crossed::<parking_lot::Mutex<()>>(root, |lock, then| {
            let _guard = lock.lock();
            then();
        })
    });
}

#[test]
fn a_deadlock_of_locked_files_is_found() {
    check_deadlock("1 before stat#1 -> 2", |root| {
        let body = |first: &'static str, second: &'static str| -> Body<()> {
            let [first, second, file] = [first, second, "file"].map(|name| root.join(name));
            Box::new(move |_| {
                let first = fs::File::create(first).expect("it can be made");
                first.lock().expect("it can be locked");
                let _ = fs::metadata(file);
                fs::File::create(second).expect("it can be made").lock().expect("it can be locked");
            })
        };
        fs::write(root.join("a"), "").expect("a file");
        fs::write(root.join("b"), "").expect("a file");
        vec![body("a", "b"), body("b", "a")]
    });
}

#[test]
fn who_waits_lets_others_go_on_and_comes_back() {
    let folder = folder();
    let shared = Arc::new((Mutex::new(0), Condvar::new()));
    let waits: Body<i32> = Box::new({
        let shared = Arc::clone(&shared);
        move |_| {
            let guard = shared.0.lock().expect("no panic");
            *shared.1.wait_while(guard, |count| *count == 0).expect("no panic")
        }
    });
    let wakes: Body<i32> = Box::new(move |_| {
        *shared.0.lock().expect("no panic") = 7;
        shared.1.notify_all();
        0
    });
    let run = played(folder.path(), "", vec![waits, wakes]);
    assert_eq!(run.end, End::Done);
    assert!(matches!(run.answers[0], Some(Ok(7))), "{run:?}");
}

#[test]
fn time_passes_only_where_nobody_can_go_on() {
    let folder = folder();
    let begin = std::time::Instant::now();
    let waits: Body<bool> = Box::new(|_| {
        let (lock, condition) = (Mutex::new(()), Condvar::new());
        std::thread::sleep(Duration::from_hours(1));
        let guard = lock.lock().expect("no panic");
        condition.wait_timeout(guard, Duration::from_hours(1)).expect("no panic").1.timed_out()
    });
    // A condition is woken without a reason, too; this one is not.
    let run = played(folder.path(), "", vec![waits]);
    assert!(matches!(run.answers[0], Some(Ok(true))), "{run:?}");
    assert!(begin.elapsed() < Duration::from_mins(10));
}

#[test]
fn a_caller_that_waits_by_giving_way_does_not_end() {
    let folder = folder();
    let waits: Body<()> = Box::new(|_| {
        loop {
            std::thread::yield_now();
        }
    });
    let run = played(folder.path(), "", vec![waits, Box::new(|_| ())]);
    assert_eq!(run.end, End::Endless);
    assert!(matches!(run.answers[..], [None, Some(Ok(()))]), "{run:?}");
}

#[test]
fn a_panic_is_an_answer() {
    let folder = folder();
    let panics: Body<()> = Box::new(|_| std::panic::resume_unwind(Box::new("on purpose")));
    let run = played(folder.path(), "", vec![panics, Box::new(|_| ())]);
    assert_eq!(run.end, End::Done);
    assert!(matches!(run.answers[..], [Some(Err(_)), Some(Ok(()))]));
}

#[test]
fn the_same_schedule_gives_the_same_run() {
    let traces = || {
        let folder = folder();
        let caller = |root: PathBuf| -> Body<()> {
            Box::new(move |_| {
                // std draws the keys of a hash from the system.
                let drawn = RandomState::new().hash_one(0);
                fs::write(root.join(drawn.to_string()), "x").expect("it can be written");
            })
        };
        let callers = vec![caller(folder.path().into()), caller(folder.path().into())];
        played(folder.path(), "1 before write#1 -> 2", callers).trace
    };
    let trace = traces();
    assert_eq!(trace.len(), 4);
    assert_ne!(trace[0].call.path, trace[2].call.path, "callers draw different numbers");
    assert_eq!(trace, traces());
}

#[test]
fn a_search_finds_a_lost_update_with_one_switch() {
    let mut search = Search::new(2, 2);
    let mut tried = 0;
    let found = loop {
        let schedule = search.next().expect("there is a schedule that loses it");
        tried += 1;
        let folder = folder();
        let file = folder.path().join("count");
        fs::write(&file, "1").expect("a file");
        let count = || -> Body<()> {
            let file = file.clone();
            Box::new(move |_| {
                let text = fs::read_to_string(&file).expect("it can be read") + "1";
                let other = file.with_extension(text.len().to_string());
                fs::write(&other, text).expect("it can be written");
                fs::rename(other, &file).expect("it can be renamed");
            })
        };
        let run = run(folder.path(), &schedule, vec![count(), count()]).expect("calls can be seen");
        if fs::read_to_string(&file).expect("it can be read") != "111" {
            break schedule;
        }
        search.learn(&schedule, &run.trace);
    };
    assert_eq!(found.to_string(), "1 before stat#1 -> 2");
    // The file is open, and another one takes its name.
    assert_eq!(found.to_string().parse(), Ok(found));
    assert!(tried < 10, "{tried}");
}
