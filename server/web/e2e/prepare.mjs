// Before the meeting: signing in, the roster, the agenda, papers, votes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signIn, window } from './lib/browser.mjs';
import { accessible, confirmFiles, confirmReplacing, dropFile, ringed } from './lib/checks.mjs';
import { SAMPLE, Server } from './lib/server.mjs';

const paper = (name) => readFileSync(join(SAMPLE, 'papers', name));
const toast = (page, text) => page.getByRole('status').getByText(text).first().waitFor();

/** Wrong and right passwords, in words. */
export async function signing_in(browser) {
  const server = await Server.start();
  try {
    const trouble = [];
    const page = await window(browser, { trouble });
    await page.goto(server.console);
    const name = page.getByLabel('用户名');
    await name.waitFor();
    await accessible(page, 'sign-in');
    await page.getByRole('button', { name: '登录' }).click();
    await page.getByRole('alert').getByText('请填写用户名和密码').waitFor();
    await name.fill('clerk');
    await page.getByLabel('密码').fill('wrong password');
    await page.getByRole('button', { name: '登录' }).click();
    await page.getByRole('alert').getByText('用户名或密码不正确').waitFor();
    await accessible(page, 'sign-in refused');
    assert.equal(await page.getByLabel('密码').inputValue(), '');
    await signIn(page, server);
    await page.getByText('工作人员　clerk').waitFor();
    await page.reload();
    await page.getByRole('navigation').waitFor();
    await page.getByRole('link', { name: '设置' }).click();
    await page.getByRole('button', { name: '退出登录' }).click();
    await page.getByLabel('用户名').waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** From an empty room to a prepared meeting, by the page alone. */
export async function preparing(browser) {
  const server = await Server.start();
  try {
    const trouble = [];
    const page = await window(browser, { trouble });
    await signIn(page, server);
    await page.getByText('还没有人员名单').waitFor();
    await accessible(page, 'empty');

    await page.getByRole('button', { name: '会议信息', exact: true }).click();
    await page.getByLabel('会议名称').fill('望澜区第六届人大常委会第三十三次会议');
    await page.getByLabel('地点').fill('会议厅');
    await page.getByLabel('开会时间').fill('2026-10-21T09:00');
    await accessible(page, 'meeting details');
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByRole('heading', { level: 1, name: '望澜区第六届人大常委会第三十三次会议' }).waitFor();

    // A roster with mistakes: named by line and column, nothing imported.
    await page.getByRole('button', { name: '导入名单' }).first().click();
    const drop = page.getByRole('group', { name: '名单文件' });
    await dropFile(drop, '名单.csv', '座位,姓名,身份,职务\n1,许文澜,主持人,主任\nx,程伯钧,组成人员,\n1,沈若兰,组成人员,\n4,,列席,\n', 'text/csv');
    await page.getByRole('alert').getByText('有 3 处需要改正').waitFor();
    for (const words of ['不是座位号', '座位号重复', '缺少姓名']) await page.getByRole('cell', { name: words }).waitFor();
    await page.getByRole('cell', { name: '第 3 行' }).waitFor();
    assert.ok(await page.getByRole('button', { name: '导入', exact: true }).isDisabled());
    await accessible(page, 'roster with mistakes');
    await dropFile(drop, 'roster-gb18030.csv', readFileSync(join(SAMPLE, 'roster-gb18030.csv')), 'text/csv');
    await page.getByRole('dialog').getByRole('status').getByText('组成人员 31 人，列席 5 人，主持人 许文澜').waitFor();
    await accessible(page, 'roster preview');
    await page.getByRole('button', { name: '导入', exact: true }).click();
    await toast(page, '已导入 36 人');
    await page.getByText('组成人员 31 人　列席 5 人').waitFor();

    for (const title of ['关于甲的决定（草案）', '关于乙的报告', '人事任免事项']) {
      await page.getByRole('button', { name: '添加议程' }).first().click();
      await page.getByRole('dialog').getByLabel('名称').fill(title);
      await page.getByRole('button', { name: '保存' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    const titles = () => page.locator('.fold .title').allTextContents();
    await page.locator('.fold').nth(2).waitFor();
    await page.getByRole('button', { name: '第 3 项上移' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.fold .title')[1]?.textContent === '人事任免事项');
    await page.locator('.line').nth(0).dragTo(page.locator('.line').nth(2));
    await page.waitForFunction(() => document.querySelectorAll('.fold .title')[2]?.textContent === '关于甲的决定（草案）');
    assert.deepEqual(await titles(), ['人事任免事项', '关于乙的报告', '关于甲的决定（草案）']);

    // Papers: dropped, broken ones refused with the reason, replaced, removed, brought back.
    const row = page.locator('ol > li').nth(2);
    await dropFile(row, '决定草案.pdf', paper('1-1-decision-draft.pdf'));
    await confirmFiles(page);
    await page.getByText('决定草案', { exact: true }).waitFor();
    await dropFile(row, '照片.pdf', 'this is no pdf');
    await confirmFiles(page);
    await page.getByRole('alert').getByText('不是 PDF 文件').waitFor();
    const broken = Buffer.from(paper('1-1-decision-draft.pdf')).subarray(0, 4000);
    await dropFile(row, '残缺.pdf', broken);
    await confirmFiles(page);
    await page.getByRole('alert').getByText(/文件已损坏/).waitFor();
    await accessible(page, 'papers');
    const failed = page.locator('li.failed');
    assert.equal(await failed.count(), 2);
    for (let left = 2; left > 0; left -= 1) await failed.first().getByRole('button', { name: '知道了' }).click();
    await failed.waitFor({ state: 'detached' });
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: '替换 决定草案' }).click();
    await (await chooser).setFiles(join(SAMPLE, 'papers/1-2-decision-explanation.pdf'));
    await confirmReplacing(page);
    await page.getByText('第 2 稿').waitFor();
    await page.getByRole('button', { name: '重命名 决定草案' }).click();
    await page.getByLabel('文件名称').fill('决定草案（修改稿）');
    await page.keyboard.press('Enter');
    await page.getByText('决定草案（修改稿）', { exact: true }).waitFor();
    await page.getByRole('button', { name: '移除 决定草案（修改稿）' }).click();
    await page.getByRole('button', { name: '撤销' }).click();
    await page.getByText('决定草案（修改稿）', { exact: true }).waitFor();

    // A vote: secret with a word of what it needs; the rule is data.
    await page.getByRole('button', { name: '添加表决' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByLabel('无记名', { exact: true }).check();
    await sheet.getByText('须先在“会议进行”中确定监票人').waitFor();
    await sheet.getByLabel('记名', { exact: true }).check();
    await sheet.getByRole('combobox', { name: '通过规则' }).selectOption('constitution');
    await sheet.getByText('赞成达到 21 票即为通过').waitFor();
    await sheet.getByLabel('限时表决').check();
    await accessible(page, 'vote form');
    await sheet.getByRole('button', { name: '保存' }).click();
    await page.getByText('全体组成人员三分之二以上').waitFor();
    await page.locator('.fold').first().click();
    await page.getByRole('button', { name: '添加表决' }).click();
    await sheet.getByLabel('类别').selectOption('personnel');
    await sheet.getByRole('button', { name: '保存' }).click();
    await sheet.getByRole('alert').getByText('请至少填写一人').waitFor();
    await sheet.getByLabel('第 1 人姓名').fill('宋怀民');
    await sheet.getByLabel('第 1 人职务').fill('副区长');
    await accessible(page, 'personnel form');
    await sheet.getByRole('button', { name: '保存' }).click();
    await page.getByText('逐人表决').first().waitFor();
    await accessible(page, 'prepared');

    // Everything survives a reload: it is the server's.
    await page.reload();
    await page.locator('.fold').nth(2).waitFor();
    assert.deepEqual(await titles(), ['人事任免事项', '关于乙的报告', '关于甲的决定（草案）']);
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** Signing in, moving about and opening sign-in without a mouse. */
export async function keyboard_alone(browser) {
  const server = await Server.start({ sample: true });
  try {
    const page = await window(browser);
    await page.goto(server.console);
    await page.getByLabel('用户名').waitFor();
    await page.keyboard.type('clerk');
    await page.keyboard.press('Tab');
    await page.keyboard.type('correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').waitFor();
    const focusOn = async (name) => {
      for (let i = 0; i < 120; i += 1) {
        await page.keyboard.press('Tab');
        const text = await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? '');
        if (text.startsWith(name)) return ringed(page, name);
      }
      throw new Error(`Tab never reaches ${name}`);
    };
    // An item unfolds, moves and is edited; Escape closes and gives the focus back.
    await page.locator('.fold').first().waitFor();
    await focusOn('第 1 项下移');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('.fold .title')?.textContent?.startsWith('听取和审议'));
    await page.keyboard.press('Enter');
    await focusOn('会议信息');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /会议信息/);
    await focusOn('会议进行');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '开放签到' }).waitFor();
    await focusOn('开放签到');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '等待签到' }).waitFor();
    // A member is signed in by hand, seat by seat, by keyboard.
    await focusOn('座位 1，');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await focusOn('代为签到');
    await page.keyboard.press('Enter');
    await page.getByLabel('原因').focus();
    await page.keyboard.type('终端故障');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^座位 1，许文澜，已签到/ }).waitFor();
  } finally {
    await server.end();
  }
}
