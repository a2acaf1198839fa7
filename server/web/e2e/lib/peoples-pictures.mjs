// Pictures of accounts, roles, PINs and the hall's link, in both languages.
// `album`: the means of the pictures (`shot`, `consoles`, `withLang`, `langs`).
import { signIn, window } from './browser.mjs';
import { Clerk } from './seats.mjs';
import { Server } from './server.mjs';

export async function people(browser, album) {
  await firstAccount(browser, album);
  const server = await Server.start({ sample: true });
  try {
    const clerk = await Clerk.open(server);
    const con = await album.consoles(browser, server, '-people');
    const press = (role, within = 'main') => async (page) => {
      await page.locator(`${within} .btn`, { hasText: role }).first().click();
      await page.locator('dialog[open]').waitFor();
    };
    server.setClerk('jishu', 'technician horse', 'technician');
    server.setClerk('guan', 'viewer horse', 'viewer');
    for (const { page } of con.pages) await page.reload();
    await con.shot('accounts', 'settings', async (page) => {
      const row = page.locator('td', { hasText: 'guan' });
      await row.waitFor();
      await row.scrollIntoViewIfNeeded();
    });
    await con.shot('account-add', 'settings', press(/添加账号|Add an account/));
    await con.shot('own-password', 'settings', press(/修改密码|Change password/));
    await con.shot('hall-link-renew', 'settings', press(/更换链接|Draw another link/));
    const settings = { ...clerk.topics.meeting.settings, sign_in: 'pin' };
    await clerk.command({ command: 'set_settings', settings });
    await con.shot('pins', 'settings', press(/^\s*(会议密码|Meeting PINs)\s*$/, 'form'));
    await con.shot('pins-drawn', 'settings', async (page) => {
      await press(/^\s*(会议密码|Meeting PINs)\s*$/, 'form')(page);
      await page.locator('dialog .acts .btn').nth(1).click();
      await page.locator('dialog[open]').last().locator('.btn.pri, .btn.danger').last().click();
      await page.locator('.slips li').first().waitFor();
    });
    for (const [name, password] of [['jishu', 'technician horse'], ['guan', 'viewer horse']]) {
      for (const lang of album.langs) {
        const page = await window(browser, { width: 1440, height: 900 });
        await signIn(page, { console: album.withLang(server.console, lang) }, name, password);
        await page.evaluate(() => (location.hash = 'run'));
        await page.locator('.seat').first().waitFor();
        await album.shot(page, `console-run-as-${name === 'guan' ? 'viewer' : 'technician'}-${lang}`);
        await page.context().close();
      }
    }
    for (const lang of album.langs) {
      const hall = await window(browser, { width: 1920, height: 1080 });
      await hall.goto(album.withLang(`${server.base}/hall#none-that-opens`, lang));
      await hall.locator('main p').waitFor();
      await album.shot(hall, `hall-refused-${lang}-1920x1080`);
      await hall.context().close();
    }
  } finally {
    await server.end();
  }
}

/** The page of the link that the first start prints. */
async function firstAccount(browser, { shot, langs, withLang }) {
  const server = await Server.start({ clerks: false });
  try {
    for (const lang of langs) {
      const page = await window(browser, { width: 1440, height: 900 });
      await page.goto(withLang(server.setup, lang));
      await page.locator('form').waitFor();
      await shot(page, `console-setup-${lang}`);
      await page.context().close();
    }
  } finally {
    await server.end();
  }
}
