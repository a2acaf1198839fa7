//! The worker alone: what the tests and the benchmark start. The products carry it inside themselves.

use std::process::ExitCode;

fn main() -> ExitCode {
    hemicycle_pdf::worker_main()
}
