//! Which functions does a program call past the gate?
//!
//! What a program has of libc it names in its dynamic symbols. Those that are defined here are not
//! among them any more, so what is left of the functions that do I/O escapes, or has a reason to be
//! left out. What never asks libc is in no such list: rustix (unless it is built with `use-libc`),
//! assembly, and rings of requests; see [`Session::verify`](crate::Session::verify).

use std::io;
use std::path::{Path, PathBuf};

use object::{Object, ObjectSymbol};

/// A program's symbols cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SymbolsError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// It is no ELF file.
    #[error("{path} is no program: {source}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: object::Error,
    },
    /// It has no dynamic symbols: all of libc is part of it, and calls itself.
    #[error("{path} is linked statically, so nothing can be said of what it calls")]
    Static {
        /// The file.
        path: PathBuf,
    },
}

/// The I/O functions of libc that a program or a shared library calls, which are neither defined
/// here nor [left out](left_out) for a reason: in order, without versions.
///
/// # Errors
///
/// Returns a [`SymbolsError`] if the file is not one whose symbols can be told.
pub fn unhooked_symbols(path: &Path) -> Result<Vec<String>, SymbolsError> {
    let unhooked = |name: &String| {
        IO.contains(&name.as_str()) && !LEFT_OUT.iter().any(|(left_out, _)| left_out == name)
    };
    Ok(undefined_symbols(path)?.into_iter().filter(unhooked).collect())
}

/// All that a program or a shared library has of others.
fn undefined_symbols(path: &Path) -> Result<Vec<String>, SymbolsError> {
    let wrong = |source| SymbolsError::Read { path: path.to_owned(), source };
    let data = std::fs::read(path).map_err(wrong)?;
    let wrong = |source| SymbolsError::Format { path: path.to_owned(), source };
    let program = object::File::parse(data.as_slice()).map_err(wrong)?;
    let mut names = Vec::new();
    for symbol in program.dynamic_symbols().filter(ObjectSymbol::is_undefined) {
        let name = symbol.name().map_err(wrong)?;
        // A name may carry a version behind an `@`.
        names.push(name.split('@').next().unwrap_or(name).to_owned());
    }
    if names.is_empty() {
        return Err(SymbolsError::Static { path: path.to_owned() });
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// The functions that do I/O or wait, and are not defined here on purpose, each with the reason.
#[must_use]
pub fn left_out() -> &'static [(&'static str, &'static str)] {
    LEFT_OUT
}

const CLOSE: &str = "files are told by the kernel's name for them, so descriptors need not be followed, and a store cannot rely on its errors";
const POSITION: &str = "moves a number in this process, and changes nothing on a device";
const NO_FILE: &str = "is on sockets, pipes or events, never on a file below the root";
const LOCK: &str = "std and parking_lot wait with futexes through `syscall`; a lock of a C library is held for moments, and its futex is entered inside libc";
const NAME: &str = "tells a name, and fails as the `open` or `stat` after it would";
const MEMORY: &str = "is on memory; that a file was mapped was seen by `mmap`";

#[rustfmt::skip]
const LEFT_OUT: &[(&str, &str)] = &[
    ("close", CLOSE), ("closedir", CLOSE), ("dup", CLOSE), ("dup2", CLOSE), ("dup3", CLOSE), ("dirfd", CLOSE),
    ("lseek", POSITION), ("lseek64", POSITION), ("rewinddir", POSITION), ("seekdir", POSITION), ("telldir", POSITION),
    ("umask", POSITION), ("isatty", POSITION), ("posix_fadvise", POSITION), ("posix_fadvise64", POSITION), ("readahead", POSITION),
    ("getcwd", NAME), ("realpath", NAME), ("chdir", NAME), ("fchdir", NAME), ("statvfs64", NAME), ("fstatvfs64", NAME),
    ("statvfs", NAME), ("fstatvfs", NAME), ("statfs", NAME), ("statfs64", NAME), ("fstatfs", NAME), ("fstatfs64", NAME),
    ("munmap", MEMORY), ("mprotect", MEMORY), ("madvise", MEMORY), ("mremap", MEMORY), ("mlock", MEMORY), ("msync", MEMORY),
    ("poll", NO_FILE), ("ppoll", NO_FILE), ("select", NO_FILE), ("pselect", NO_FILE), ("epoll_create1", NO_FILE),
    ("epoll_ctl", NO_FILE), ("epoll_wait", NO_FILE), ("epoll_pwait", NO_FILE), ("eventfd", NO_FILE), ("pipe", NO_FILE),
    ("pipe2", NO_FILE), ("socket", NO_FILE), ("socketpair", NO_FILE), ("connect", NO_FILE), ("accept", NO_FILE),
    ("accept4", NO_FILE), ("bind", NO_FILE), ("listen", NO_FILE), ("recv", NO_FILE), ("recvfrom", NO_FILE),
    ("recvmsg", NO_FILE), ("send", NO_FILE), ("sendto", NO_FILE), ("sendmsg", NO_FILE), ("shutdown", NO_FILE),
    ("timerfd_create", NO_FILE), ("timerfd_settime", NO_FILE), ("inotify_init1", NO_FILE), ("pause", NO_FILE),
    ("vmsplice", NO_FILE), ("tee", NO_FILE),
    ("pthread_mutex_lock", LOCK), ("pthread_mutex_trylock", LOCK), ("pthread_mutex_unlock", LOCK),
    ("pthread_cond_wait", LOCK), ("pthread_cond_timedwait", LOCK), ("pthread_cond_signal", LOCK),
    ("pthread_cond_broadcast", LOCK), ("pthread_rwlock_rdlock", LOCK), ("pthread_rwlock_wrlock", LOCK),
    ("pthread_rwlock_unlock", LOCK), ("pthread_once", LOCK), ("pthread_join", LOCK), ("sem_wait", LOCK), ("sem_post", LOCK),
    ("ioctl", "clones files on some file systems, which std does not use it for; `Session::verify` finds that"),
    ("getentropy", "draws random bytes, which a store can be given otherwise"),
];

/// What of libc does I/O or waits, as its manual lists it: descriptors, names, attributes,
/// directories, streams, asynchronous I/O, locks and sleep.
#[rustfmt::skip]
const IO: &[&str] = &[
    "isatty", "open", "open64", "openat", "openat64", "creat", "creat64", "close", "close_range", "closefrom", "dup", "dup2", "dup3",
    "read", "pread", "pread64", "readv", "preadv", "preadv64", "preadv2", "preadv64v2", "write", "pwrite", "pwrite64",
    "writev", "pwritev", "pwritev64", "pwritev2", "pwritev64v2", "copy_file_range", "sendfile", "sendfile64", "splice",
    "vmsplice", "tee", "lseek", "lseek64", "fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "msync",
    "ftruncate", "ftruncate64", "truncate", "truncate64", "fallocate", "fallocate64", "posix_fallocate",
    "posix_fallocate64", "posix_fadvise", "posix_fadvise64", "readahead", "mmap", "mmap64", "munmap", "mremap", "mprotect",
    "madvise", "mlock", "ioctl", "fcntl", "fcntl64", "flock", "lockf", "lockf64", "syscall",
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "remove", "rmdir", "mkdir", "mkdirat", "link", "linkat",
    "symlink", "symlinkat", "readlink", "readlinkat", "mknod", "mknodat", "mkfifo", "mkfifoat", "mkstemp", "mkstemp64",
    "mkostemp", "mkostemp64", "mkstemps", "mkostemps", "mkdtemp", "mktemp", "tempnam", "tmpfile", "tmpfile64", "tmpnam",
    "stat", "stat64", "lstat", "lstat64", "fstat", "fstat64", "fstatat", "fstatat64", "statx", "__xstat", "__xstat64",
    "__lxstat", "__lxstat64", "__fxstat", "__fxstat64", "__fxstatat", "__fxstatat64", "access", "eaccess", "euidaccess",
    "faccessat", "chmod", "fchmod", "fchmodat", "lchmod", "chown", "lchown", "fchown", "fchownat", "utime", "utimes",
    "lutimes", "futimes", "futimesat", "utimensat", "futimens", "umask", "statfs", "statfs64", "fstatfs", "fstatfs64",
    "statvfs", "statvfs64", "fstatvfs", "fstatvfs64", "setxattr", "lsetxattr", "fsetxattr", "getxattr", "lgetxattr",
    "fgetxattr", "listxattr", "llistxattr", "flistxattr", "removexattr", "lremovexattr", "fremovexattr",
    "name_to_handle_at", "open_by_handle_at", "getcwd", "chdir", "fchdir", "realpath", "canonicalize_file_name",
    "opendir", "fdopendir", "closedir", "readdir", "readdir64", "readdir_r", "readdir64_r", "rewinddir", "seekdir",
    "telldir", "dirfd", "scandir", "scandir64", "scandirat", "getdents64", "getdirentries", "ftw", "ftw64", "nftw",
    "nftw64", "fts_open", "fts64_open", "fts_read", "fts64_read", "glob", "glob64",
    "fopen", "fopen64", "fdopen", "freopen", "freopen64", "fclose", "fflush", "fread", "fwrite", "fgets", "fputs", "fgetc",
    "fputc", "getc", "putc", "getline", "getdelim", "fprintf", "vfprintf", "fscanf", "fseek", "fseeko", "fseeko64",
    "ftell", "ftello", "ftello64", "rewind", "open_memstream", "__fread_chk", "__read_chk", "__pread64_chk",
    "__open_2", "__open64_2", "__openat_2", "__openat64_2", "__fprintf_chk", "__fgets_chk", "__readlink_chk",
    "__realpath_chk", "__getcwd_chk", "aio_read", "aio_read64", "aio_write", "aio_write64", "aio_fsync", "aio_fsync64",
    "lio_listio", "lio_listio64", "poll", "ppoll", "select", "pselect", "epoll_create1", "epoll_ctl", "epoll_wait",
    "epoll_pwait", "eventfd", "pipe", "pipe2", "socket", "socketpair", "connect", "accept", "accept4", "bind", "listen",
    "recv", "recvfrom", "recvmsg", "send", "sendto", "sendmsg", "shutdown", "timerfd_create", "timerfd_settime",
    "inotify_init1", "pause", "sched_yield", "pthread_yield", "nanosleep", "clock_nanosleep", "sleep", "usleep",
    "getrandom", "getentropy", "arc4random", "arc4random_buf", "pthread_mutex_lock", "pthread_mutex_trylock",
    "pthread_mutex_unlock", "pthread_cond_wait", "pthread_cond_timedwait", "pthread_cond_signal",
    "pthread_cond_broadcast", "pthread_rwlock_rdlock", "pthread_rwlock_wrlock", "pthread_rwlock_unlock", "pthread_once",
    "pthread_join", "sem_wait", "sem_post",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hook_is_known_to_do_input_or_output() {
        for name in crate::hooked() {
            assert!(IO.contains(&name), "{name}");
            assert!(!LEFT_OUT.iter().any(|(left_out, _)| *left_out == name), "{name}");
        }
    }

    #[test]
    fn what_is_left_out_would_be_found_otherwise() {
        for (name, reason) in LEFT_OUT {
            assert!(IO.contains(name) && !reason.is_empty(), "{name}");
        }
    }
}
