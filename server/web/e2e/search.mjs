// The console's search: papers in all versions and page by page, items, votes, people.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { signIn, window } from './lib/browser.mjs';
import { accessible, confirmReplacing } from './lib/checks.mjs';
import { Keys } from './lib/keys.mjs';
import { Clerk, Seat } from './lib/seats.mjs';
import { SAMPLE, Server } from './lib/server.mjs';

const DRAFT = '关于加强河湖水环境保护监督工作的决定（草案）';
const section = (page, name) => page.getByRole('region', { name, exact: true });

/** Types the words and waits for their answer. */
async function ask(page, words) {
  await page.getByRole('searchbox').fill(words);
  await page.getByText(/^(文件 \d+ 份　议程|没有找到)/).waitFor();
  await page.getByText('正在提取文字').waitFor({ state: 'detached', timeout: 90_000 });
}

/** In a paper, a replaced version of it, an item, a vote; with the keyboard there and away. */
export async function search_in_the_console(browser) {
  const trouble = [];
  const server = await Server.start({ sample: true });
  const page = await window(browser, { trouble });
  try {
    await signIn(page, server);
    const clerk = await Clerk.open(server);
    const [first] = clerk.topics.agenda.items;
    const [draft] = first.papers;
    // The explanation takes the draft's place: what stood there is found all the same.
    await page.locator('.fold').first().click();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: `替换 ${DRAFT}`, exact: true }).click();
    await (await chooser).setFiles(join(SAMPLE, 'papers/4-1-budget-resolution-draft.pdf'));
    await confirmReplacing(page);
    await page.getByText('第 2 稿').first().waitFor();

    const field = page.getByRole('searchbox', { name: '检索文件内容' });
    await page.getByRole('link', { name: '会议记录' }).click();
    await page.keyboard.press('/');
    await field.waitFor();
    await page.waitForFunction((el) => el === document.activeElement, await field.elementHandle());
    await page.getByText('输入词语，在全部文件').waitFor();
    await accessible(page, 'an empty search');
    // A slash that is typed is a slash; Escape goes back to where one was.
    await page.keyboard.type('a/b');
    assert.equal(await field.inputValue(), 'a/b');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: '会议记录', level: 2 }).waitFor();
    await page.keyboard.press('Control+k');
    assert.equal(await field.inputValue(), 'a/b', 'what was asked stays');

    await ask(page, '公众参与');
    const papers = section(page, '文件');
    const old = papers.locator('.version').filter({ hasText: '已被替换' });
    await old.getByRole('link', { name: '第 1 稿', exact: true }).waitFor();
    const link = old.locator('ol a').first();
    assert.match(await link.getAttribute('href'), new RegExp(`^/api/papers/${draft.hash}#page=\\d+$`));
    assert.match(await link.textContent(), /第 \d+ 页.*公众参与/s);
    const opened = page.context().waitForEvent('page');
    await link.click();
    assert.match((await opened).url(), new RegExp(`${draft.hash}#page=\\d+$`));
    await (await opened).close();
    await accessible(page, 'papers that were found');

    // The scan says that it is one, and is found by its title.
    await ask(page, '一');
    await section(page, '不能检索内容的文件').getByText('扫描件，没有文字').waitFor();

    // Items and votes lead there.
    await ask(page, '河湖');
    await section(page, '表决').getByRole('button').first().waitFor();
    await section(page, '议程').getByRole('button').first().click();
    await page.locator('.fold[aria-expanded="true"]').getByText('河湖').waitFor();
    await clerk.close();

    await page.keyboard.press('/');
    await ask(page, '并无此语');
    await page.getByText('没有找到“并无此语”').waitFor();
    await accessible(page, 'nothing found');
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** Who has read which version: for a clerk, also after the meeting and without a mouse; for a viewer, nobody. */
export async function search_for_people(browser) {
  const trouble = [];
  const server = await Server.start({ sample: true });
  server.setClerk('guan', 'viewing horse battery', 'viewer');
  const page = await window(browser, { trouble });
  const seats = [];
  try {
    const clerk = await Clerk.open(server);
    const [paper] = clerk.topics.agenda.items[0].papers;
    const { name } = clerk.topics.roll.people.find((p) => p.seat === 12);
    await clerk.command({ command: 'open_sign_in' });
    const seat = await Seat.open(server.ws, 12);
    seats.push(seat);
    await seat.signIn();
    await seat.command({ command: 'report_reading', member: 12, papers: [{ paper: paper.id, hash: paper.hash, reach: 'ended' }] });
    await signIn(page, server);
    const keys = new Keys(page);
    // Typed at once: no key waits for the page.
    await page.keyboard.press('/');
    await page.keyboard.type(name);
    assert.equal(await page.getByRole('searchbox').inputValue(), name);
    const people = section(page, '人员');
    await people.getByText('座位 12').waitFor();
    const row = people.getByRole('row').filter({ hasText: paper.title });
    await row.getByText('第 1 稿').waitFor();
    await row.getByText('现行').waitFor();
    assert.equal((await row.locator('td').allTextContents()).filter((x) => /^\d\d-\d\d \d\d:\d\d$/.test(x)).length, 2);
    await accessible(page, 'people that were found');

    const viewer = await window(browser, { trouble });
    await signIn(viewer, server, 'guan', 'viewing horse battery');
    await viewer.keyboard.press('/');
    await ask(viewer, name);
    assert.equal(await section(viewer, '人员').count(), 0, 'who has read what is for clerks only');

    await clerk.command({ command: 'close_meeting' });
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: '会前准备' }).waitFor();
    await keys.link('检索');
    assert.equal(await page.getByRole('searchbox').inputValue(), name);
    await row.waitFor();
    await clerk.close();
    assert.deepEqual(trouble, []);
  } finally {
    await Promise.all(seats.map((s) => s.close()));
    await server.end();
  }
}
