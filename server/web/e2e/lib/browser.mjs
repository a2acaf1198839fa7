// Debian's Chromium, driven by playwright-core.
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** A window of its own: cookies, storage and language of nobody else. */
export async function window(browser, { width = 1440, height = 900, trouble = [], ...more } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', ...more,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on('pageerror', (e) => trouble.push(`${e}`));
  page.on('console', (m) => {
    // A request that is meant to fail is no fault of the page.
    if (m.type() === 'error' && !/Failed to load resource|WebSocket connection|ERR_CONNECTION/.test(m.text())) trouble.push(m.text());
  });
  return page;
}

export async function signIn(page, server, name = 'clerk', password = 'correct horse battery') {
  await page.goto(server.console);
  await page.getByLabel(/用户名|Name/).fill(name);
  await page.getByLabel(/密码|Password/).fill(password);
  await page.getByRole('button', { name: /^(登录|Sign in)$/ }).click();
  await page.getByRole('navigation').waitFor();
}
