//! The only file that knows the types Slint generates.
