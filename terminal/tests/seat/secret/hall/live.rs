//! The small server's part in sums of a vote that still runs.

use super::*;

impl Hall {
    /// Asks the scrutineers to open the sum of these ballots while the vote runs, when so many
    /// are said to be in.
    pub fn ask_live(&mut self, ballots: &[RecordHash], received: u32) {
        let setup = self.setup.clone().unwrap();
        let mut tally = Tally::new(&setup);
        let mut archive = self.archive.clone().unwrap();
        for tracker in ballots {
            let (_, ballot) = &self.ballots[tracker];
            let checked = hemicycle_protocol::ballot::verify::verify(&setup, ballot).unwrap();
            tally.add(&checked).unwrap();
            archive.push_ballot(ballot).unwrap();
        }
        let (sum, _) = tally.records();
        let archive = self.blob(archive.as_bytes());
        self.live_files.insert(ballots.len(), archive.hash);
        let ListTask { vote, slot, title, form, registrations, .. } = self.list.clone().unwrap();
        let ballots_in = u32::try_from(ballots.len()).unwrap();
        let live = Some(LiveSum { ballots: ballots_in, received, step: 5 });
        self.task =
            Some(OpenTask { vote, slot, title, form, archive, registrations, hints: None, live });
        let key = self.server_key.clone().unwrap();
        self.parts = vec![partially_decrypt(&setup, &key, &sum, &mut self.rng).unwrap()];
        self.tally = Some(sum);
        self.refused.clear();
        self.summed = ballots.to_vec();
        self.publish();
    }

    /// From which byte on a seat has fetched the live sum of so many ballots.
    pub fn first_byte(&self, i: usize, ballots: usize) -> u64 {
        self.first_bytes[&(i, self.live_files[&ballots])]
    }

    pub(super) fn count_live(&mut self, setup: &Setup, tally: &EncryptedTally, ballots: u32) {
        let parts: Vec<_> = self.parts.iter().map(|p| (p.owner, p.partial.clone())).collect();
        let result = combine(setup, tally, ballots, &parts).unwrap();
        let vote = self.vote.as_mut().unwrap();
        vote.count = secret::count(&vote.form, &result);
        let live = Some(SecretLive { step: 5, counted: ballots, opening: None });
        vote.secret.as_mut().unwrap().live = live;
        self.task = None;
    }
}
