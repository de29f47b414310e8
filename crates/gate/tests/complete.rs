//! Are all I/O functions of this program hooked, or left out for a reason?
