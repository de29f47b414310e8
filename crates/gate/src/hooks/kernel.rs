//! How is the kernel entered without asking libc, whose functions are defined here?
//!
//! `libc::syscall` will not do: this program defines it. Nothing here allocates, takes a lock or
//! needs to be set up, so it may run before `main`, in a signal handler and inside an allocator.
//! What is lost against libc's functions is thread cancellation, which no Rust program can use.

#![allow(unsafe_code, reason = "the kernel and libc are asked with pointers")]

use std::arch::asm;
use std::ffi::{CStr, c_int, c_long, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

/// What fits a register of the kernel's calling convention.
pub(super) trait Word {
    fn word(self) -> usize;
}

macro_rules! words {
    ($($type:ty => $convert:expr;)*) => {
        $(impl Word for $type {
            fn word(self) -> usize {
                let convert: fn($type) -> usize = $convert;
                convert(self)
            }
        })*
    };
}

words! {
    // Sign-extended, as a C compiler does with an `int` for a `long`.
    i32 => |value| (value as isize).cast_unsigned();
    u32 => |value| value as usize;
    i64 => |value| value.cast_unsigned() as usize;
    u64 => |value| value as usize;
    isize => isize::cast_unsigned;
    usize => |value| value;
}

impl<T> Word for *const T {
    fn word(self) -> usize {
        // The kernel reads and writes behind it.
        self.expose_provenance()
    }
}

impl<T> Word for *mut T {
    fn word(self) -> usize {
        self.expose_provenance()
    }
}

/// `kernel!(SYS_read, fd, buffer, count)`: what the kernel answers, an error as its negative
/// number.
macro_rules! kernel {
    ($number:expr $(, $argument:expr)* $(,)?) => {{
        let mut arguments = [0_usize; 6];
        let given = [$($crate::hooks::kernel::Word::word($argument)),*];
        arguments[..given.len()].copy_from_slice(&given);
        $crate::hooks::kernel::enter($number, arguments)
    }};
}
pub(super) use kernel;

/// Enters the kernel.
///
/// # Safety
///
/// The arguments keep the contract of the system call: pointers among them are valid for what it
/// reads and writes behind them.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) unsafe fn enter(number: c_long, arguments: [usize; 6]) -> isize {
    let [first, second, third, fourth, fifth, sixth] = arguments;
    let answer: isize;
    // SAFETY: the registers are those of the kernel's convention, and those that it changes (rax,
    // rcx, r11) are declared so. It does not use this stack. The caller answers for the arguments.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => answer,
            in("rdi") first, in("rsi") second, in("rdx") third,
            in("r10") fourth, in("r8") fifth, in("r9") sixth,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    answer
}

/// Enters the kernel.
///
/// # Safety
///
/// The arguments keep the contract of the system call: pointers among them are valid for what it
/// reads and writes behind them.
#[cfg(target_arch = "aarch64")]
#[inline]
pub(super) unsafe fn enter(number: c_long, arguments: [usize; 6]) -> isize {
    let [first, second, third, fourth, fifth, sixth] = arguments;
    let answer: isize;
    // SAFETY: the registers are those of the kernel's convention, and it changes x0 alone. It does
    // not use this stack. The caller answers for the arguments.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") first.cast_signed() => answer,
            in("x1") second, in("x2") third, in("x3") fourth, in("x4") fifth, in("x5") sixth,
            options(nostack),
        );
    }
    answer
}

/// The number of an error in a kernel's answer, if it is one.
#[inline]
pub(super) fn error_in(answer: isize) -> Option<c_int> {
    (-4095..0).contains(&answer).then(|| -(answer as c_int))
}

/// `errno` of this thread.
pub(super) fn errno() -> c_int {
    // SAFETY: libc gives the place of this thread's `errno`, which lives as long as the thread.
    unsafe { *libc::__errno_location() }
}

/// Sets `errno` of this thread.
#[inline]
pub(super) fn set_errno(number: c_int) {
    // SAFETY: as above, and no reference to it exists.
    unsafe { *libc::__errno_location() = number }
}

/// The kernel's answer as libc gives it: -1, and the error in `errno`.
#[inline]
pub(super) fn answer(answer: isize) -> isize {
    match error_in(answer) {
        None => answer,
        Some(number) => {
            set_errno(number);
            -1
        }
    }
}

/// A function of libc that is hidden by ours, for those that keep something in libc.
pub(super) struct Hidden {
    name: &'static CStr,
    found: AtomicPtr<c_void>,
}

impl Hidden {
    pub(super) const fn new(name: &'static CStr) -> Self {
        Self { name, found: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// Its address, or null if libc has none of that name.
    pub(super) fn get(&self) -> *mut c_void {
        let found = self.found.load(Ordering::Relaxed);
        if !found.is_null() {
            return found;
        }
        // SAFETY: the name ends with a NUL. `RTLD_NEXT` looks behind the program itself, so this is
        // never our own function.
        let found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
        self.found.store(found, Ordering::Relaxed);
        found
    }
}

/// `hidden!(opendir_of_libc: c"opendir" as Open)` defines how libc's own function of that name is
/// had.
macro_rules! hidden {
    ($($function:ident: $name:literal as $type:ty;)*) => {$(
        fn $function() -> Option<$type> {
            use $crate::hooks::kernel::Hidden;
            static HIDDEN: Hidden = Hidden::new($name);
            // SAFETY: a function pointer and `Option` of it have the size of a pointer, null is
            // `None`, and the type is that of libc's header.
            unsafe { std::mem::transmute::<*mut std::ffi::c_void, Option<$type>>(HIDDEN.get()) }
        }
    )*};
}
pub(super) use hidden;
