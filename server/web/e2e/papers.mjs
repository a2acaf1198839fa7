// Many files at once: sorted into items by their names, looked at, and only then uploaded.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { signIn, window } from './lib/browser.mjs';
import { accessible, confirmFiles, confirmReplacing, dropFiles, ringed } from './lib/checks.mjs';
import { Clerk } from './lib/seats.mjs';
import { SAMPLE, Server } from './lib/server.mjs';

const bytes = (name) => readFileSync(join(SAMPLE, 'papers', name));
const ITEMS = ['关于加强河湖水环境保护监督工作的决定（草案）', '关于计划执行情况的报告', '关于义务教育优质均衡发展情况的报告'];

/** A meeting with these items and no papers, made by the page. */
async function prepared(browser, trouble) {
  const server = await Server.start();
  const page = await window(browser, { trouble });
  await signIn(page, server);
  const many = page.getByRole('button', { name: '批量添加文件' });
  assert.ok(await many.isDisabled(), 'nothing can be sorted into an empty agenda');
  for (const title of ITEMS) {
    await page.getByRole('button', { name: '添加议程' }).first().click();
    await page.getByRole('dialog').getByLabel('名称').fill(title);
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await page.locator('.fold').nth(ITEMS.length - 1).waitFor();
  return { server, page, many };
}

/** File, chosen item, title and action of each row of the preview. */
function preview(page) {
  return page.getByRole('dialog').locator('tbody tr').evaluateAll((rows) => rows.map((row) => {
    const said = (cell) => {
      const field = cell?.querySelector('select, input');
      if (field instanceof HTMLSelectElement) return field.selectedOptions[0]?.textContent?.trim() ?? '';
      return (field instanceof HTMLInputElement ? field.value : cell?.textContent)?.trim() ?? '';
    };
    const cells = [...row.querySelectorAll('td')];
    return [row.querySelector('th')?.firstChild?.textContent?.trim(), ...cells.slice(1).map(said)];
  }));
}

/** The papers of an item, as its unfolded row lists them. */
async function titles(page, at) {
  const row = page.locator('ol > li').nth(at);
  const fold = row.locator('.fold');
  if ((await fold.getAttribute('aria-expanded')) !== 'true') await fold.click();
  return row.locator('ul[aria-label="文件"] .name').allTextContents();
}

const counts = (page) => page.locator('.line > .num').allTextContents();
const settled = (page, wanted) => page.waitForFunction(
  (wanted) => JSON.stringify([...document.querySelectorAll('.line > .num')].map((n) => n.textContent)) === wanted, JSON.stringify(wanted),
);

async function choose(page, button, file) {
  const chooser = page.waitForEvent('filechooser');
  await button.click();
  await (await chooser).setFiles(file);
}

/** A text of one line, as Word writes it: an archive whose parts are stored as they are. */
function docx(line) {
  const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
  const schemas = 'http://schemas.openxmlformats.org';
  const main = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
  const parts = Object.entries({
    '[Content_Types].xml': `${xml}<Types xmlns="${schemas}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="${main}"/></Types>`,
    '_rels/.rels': `${xml}<Relationships xmlns="${schemas}/package/2006/relationships"><Relationship Id="r1" Type="${schemas}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
    'word/document.xml': `${xml}<w:document xmlns:w="${schemas}/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>${line}</w:t></w:r></w:p></w:body></w:document>`,
  }).map(([name, text]) => ({ name: Buffer.from(name), data: Buffer.from(text) }));
  const [files, list] = [[], []];
  let at = 0;
  for (const { name, data } of parts) {
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x21, 8);
    facts.writeUInt32LE(crc32(data), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(data.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(at, 10);
    files.push(Buffer.from('PK\x03\x04'), facts, name, data);
    list.push(Buffer.from('PK\x01\x02\x14\0'), facts, where, name);
    at += 30 + name.length + data.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(Buffer.concat(list).length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...files, ...list, Buffer.from('PK\x05\x06'), end]);
}

/** Dropped on the page: a preview, one item changed, and the agenda as previewed. */
export async function many_papers(browser) {
  const trouble = [];
  const { server, page, many } = await prepared(browser, trouble);
  try {
    const area = page.locator('.page');
    await dropFiles(area, [
      { name: '议题三-附件10 附表.pdf', bytes: bytes('4-3-budget-annex.pdf') },
      { name: '3-1 教育报告.pdf', bytes: bytes('3-1-education-report.pdf') },
      { name: '议题三-附件2 调研.pdf', bytes: bytes('3-2-education-survey.pdf') },
      { name: '第一项 关于决定（草案）的说明.pdf', bytes: bytes('1-2-decision-explanation.pdf') },
      { name: '河湖水环境保护监督决定.pdf', bytes: bytes('1-1-decision-draft.pdf') },
      { name: '发言提纲.pdf', bytes: bytes('6-2-personnel-bios.pdf') },
      { name: '修正案.xlsx', bytes: 'no pdf', type: '' },
    ], () => page.getByText('松开后先预览').waitFor());
    const sheet = page.getByRole('dialog', { name: '批量添加文件' });
    await sheet.waitFor();
    const short = (i) => `${'一二三'[i]}　${ITEMS[i]}`;
    assert.deepEqual(await preview(page), [
      ['发言提纲.pdf', '请选择议程', '发言提纲', '待选择'],
      ['河湖水环境保护监督决定.pdf', short(0), '河湖水环境保护监督决定', '添加为第 1 份'],
      ['第一项 关于决定（草案）的说明.pdf', short(0), '关于决定（草案）的说明', '添加为第 2 份'],
      ['3-1 教育报告.pdf', short(2), '教育报告', '添加为第 1 份'],
      ['议题三-附件2 调研.pdf', short(2), '附件2 调研', '添加为第 2 份'],
      ['议题三-附件10 附表.pdf', short(2), '附件10 附表', '添加为第 3 份'],
      ['修正案.xlsx', '不添加　请先另存为 PDF'],
    ]);
    await sheet.getByText('共 7 份：添加 5 份，替换 0 份，不添加 1 份').waitFor();
    await sheet.getByText('还有 1 份未选议程').waitFor();
    const add = sheet.getByRole('button', { name: /^添加 \d+ 份文件$/ });
    assert.ok(await add.isDisabled(), 'a file without an item');
    await accessible(page, 'papers to be sorted');

    // The item that is missing, another title, and nothing before the button.
    await sheet.getByLabel('“发言提纲.pdf”的议程').selectOption({ label: short(1) });
    await sheet.getByLabel('“3-1 教育报告.pdf”的显示名称').fill('关于义务教育情况的报告');
    await page.keyboard.press('Enter');
    assert.deepEqual((await preview(page))[0], ['发言提纲.pdf', short(1), '发言提纲', '添加为第 1 份']);
    assert.deepEqual(await counts(page), ['0 份', '0 份', '0 份'], 'nothing is uploaded before it is confirmed');
    await add.click();
    await sheet.waitFor({ state: 'detached' });
    await settled(page, ['2 份', '1 份', '3 份']);
    await page.getByRole('status').getByText('已添加 6 份文件').waitFor();
    assert.deepEqual(await titles(page, 2), ['关于义务教育情况的报告', '附件2 调研', '附件10 附表']);
    assert.deepEqual(await titles(page, 0), ['河湖水环境保护监督决定', '关于决定（草案）的说明']);

    // The same titles again: a new version, or another paper where the clerk says so.
    await dropFiles(area, [
      { name: '3-5 附件2 调研.pdf', bytes: bytes('2-1-plan-report.pdf') },
      { name: '发言提纲.pdf', bytes: bytes('6-1-personnel-motion.pdf') },
      { name: '发言提纲.PDF', bytes: bytes('5-1-renewal-plan.pdf') },
    ]);
    await sheet.waitFor();
    assert.equal((await preview(page)).filter((row) => row[3] === '替换第 1 稿').length, 3);
    assert.equal(await sheet.getByText('两份文件替换的是同一份').count(), 2);
    assert.equal(await sheet.getByText('与另一份文件重名').count(), 2);
    await accessible(page, 'papers replaced twice');
    await sheet.getByLabel('“发言提纲.PDF”的处理方式', { exact: true }).selectOption('add');
    await sheet.getByRole('button', { name: '添加 3 份文件' }).click();
    await settled(page, ['2 份', '2 份', '3 份']);
    await page.getByRole('status').getByText('已添加 1 份文件，替换 2 份').waitFor();
    assert.deepEqual(await titles(page, 2), ['关于义务教育情况的报告', '附件2 调研', '附件10 附表']);
    await page.locator('ol > li').nth(2).getByText('第 2 稿').waitFor();
    assert.deepEqual(await titles(page, 1), ['发言提纲', '发言提纲']);

    // On one item: the same preview with that item chosen, and one press.
    await dropFiles(page.locator('ol > li').nth(0), [
      { name: '附件10.pdf', bytes: bytes('1-3-amendment-scan.pdf') },
      { name: '议题三-附件9.pdf', bytes: bytes('4-4-budget-review.pdf') },
    ]);
    const single = page.getByRole('dialog', { name: '添加文件', exact: true });
    await single.waitFor();
    assert.deepEqual((await preview(page)).map((row) => row.slice(0, 3)), [['议题三-附件9.pdf', short(0), '附件9'], ['附件10.pdf', short(0), '附件10']]);
    await single.getByText('文件名中写的是第三项').waitFor();
    assert.deepEqual(await counts(page), ['2 份', '2 份', '3 份'], 'nothing is handed out before it is confirmed');
    await accessible(page, 'papers for one item');
    await confirmFiles(page);
    await settled(page, ['4 份', '2 份', '3 份']);
    assert.deepEqual((await titles(page, 0)).slice(2), ['附件9', '附件10']);

    // One that the server refuses is told of beside the agenda; tried again, it takes its place.
    await page.locator('.fold').nth(0).click();
    const chooser = page.waitForEvent('filechooser');
    await many.click();
    const pdf = (name, buffer) => ({ name, mimeType: 'application/pdf', buffer });
    await (await chooser).setFiles([pdf('2-1 乙.pdf', Buffer.from('no pdf')), pdf('2-2 丙.pdf', bytes('1-1-decision-draft.pdf'))]);
    await sheet.getByRole('button', { name: '添加 2 份文件' }).click();
    await page.getByText('第二项　1 份文件未能添加').waitFor();
    await accessible(page, 'a paper that was refused');
    await page.getByRole('button', { name: '查看原因' }).click();
    await page.getByRole('alert').getByText('不是 PDF 文件').waitFor();
    assert.deepEqual((await titles(page, 1)).slice(0, 3), ['发言提纲', '发言提纲', '丙']);
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** A file whose upload fails at first comes to stand where the preview had it. */
export async function papers_keep_their_order(browser) {
  const trouble = [];
  const { server, page } = await prepared(browser, trouble);
  try {
    // The first upload is slow, for the second there is no room.
    let seen = 0;
    await page.route('**/api/uploads', async (route) => {
      seen += 1;
      if (seen === 1) await new Promise((done) => setTimeout(done, 1500));
      if (seen === 2) await route.fulfill({ status: 507, json: { code: 'full' } });
      else await route.continue();
    });
    await dropFiles(page.locator('.page'), ['1-1-decision-draft', '1-2-decision-explanation', '3-1-education-report', '4-4-budget-review']
      .map((name, i) => ({ name: `议题二-${i + 1} ${'甲乙丙丁'[i]}.pdf`, bytes: bytes(`${name}.pdf`) })));
    await page.getByRole('button', { name: '添加 4 份文件' }).click();
    await page.getByText('第二项　1 份文件未能添加').waitFor();
    await settled(page, ['0 份', '3 份', '0 份']);
    await page.getByRole('button', { name: '查看原因' }).click();
    const listed = () => titles(page, 1);
    assert.deepEqual((await listed()).slice(0, 3), ['甲', '丙', '丁']);
    await page.getByRole('button', { name: '重试' }).click();
    await page.waitForFunction(() => [...document.querySelectorAll('ul[aria-label="文件"] .name')].map((n) => n.textContent).join('') === '甲乙丙丁');
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** One paper is replaced: shown first, refused in words where it is in vain, and nothing sent before the button. */
export async function paper_is_replaced(browser) {
  const trouble = [];
  const { server, page } = await prepared(browser, trouble);
  try {
    const row = page.locator('ol > li').first();
    await dropFiles(row, [{ name: '决定（草案）.pdf', bytes: bytes('1-1-decision-draft.pdf') }]);
    await confirmFiles(page);
    const replace = row.getByRole('button', { name: '替换 决定（草案）' });
    await replace.waitFor();
    let sent = 0;
    page.on('request', (request) => (sent += /\/api\/uploads/.test(request.url()) ? 1 : 0));
    const sheet = page.getByRole('dialog', { name: '替换文件' });
    const yes = sheet.getByRole('button', { name: '替换', exact: true });
    const focus = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim());
    const refused = async (words) => {
      await sheet.getByRole('alert').getByText(words).waitFor();
      assert.equal(await yes.getAttribute('aria-disabled'), 'true');
      // Not even by force.
      await yes.click({ force: true });
      assert.ok(await sheet.isVisible());
    };
    const pdf = (name, buffer) => ({ name, mimeType: 'application/pdf', buffer });

    await choose(page, replace, { name: '决定.xlsx', mimeType: '', buffer: Buffer.from('no pdf') });
    await sheet.waitFor();
    assert.equal(await focus(), '另选文件');
    await refused('不能用这份文件替换：请先另存为 PDF。');
    await accessible(page, 'a file that cannot be a paper');
    const other = sheet.getByRole('button', { name: '另选文件' });
    await choose(page, other, { name: '决定.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no pdf') });
    await refused('不能用这份文件替换：不是 PDF 文件。');
    await choose(page, other, pdf('决定.pdf', Buffer.alloc(0)));
    await refused('不能用这份文件替换：文件是空的。');
    await choose(page, other, pdf('同一份.pdf', bytes('1-1-decision-draft.pdf')));
    await refused('所选文件与现行第 1 稿内容完全相同，无须替换。');
    await accessible(page, 'a file that is the paper already');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    assert.equal(await focus(), '替换 决定（草案）', 'the focus is where it was');

    // Everything there is to know; and no.
    await choose(page, replace, pdf('决定（修改稿）.pdf', bytes('1-2-decision-explanation.pdf')));
    await sheet.getByText(`第一项　${ITEMS[0]}`).waitFor();
    const cells = await sheet.locator('tbody tr').evaluateAll((rows) => rows.map((r) => [...r.children].map((c) => c.textContent.trim())));
    assert.deepEqual(cells.map((r) => r.slice(0, 2)), [['第 1 稿（现行）', '决定（草案）'], ['第 2 稿（新稿）', '决定（修改稿）.pdf']]);
    assert.match(cells[0][2], /^\d+ KB$/);
    assert.match(cells[0][3], /^\d+ 页$/);
    await sheet.getByText('收得到这份文件的席位随即收到新稿').waitFor();
    await sheet.getByText('第 1 稿仍保留在会议记录中').waitFor();
    await sheet.getByText('发放范围（立即发放给全体人员）不变').waitFor();
    await accessible(page, 'a paper to be replaced');
    assert.equal(await focus(), '替换', 'one press is enough');
    await ringed(page, 'replace');
    await sheet.getByRole('button', { name: '取消' }).click();
    await sheet.waitFor({ state: 'detached' });
    assert.equal(sent, 0, 'nothing goes up before it is confirmed');

    // By keyboard.
    await choose(page, replace, pdf('决定（修改稿）.pdf', bytes('1-2-decision-explanation.pdf')));
    await sheet.waitFor();
    await page.keyboard.press('Enter');
    await sheet.waitFor({ state: 'detached' });
    await row.getByText('第 2 稿').waitFor();
    await page.getByRole('status').getByText('文件已替换').waitFor();
    assert.ok(sent > 0);
    assert.deepEqual(await titles(page, 0), ['决定（草案）']);
    await choose(page, replace, pdf('决定.pdf', bytes('1-2-decision-explanation.pdf')));
    await refused('所选文件与现行第 2 稿内容完全相同');
    // Somebody else removes it meanwhile.
    const clerk = await Clerk.open(server, 'second', 'another horse battery');
    await clerk.command({ command: 'remove_paper', paper: clerk.topics.agenda.items[0].papers[0].id });
    await refused('要替换的文件已被移除');
    await clerk.close();
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** Word files become PDFs where the server can make them; where not, that is said before anything is sent. */
export async function papers_from_word(browser) {
  const trouble = [];
  const { server, page, many } = await prepared(browser, trouble);
  try {
    const session = '**/api/session';
    const word = await page.evaluate(async () => (await (await fetch('/api/session')).json()).word === true);
    const text = [{ name: '议题二-1 计划说明.docx', bytes: docx('关于计划执行情况的说明'), type: '' }];
    const sheet = page.getByRole('dialog', { name: '批量添加文件' });
    const row = page.locator('ol > li').nth(1);
    const offered = () => page.locator('.head input[type="file"]').getAttribute('accept');

    await page.route(session, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), word: false } });
    });
    await page.reload();
    await many.waitFor();
    assert.equal(await offered(), 'application/pdf,.pdf');
    await dropFiles(page.locator('.page'), text);
    await sheet.waitFor();
    assert.deepEqual(await preview(page), [['议题二-1 计划说明.docx', '不添加　服务器未安装 LibreOffice，请另存为 PDF 后再上传']]);
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    await dropFiles(row, text);
    const single = page.getByRole('dialog', { name: '添加文件', exact: true });
    await single.getByText('服务器未安装 LibreOffice').waitFor();
    assert.ok(await single.getByRole('button', { name: '添加 0 份文件' }).isDisabled());
    await page.keyboard.press('Escape');
    const last = page.locator('ol > li').nth(2);
    await dropFiles(last, [{ name: '报告.pdf', bytes: bytes('3-1-education-report.pdf') }]);
    await confirmFiles(page);
    const replace = last.getByRole('button', { name: '替换 报告' });
    const instead = { name: '报告.docx', mimeType: '', buffer: text[0].bytes };
    await choose(page, replace, instead);
    await page.getByRole('dialog').getByText('不能用这份文件替换：服务器未安装 LibreOffice').waitFor();
    await page.keyboard.press('Escape');
    await page.unroute(session);
    if (!word) {
      // The server says the same to a page that does not know.
      await page.route(session, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...(await response.json()), word: true } });
      });
      await page.reload();
      await many.waitFor();
      await last.locator('.fold').click();
      await choose(page, replace, instead);
      await confirmReplacing(page);
      await page.getByRole('alert').getByText('服务器未安装 LibreOffice').waitFor();
      assert.deepEqual(await counts(page), ['0 份', '0 份', '1 份']);
      assert.deepEqual(trouble, []);
      return;
    }

    await page.reload();
    await many.waitFor();
    assert.equal(await offered(), 'application/pdf,.pdf,.doc,.docx,.wps');
    await dropFiles(page.locator('.page'), text);
    await sheet.waitFor();
    assert.deepEqual(await preview(page), [['议题二-1 计划说明.docx', `二　${ITEMS[1]}`, '计划说明', '添加为第 1 份']]);
    await sheet.getByText('将转换为 PDF', { exact: true }).waitFor();
    await accessible(page, 'a Word file to be sorted');
    await sheet.getByRole('button', { name: '添加 1 份文件' }).click();
    await page.getByText('正在将 Word 文件转换为 PDF').first().waitFor();
    await row.locator('.fold').click();
    await row.getByRole('link', { name: '查看 计划说明' }).waitFor({ timeout: 120_000 });
    assert.deepEqual(await titles(page, 1), ['计划说明']);
    await row.getByText(/^1 页/).waitFor();
    const said = '已由 Word 转换为 PDF，请核对版面';
    const toast = page.locator('.toast').filter({ hasText: said });
    await toast.getByRole('button', { name: '查看' }).waitFor();
    await row.getByText(said).waitFor();
    await accessible(page, 'a paper made of a Word file');
    await toast.getByRole('button', { name: '查看' }).click();
    await row.getByText(said).waitFor({ state: 'detached' });

    // What LibreOffice cannot read stays outside.
    await page.route('**/api/uploads/*/finish', (route) => route.fulfill({ status: 422, json: { code: 'word_unreadable' } }));
    await dropFiles(row, text);
    await single.getByLabel('“议题二-1 计划说明.docx”的处理方式').selectOption('add');
    await confirmFiles(page);
    await alert.getByText('Word 文件无法转换').waitFor();
    assert.deepEqual(await counts(page), ['0 份', '1 份', '1 份']);
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** The preview without a mouse. */
export async function papers_by_keyboard(browser) {
  const trouble = [];
  const { server, page, many } = await prepared(browser, trouble);
  try {
    const chooser = page.waitForEvent('filechooser');
    await many.focus();
    await page.keyboard.press('Enter');
    await (await chooser).setFiles([
      { name: '甲.pdf', mimeType: 'application/pdf', buffer: bytes('1-1-decision-draft.pdf') },
      { name: '2-1 乙.pdf', mimeType: 'application/pdf', buffer: bytes('2-1-plan-report.pdf') },
    ]);
    const sheet = page.getByRole('dialog');
    await sheet.waitFor();
    const here = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? '');
    // The first thing that wants an answer has the focus.
    assert.equal(await here(), '“甲.pdf”的议程');
    await ringed(page, 'item');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => document.activeElement instanceof HTMLSelectElement && document.activeElement.selectedIndex === 1);
    const to = async (name) => {
      for (let i = 0; i < 20; i += 1) {
        await page.keyboard.press('Tab');
        if ((await here()) === name) return ringed(page, name);
      }
      throw new Error(`Tab never reaches ${name}`);
    };
    await to('“甲.pdf”的显示名称');
    await page.keyboard.press('End');
    await page.keyboard.type('（草案）');
    await to('添加 2 份文件');
    await page.keyboard.press('Enter');
    await sheet.waitFor({ state: 'detached' });
    await settled(page, ['1 份', '1 份', '0 份']);
    assert.deepEqual(await titles(page, 0), ['甲（草案）']);
    // Escape leaves everything as it is.
    const again = page.waitForEvent('filechooser');
    await many.focus();
    await page.keyboard.press('Enter');
    await (await again).setFiles([{ name: '丙.pdf', mimeType: 'application/pdf', buffer: bytes('1-1-decision-draft.pdf') }]);
    await sheet.waitFor();
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    assert.deepEqual(await counts(page), ['1 份', '1 份', '0 份']);
    assert.equal(await here(), '批量添加文件');
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}
