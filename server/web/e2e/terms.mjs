// Who gets a paper and when: set beforehand or later, seen again after a reload, taken back, and
// what the seats are told of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signIn, window } from './lib/browser.mjs';
import { accessible, confirmFiles, confirmReplacing, dropFiles } from './lib/checks.mjs';
import { Keys } from './lib/keys.mjs';
import { Clerk, Seat } from './lib/seats.mjs';
import { SAMPLE, Server } from './lib/server.mjs';

const bytes = (name) => readFileSync(join(SAMPLE, 'papers', name));
const DRAFT = '关于加强河湖水环境保护监督工作的决定（草案）';

/** The sample meeting with its first item unfolded. */
async function unfolded(browser, trouble) {
  const server = await Server.start({ sample: true });
  const page = await window(browser, { trouble });
  await signIn(page, server);
  await page.locator('.fold').first().click();
  await page.getByText(DRAFT, { exact: true }).waitFor();
  return { server, page };
}

const row = (page, title) => page.locator('ul[aria-label="文件"] > li').filter({ has: page.getByText(title, { exact: true }) });
const badges = (page, title) => row(page, title).locator('.tag').allTextContents();
const sheetOf = (page) => page.getByRole('dialog', { name: '发放范围' });

async function opened(page, title) {
  await page.getByRole('button', { name: `发放范围 ${title}`, exact: true }).click();
  const sheet = sheetOf(page);
  await sheet.waitFor();
  return sheet;
}

async function saved(sheet) {
  await sheet.getByRole('button', { name: '保存' }).click();
  await sheet.waitFor({ state: 'detached' });
}

/** Waits until the paper has these badges and no others. */
async function marked(page, title, wanted) {
  await page.waitForFunction(([title, wanted]) => {
    const names = [...document.querySelectorAll('ul[aria-label="文件"] > li')];
    const li = names.find((li) => li.querySelector('.name')?.textContent === title);
    return JSON.stringify([...(li?.querySelectorAll('.tag') ?? [])].map((x) => x.textContent.trim())) === wanted;
  }, [title, JSON.stringify(wanted)]).catch(async (e) => {
    throw new Error(`${title}: ${await badges(page, title)} instead of ${wanted}`, { cause: e });
  });
}

/** Local time at the page, as its field takes it, and as its badge says it. */
const inTime = (page, ms) => page.evaluate((ms) => {
  const d = new Date(Date.now() + ms);
  const two = (n) => String(n).padStart(2, '0');
  const clock = `${two(d.getHours())}:${two(d.getMinutes())}`;
  const year = d.getFullYear() === new Date().getFullYear() ? '' : `${d.getFullYear()}年`;
  return {
    field: `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${clock}:${two(d.getSeconds())}`,
    badge: `${year}${d.getMonth() + 1}月${d.getDate()}日 ${clock} 发放`,
  };
}, ms);
const DAYS = 3 * 86_400_000;

const everybodys = (seat) => seat.topics.agenda.items.flatMap((i) => i.papers.map((p) => p.title));
const own = (seat) => (seat.topics.me.papers ?? []).map((p) => p.paper.title);
const has = (seat, title) => seat.until((s) => everybodys(s).includes(title) || own(s).includes(title));
const lacks = (seat, title) => seat.until((s) => !everybodys(s).includes(title) && !own(s).includes(title));

/** For members and to be collected; seen again after a reload; other seats; taken back. */
export async function terms_of_a_paper(browser) {
  const trouble = [];
  const { server, page } = await unfolded(browser, trouble);
  const seats = [];
  try {
    // The 32nd seat is an attendee's.
    for (const n of [2, 32]) seats.push(await Seat.open(server.ws, n, ['meeting', 'agenda', 'vote', 'me']));
    const [member, attendee] = seats;
    for (const seat of seats) await has(seat, DRAFT);
    await marked(page, DRAFT, []);

    let sheet = await opened(page, DRAFT);
    const save = sheet.getByRole('button', { name: '保存' });
    assert.ok(await save.isDisabled(), 'nothing is changed');
    await sheet.getByLabel('仅组成人员').check();
    await sheet.getByText('签到后才可阅读，不写入终端硬盘').waitFor();
    await accessible(page, 'terms');
    await sheet.getByLabel('全体人员').check();
    assert.ok(await save.isDisabled(), 'changed back');
    await sheet.getByLabel('仅组成人员').check();
    await saved(sheet);
    await page.getByRole('status').getByText(`已修改发放范围：${DRAFT}`).waitFor();
    await marked(page, DRAFT, ['仅组成人员']);
    await lacks(attendee, DRAFT);
    await member.until((s) => own(s).includes(DRAFT));
    await row(page, DRAFT).getByText('/31 ·').waitFor();

    sheet = await opened(page, DRAFT);
    await sheet.getByLabel('会后收回').check();
    await saved(sheet);
    await marked(page, DRAFT, ['仅组成人员', '会后收回']);
    // Not before the member has signed in.
    await lacks(member, DRAFT);
    await accessible(page, 'papers with terms');
    await page.reload();
    await page.locator('.fold').first().click();
    await marked(page, DRAFT, ['仅组成人员', '会后收回']);

    // Seats by number and name; undone, it is as before.
    sheet = await opened(page, DRAFT);
    assert.ok(await sheet.getByLabel('仅组成人员').isChecked() && await sheet.getByLabel('会后收回').isChecked());
    await sheet.getByLabel('指定座位', { exact: false }).first().check();
    await sheet.getByRole('button', { name: '保存' }).click();
    await sheet.getByRole('alert').getByText('请至少选择一席').waitFor();
    const search = sheet.getByRole('searchbox');
    await search.fill('1-7');
    await sheet.getByRole('button', { name: '选中查到的 7 席' }).click();
    await search.fill('许文澜');
    await sheet.getByLabel('许文澜').uncheck();
    await search.fill('没有这个人');
    await sheet.getByText('没有符合的座位').waitFor();
    await search.fill('');
    await sheet.getByText('已选 6 席').waitFor();
    await accessible(page, 'seats are chosen');
    await saved(sheet);
    await marked(page, DRAFT, ['指定 6 席', '会后收回']);
    await page.getByRole('button', { name: '撤销' }).last().click();
    await page.getByRole('status').getByText('已恢复原来的发放范围').waitFor();
    await marked(page, DRAFT, ['仅组成人员', '会后收回']);

    await page.getByRole('link', { name: '会议记录' }).click();
    await page.getByText(`修改发放范围：${DRAFT}，座位 2、3、4、5、6、7，会后收回`).waitFor();
    await page.getByText('clerk 登录控制台').first().waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    await Promise.all(seats.map((s) => s.close()));
    await server.end();
  }
}

/** Many files that wait for their time: no seat hears of them before, not for a moment. */
export async function terms_set_beforehand(browser) {
  const trouble = [];
  const { server, page } = await unfolded(browser, trouble);
  const seats = [];
  try {
    const seat = await Seat.open(server.ws, 2, ['meeting', 'agenda', 'vote', 'me']);
    seats.push(seat);
    await seat.until((s) => s.topics.agenda);
    const heard = new Set();
    seat.socket.on('message', () => [...everybodys(seat), ...own(seat)].forEach((title) => heard.add(title)));

    await dropFiles(page.locator('.page'), [
      { name: '1-4 修正案说明.pdf', bytes: bytes('4-3-budget-annex.pdf') },
      { name: '1-5 参阅材料.pdf', bytes: bytes('2-1-plan-report.pdf') },
    ]);
    const batch = page.getByRole('dialog', { name: '批量添加文件' });
    await batch.getByText('立即发放给全体人员').waitFor();
    assert.equal(await batch.getByLabel('定时发放').count(), 0, 'folded away');
    await batch.getByRole('button', { name: '修改发放范围' }).click();
    await batch.getByLabel('定时发放').check();
    const at = batch.getByLabel('发放日期和时间');
    await at.fill('2020-01-01T09:00');
    await batch.getByText('发放时间已过').waitFor();
    const add = batch.getByRole('button', { name: '添加 2 份文件' });
    assert.ok(await add.isDisabled(), 'a time that has passed');
    const later = await inTime(page, DAYS);
    await at.fill(later.field);
    await batch.getByText(later.badge).waitFor();
    await accessible(page, 'terms of many papers');
    await add.click();
    await batch.waitFor({ state: 'detached' });
    await marked(page, '修正案说明', [later.badge]);
    await marked(page, '参阅材料', [later.badge]);
    // Nobody is waited for who does not get it.
    assert.equal(await row(page, '修正案说明').getByText('已送达').count(), 0);
    await accessible(page, 'papers that wait');

    // At once after all; and undone.
    const sheet = await opened(page, '修正案说明');
    assert.ok(await sheet.getByLabel('定时发放').isChecked());
    assert.ok(!heard.has('修正案说明') && !heard.has('参阅材料'), 'a seat has heard of a paper that waits');
    await sheet.getByLabel('立即发放').check();
    await saved(sheet);
    await marked(page, '修正案说明', []);
    await has(seat, '修正案说明');
    await page.getByRole('button', { name: '撤销' }).last().click();
    await marked(page, '修正案说明', [later.badge]);
    await lacks(seat, '修正案说明');

    // The time comes by itself.
    const again = await opened(page, '参阅材料');
    await again.getByLabel('发放日期和时间').fill((await inTime(page, 8000)).field);
    await saved(again);
    await has(seat, '参阅材料');
    await marked(page, '参阅材料', []);
    await page.getByRole('link', { name: '会议记录' }).click();
    await page.getByText('定时发放文件：参阅材料').waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    await Promise.all(seats.map((s) => s.close()));
    await server.end();
  }
}

/** Two clerks at one paper: nothing typed is lost, and the later one chooses. */
export async function terms_changed_meanwhile(browser) {
  const trouble = [];
  const { server, page } = await unfolded(browser, trouble);
  const clerk = await Clerk.open(server, 'second', 'another horse battery');
  try {
    const { id } = clerk.topics.agenda.items[0].papers[0];
    const sheet = await opened(page, DRAFT);
    await sheet.getByLabel('仅组成人员').check();
    await clerk.command({ command: 'set_paper_terms', paper: id, terms: { confidential: true } });
    await sheet.getByRole('alert').getByText('发放范围：会后收回').waitFor();
    assert.ok(await sheet.getByRole('button', { name: '保存' }).isDisabled());
    assert.ok(await sheet.getByLabel('仅组成人员').isChecked());
    await accessible(page, 'terms changed meanwhile');
    await sheet.getByRole('button', { name: '用我填写的内容' }).click();
    await saved(sheet);
    await marked(page, DRAFT, ['仅组成人员']);
    assert.deepEqual(trouble, []);
  } finally {
    await clerk.close();
    await server.end();
  }
}

/** Which pages a new version changes, and which version was put to the vote. */
export async function terms_and_versions(browser) {
  const trouble = [];
  const { server, page } = await unfolded(browser, trouble);
  const seats = [];
  try {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: `替换 ${DRAFT}`, exact: true }).click();
    await (await chooser).setFiles(join(SAMPLE, 'papers/1-2-decision-explanation.pdf'));
    await confirmReplacing(page);
    await row(page, DRAFT).getByText(/第 2 稿 · (改动第 [\d、–]+ 页|每页均有改动)/).waitFor();

    const clerk = await Clerk.open(server);
    await clerk.takeVotesByName();
    await clerk.command({ command: 'open_sign_in' });
    for (let n = 1; n <= 17; n += 1) {
      const seat = await Seat.open(server.ws, n);
      seats.push(seat);
      await seat.signIn();
    }
    const [first] = clerk.topics.agenda.items;
    await clerk.command({ command: 'open_meeting' });
    await clerk.command({ command: 'start_item', item: first.id });
    await clerk.command({ command: 'open_vote', vote: first.votes[0] });
    await page.getByRole('link', { name: '会议进行' }).click();
    const text = page.getByRole('list', { name: '表决文本' }).getByRole('listitem').first();
    await text.getByText(DRAFT).waitFor();
    await text.getByText('第 2 稿').waitFor();
    const { hash } = clerk.topics.agenda.items[0].papers[0];
    const link = text.getByRole('link');
    assert.equal(await link.textContent(), hash.slice(0, 8));
    assert.equal(await link.getAttribute('title'), hash);
    await accessible(page, 'run: what is put to the vote');
    await clerk.close();
    assert.deepEqual(trouble, []);
  } finally {
    await Promise.all(seats.map((s) => s.close()));
    await server.end();
  }
}

/** Files for one item: on terms before anybody has them. */
export async function terms_of_files_for_one_item(browser) {
  const trouble = [];
  const { server, page } = await unfolded(browser, trouble);
  const seats = [];
  try {
    // The 32nd seat is an attendee's.
    for (const n of [2, 32]) seats.push(await Seat.open(server.ws, n, ['meeting', 'agenda', 'vote', 'me']));
    const [member, attendee] = seats;
    await has(attendee, DRAFT);
    const heard = new Set();
    attendee.socket.on('message', () => [...everybodys(attendee), ...own(attendee)].forEach((title) => heard.add(title)));
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: '添加文件', exact: true }).click();
    await (await chooser).setFiles([{ name: '修正案说明.pdf', mimeType: 'application/pdf', buffer: bytes('4-3-budget-annex.pdf') }]);
    const sheet = page.getByRole('dialog', { name: '添加文件' });
    await sheet.getByText('立即发放给全体人员').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), '添加 1 份文件', 'one press is enough');
    await sheet.getByRole('button', { name: '修改发放范围' }).click();
    await sheet.getByLabel('仅组成人员').check();
    await accessible(page, 'terms of files for one item');
    await sheet.getByRole('button', { name: '添加 1 份文件' }).click();
    await sheet.waitFor({ state: 'detached' });
    await marked(page, '修正案说明', ['仅组成人员']);
    await member.until((s) => own(s).includes('修正案说明'));
    // What comes after it has reached the attendee, and it has not.
    await dropFiles(page.locator('ol > li').first(), [{ name: '参阅材料.pdf', bytes: bytes('2-1-plan-report.pdf') }]);
    await confirmFiles(page);
    await has(attendee, '参阅材料');
    assert.ok(!heard.has('修正案说明'), 'the attendee has heard of it');
    assert.deepEqual(trouble, []);
  } finally {
    await Promise.all(seats.map((s) => s.close()));
    await server.end();
  }
}

/** The sheet without a mouse. */
export async function terms_by_keyboard(browser) {
  const trouble = [];
  const { server, page } = await unfolded(browser, trouble);
  try {
    const keys = new Keys(page);
    await keys.button(`发放范围 ${DRAFT}`);
    const sheet = sheetOf(page);
    await sheet.waitFor();
    // The chosen answer has the focus; the arrows choose another.
    await page.waitForFunction(() => document.activeElement?.matches('dialog input[type=radio]:checked'));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await keys.type(sheet.getByRole('searchbox'), '12', 'search');
    await page.keyboard.press('Enter');
    await keys.press(sheet.getByRole('checkbox', { name: /^12/ }), 'a seat', 'Space');
    await keys.press(sheet.getByLabel('会后收回'), 'collected', 'Space');
    await keys.button('保存', sheet);
    await sheet.waitFor({ state: 'detached' });
    await marked(page, DRAFT, ['指定 1 席', '会后收回']);
    await keys.button(`发放范围 ${DRAFT}`);
    await sheet.waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await keys.press(sheet.getByLabel('会后收回'), 'collected', 'Space');
    await keys.button('保存', sheet);
    await sheet.waitFor({ state: 'detached' });
    await marked(page, DRAFT, []);
    // Escape leaves everything as it is, and the focus where it was.
    await keys.button(`发放范围 ${DRAFT}`);
    await sheet.waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), `发放范围 ${DRAFT}`);
    await marked(page, DRAFT, []);
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}
