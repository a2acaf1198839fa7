//! Votes, receipts and results, as the window shows them. Values only: what may be chosen,
//! submitted or shown is decided elsewhere.

/// What every vote page has on top.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VoteHead {
    /// `第四项　表决`.
    pub heading: String,
    pub method: Method,
    /// `无记名`.
    pub method_words: String,
    pub remaining: Option<Remaining>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Method {
    #[default]
    Recorded,
    /// A chosen card then keeps its white ground, because a neighbour reads colours.
    Secret,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Remaining {
    /// `剩余`.
    pub label: String,
    /// `1:24`.
    pub clock: String,
    /// Under 30 seconds: said in words, shown heavier. Empty before.
    pub warning: String,
}

/// 赞成, 反对, 弃权 on one question.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vote {
    pub head: VoteHead,
    /// One entry a line, broken by phrase; at most two.
    pub title: Vec<String>,
    pub choices: Vec<Choice>,
    pub submit: Submit,
    /// `提交前可以改选，提交后不能更改。` or what is missing.
    pub help: String,
    /// `赞成票达到 16 票即为通过（组成人员 31 人的过半数）。`
    pub rule: String,
    /// A paper can be read beside it.
    pub can_beside: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choice {
    pub kind: ChoiceKind,
    /// `赞成`.
    pub word: String,
    pub chosen: bool,
    /// `赞成，未选，三项之一`.
    pub spoken: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ChoiceKind {
    #[default]
    Aye,
    Nay,
    Abstain,
    /// 未按: only in results, never to be chosen.
    Unpressed,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Submit {
    pub state: SubmitState,
    /// `提交`, `正在提交`.
    pub label: String,
    /// Shown in a red frame above the button; only with `Failed`.
    pub error: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SubmitState {
    /// Something is missing, or there is no connection; the help line says what.
    #[default]
    Disabled,
    Ready,
    /// Sent, no answer yet: ignores further taps.
    Busy,
    /// The choice is kept and can be submitted again.
    Failed,
}

/// One vote on each person (or three degrees of satisfaction on each report).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListVote {
    pub head: VoteHead,
    /// `人事任免　逐人表决`.
    pub title: String,
    pub rows: Vec<ListRow>,
    /// `已选 4 / 6`.
    pub progress_words: String,
    pub chosen: u32,
    /// `还有 2 人未选，请继续。`
    pub help: String,
    pub submit: Submit,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListRow {
    /// Counts from 0: `question` of `Touch::Choose`.
    pub question: u16,
    /// `5`.
    pub number: String,
    pub name: String,
    /// `决定任命`.
    pub act: String,
    /// `市人民政府副市长`.
    pub post: String,
    pub choices: Vec<Choice>,
    /// The first row without a choice is marked.
    pub current: bool,
}

/// Choose up to k of n.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plurality {
    pub head: VoteHead,
    pub title: Vec<String>,
    pub candidates: Vec<Candidate>,
    /// `可选 3 人，已选 2 人`.
    pub progress_words: String,
    pub seats: u32,
    pub chosen: u32,
    pub help: String,
    pub submit: Submit,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Candidate {
    pub number: String,
    pub name: String,
    pub post: String,
    pub chosen: bool,
    /// As many are chosen as may be, and this is not one of them.
    pub full: bool,
    pub spoken: String,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Submitted {
    pub heading: String,
    pub method: Method,
    pub state: ReceiptState,
    /// `已提交`, `已提交，等待确认`.
    pub title: String,
    /// `您的表决票已计入。`
    pub sentence: String,
    /// `无记名：票面不记姓名和座位，屏上不留您的选择。`
    pub method_words: String,
    pub receipt_label: String,
    /// `7K3F 9QMD`; empty while waiting.
    pub receipt: String,
    /// Two lines at most.
    pub receipt_help: Vec<String>,
    pub turnout: Option<Turnout>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReceiptState {
    #[default]
    Waiting,
    Confirmed,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turnout {
    /// `已提交`.
    pub label: String,
    pub done: u32,
    pub of: u32,
    /// `/ 28 人`.
    pub of_words: String,
    /// `剩余 0:41，结束后公布票数。`
    pub help: String,
    /// 赞成, 反对, 弃权 as far as they are counted while the vote runs: behind what is done.
    pub live: Option<[u32; 3]>,
}

/// A vote that is over: counts, and what the rule made of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VoteResult {
    pub heading: String,
    pub method: Method,
    pub method_words: String,
    /// One entry a line; at most two.
    pub title: Vec<String>,
    pub verdict: Verdict,
    /// 赞成, 反对, 弃权, 未按.
    pub counts: Vec<Count>,
    pub bar: Option<Bar>,
    /// For a list: the outcome for each person, in place of `counts` and `bar`.
    pub persons: Vec<PersonResult>,
    /// A secret vote that is being opened has this in place of numbers.
    pub opening: Option<Opening>,
    /// Where the member can go from here; usually back to the papers.
    pub note: String,
}

/// 正在开票: the ballots are in and the scrutineers have still to open the count.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Opening {
    /// `开票后公布票数。`
    pub sentence: String,
    /// `尚待参加开票的监票人`.
    pub missing_label: String,
    /// Their names, where they are known.
    pub missing: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    pub kind: VerdictKind,
    /// `通过`.
    pub word: String,
    /// `赞成 26 ≥ 过半数 16`.
    pub comparison: String,
    /// `按全体组成人员 31 人计算`.
    pub basis: String,
}

/// Never shown in the colours of the choices: 未通过 is not 反对.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum VerdictKind {
    /// Counted, not yet declared by the chair.
    #[default]
    Pending,
    Adopted,
    Rejected,
    /// A tie that waits for the chair's voice or for another vote.
    Undecided,
    Annulled,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Count {
    pub kind: ChoiceKind,
    pub word: String,
    pub number: String,
}

/// A row of cells, one a member; with more than a hundred members a bar in proportion.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bar {
    pub aye: u32,
    pub nay: u32,
    pub abstain: u32,
    pub unpressed: u32,
    /// Everybody the bar stands for, those not present included.
    pub of: u32,
    /// How many cells lie left of the mark.
    pub threshold: Option<u32>,
    /// `过半数 16`.
    pub threshold_words: String,
    /// `出席 28 人，收到 28 票`.
    pub left: String,
    /// `组成人员 31 人`.
    pub right: String,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersonResult {
    pub number: String,
    pub name: String,
    pub post: String,
    pub counts: Vec<Count>,
    pub kind: VerdictKind,
    /// `通过`.
    pub word: String,
}
