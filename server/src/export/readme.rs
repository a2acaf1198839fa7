//! `README.txt`: what the folder is and how it is checked, for somebody who
//! finds it in ten years.

use super::account::Account;
use super::head::Head;
use hemicycle_protocol::ids::{Hash, Hex};
use sha2::{Digest, Sha256};

/// SHA-256 of what it said to everybody before, the oldest first: records that say it hold as
/// they did. When [`PROSE`] changes, what it was goes in here.
pub const FORMER: [&str; 3] = [
    "7394fd7e66b562c0022eadfbbfb34647b9e34217ef1351957f578a4d4aed83c8",
    "01629277b109087016f45355068ffa2f2b42545912226f8d4867e4680c3fe2e5",
    "be717738af7f250386c3af7c9b369fcb225fa84104403365aa1e8e794cc9616f",
];

/// The file.
pub fn text(account: &Account, head: &Head) -> String {
    about(account, head) + PROSE
}

/// Is this the file as an older program wrote it?
pub fn was_one(bytes: &[u8], account: &Account, head: &Head) -> bool {
    let Some(prose) = bytes.strip_prefix(about(account, head).as_bytes()) else { return false };
    let hash: Hash = Hex(Sha256::digest(prose).into());
    FORMER.contains(&hash.to_string().as_str())
}

/// Which record it is.
fn about(account: &Account, head: &Head) -> String {
    let state = &account.state;
    let statement = &head.statement;
    let (title, meeting) = (state.title(), statement.meeting);
    let (server, short) = (statement.server, statement.server.short());
    let (entries, hash) = (statement.entries, statement.head);
    format!(
        "\
{title}
会议编号 meeting     {meeting}
服务器   server      {server}
指纹     fingerprint {short}
日志     log         {entries} 条 entries
末条     last entry  {hash}
"
    )
}

/// What is the same in every record.
const PROSE: &str = "\n\
这是什么
本文件夹是一次会议留下的全部记录，由会议系统“议席 Hemicycle”导出。
  minutes.html   给人看的会议记录：出席、议程、每项表决的结果
  sign-ins.csv   每一次签到及其签名
  read-receipts.csv 阅读回执：谁打开过、读完过哪份文件（没有回执时无此文件）
  votes/         每项表决一个文件夹。记名表决：ballots.csv（谁投了什么、签名）；
                 无记名表决：.bel（加密的选票、证明与结果）和 decryption-proofs.json；
                 ballot-hints.bin 只为加快核对；
                 分段显示过实时票数的，另有 live-sums.json（各段合计及其证明）
  papers/        会议文件的每一个版本
  log.jsonl      会议日志，每条都含上一条的哈希；以上各表都由它得出
  record.json    日志的末条，及服务器对它的签名
无记名表决的记录里没有谁投了什么，也没有任何私钥。

怎样核对
  hemicycle verify 本文件夹
程序离线工作，逐项说明核对了什么；有一处不符即指出何处不符，退出码为 1。
程序会显示服务器指纹，请同开会时显示的指纹比较（不要只看本文件里写的）：
只有指纹相同，核对才说明这就是那次会议的记录。会议当时记下了完整公钥的，
加上 --server 公钥，由程序比较。
单独一个 .bel 文件可用 hemicycle verify-ballots 核对，也可用独立软件
Belenios 的 belenios-tool election verify 核对。
手工核对的方法：程序附带的文档 docs/record.md。

What this is
This folder is everything that one meeting left behind, exported by the meeting
system Hemicycle.
  minutes.html   for people: attendance, agenda, the result of every vote
  sign-ins.csv   every sign-in with its signature
  read-receipts.csv who has opened which paper, and come to its end (not there
                 where there are no read receipts)
  votes/         a folder for each vote. Recorded: ballots.csv (who chose what,
                 signatures). Secret: the .bel (encrypted ballots, proofs,
                 result) and decryption-proofs.json; ballot-hints.bin only
                 makes checking quicker; live-sums.json where sums were shown
                 while the vote ran (the sums and their proofs)
  papers/        the papers in all their versions
  log.jsonl      the meeting's log, each entry with the hash of the one before;
                 the tables follow from it
  record.json    where the log ends, and the server's signature on that
Nothing in here says who chose what in a secret vote, and no private key is in
it.

How to check it
  hemicycle verify FOLDER
works offline and says what it checked; where anything is wrong it says where
and ends with exit status 1. It shows the server's fingerprint: compare it with
the one that was shown at the meeting (not only with what stands in this file).
Only then does the check say that this is that meeting's record. Whoever noted
the whole key at the meeting adds --server KEY and lets the program compare.
A .bel file by itself is checked by hemicycle verify-ballots, and by independent
software: belenios-tool election verify.
How to check by hand: docs/record.md of the program.
";
