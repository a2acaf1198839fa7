// A whole sitting by keyboard alone: from an empty room to the closed meeting.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { window } from './lib/browser.mjs';
import { Keys } from './lib/keys.mjs';
import { Seat } from './lib/seats.mjs';
import { SAMPLE, Server } from './lib/server.mjs';

const toast = (page, text) => page.getByRole('status').getByText(text).first().waitFor();

async function prepare(page, keys) {
  await keys.button('会议信息');
  await keys.type(page.getByLabel('会议名称'), '望澜区第六届人大常委会第三十三次会议', 'title');
  await keys.button('保存');
  await page.getByRole('heading', { level: 1, name: '望澜区第六届人大常委会第三十三次会议' }).waitFor();
  await keys.button('导入名单');
  await keys.file(page.getByRole('button', { name: '选择文件' }), join(SAMPLE, 'roster.csv'), 'choose the roster');
  await keys.button('导入', page.getByRole('dialog'));
  await toast(page, '已导入 36 人');
  await keys.button('添加议程');
  await keys.type(page.getByRole('dialog').getByLabel('名称'), '关于甲的决定（草案）', 'item');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const fold = page.locator('.fold').first();
  await fold.waitFor();
  if ((await page.getByRole('button', { name: '添加文件', exact: true }).count()) === 0) await keys.press(fold, 'the item');
  await keys.file(page.getByRole('button', { name: '添加文件', exact: true }), join(SAMPLE, 'papers/1-1-decision-draft.pdf'), 'add a paper');
  // The preview has the focus on its answer.
  await page.getByRole('dialog', { name: '添加文件' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('decision-draft', { exact: true }).waitFor();
  await keys.button('添加表决');
  const sheet = page.getByRole('dialog');
  await keys.choose(sheet.getByRole('group', { name: '方式' }), '记名');
  await keys.button('保存', sheet);
  await sheet.waitFor({ state: 'detached' });
}

export async function sitting_by_keyboard(browser) {
  const server = await Server.start();
  const seats = [];
  try {
    const trouble = [];
    const page = await window(browser, { trouble });
    const hall = await window(browser, { width: 1280, height: 720, trouble });
    await hall.goto(server.hall);
    const keys = new Keys(page);
    await page.goto(server.console);
    await keys.type(page.getByLabel('用户名'), 'clerk', 'name');
    await keys.type(page.getByLabel('密码'), 'correct horse battery', 'password');
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').waitFor();
    await prepare(page, keys);

    await keys.link('会议进行');
    const next = page.getByRole('region', { name: '下一步' });
    const step = (name) => keys.button(name, next);
    await step('开放签到');
    await hall.getByText('请签到').waitFor();
    await keys.press(page.getByRole('button', { name: /^座位 31，/ }), 'a seat');
    await keys.button('登记请假');
    await keys.type(page.getByLabel('原因'), '公务', 'reason');
    await keys.button('确定');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    for (let n = 1; n <= 20; n += 1) {
      const seat = await Seat.open(server.ws, n);
      seats.push(seat);
      await seat.signIn();
    }
    await step('宣布开会');
    await step('进入第一项');
    await step('开始表决');
    await Promise.all(seats.map((s, i) => s.cast({ kind: 'motion', choice: i < 17 ? 'for' : 'against' })));
    await step('结束表决');
    await step('公布结果');
    await hall.getByText('赞成 17 票，超过全体组成人员 31 人的半数', { exact: true }).waitFor();

    await keys.button('切换画面');
    await keys.choose(page.getByRole('dialog'), '休会');
    await keys.type(page.getByRole('dialog').getByLabel(/大屏上的说明/), '十点五十分继续开会', 'words for the hall');
    await keys.button('显示', page.getByRole('dialog'));
    await hall.getByText('十点五十分继续开会').waitFor();
    await keys.button('跟随会议');

    await keys.link('会议记录');
    await keys.button('记名情况');
    await page.getByText('反对 3', { exact: true }).waitFor();
    await keys.link('会议进行');
    await step('结束第一项');
    await step('宣布闭会');
    await keys.button('宣布闭会', page.getByRole('dialog'));
    await page.getByRole('heading', { name: '会议已结束' }).waitFor();
    await hall.getByText('会议结束').waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    await Promise.all(seats.map((s) => s.close()));
    await server.end();
  }
}
