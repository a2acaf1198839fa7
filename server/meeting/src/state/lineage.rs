//! Which pages of a paper's valid version stood in the versions before it: what was
//! written on them there still belongs to them here.

use hemicycle_protocol::ids::Hash;
use hemicycle_protocol::topic::{EarlierVersion, PageRun};

/// Versions before the valid one that are remembered.
const MOST_VERSIONS: usize = 8;
/// Runs of one of them; one that is more scattered is left out.
const MOST_RUNS: usize = 200;

/// The pages that both versions of a comparison have: what is not `gone` of the earlier one
/// is, in order, what is not `new` in the later one. None: the lists do not fit each other.
pub fn same(before: u32, gone: &[u32], after: u32, new: &[u32]) -> Option<Vec<PageRun>> {
    let rest = |pages: u32, without: &[u32]| {
        let left = (1..=pages).filter(|page| without.binary_search(page).is_err());
        left.collect::<Vec<_>>()
    };
    let (then, now) = (rest(before, gone), rest(after, new));
    (then.len() == now.len()).then(|| runs(then.into_iter().zip(now)))
}

/// The versions before the valid one, the latest first: the one that it took the place of, and
/// those before that one as far as their pages are still here.
pub fn earlier(
    valid: Hash,
    before: Hash,
    same: Vec<PageRun>,
    older: &[EarlierVersion],
) -> Vec<EarlierVersion> {
    let through = older.iter().map(|old| EarlierVersion {
        hash: old.hash,
        same: runs(pairs(&old.same).filter_map(|(then, between)| {
            let run = same.iter().find(|run| (run.then..end(run)).contains(&between))?;
            Some((then, run.now + (between - run.then)))
        })),
    });
    let through = through.collect::<Vec<_>>();
    let mut all = vec![EarlierVersion { hash: before, same }];
    all.extend(through);
    // A version that is valid again has its own notes.
    all.retain(|old| old.hash != valid && !old.same.is_empty() && old.same.len() <= MOST_RUNS);
    all.truncate(MOST_VERSIONS);
    all
}

fn end(run: &PageRun) -> u32 {
    run.then.saturating_add(run.pages)
}

fn pairs(runs: &[PageRun]) -> impl Iterator<Item = (u32, u32)> {
    runs.iter().flat_map(|run| (0..run.pages).map(|n| (run.then + n, run.now + n)))
}

/// Pages that follow each other in both versions are one run.
fn runs(pairs: impl Iterator<Item = (u32, u32)>) -> Vec<PageRun> {
    let mut runs: Vec<PageRun> = Vec::new();
    for (then, now) in pairs {
        match runs.last_mut() {
            Some(run) if end(run) == then && run.now + run.pages == now => run.pages += 1,
            Some(_) | None => runs.push(PageRun { then, now, pages: 1 }),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::ids::Hex;

    fn run(then: u32, now: u32, pages: u32) -> PageRun {
        PageRun { then, now, pages }
    }

    #[test]
    fn what_is_neither_gone_nor_new_is_the_same() {
        assert_eq!(same(4, &[], 4, &[]), Some(vec![run(1, 1, 4)]));
        assert_eq!(same(4, &[2], 4, &[2]), Some(vec![run(1, 1, 1), run(3, 3, 2)]));
        assert_eq!(same(4, &[], 5, &[3]), Some(vec![run(1, 1, 2), run(3, 4, 2)]));
        assert_eq!(same(4, &[1, 2], 2, &[]), Some(vec![run(3, 1, 2)]));
        assert_eq!(same(2, &[1, 2], 3, &[1, 2, 3]), Some(vec![]));
        assert_eq!(same(4, &[2], 4, &[]), None, "three pages are not four");
    }

    #[test]
    fn pages_are_found_through_several_versions() {
        let hash = |n: u8| Hex([n; 32]);
        // Of four pages the second was rewritten, then one was put in before all.
        let first = same(4, &[2], 4, &[2]).unwrap();
        let second = earlier(hash(2), hash(1), first, &[]);
        let third = earlier(hash(3), hash(2), same(4, &[], 5, &[1]).unwrap(), &second);
        assert_eq!(
            third,
            [
                EarlierVersion { hash: hash(2), same: vec![run(1, 2, 4)] },
                EarlierVersion { hash: hash(1), same: vec![run(1, 2, 1), run(3, 4, 2)] },
            ]
        );
        // Then all but the last page went; and at last the second version came back.
        let fourth = earlier(hash(4), hash(3), same(5, &[1, 2, 3, 4], 1, &[]).unwrap(), &third);
        let last: Vec<_> = fourth.iter().map(|old| (old.hash, old.same[0])).collect();
        assert_eq!(
            last,
            [(hash(3), run(5, 1, 1)), (hash(2), run(4, 1, 1)), (hash(1), run(4, 1, 1))]
        );
        let back = earlier(hash(2), hash(4), same(1, &[], 4, &[1, 2, 3]).unwrap(), &fourth);
        assert!(back.iter().all(|old| old.hash != hash(2)));
    }
}
