// Secret votes: scrutineers are named, their key is made, a vote is taken and
// opened. Test seats have no cryptography: what needs it is either made up, or
// played by virtual seats if HEMICYCLE_SWARM names that program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { signIn, window } from './lib/browser.mjs';
import { accessible, readable } from './lib/checks.mjs';
import { pretend } from './lib/pretend.mjs';
import { Clerk, Seat } from './lib/seats.mjs';
import { ADOPTED, secretTopics } from './lib/secrets.mjs';
import { SAMPLE, Server } from './lib/server.mjs';

async function seated(server, n) {
  const seats = [];
  for (let i = 1; i <= n; i += 1) seats.push(await Seat.open(server.ws, i));
  await Promise.all(seats.map((s) => s.signIn()));
  return seats;
}

/** Every state of the scrutineers' sheet, of the vote on the console, and of the hall, in both languages. */
export async function secret_faces(browser) {
  const server = await Server.start({ sample: true });
  let seats = [];
  try {
    const trouble = [];
    const clerk = await Clerk.open(server);
    await clerk.command({ command: 'open_sign_in' });
    seats = await seated(server, 28);
    await clerk.command({ command: 'open_meeting' });
    const [first] = clerk.topics.agenda.items;
    await clerk.command({ command: 'start_item', item: first.id });
    await clerk.until((l) => l.topics.devices?.terminals.length === 28);
    const made = secretTopics(clerk);
    const id = first.votes[1];
    for (const lang of ['zh-CN', 'en']) {
      const zh = lang === 'zh-CN';
      const page = await window(browser, { trouble });
      const hall = await window(browser, { width: 1280, height: 720, trouble });
      const onPage = await pretend(page);
      const onHall = await pretend(hall);
      const tell = (values) => [onPage, onHall].forEach((f) => f(values));
      await hall.goto(server.hall.replace('#', `?lang=${lang}#`));
      await signIn(page, { console: `${server.console}?lang=${lang}` });
      await page.evaluate(() => (location.hash = 'run'));
      tell({ votes: made.votes, scrutiny: made.nobody, next: { steps: [{ step: 'name_scrutineers' }] } });

      // Nobody is chosen beforehand, and without a choice there is no key.
      const next = page.getByRole('region', { name: zh ? '下一步' : 'Next step' });
      const open = () => next.getByRole('button').last().click();
      const sheet = page.getByRole('dialog', { name: zh ? '监票人' : 'Scrutineers' });
      const make = sheet.getByRole('button', { name: zh ? '生成密钥' : 'Make the key', exact: true });
      await next.getByRole('heading', { name: zh ? '确定监票人' : 'Name scrutineers' }).waitFor();
      await open();
      await sheet.waitFor();
      assert.equal(await sheet.getByRole('checkbox').count(), 28);
      assert.equal(await sheet.getByRole('checkbox', { checked: true }).count(), 0);
      assert.ok(await make.isDisabled());
      await accessible(page, 'scrutineers: nobody');
      const need = sheet.getByRole('combobox');
      const choices = () => need.locator('option').evaluateAll((all) => all.map((o) => o.value));
      await sheet.getByRole('searchbox').fill(made.name(12));
      assert.equal(await sheet.getByRole('checkbox').count(), 1);
      await sheet.getByRole('checkbox').check();
      assert.deepEqual(await choices(), ['1']);
      await sheet.getByRole('searchbox').fill('');
      await sheet.getByRole('checkbox', { name: made.name(5) }).check();
      assert.deepEqual(await choices(), ['2']);
      await sheet.getByText(zh ? '任何一人的终端离线，即不能开票。' : 'With any one of their terminals offline').waitFor();
      await sheet.getByRole('checkbox', { name: made.name(21) }).check();
      assert.deepEqual([await need.inputValue(), await choices()], ['2', ['2', '3']]);
      await accessible(page, 'scrutineers: three');
      // Nine, and no tenth.
      for (const n of [1, 2, 3, 4, 6, 7]) await sheet.getByRole('checkbox', { name: made.name(n) }).check();
      assert.equal(await need.inputValue(), '5');
      assert.ok(await sheet.getByRole('checkbox', { name: made.name(8) }).isDisabled());
      await accessible(page, 'scrutineers: nine');
      // Terminals that are away come last.
      onPage({ devices: made.away(1, 2) });
      assert.match(await sheet.getByRole('group').getByRole('listitem').nth(0).textContent(), new RegExp(made.name(3)));
      onPage({ devices: clerk.topics.devices });

      // Somebody else begins: this sheet follows.
      tell({ scrutiny: made.scrutiny({ state: 'making', since: Date.now() }, [4, 2, 0]) });
      await sheet.getByText(zh ? '2 / 4 轮' : 'Round 2 of 4').waitFor();
      await accessible(page, 'the key in the making');
      tell({ scrutiny: made.scrutiny({ state: 'failed', members: [21], why: { code: 'silent', round: 1 } }, [1, 1, 0]) });
      await sheet.getByRole('alert').getByText(zh ? `${made.name(21)}（座位 21）的终端没有回应` : `${made.name(21)} (seat 21) was silent`).waitFor();
      assert.equal(await sheet.getByRole('checkbox', { checked: true }).count(), 2);
      assert.ok(!(await sheet.getByRole('checkbox', { name: made.name(21) }).isChecked()));
      await sheet.getByRole('button', { name: zh ? '重新生成' : 'Make it again' }).waitFor();
      await accessible(page, 'no key');
      tell({ scrutiny: made.scrutiny({ state: 'ready', code: 'WERC-8GMR' }), next: { steps: [{ step: 'open_vote', vote: id }] } });
      await sheet.getByText('WERC-8GMR', { exact: true }).waitFor();
      await accessible(page, 'the code');
      await page.keyboard.press('Escape');
      await sheet.waitFor({ state: 'detached' });
      await next.getByText('WERC-8GMR').waitFor();

      // Turnout only, even if a count came.
      tell({ display: { show: { screen: 'vote' }, pinned: false }, next: { steps: [{ step: 'close_vote', vote: id }] }, meeting: { ...clerk.topics.meeting, settings: { ...clerk.topics.meeting.settings, live_count: true } } });
      tell({ vote: made.vote(id, { count: ADOPTED[0] }) });
      const panel = page.getByRole('region', { name: zh ? '当前表决' : 'The vote before the room' });
      await panel.getByText(zh ? '2 位在场成员的终端未登记凭证' : "2 present members' terminals registered no credential").waitFor();
      await panel.getByText(zh ? '凭证名单已由 2 / 3 个监票人终端核对' : "checked by 2 of 3 scrutineers' terminals").waitFor();
      await hall.locator('.turnout .figure', { hasText: '21' }).waitFor();
      for (const where of [panel, hall]) assert.equal(await where.getByText(zh ? '赞成' : 'For', { exact: true }).count(), 0);
      await accessible(page, 'run: secret vote');
      await accessible(hall, 'hall: secret vote');
      await readable(hall, 'secret vote');

      tell({ vote: made.closed(id, { needed: 1, given: [5], missing: [12, 21], refused: [] }), next: { steps: [] } });
      await panel.getByText(zh ? '已提交份额' : 'Part given', { exact: true }).waitFor();
      await hall.getByText(made.name(21)).waitFor();
      await accessible(hall, 'hall: opening');
      await readable(hall, 'opening');
      assert.equal(await panel.getByRole('alert').count(), 0);
      onPage({ devices: made.away(12, 21) });
      await panel.getByRole('alert').getByText(zh ? '终端恢复连接后自动继续' : 'goes on as soon as it is back').waitFor();
      await accessible(page, 'run: a scrutineer is away');
      tell({ vote: made.closed(id, { needed: 1, given: [5], missing: [], refused: [12, 21].map((member) => ({ member, why: { code: 'wrong_part' } })) }) });
      await panel.getByRole('alert').getByText(zh ? '本次表决不能开票' : 'cannot be opened').waitFor();
      await accessible(page, 'run: cannot be opened');
      await readable(hall, 'cannot be opened');

      tell({ vote: made.counted(id, 'closed', ...ADOPTED), next: { steps: [{ step: 'declare_vote', vote: id }] } });
      await panel.getByText('WERC-8GMR').waitFor();
      await accessible(page, 'run: counted');
      tell({ vote: made.counted(id, 'declared', ...ADOPTED) });
      await hall.locator('dl').waitFor();
      await hall.getByText(zh ? '无记名' : 'Secret', { exact: true }).waitFor();
      await accessible(hall, 'hall: secret result');
      await readable(hall, 'secret result');
      await Promise.all([page, hall].map((p) => p.context().close()));
    }
    assert.deepEqual(trouble, []);
  } finally {
    for (const seat of seats) seat.socket.terminate();
    await server.end();
  }
}

/** Opens the first vote of an item on the page of preparations. */
async function editVote(page, item) {
  await page.evaluate(() => (location.hash = 'prepare'));
  await page.locator('.fold').nth(item).click();
  await page.getByRole('button', { name: /^修改表决/ }).first().click();
  return page.getByRole('dialog');
}

/** Secret is offered for every kind; terminals that say nothing are named, and others can be chosen. */
export async function silent_scrutineers(browser) {
  const server = await Server.start({ sample: true });
  let seats = [];
  try {
    const trouble = [];
    const page = await window(browser, { trouble });
    const tell = await pretend(page);
    await signIn(page, server);
    const vote = await editVote(page, 0);
    await vote.getByLabel('无记名').check();
    await vote.getByText('须先在“会议进行”中确定监票人').waitFor();
    await accessible(page, 'a secret vote');
    for (const kind of ['plurality', 'personnel', 'satisfaction', 'motion']) {
      await vote.getByLabel('类别').selectOption(kind);
      assert.ok(await vote.getByLabel('无记名').isEnabled(), kind);
      assert.ok(await vote.getByLabel('无记名').isChecked(), kind);
      if (kind === 'plurality') await accessible(page, 'an election');
    }
    await vote.getByRole('button', { name: '保存' }).click();
    await vote.waitFor({ state: 'detached' });

    const clerk = await Clerk.open(server);
    await clerk.until((l) => l.topics.votes.votes.some((v) => v.method === 'secret'));
    await clerk.command({ command: 'open_sign_in' });
    seats = await seated(server, 20);
    await clerk.command({ command: 'open_meeting' });
    const [item] = clerk.topics.agenda.items;
    await clerk.command({ command: 'start_item', item: item.id });
    await assert.rejects(clerk.command({ command: 'open_vote', vote: item.votes[0] }), { code: 'secret_unavailable' });
    await page.getByRole('link', { name: '会议进行' }).click();
    const next = page.getByRole('region', { name: '下一步' });
    await next.getByRole('button', { name: '确定监票人' }).click();
    const sheet = page.getByRole('dialog', { name: '监票人' });
    const name = (n) => clerk.topics.roll.people.find((p) => p.member === n).name;
    // Who has no terminal cannot be chosen.
    assert.equal(await sheet.getByRole('checkbox').count(), 20);
    for (const n of [2, 3, 4]) await sheet.getByRole('checkbox', { name: name(n) }).check();
    await sheet.getByRole('button', { name: '生成密钥' }).click();
    await sheet.getByText('正在生成密钥').waitFor();
    await sheet.getByText('0 / 4 轮').nth(2).waitFor();
    await accessible(page, 'terminals that say nothing');
    // The server waits so long for a silent terminal.
    await sheet.getByRole('alert').getByText('的终端没有回应').waitFor({ timeout: 60_000 });
    for (const n of [2, 3, 4]) await sheet.getByRole('alert').getByText(name(n)).waitFor();
    assert.equal(await sheet.getByRole('checkbox', { checked: true }).count(), 0);
    await page.keyboard.press('Escape');
    await next.getByRole('heading', { name: '密钥没有生成' }).waitFor();
    await page.getByText(/^监票人密钥没有生成：/).first().waitFor();
    // A page that has not heard of it yet is told in words.
    tell({ next: { steps: [{ step: 'open_vote', vote: item.votes[0] }] } });
    await next.getByRole('button', { name: '开始表决' }).click();
    await page.getByText('目前不能进行无记名表决。').waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    for (const seat of seats) seat.socket.terminate();
    await server.end();
  }
}

/** A whole secret vote with virtual seats: from naming scrutineers to the result. */
export async function secret_vote(browser) {
  const program = process.env.HEMICYCLE_SWARM;
  if (!program) {
    console.log('     HEMICYCLE_SWARM is not set: no secret vote is taken');
    return;
  }
  const server = await Server.start({ sample: true });
  let swarm;
  try {
    const trouble = [];
    const page = await window(browser, { trouble });
    const hall = await window(browser, { width: 1920, height: 1080, trouble });
    await hall.goto(server.hall);
    await signIn(page, server);
    const vote = await editVote(page, 0);
    await vote.getByLabel('无记名').check();
    await vote.getByRole('button', { name: '保存' }).click();
    await vote.waitFor({ state: 'detached' });
    const clerk = await Clerk.open(server);
    await clerk.command({ command: 'open_sign_in' });
    swarm = spawn(program, ['--server', server.base, '--seats', '31', '--choices', join(SAMPLE, 'choices.json')], { stdio: ['ignore', 'ignore', 'inherit'] });
    await clerk.until((l) => l.topics.attendance?.present === 28);
    await clerk.command({ command: 'open_meeting' });
    const [item] = clerk.topics.agenda.items;
    await clerk.command({ command: 'start_item', item: item.id });

    await page.getByRole('link', { name: '会议进行' }).click();
    const next = page.getByRole('region', { name: '下一步' });
    const step = async (label) => next.getByRole('button', { name: label, exact: true }).click();
    await step('确定监票人');
    const sheet = page.getByRole('dialog', { name: '监票人' });
    const name = (n) => clerk.topics.roll.people.find((p) => p.member === n).name;
    for (const n of [2, 3, 4]) await sheet.getByRole('checkbox', { name: name(n) }).check();
    await sheet.getByRole('button', { name: '生成密钥' }).click();
    const code = (await sheet.getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/).textContent()).trim();
    await sheet.locator('footer').getByRole('button', { name: '关闭' }).click();
    await page.getByText(`监票人密钥已生成，代码 ${code}`).waitFor();

    await step('开始表决');
    await hall.getByText('正在表决').waitFor();
    await hall.locator('.turnout .figure', { hasText: '27' }).waitFor();
    assert.equal(await hall.getByText('赞成').count(), 0);
    const panel = page.getByRole('region', { name: '当前表决' });
    assert.equal(await panel.getByText('赞成').count(), 0);
    await step('结束表决');
    await panel.getByText('选票记录代码').waitFor();
    const seen = await clerk.until((l) => l.topics.vote?.count && l.topics.vote);
    const { tally } = seen.count;
    assert.deepEqual([tally.for, tally.against, tally.abstain], [15, 8, 4]);
    await step('公布结果');
    await hall.locator('dl').waitFor();
    const numbers = (await hall.locator('dl .figure').allTextContents()).map(Number);
    assert.deepEqual(numbers.slice(0, 3), [tally.for, tally.against, tally.abstain]);
    await hall.getByText('无记名', { exact: true }).waitFor();
    await readable(hall, 'result of a secret vote');
    assert.deepEqual(trouble, []);
  } finally {
    swarm?.kill('SIGTERM');
    await server.end();
  }
}
