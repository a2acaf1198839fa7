// Large files on their way: a cable that is pulled, a server that dies, a page that is loaded anew,
// many at once, and one that is called off.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signIn, window } from './lib/browser.mjs';
import { Cable } from './lib/cable.mjs';
import { accessible, confirmFiles, until } from './lib/checks.mjs';
import { SAMPLE, Server } from './lib/server.mjs';

const MIB = 1024 * 1024;
const TITLE = '关于加强河湖水环境保护监督工作的决定（草案）';

/** A sample paper that was scanned too finely: the same, and so many bytes that nobody sees. */
function large(mebibytes, mark = 'x') {
  const paper = readFileSync(join(SAMPLE, 'papers/1-1-decision-draft.pdf'));
  const [, start] = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(paper.toString('latin1'));
  return Buffer.concat([paper, Buffer.from(`\n%${mark.repeat(mebibytes * MIB)}\nstartxref\n${start}\n%%EOF\n`)]);
}

const file = (name, buffer) => ({ name, mimeType: 'application/pdf', buffer });

async function choose(page, button, files) {
  const chooser = page.waitForEvent('filechooser');
  await button.click();
  await (await chooser).setFiles(files);
}

/** A meeting with one item, unfolded; `by` is the address that the page has. */
async function prepared(page, by) {
  await signIn(page, by);
  await page.getByRole('button', { name: '添加议程' }).first().click();
  await page.getByRole('dialog').getByLabel('名称').fill(TITLE);
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  return page.locator('ol > li').first();
}

const unfold = async (row) => {
  const fold = row.locator('.fold');
  if ((await fold.getAttribute('aria-expanded')) !== 'true') await fold.click();
};

/** Chooses the files for the item. */
async function bring(page, row, files) {
  await unfold(row);
  await choose(page, row.getByRole('button', { name: '添加文件' }), files);
  await confirmFiles(page);
}

/** The cable is pulled at two thirds of a file: it goes on from there by itself. */
export async function upload_goes_on(browser) {
  const trouble = [];
  const server = await Server.start();
  const cable = new Cable(server.port);
  await cable.plugIn();
  const page = await window(browser, { trouble });
  try {
    const row = await prepared(page, { console: `${cable.base}/console` });
    const paper = large(24);
    const before = cable.up;
    const pulled = cable.pullAfter(16.5 * MIB);
    await bring(page, row, [file('议案.pdf', paper)]);
    await pulled;
    await row.getByText(/^连接中断（已传 6\d%），恢复后自动续传$/).waitFor();
    await page.getByText('与服务器的连接中断').waitFor();
    await accessible(page, 'an upload that waits for the server');
    // Folded away it is seen all the same.
    await row.locator('.fold').click();
    await page.getByRole('list', { name: '正在上传的文件' }).getByText('议案.pdf').waitFor();
    await accessible(page, 'an upload of an item that is not unfolded');
    cable.back();
    await row.locator('.fold').click();
    await row.getByRole('link', { name: '查看 议案' }).waitFor();
    const sent = cable.up - before;
    assert.ok(sent < paper.length + 4 * MIB, `${sent} bytes went up for ${paper.length}`);
    const path = await row.getByRole('link', { name: '查看 议案' }).getAttribute('href');
    const kept = await page.evaluate(async (path) => (await (await fetch(path)).arrayBuffer()).byteLength, path);
    assert.equal(kept, paper.length);
    assert.deepEqual(trouble, []);
  } finally {
    cable.end();
    await server.end();
  }
}

/** kill -9 in the middle of a file, and once more with the page loaded anew: the file goes on both times. */
export async function upload_goes_on_after_the_server_died(browser) {
  const trouble = [];
  const server = await Server.start();
  const page = await window(browser, { trouble });
  try {
    const row = await prepared(page, server);
    const paper = large(8);
    const offsets = [];
    // Nothing more goes up from here on until the page may.
    let until_there = 3 * MIB;
    await page.route('**/api/uploads/*?offset=*', async (route) => {
      const offset = Number(new URL(route.request().url()).searchParams.get('offset'));
      if (offset >= until_there) return route.abort();
      offsets.push(offset);
      await route.continue();
    });
    const again = async () => {
      await server.stop(true);
      await page.getByText('与服务器的连接中断').waitFor();
      offsets.length = 0;
      await server.run();
      await page.getByText('与服务器的连接中断').waitFor({ state: 'detached' });
    };
    await bring(page, row, [file('议案.pdf', paper)]);
    await row.getByText(/^连接中断（已传 3\d%），恢复后自动续传$/).waitFor();
    await again();
    until_there = 6 * MIB;
    await row.getByText(/^连接中断（已传 7\d%），恢复后自动续传$/).waitFor();
    assert.deepEqual(offsets, [3 * MIB, 4 * MIB, 5 * MIB], 'it goes on by itself');

    await again();
    until_there = Infinity;
    await page.reload();
    await row.waitFor();
    await bring(page, row, [file('议案.pdf', paper)]);
    await row.getByRole('link', { name: '查看 议案' }).waitFor();
    assert.equal(offsets[0], 6 * MIB);
    const path = await row.getByRole('link', { name: '查看 议案' }).getAttribute('href');
    const kept = await page.evaluate(async (path) => (await (await fetch(path)).arrayBuffer()).byteLength, path);
    assert.equal(kept, paper.length);
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** The page is loaded anew: the same file goes on, another one does not. At most two at a time. */
export async function upload_goes_on_after_a_reload(browser) {
  const trouble = [];
  const server = await Server.start();
  const page = await window(browser, { trouble });
  try {
    const row = await prepared(page, server);
    const paper = large(5);
    const offsets = [];
    let [going, most] = [0, 0];
    await page.route('**/api/uploads/*?offset=*', async (route) => {
      const offset = Number(new URL(route.request().url()).searchParams.get('offset'));
      offsets.push(offset);
      if (offset >= 3 * MIB) return route.abort();
      await route.continue();
    });
    await bring(page, row, [file('议案.pdf', paper)]);
    await row.getByText(/^连接中断/).waitFor();
    assert.deepEqual(offsets.slice(0, 4), [0, MIB, 2 * MIB, 3 * MIB]);
    await page.unroute('**/api/uploads/*?offset=*');
    await page.reload();
    await row.waitFor();
    offsets.length = 0;
    const piece = (request) => (request.method() === 'PATCH' ? Number(new URL(request.url()).searchParams.get('offset')) : null);
    page.on('request', (request) => {
      const offset = piece(request);
      if (offset === null) return;
      offsets.push(offset);
      going += 1;
      most = Math.max(most, going);
    });
    const over = (request) => piece(request) !== null && (going -= 1);
    page.on('requestfinished', over);
    page.on('requestfailed', over);
    await bring(page, row, [file('议案.pdf', paper)]);
    await row.getByRole('link', { name: '查看 议案' }).waitFor();
    assert.equal(offsets[0], 3 * MIB);
    assert.ok(offsets.every((offset) => offset >= 3 * MIB), `${offsets}`);

    offsets.length = most = 0;
    await bring(page, row, 'abcd'.split('').map((mark) => file(`附件${mark}.pdf`, large(2, mark))));
    await row.getByRole('link', { name: '查看 附件d' }).waitFor();
    assert.equal(most, 2, 'files on the wire');
    assert.equal(offsets.filter((offset) => offset === 0).length, 4);
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** What is called off is gone at the server too; what cannot be a paper says what to do. */
export async function upload_is_called_off(browser) {
  const trouble = [];
  const server = await Server.start();
  const page = await window(browser, { trouble });
  try {
    const row = await prepared(page, server);
    let hold = true;
    const gone = [];
    await page.route('**/api/uploads/**', async (route) => {
      if (route.request().method() === 'DELETE') gone.push(route.request().url());
      if (hold && route.request().method() === 'PATCH' && /offset=[1-9]/.test(route.request().url())) return;
      await route.continue();
    });
    await bring(page, row, [file('甲.pdf', large(3, 'p')), file('乙.pdf', large(3, 'q')), file('丙.pdf', large(3, 'r'))]);
    await row.getByText(/^上传 3\d%$/).nth(1).waitFor();
    await row.getByText('等待上传').waitFor();
    await accessible(page, 'uploads');
    await row.getByRole('button', { name: '取消上传 甲.pdf' }).click();
    await row.getByText('甲.pdf').waitFor({ state: 'detached' });
    await row.getByText('等待上传').waitFor({ state: 'detached' });
    await row.locator('.fold').click();
    await page.getByRole('button', { name: '全部取消' }).click();
    await page.getByRole('list', { name: '正在上传的文件' }).waitFor({ state: 'detached' });
    // One that was just beginning is called off when its beginning has been answered.
    await until(() => gone.length === 3, 'all three are called off at the server');
    hold = false;
    await bring(page, row, [file('丁.pdf', Buffer.from('no pdf'))]);
    await page.getByRole('alert').getByText('不是 PDF 文件。请另存为 PDF 后再上传。').waitFor();
    assert.deepEqual(await row.locator('ul[aria-label="文件"] a').count(), 0);
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}
