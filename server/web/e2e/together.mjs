// Two clerks at once, terminals that wait for approval, a server that dies
// and comes back.
import assert from 'node:assert/strict';
import { signIn, window } from './lib/browser.mjs';
import { accessible } from './lib/checks.mjs';
import { Clerk, Seat } from './lib/seats.mjs';
import { Server } from './lib/server.mjs';

/** Both edit the same item: the second is told, and keeps what was typed. */
export async function two_clerks(browser) {
  const server = await Server.start({ sample: true });
  try {
    const trouble = [];
    const one = await window(browser, { trouble });
    const two = await window(browser, { trouble });
    await signIn(one, server);
    await signIn(two, server, 'second', 'another horse battery');
    for (const page of [one, two]) {
      await page.locator('.fold').nth(4).click();
      await page.getByRole('button', { name: '修改议程' }).click();
    }
    await two.getByRole('dialog').getByLabel('简称').fill('更新纲要');
    await one.getByRole('dialog').getByLabel('简称').fill('城市规划');
    await one.getByRole('button', { name: '保存' }).click();
    await one.getByRole('dialog').waitFor({ state: 'detached' });
    await two.getByRole('button', { name: '保存' }).click();
    await two.getByRole('alert').getByText('另一位工作人员刚刚修改过这里').waitFor();
    await two.getByText('简称：城市规划').waitFor();
    await accessible(two, 'conflict');
    assert.equal(await two.getByRole('dialog').getByLabel('简称').inputValue(), '更新纲要');
    await two.getByRole('button', { name: '用我填写的内容' }).click();
    await two.getByRole('button', { name: '保存' }).click();
    await two.getByRole('dialog').waitFor({ state: 'detached' });
    await one.getByRole('button', { name: '修改议程' }).click();
    assert.equal(await one.getByRole('dialog').getByLabel('简称').inputValue(), '更新纲要');
    await one.keyboard.press('Escape');
    // A vote likewise, taking the other's words this time.
    for (const page of [one, two]) {
      await page.locator('.fold').first().click();
      await page.getByRole('button', { name: /^修改表决/ }).first().click();
    }
    await one.getByRole('dialog').getByLabel('表决时长（秒）').fill('90');
    await one.getByRole('button', { name: '保存' }).click();
    await one.getByRole('dialog').waitFor({ state: 'detached' });
    await two.getByRole('dialog').getByLabel('表决时长（秒）').fill('30');
    await two.getByRole('button', { name: '保存' }).click();
    await two.getByRole('button', { name: '改用现在的内容' }).click();
    assert.equal(await two.getByRole('dialog').getByLabel('表决时长（秒）').inputValue(), '90');
    await two.keyboard.press('Escape');
    // Both take the same step: one does it, the other finds it done.
    for (const page of [one, two]) await page.getByRole('link', { name: '会议进行' }).click();
    await one.getByRole('region', { name: '下一步' }).getByRole('button', { name: '开放签到' }).click();
    await two.getByRole('heading', { name: '等待签到' }).waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** A terminal shows its code, the clerk compares and approves; calls for help. */
export async function approving_terminals(browser) {
  const server = await Server.start({ sample: true, enrolment: 'ask' });
  let seat;
  let spare;
  let unwanted;
  try {
    const page = await window(browser);
    await signIn(page, server);
    seat = await Seat.open(server.ws, null);
    await page.getByRole('link', { name: '座位与终端' }).click();
    const code = seat.code;
    await page.getByText(code).waitFor();
    await accessible(page, 'pending terminal');
    await page.getByLabel(`核对码 ${code} 的座位`).fill('12');
    await page.getByRole('button', { name: '批准' }).click();
    await seat.until((l) => l.topics.me?.seat === 12);
    await seat.command({ command: 'call_service', service: 'tea' });
    await page.getByText('呼叫中　茶水').waitFor();
    await page.getByRole('button', { name: '需处理' }).click();
    await accessible(page, 'a call');
    await page.getByRole('button', { name: '已处理' }).click();
    await page.getByText('呼叫中　茶水').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '全部' }).click();

    // It breaks: a spare one takes its place, and what the old one knew is worth nothing.
    spare = await Seat.open(server.ws, null);
    await page.getByText(spare.code).waitFor();
    await page.getByRole('button', { name: '调整　座位 12' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(spare.code).waitFor();
    await accessible(page, 'the terminal of a seat');
    const sentAway = seat.until(() => false).catch((e) => e.message);
    await dialog.getByRole('button', { name: '换用备机' }).click();
    await spare.until((l) => l.topics.me?.seat === 12);
    assert.match(await sentAway, /no_seat/);

    // One that nobody knows is refused, and told so.
    unwanted = await Seat.open(server.ws, null);
    await page.getByText(unwanted.code).waitFor();
    await page.getByRole('button', { name: '拒绝' }).click();
    await unwanted.until((l) => l.topics.me?.refused === true);
    await page.getByText('已拒绝的终端').waitFor();

    await page.getByRole('button', { name: '调整　座位 12' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '解除座位' }).click();
    await page.getByRole('dialog', { name: '解除座位' }).getByRole('button', { name: '解除座位' }).click();
    await page.getByText('无终端').first().waitFor();
  } finally {
    await Promise.all([seat, spare, unwanted].map((s) => s?.close()));
    await server.end();
  }
}

/** kill -9 in the middle of a vote: thin banner, last frame, typed words kept, all back. */
export async function server_dies_and_returns(browser) {
  const server = await Server.start({ sample: true });
  const seats = [];
  try {
    const page = await window(browser);
    const hall = await window(browser, { width: 1920, height: 1080 });
    await hall.goto(server.hall);
    await signIn(page, server);
    const clerk = await Clerk.open(server);
    await clerk.command({ command: 'open_sign_in' });
    for (let n = 1; n <= 18; n += 1) {
      const seat = await Seat.open(server.ws, n);
      seats.push(seat);
      await seat.signIn();
    }
    await clerk.command({ command: 'open_meeting' });
    const [item] = clerk.topics.agenda.items;
    await clerk.command({ command: 'start_item', item: item.id });
    await clerk.command({ command: 'open_vote', vote: item.votes[0] });
    for (const seat of seats.slice(0, 7)) await seat.cast({ kind: 'motion', choice: 'for' });
    await hall.locator('.turnout .figure', { hasText: '7' }).waitFor();
    await page.locator('.fold').nth(3).click();
    await page.getByRole('button', { name: '修改议程' }).click();
    await page.getByRole('dialog').getByLabel('简称').fill('正在填写');

    await server.stop(true);
    await hall.getByText('正在重新连接').waitFor();
    assert.equal(await hall.locator('.turnout .figure').textContent(), '7');
    await page.getByText('与服务器的连接中断，正在重新连接').waitFor();
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByRole('alert').getByText('操作没有执行').waitFor();
    assert.equal(await page.getByRole('dialog').getByLabel('简称').inputValue(), '正在填写');

    await server.run();
    await hall.getByText('正在重新连接').waitFor({ state: 'detached' });
    await hall.locator('.turnout .figure', { hasText: '7' }).waitFor();
    await page.getByText('与服务器的连接中断，正在重新连接').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: '会议进行' }).click();
    await page.getByRole('region', { name: '下一步' }).getByRole('button', { name: '结束表决' }).click();
    await page.getByRole('region', { name: '下一步' }).getByRole('button', { name: '公布结果' }).click();
    await hall.getByText('赞成 7 票，未超过全体组成人员 31 人的半数').waitFor();
  } finally {
    for (const seat of seats) seat.socket.terminate();
    await server.end();
  }
}
