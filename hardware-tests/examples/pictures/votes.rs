//! Recorded votes: the paper, the way of a ballot with everything that can
//! befall it, results, the tie, and the other forms of question.

use crate::Cast;
use crate::house::{House, Kind, Seat};
use crate::papers::back;
use crate::relay::{Fate, Frame};
use anyhow::{Context as _, Result};
use hemicycle_protocol::ids::VoteId;
use hemicycle_protocol::topic::Step;
use hemicycle_protocol::vote::{Form, Method, Nominee, PersonAction, Preset, Rule, Tie};
use hemicycle_protocol::wire::Command;
use hemicycle_terminal::screen::{
    BannerKind, Page, ReceiptState, Screen, SubmitState, VerdictKind,
};
use hemicycle_terminal::touch::{ChairView, Touch};

/// In the title of a vote that ends in a tie.
pub const TIED: &str = "改期";

/// The first vote is open already.
pub async fn recorded(house: &mut House, cast: &mut Cast) -> Result<()> {
    let vote = *house.item(0)?.votes.first().context("a vote")?;
    choosing(house, &mut cast.member).await?;
    on_the_way(house, cast).await?;
    others(house, cast, vote).await?;
    over(house, cast, vote).await?;
    timed(house, cast).await?;
    annulled(house, cast).await?;
    tie(house, cast).await
}

fn submit(screen: &Screen) -> Option<SubmitState> {
    match &screen.page {
        Page::Vote(page) => Some(page.submit.state),
        _ => None,
    }
}

fn chosen(screen: &Screen) -> Option<usize> {
    match &screen.page {
        Page::Vote(page) => page.choices.iter().position(|c| c.chosen),
        _ => None,
    }
}

fn banner(screen: &Screen) -> Option<BannerKind> {
    screen.banner.as_ref().map(|b| b.kind)
}

async fn choosing(house: &mut House, member: &mut Seat) -> Result<()> {
    member.shows(Kind::Vote).await?;
    house.take("vote", member).await?;
    for (choice, name) in [(1, "vote-nay"), (2, "vote-abstain"), (0, "vote-aye")] {
        member.touch(Touch::Choose { question: 0, choice }).await?;
        member.until("the choice", |s| chosen(s) == Some(usize::from(choice))).await?;
        house.take(name, member).await?;
    }
    beside(house, member).await?;
    member.touch(Touch::OpenSpeak).await?;
    member.until("the sheet", |s| s.sheet.is_some()).await?;
    house.take("speak-over-vote", member).await?;
    member.touch(Touch::CloseSheet).await?;
    member.relay.cut();
    member.until("no connection", |s| banner(s) == Some(BannerKind::Offline)).await?;
    house.take("vote-offline", member).await?;
    back(house, member, "vote-back").await
}

/// The paper beside the vote, before and after a choice.
async fn beside(house: &mut House, member: &mut Seat) -> Result<()> {
    let page = |s: &Screen| match &s.page {
        Page::Reader(page) => page.vote.clone().filter(|_| page.image.is_some()),
        _ => None,
    };
    member.touch(Touch::ReadBeside(true)).await?;
    member.until("the paper beside the vote", |s| page(s).is_some()).await?;
    house.take("vote-beside", member).await?;
    member.touch(Touch::OpenVotePage).await?;
    member.shows(Kind::Vote).await?;
    Ok(())
}

/// 提交, no answer, 提交 again, the line breaks, the receipt.
async fn on_the_way(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { member, second, .. } = cast;
    member.relay.hold_command("cast");
    member.submit().await?;
    member.until("the sending", |s| submit(s) == Some(SubmitState::Busy)).await?;
    house.take("vote-busy", member).await?;
    member.until("no answer", |s| submit(s) == Some(SubmitState::Failed)).await?;
    house.take("vote-failed", member).await?;
    member.touch(Touch::Submit).await?;
    member.until("the sending", |s| submit(s) == Some(SubmitState::Busy)).await?;
    member.relay.cut();
    let receipt = |s: &Screen| match &s.page {
        Page::Submitted(page) => Some(page.state),
        _ => None,
    };
    member.until("a ballot afloat", |s| receipt(s) == Some(ReceiptState::Waiting)).await?;
    house.take("submitted-waiting", member).await?;
    member.relay.calm();
    member.touch(Touch::RetryNow).await?;
    member.has_receipt().await?;
    member.until("no banner", |s| s.banner.is_none()).await?;
    house.take("submitted", member).await?;

    // A receipt whose signature does not hold.
    second.shows(Kind::Vote).await?;
    second.relay.judge(|_, frame| match frame {
        Frame::Text(value) if value["ok"]["receipt"].is_object() => {
            let mut bent = value.clone();
            bent["ok"]["receipt"]["signature"] = "cd".repeat(64).into();
            Fate::Instead(Frame::Text(bent))
        }
        _ if frame.is_topic("me") => Fate::Delay,
        _ => Fate::Pass,
    });
    second.choose(&[1]).await?;
    second.submit().await?;
    second.until("the refusal of the receipt", |s| submit(s) == Some(SubmitState::Failed)).await?;
    house.take("vote-bad-receipt", second).await?;
    second.relay.calm();
    second.touch(Touch::Submit).await?;
    second.has_receipt().await
}

async fn others(house: &mut House, cast: &mut Cast, vote: VoteId) -> Result<()> {
    let Cast { chair, late, guest, third, .. } = cast;
    guest.shows(Kind::Submitted).await?;
    house.take("vote-watching", guest).await?;
    // Who signs in now votes from the next vote on.
    late.touch(Touch::OpenVotePage).await?;
    late.shows(Kind::SignIn).await?;
    late.touch(Touch::SignIn).await?;
    late.shows(Kind::Submitted).await?;
    house.take("vote-late", late).await?;
    chair.votes(&[1]).await?;
    chair.touch(Touch::OpenChair).await?;
    chair.shows(Kind::Chair).await?;
    house.others_press(vote).await?;
    chair
        .until(
            "everybody's ballot",
            |s| matches!(&s.page, Page::Chair(c) if c.step_words.contains("25")),
        )
        .await?;
    house.take("chair-voting", chair).await?;
    house.ask(Command::PauseVote { vote }).await?;
    let paused = |s: &Screen| submit(s) == Some(SubmitState::Disabled);
    third.choose(&[2]).await?;
    third.until("the pause", paused).await?;
    house.take("vote-paused", third).await?;
    house.ask(Command::ResumeVote { vote }).await?;
    // This ballot comes when the vote is over.
    third.until("the vote to go on", |s| submit(s) == Some(SubmitState::Ready)).await?;
    third.relay.hold_command("cast");
    third.touch(Touch::Submit).await?;
    third.until("the sending", |s| submit(s) == Some(SubmitState::Busy)).await?;
    Ok(())
}

async fn over(house: &mut House, cast: &mut Cast, vote: VoteId) -> Result<()> {
    let Cast { chair, member, third, late, .. } = cast;
    house.close_vote(vote).await?;
    result(member, VerdictKind::Pending).await?;
    house.take("result-pending", member).await?;
    third.relay.calm();
    third.until("the news", |s| banner(s) == Some(BannerKind::Error)).await?;
    house.take("result-ballot-too-late", third).await?;
    third.touch(Touch::Dismiss).await?;
    let announces = |s: &Screen, view| matches!(&s.page, Page::Chair(c) if c.view == Some(view));
    chair.touch(Touch::OpenChair).await?;
    chair.until("the words", |s| announces(s, ChairView::Announcement)).await?;
    house.take("chair-announce", chair).await?;
    chair.touch(Touch::ChairShow(ChairView::Steps)).await?;
    chair.until("the steps", |s| announces(s, ChairView::Steps)).await?;
    house.take("chair-announce-steps", chair).await?;
    house.declare_vote(vote).await?;
    result(member, VerdictKind::Rejected).await?;
    house.take("result-not-adopted", member).await?;
    late.shows(Kind::Result).await?;
    house.take("result-not-on-roll", late).await
}

/// Waits for a result of this kind.
pub async fn result(seat: &mut Seat, kind: VerdictKind) -> Result<()> {
    let wanted = |s: &Screen| matches!(&s.page, Page::Result(r) if r.verdict.kind == kind);
    seat.until("the result", wanted).await?;
    Ok(())
}

/// The decision, with a time.
async fn timed(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { chair, member, second, third, late, .. } = cast;
    let vote = *house.item(0)?.votes.get(1).context("a second vote")?;
    house.set_time(vote, Some(50)).await?;
    house.open_vote(vote).await?;
    let remaining = |s: &Screen| match &s.page {
        Page::Vote(page) => page.head.remaining.clone(),
        _ => None,
    };
    member.until("the clock", |s| remaining(s).is_some()).await?;
    house.take("vote-timed", member).await?;
    for seat in [chair, second, third, late] {
        seat.votes(&[0]).await?;
    }
    house.others_press(vote).await?;
    member
        .until("the last seconds", |s| remaining(s).is_some_and(|r| !r.warning.is_empty()))
        .await?;
    member.choose(&[0]).await?;
    member.until("the choice", |s| chosen(s) == Some(0)).await?;
    house.take("vote-last-seconds", member).await?;
    member.submit().await?;
    member.has_receipt().await?;
    house.take("submitted-timed", member).await?;
    house.close_vote(vote).await?;
    house.declare_vote(vote).await?;
    result(member, VerdictKind::Adopted).await?;
    house.take("result-adopted", member).await
}

async fn annulled(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { member, .. } = cast;
    let item = house.item(0)?.id;
    let title = "关于会议日程调整的动议";
    let rule = Rule::preset(Preset::Simple);
    let vote = house.put(item, title, Form::Motion, Method::Recorded, rule).await?;
    house.open_vote(vote).await?;
    member.shows(Kind::Vote).await?;
    house
        .ask(Command::AnnulVote {
            vote, reason: "表决题目有误，改正后重新表决".into()
        })
        .await?;
    result(member, VerdictKind::Annulled).await?;
    house.take("result-annulled", member).await
}

/// As many for as against: the chair decides.
async fn tie(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { chair, member, second, third, late, .. } = cast;
    let item = house.item(0)?.id;
    let title = format!("关于第六项议程{TIED}审议的动议");
    let rule = Rule { tie: Tie::ChairDecides, ..Rule::preset(Preset::Simple) };
    let vote = house.put(item, &title, Form::Motion, Method::Recorded, rule.clone()).await?;
    house.open_vote(vote).await?;
    for (seat, choice) in [(&mut *chair, 0), (member, 1), (second, 2), (third, 2), (late, 2)] {
        seat.votes(&[choice]).await?;
    }
    let Cast { chair, member, .. } = cast;
    house.others_press(vote).await?;
    house.close_vote(vote).await?;
    result(member, VerdictKind::Pending).await?;
    house.take("result-tied", member).await?;
    chair.touch(Touch::OpenChair).await?;
    let decides = |s: &Screen, chosen: bool| match &s.page {
        Page::Chair(c) => c.decisions.len() == 2 && c.decisions.iter().any(|d| d.chosen) == chosen,
        _ => false,
    };
    chair.until("the question", |s| decides(s, false)).await?;
    house.take("chair-tie", chair).await?;
    chair.touch(Touch::TieChosen { adopted: true }).await?;
    chair.until("the choice", |s| decides(s, true)).await?;
    house.take("chair-tie-chosen", chair).await?;
    chair.touch(Touch::ChairShow(ChairView::Steps)).await?;
    chair
        .until(
            "the steps",
            |s| matches!(&s.page, Page::Chair(c) if c.view == Some(ChairView::Steps)),
        )
        .await?;
    house.take("chair-tie-steps", chair).await?;
    let decided = |room: &hemicycle_hardware_tests::clerk::Room| {
        room.next.steps.first().is_some_and(|step| *step == Step::DeclareVote { vote })
    };
    house.leads(chair, "the chair's word", decided).await?;
    house.declare_vote(vote).await?;
    result(member, VerdictKind::Adopted).await?;
    house.take("result-tie-decided", member).await
}

pub fn nominees(action: PersonAction, post: &str, names: &[&str]) -> Vec<Nominee> {
    let nominee = |name: &&str| Nominee { name: (*name).into(), action, post: post.into() };
    names.iter().map(nominee).collect()
}

/// Elections, surveys, long lists.
pub async fn forms(house: &mut House, cast: &mut Cast) -> Result<()> {
    house.start_item(1).await?;
    election(house, cast).await?;
    survey(house, cast).await?;
    long_list(house, cast).await
}

async fn election(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { member, .. } = cast;
    let candidates = nominees(
        PersonAction::Elect,
        "本次会议预算审查小组成员",
        &["沈若兰", "陆景行", "邓𬭎", "彭若㛃", "欧阳清越"],
    );
    let form = Form::Plurality { candidates, seats: 3 };
    let item = house.item(1)?.id;
    let rule = Rule::plurality();
    let vote = house.put(item, "推选预算审查小组成员", form, Method::Recorded, rule).await?;
    house.open_vote(vote).await?;
    member.shows(Kind::Plurality).await?;
    house.take("plurality", member).await?;
    for question in [0, 2, 4] {
        member.touch(Touch::Choose { question, choice: 0 }).await?;
    }
    member.until("three names", |s| matches!(&s.page, Page::Plurality(p) if p.chosen == 3)).await?;
    house.take("plurality-full", member).await?;
    member.submit().await?;
    member.has_receipt().await?;
    house.others_press(vote).await?;
    over_with(house, cast, vote, "result-election").await
}

async fn over_with(house: &mut House, cast: &mut Cast, vote: VoteId, name: &str) -> Result<()> {
    let Cast { chair, member, .. } = cast;
    house.close_vote(vote).await?;
    house.counted(vote).await?;
    let verdict = |s: &Screen| match &s.page {
        Page::Result(page) => Some(page.verdict.clone()),
        _ => None,
    };
    // A list has no verdict of its own: what is declared is seen by the words that change.
    let closed = verdict(&member.shows(Kind::Result).await?);
    chair.touch(Touch::OpenChair).await?;
    chair
        .until(
            "the words",
            |s| matches!(&s.page, Page::Chair(c) if c.view == Some(ChairView::Announcement)),
        )
        .await?;
    house.take(&format!("chair-{name}"), chair).await?;
    house.declare_vote(vote).await?;
    member.until("the result", |s| verdict(s).is_some() && verdict(s) != closed).await?;
    house.take(name, member).await
}

async fn survey(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { member, .. } = cast;
    let subjects = ["区发展和改革局", "区财政局", "区教育局", "区水务局"];
    let form = Form::Satisfaction { subjects: subjects.map(str::to_owned).to_vec() };
    let item = house.item(1)?.id;
    let rule = Rule::preset(Preset::Survey);
    let vote = house.put(item, "对政府部门工作的满意度测评", form, Method::Recorded, rule).await?;
    house.open_vote(vote).await?;
    member.shows(Kind::List).await?;
    member.choose(&[0, 1]).await?;
    member.until("two answers", |s| matches!(&s.page, Page::List(p) if p.chosen == 2)).await?;
    house.take("survey", member).await?;
    member.choose(&[0, 1, 0, 2]).await?;
    member.submit().await?;
    member.has_receipt().await?;
    house.others_press(vote).await?;
    over_with(house, cast, vote, "result-survey").await
}

async fn long_list(house: &mut House, cast: &mut Cast) -> Result<()> {
    let Cast { member, .. } = cast;
    let names = [
        "宋怀民",
        "贺雪松",
        "夏雨薇",
        "温其然",
        "简以宁",
        "尤大川",
        "欧阳清越",
        "邓𬭎",
        "彭若㛃",
        "古丽巴哈尔·买买提",
        "司马长风",
        "诸葛明远",
        "上官云岫",
        "钱若谷",
        "严正初",
    ];
    let posts = "区人民法院审判员";
    let form = Form::Personnel { nominees: nominees(PersonAction::Appoint, posts, &names) };
    let item = house.item(1)?.id;
    let rule = Rule::preset(Preset::Committee);
    let vote =
        house.put(item, "人民法院人事任命事项（15人）", form, Method::Recorded, rule).await?;
    house.open_vote(vote).await?;
    member.shows(Kind::List).await?;
    house.take("list-long", member).await?;
    member.choose(&[0; 15]).await?;
    member.until("all answers", |s| matches!(&s.page, Page::List(p) if p.chosen == 15)).await?;
    house.take("list-long-complete", member).await?;
    member.submit().await?;
    member.has_receipt().await?;
    house.others_press(vote).await?;
    over_with(house, cast, vote, "result-list-long").await
}
