//! How long `hemicycle verify` takes, without the start of its process. `HEMICYCLE_RECORD` names the exported folder
//! of a meeting; `docs/benchmarks.md` says how one of any size is made.
#![allow(clippy::expect_used, reason = "a benchmark that cannot go on has failed")]

use criterion::{Criterion, criterion_group, criterion_main};
use hemicycle::verify::folder;
use std::path::PathBuf;

fn whole_record(c: &mut Criterion) {
    let Some(path) = std::env::var_os("HEMICYCLE_RECORD").map(PathBuf::from) else {
        eprintln!("HEMICYCLE_RECORD names no folder of a record: nothing is measured");
        return;
    };
    let mut group = c.benchmark_group("record");
    group.sample_size(10);
    group.bench_function("verify the folder", |b| {
        b.iter(|| folder(&path, None, &mut |_| {}).expect("a record that holds"));
    });
    group.finish();
}

criterion_group!(benches, whole_record);
criterion_main!(benches);
