// A whole meeting: the clerk clicks, test seats sign in and vote over the
// WebSocket, the hall shows what came of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signIn, window } from './lib/browser.mjs';
import { accessible, readable } from './lib/checks.mjs';
import { Clerk, Seat } from './lib/seats.mjs';
import { SAMPLE, Server } from './lib/server.mjs';

const choices = JSON.parse(readFileSync(join(SAMPLE, 'choices.json'), 'utf8'));

/** The answer of a seat in one of the sample's votes; null: never presses. */
function answer(vote, seat) {
  const of = (seats) => (seats.against?.includes(seat) ? 'against' : seats.abstain?.includes(seat) ? 'abstain' : seats.unpressed?.includes(seat) ? null : 'for');
  if (!vote.persons) {
    const choice = of(vote.seats);
    return choice && { kind: 'motion', choice };
  }
  return { kind: 'personnel', choices: vote.persons.map((p) => of(p.seats)) };
}

/** The sample meeting from sign-in to closing, in Chinese, watched on the hall screen. */
export async function whole_meeting(browser) {
  const server = await Server.start({ sample: true });
  const seats = [];
  try {
    const trouble = [];
    const page = await window(browser, { trouble });
    const hall = await window(browser, { width: 1920, height: 1080, trouble });
    await hall.goto(server.hall);
    await hall.getByText('会议即将开始').waitFor();
    await readable(hall, 'welcome');
    await accessible(hall, 'hall: welcome');
    await signIn(page, server);
    await page.getByRole('link', { name: '会议进行' }).click();
    await accessible(page, 'run: preparing');
    const clerk = await Clerk.open(server);
    await clerk.takeVotesByName();
    const [paper] = clerk.topics.agenda.items[0].papers;
    await clerk.close();
    const next = page.getByRole('region', { name: '下一步' });
    const step = async (name) => next.getByRole('button', { name, exact: true }).click();

    await step('开放签到');
    await hall.getByText('请签到').waitFor();
    const leave = choices.attendance.leave.map((l) => l.seat);
    const first = choices.attendance.leave[0];
    await page.getByRole('button', { name: new RegExp(`^座位 ${first.seat}，`) }).click();
    await page.getByRole('button', { name: '登记请假' }).click();
    await page.getByLabel('原因').fill(first.reason);
    await page.getByRole('button', { name: '确定', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    for (let n = 1; n <= 31; n += 1) {
      if (leave.includes(n)) continue;
      const seat = await Seat.open(server.ws, n);
      seats.push(seat);
      await seat.signIn();
    }
    await hall.locator('.figure', { hasText: '28' }).waitFor();
    await hall.getByText('已达法定人数').waitFor();
    await readable(hall, 'sign-in');
    await accessible(hall, 'hall: sign-in');
    await page.getByText('未签到 2 人').waitFor();
    await accessible(page, 'run: sign-in');
    await step('宣布开会');

    // The first item holds two votes: one is lost, one is carried.
    await step('进入第一项');
    await hall.getByText('议程共 6 项').waitFor();
    await readable(hall, 'item');
    await accessible(hall, 'hall: item');
    for (const [name, words] of [['amendment', ['未通过', '赞成 15 票，未超过全体组成人员 31 人的半数']], ['decision', ['通过', '赞成 26 票，超过全体组成人员 31 人的半数']]]) {
      const vote = choices.votes.find((v) => v.vote === name);
      await step('开始表决');
      await hall.getByText('正在表决').waitFor();
      await readable(hall, 'voting');
      await accessible(hall, 'hall: voting');
      const pressed = seats.filter((s) => answer(vote, s.person.seat));
      await Promise.all(pressed.map((s) => s.cast(answer(vote, s.person.seat))));
      await hall.locator('.turnout .figure', { hasText: String(pressed.length) }).waitFor();
      // No running split in the hall.
      assert.equal(await hall.getByText('赞成').count(), 0);
      await page.getByText(`/ 28 已提交`).waitFor();
      await accessible(page, 'run: voting');
      await step('结束表决');
      await step('公布结果');
      await hall.getByText(words[1], { exact: true }).waitFor();
      await hall.locator('.foot').getByText(words[0], { exact: true }).waitFor();
      const { expected } = vote;
      const numbers = await hall.locator('dl .figure').allTextContents();
      assert.deepEqual(numbers.map(Number), [expected.for, expected.against, expected.abstain, expected.unpressed]);
      await readable(hall, 'result');
      await accessible(hall, 'hall: result');
      await accessible(page, 'run: result');
    }

    // A speech.
    await seats[9].command({ command: 'ask_to_speak' });
    await page.getByRole('button', { name: '请发言　邓𬭎' }).click();
    await hall.getByText('审议发言').waitFor();
    await readable(hall, 'speaker');
    await accessible(hall, 'hall: speaker');
    // The speaker shows a page to all; the clerk ends that.
    await seats[9].command({ command: 'present', paper: paper.id, page: 1 });
    await page.getByText(`正在向全体展示：${paper.title}　第 2 页`).waitFor();
    await accessible(page, 'run: a page is shown');
    await page.getByRole('button', { name: '结束展示' }).click();
    await page.getByText('正在向全体展示').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '结束发言' }).click();

    // The last item: six persons on one ballot.
    for (const name of ['进入第二项', '进入第三项', '进入第四项']) await step(name);
    await step('开始表决');
    const budget = choices.votes.find((v) => v.vote === 'budget');
    await Promise.all(seats.filter((s) => answer(budget, s.person.seat)).map((s) => s.cast(answer(budget, s.person.seat))));
    await step('结束表决');
    await step('公布结果');
    for (const name of ['进入第五项', '进入第六项', '开始表决']) await step(name);
    const list = choices.votes.find((v) => v.vote === 'personnel');
    await Promise.all(seats.map((s) => s.cast(answer(list, s.person.seat))));
    await step('结束表决');
    await step('公布结果');
    await hall.getByText('人事任免表决结果').waitFor();
    const shown = await hall.locator('li').evaluateAll((rows) => rows.map((r) => [...r.querySelectorAll('.n')].map((n) => Number(n.textContent))));
    assert.deepEqual(shown, list.persons.map((p) => [p.expected.for, p.expected.against, p.expected.abstain, p.expected.unpressed]));
    await readable(hall, 'personnel');
    await accessible(hall, 'hall: personnel');
    await accessible(page, 'run: personnel');

    // The break, pinned and let go.
    await page.getByRole('button', { name: '切换画面' }).click();
    await page.getByRole('dialog').getByLabel('休会').check();
    await page.getByRole('dialog').getByLabel(/大屏上的说明/).fill('十点五十分继续开会');
    await accessible(page, 'switch the hall');
    await page.getByRole('button', { name: '显示', exact: true }).click();
    await hall.getByText('十点五十分继续开会').waitFor();
    await readable(hall, 'pause');
    await accessible(hall, 'hall: pause');
    await page.getByRole('button', { name: '跟随会议' }).click();
    await hall.getByText('人事任免表决结果').waitFor();

    // The record: by name, and the log.
    await page.getByRole('link', { name: '会议记录' }).click();
    await page.getByRole('button', { name: '记名情况' }).first().click();
    await page.getByText('反对 8', { exact: true }).waitFor();
    await accessible(page, 'record');
    await page.getByRole('link', { name: '座位与终端' }).click();
    await page.getByRole('cell', { name: '许文澜' }).waitFor();
    await accessible(page, 'seats');
    await page.getByRole('link', { name: '设置' }).click();
    await page.getByRole('heading', { name: '会议规则' }).waitFor();
    await accessible(page, 'settings');

    // The end asks once.
    await page.getByRole('link', { name: '会议进行' }).click();
    await step('结束第六项');
    await step('宣布闭会');
    await page.getByRole('dialog').getByText('闭会后不能再进行表决').waitFor();
    await accessible(page, 'close?');
    await page.getByRole('dialog').getByRole('button', { name: '取消' }).click();
    await step('宣布闭会');
    await page.getByRole('dialog').getByRole('button', { name: '宣布闭会' }).click();
    await hall.getByText('会议结束').waitFor();
    await page.getByRole('heading', { name: '会议已结束' }).waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    await Promise.all(seats.map((s) => s.close()));
    await server.end();
  }
}

/** An ad-hoc vote, annulled with a reason; a count by hands; a ballot for a dead terminal; in English. */
export async function when_things_go_wrong(browser) {
  const server = await Server.start({ sample: true });
  const seats = [];
  try {
    const trouble = [];
    const page = await window(browser, { trouble });
    const hall = await window(browser, { width: 1280, height: 720, trouble });
    await hall.goto(server.hall.replace('#', '?lang=en#'));
    await page.goto(`${server.console}?lang=en`);
    await signIn(page, { ...server, console: `${server.console}?lang=en` });
    await page.getByRole('link', { name: 'Meeting' }).click();
    const next = page.getByRole('region', { name: 'Next step' });
    const step = async (name) => next.getByRole('button', { name, exact: true }).click();
    await step('Open sign-in');
    for (let n = 1; n <= 20; n += 1) {
      const seat = await Seat.open(server.ws, n);
      seats.push(seat);
      await seat.signIn();
    }
    await step('Open the meeting');
    await step('Start Item 1');
    await page.getByRole('button', { name: 'Ad-hoc vote' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByLabel('Question').fill('关于休会的动议');
    await sheet.getByRole('combobox', { name: 'Rule', exact: true }).selectOption('simple');
    await accessible(page, 'ad-hoc vote');
    await sheet.getByRole('button', { name: 'Open the vote now' }).click();
    await hall.getByText('Voting', { exact: false }).first().waitFor();
    await readable(hall, 'voting in English');
    for (const seat of seats.slice(0, 5)) await seat.cast({ kind: 'motion', choice: 'for' });
    // Seat 6 is dead: the clerk enters its ballot, with the reason.
    await page.getByRole('button', { name: /^Seat 6，/ }).click();
    await page.getByRole('button', { name: 'Enter their ballot' }).click();
    assert.ok(await page.getByRole('button', { name: 'OK' }).isDisabled());
    await page.getByRole('dialog').getByLabel('Against').check();
    await page.getByRole('dialog').getByLabel('Reason').fill('terminal failed');
    await accessible(page, 'ballot for a member');
    await page.getByRole('button', { name: 'OK' }).click();
    await hall.locator('.turnout .figure', { hasText: '6' }).waitFor();
    // The network fails: the vote is annulled.
    await page.getByRole('region', { name: 'The vote before the room' }).getByRole('button', { name: 'Annul' }).click();
    assert.ok(await page.getByRole('dialog').getByRole('button', { name: 'Annul this vote' }).isDisabled());
    await page.getByRole('dialog').getByLabel('Reason').fill('network failed');
    await accessible(page, 'annul?');
    await page.getByRole('dialog').getByRole('button', { name: 'Annul this vote' }).click();
    await hall.getByText('This vote is annulled').waitFor();
    await readable(hall, 'annulled');
    await accessible(hall, 'hall: annulled');
    // The next one is counted by hands.
    await step('Open the vote');
    await page.getByRole('button', { name: 'Enter a count' }).click();
    for (const [label, n] of [['For', '17'], ['Against', '2'], ['Abstain', '1']]) await page.getByRole('dialog').getByLabel(label, { exact: true }).fill(n);
    await page.getByRole('dialog').getByLabel('Reason').fill('show of hands');
    await accessible(page, 'enter a count');
    await page.getByRole('button', { name: 'Enter and close the vote' }).click();
    await step('Declare the result');
    await hall.getByText('17 for, more than half of all 31 members').waitFor();
    await hall.getByText('Counted by show of hands').waitFor();
    await readable(hall, 'result in English');
    await accessible(hall, 'hall: result in English');
    await page.getByRole('link', { name: 'Record' }).click();
    await page.getByText('Reason: network failed').waitFor();
    await accessible(page, 'record in English');
    for (const name of ['Prepare', 'Seats', 'Settings']) {
      await page.getByRole('link', { name }).first().click();
      await page.getByRole('heading', { level: 2, name }).waitFor();
      await accessible(page, `${name} in English`);
    }
    assert.deepEqual(trouble, []);
  } finally {
    await Promise.all(seats.map((s) => s.close()));
    await server.end();
  }
}
