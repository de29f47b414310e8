//! How is one function of libc written down?

/// Defines functions of libc, and the `table` of them.
///
/// The body of each names the session, and says what call it would be for it (or `None`, and it
/// passes unseen), and then how the kernel is entered, with the number of bytes that it is limited
/// to. What is `behind` is no function of libc, but where `jumps` lead.
macro_rules! hooks {
    (
        $(fn $name:ident $arguments:tt -> $output:ty { $($body:tt)* })*
        $(behind { $(fn $behind:ident $more:tt -> $result:ty { $($inside:tt)* })* })?
        jumps { $($jump:ident => $target:ident;)* }
    ) => {
        $($crate::hooks::define::hook! {
            #[unsafe(no_mangle)]
            fn $name $arguments -> $output { $($body)* }
        })*
        $($($crate::hooks::define::hook! {
            fn $behind $more -> $result { $($inside)* }
        })*)?
        $(
            #[unsafe(no_mangle)]
            #[unsafe(naked)]
            pub(super) unsafe extern "C" fn $jump() {
                $crate::hooks::define::jump_to!($target)
            }
        )*
        /// Each function of libc that is defined here.
        pub(super) fn table() -> Vec<(&'static str, *const ())> {
            vec![
                $((stringify!($name), $name as *const ()),)*
                $((stringify!($jump), $jump as *const ()),)*
            ]
        }
    };
}
pub(super) use hooks;

macro_rules! hook {
    (
        $(#[$attribute:meta])*
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $output:ty {
            |$session:pat_param| $draft:expr;
            |$limit:pat_param| $real:expr
        }
    ) => {
        $(#[$attribute])*
        pub(super) unsafe extern "C" fn $name($($argument: $type),*) -> $output {
            // SAFETY: the caller keeps the contract of libc's function. The kernel gets the same
            // arguments, or fewer bytes of the same buffers; before and after that, what they point
            // to is read within that contract.
            let answer = unsafe {
                $crate::hooks::passage::pass(|$session| $draft, |$limit| $real)
            };
            $crate::hooks::kernel::answer(answer) as $output
        }
    };
}
pub(super) use hook;

/// Goes on in another function, with all registers and the stack as they are.
#[cfg(target_arch = "x86_64")]
macro_rules! jump_to {
    ($target:ident) => {
        std::arch::naked_asm!("jmp {}", sym $target)
    };
}
/// Goes on in another function, with all registers and the stack as they are.
#[cfg(target_arch = "aarch64")]
macro_rules! jump_to {
    ($target:ident) => {
        std::arch::naked_asm!("b {}", sym $target)
    };
}
pub(super) use jump_to;
