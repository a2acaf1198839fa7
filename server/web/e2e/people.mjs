// People at the console: the first account by its link, accounts and roles, the
// hall's link, members' PINs and signatures.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { signIn, window } from './lib/browser.mjs';
import { accessible } from './lib/checks.mjs';
import { Clerk, Seat } from './lib/seats.mjs';
import { Server } from './lib/server.mjs';

const toast = (page, text) => page.getByRole('status').getByText(text).first().waitFor();
const settings = (page) => page.getByRole('link', { name: '设置' }).click();

/** Pictures for people to look at, where somebody wants them. */
async function picture(page, name) {
  const out = process.env.HEMICYCLE_PEOPLE_PICTURES;
  if (out) await page.screenshot({ path: join(out, `${name}.png`) });
}

/** The link that the first start prints opens once, and is in no address afterwards. */
export async function setup_link(browser) {
  const server = await Server.start({ clerks: false });
  try {
    const trouble = [];
    const page = await window(browser, { trouble });
    assert.ok(server.setup, 'no setup link was printed');
    const token = server.setup.split('setup=')[1];
    await page.goto(server.setup);
    await page.getByRole('heading', { name: '设置第一个账号' }).waitFor();
    assert.ok(!page.url().includes(token), 'the token stays in the address');
    await accessible(page, 'setup');
    await picture(page, 'setup');
    await page.getByLabel('用户名').fill('罗 晨');
    await page.getByRole('button', { name: '设置并登录' }).click();
    await page.getByRole('alert').getByText('用户名须为').waitFor();
    await page.getByLabel('用户名').fill('罗晨');
    await page.getByLabel('密码', { exact: false }).first().fill('correct horse');
    await page.getByLabel('再次输入密码').fill('another horse');
    await page.getByRole('button', { name: '设置并登录' }).click();
    await page.getByRole('alert').getByText('两次输入的密码不同').waitFor();
    await picture(page, 'setup-differ');
    await page.getByLabel('再次输入密码').fill('correct horse');
    await page.getByRole('button', { name: '设置并登录' }).click();
    await page.getByRole('navigation').waitFor();
    await page.getByText('工作人员　罗晨').waitFor();
    await page.getByRole('link', { name: '会议记录' }).click();
    await page.getByText('添加账号 罗晨（工作人员）').waitFor();

    const late = await window(browser, { trouble });
    await late.goto(server.setup);
    await late.getByLabel('用户名').fill('x');
    await late.getByLabel('密码', { exact: false }).first().fill('correct horse');
    await late.getByLabel('再次输入密码').fill('correct horse');
    await late.getByRole('button', { name: '设置并登录' }).click();
    await late.getByRole('alert').getByText('此链接已经用过或已过期').waitFor();
    await picture(late, 'setup-over');
    await late.getByRole('button', { name: '前往登录' }).click();
    await late.getByRole('heading', { name: '登录控制台' }).waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** A clerk makes accounts; what a role may not do is shown and cannot be pressed. */
export async function accounts_and_roles(browser) {
  const server = await Server.start({ sample: true });
  try {
    const trouble = [];
    const desk = await window(browser, { trouble, height: 1400 });
    await signIn(desk, server);
    await settings(desk);
    const card = desk.getByRole('region', { name: '账号' }).first();
    await card.getByText('second').waitFor();
    await card.getByRole('button', { name: '添加账号' }).click();
    await desk.getByLabel('用户名').fill('莫工');
    await accessible(desk, 'add an account');
    await picture(desk, 'account-add');
    await desk.getByRole('button', { name: '确定' }).click();
    const secret = desk.getByRole('dialog').locator('output');
    const password = (await secret.textContent()).trim();
    assert.match(password, /^\S{5}-\S{5}-\S{5}-\S{5}$/);
    await picture(desk, 'account-told');
    await desk.getByRole('button', { name: '已记下' }).click();
    server.setClerk('guan', 'viewer horse battery', 'viewer');
    await desk.reload();
    await card.getByText('莫工').waitFor();
    await accessible(desk, 'accounts');
    await picture(desk, 'accounts');

    const tech = await window(browser, { trouble });
    await signIn(tech, server, '莫工', password);
    await tech.getByText('会议和表决由工作人员操作').waitFor();
    assert.ok(await tech.getByRole('button', { name: '添加议程', exact: true }).isDisabled());
    await tech.getByRole('link', { name: '会议进行' }).click();
    assert.ok(await tech.getByRole('button', { name: '开放签到' }).isDisabled());
    await picture(tech, 'technician-run');
    await tech.getByRole('button', { name: '切换画面' }).click();
    await tech.getByRole('dialog').waitFor();
    await tech.keyboard.press('Escape');
    await accessible(tech, 'technician');

    const view = await window(browser, { trouble });
    await signIn(view, server, 'guan', 'viewer horse battery');
    await view.getByText('只能查看').waitFor();
    await view.getByRole('link', { name: '会议进行' }).click();
    assert.ok(await view.getByRole('button', { name: '切换画面' }).isDisabled());
    await settings(view);
    assert.equal(await view.getByRole('button', { name: '更换链接' }).count(), 0);
    assert.equal(await view.getByRole('button', { name: '添加账号' }).count(), 0);
    await picture(view, 'viewer-settings');

    // Disabled, the technician's console is signed out without a press.
    await card.getByRole('button', { name: '停用　莫工' }).click();
    await desk.getByRole('dialog').getByRole('button', { name: '停用', exact: true }).click();
    await card.getByText('已停用').waitFor();
    await tech.getByRole('heading', { name: '请重新登录' }).waitFor();
    // The own password.
    await desk.getByRole('button', { name: '修改密码' }).click();
    await desk.getByLabel('原密码').fill('correct horse battery');
    await desk.getByLabel('新密码', { exact: false }).first().fill('a newer horse battery');
    await desk.getByLabel('再次输入密码').fill('a newer horse battery');
    await desk.getByRole('button', { name: '保存' }).last().click();
    await toast(desk, '密码已修改');
    await desk.getByRole('navigation').waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** The hall's link is short, opens the page, and ends when another is drawn. */
export async function hall_link(browser) {
  const server = await Server.start({ sample: true });
  try {
    const trouble = [];
    const desk = await window(browser, { trouble });
    await signIn(desk, server);
    await settings(desk);
    const link = (await desk.getByRole('status', { name: '大屏链接' }).textContent()).trim();
    assert.match(link, /\/hall#[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}$/);
    assert.equal(link, server.hall);
    await picture(desk, 'hall-link');
    const hall = await window(browser, { width: 1280, height: 720, trouble });
    await hall.goto(link);
    await hall.getByText('会议即将开始').waitFor();
    // Nobody without a link, and a signed-in console without one.
    const stranger = await window(browser, { width: 1280, height: 720, trouble });
    await stranger.goto(`${server.base}/hall`);
    await stranger.getByText('此链接不能使用').waitFor();
    const own = await desk.context().newPage();
    await own.goto(`${server.base}/hall`);
    await own.getByText('会议即将开始').waitFor();

    await desk.getByRole('button', { name: '更换链接' }).click();
    await desk.getByRole('dialog').getByRole('button', { name: '更换链接' }).click();
    await toast(desk, '链接已更换');
    await hall.getByText('此链接不能使用').waitFor();
    await picture(hall, 'hall-link-over');
    const newer = (await desk.getByRole('status', { name: '大屏链接' }).textContent()).trim();
    assert.notEqual(newer, link);
    await hall.goto('about:blank');
    await hall.goto(newer);
    await hall.getByText('会议即将开始').waitFor();
    const word = newer.split('#')[1];
    assert.ok(!server.log.includes(word) && !server.log.includes(link.split('#')[1]), 'a hall link is in the log');
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}

/** PINs are drawn and shown once; a locked member is released in the console. */
export async function pins(browser) {
  const server = await Server.start({ sample: true });
  const open = [];
  try {
    const trouble = [];
    const desk = await window(browser, { trouble, height: 1200 });
    await signIn(desk, server);
    await settings(desk);
    await desk.getByRole('radio', { name: '会议密码' }).check();
    await desk.getByRole('button', { name: '保存' }).click();
    await toast(desk, '已保存');
    await desk.getByRole('button', { name: '会议密码', exact: true }).click();
    await desk.getByRole('button', { name: /为没有密码的 36 人生成/ }).click();
    const slips = desk.getByRole('dialog').locator('.slips li');
    await slips.first().waitFor();
    assert.equal(await slips.count(), 36);
    assert.match(await slips.first().locator('.pin').textContent(), /^\d{6}$/);
    await accessible(desk, 'pins');
    await picture(desk, 'pins');
    await desk.getByRole('button', { name: '已打印，关闭' }).click();

    const clerk = await Clerk.open(server);
    await clerk.command({ command: 'open_sign_in' });
    const seat = await Seat.open(server.ws, 2);
    open.push(seat);
    for (let n = 0; n < 5; n += 1) {
      await assert.rejects(seat.signIn({ pin: '0000' }));
    }
    await desk.getByRole('link', { name: '会议进行' }).click();
    await desk.getByText('输错会议密码').first().waitFor();
    await desk.getByRole('button', { name: /^座位 2，/ }).click();
    await desk.getByText('已锁定').waitFor();
    await picture(desk, 'pin-locked');
    await desk.getByRole('button', { name: '解除密码锁定' }).click();
    await toast(desk, '已解除');
    assert.deepEqual(trouble, []);
  } finally {
    await Promise.all(open.map((s) => s.close()));
    await server.end();
  }
}
