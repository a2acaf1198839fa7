//! An election of k of n: most votes win. A ballot that names more than k is
//! invalid as a whole (and counted as such); fewer is allowed. A tie across
//! the cut elects none of the tied: they are voted on again.
//!
//! Where the rule of the vote has tests (as 2Y > M in a congress), a candidate
//! must pass them too.

use super::{Malformed, Room, Rule, Tally, Verdict, rule::Outcome};

/// Names known and each at most once.
pub(super) fn accepts(candidates: usize, chosen: &[u16]) -> Result<(), Malformed> {
    let mut seen = vec![false; candidates];
    for &c in chosen {
        match seen.get_mut(usize::from(c)) {
            Some(s) if !*s => *s = true,
            Some(_) | None => return Err(Malformed::BadCandidate(c)),
        }
    }
    Ok(())
}

pub(super) fn add(seats: u16, votes: &mut [u32], invalid: &mut u32, chosen: &[u16]) {
    if chosen.len() > usize::from(seats) {
        *invalid += 1;
        return;
    }
    for &c in chosen {
        if let Some(v) = votes.get_mut(usize::from(c)) {
            *v += 1;
        }
    }
}

pub(super) fn judge(seats: u16, votes: &[u32], rule: &Rule, room: &Room) -> Verdict {
    let mut order: Vec<(u32, u16)> = (0u16..)
        .zip(votes)
        .filter(|&(_, &v)| v > 0 && passes(v, rule, room))
        .map(|(i, &v)| (v, i))
        .collect();
    order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let places = usize::from(seats);
    // The votes at the cut, where the last who is in and the first who is out have as many.
    let last_in = places.checked_sub(1).and_then(|p| order.get(p)).map(|c| c.0);
    let cut = order.get(places).map(|c| c.0).filter(|first_out| last_in == Some(*first_out));
    let (mut elected, mut tied) = (Vec::new(), Vec::new());
    for (rank, &(v, i)) in order.iter().enumerate() {
        match cut {
            Some(cut) if v == cut => tied.push(i),
            Some(_) | None => {
                if rank < places {
                    elected.push(i);
                }
            }
        }
    }
    let open_seats = seats.saturating_sub(u16::try_from(elected.len()).unwrap_or(seats));
    Verdict::Plurality { elected, tied, open_seats }
}

fn passes(votes: u32, rule: &Rule, room: &Room) -> bool {
    let tally = Tally { in_favour: votes, ..Tally::default() };
    match rule.outcome(&room.figures(&tally)) {
        Outcome::Adopted => true,
        Outcome::NotAdopted | Outcome::TiedForChair | Outcome::TiedVoteAgain => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seats: u16, votes: &[u32], elected: &[u16], tied: &[u16], open_seats: u16) {
        let room = Room { members: 31, present: 28, signatories: 0 };
        assert_eq!(
            judge(seats, votes, &Rule::plurality(), &room),
            Verdict::Plurality { elected: elected.into(), tied: tied.into(), open_seats },
            "{votes:?}"
        );
    }

    #[test]
    fn most_votes_win_and_a_tie_across_the_cut_elects_nobody_of_the_tied() {
        check(2, &[10, 20, 15], &[1, 2], &[], 0);
        check(2, &[10, 20, 10], &[1], &[0, 2], 1);
        check(1, &[9, 9], &[], &[0, 1], 1);
        check(2, &[9, 9], &[0, 1], &[], 0);
        check(3, &[7, 0, 0], &[0], &[], 2);
        check(2, &[0, 0], &[], &[], 2);
        check(2, &[5, 5, 5, 1], &[], &[0, 1, 2], 2);
        check(3, &[2, 1, 2, 2], &[0, 2, 3], &[], 0);
    }

    #[test]
    fn a_rule_with_a_floor_holds_for_each_candidate() {
        let room = Room { members: 31, present: 28, signatories: 0 };
        assert_eq!(
            judge(2, &[16, 15, 3], &Rule::preset(crate::vote::Preset::Congress), &room),
            Verdict::Plurality { elected: vec![0], tied: vec![], open_seats: 1 }
        );
    }
}
