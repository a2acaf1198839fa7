// The hall in its sizes and with its crowds, with a bad link, and by keyboard.
import assert from 'node:assert/strict';
import { signIn, window } from './lib/browser.mjs';
import { accessible, readable, ringed } from './lib/checks.mjs';
import { Clerk, Seat } from './lib/seats.mjs';
import { Server } from './lib/server.mjs';

/** 100 and 3,376 seats, on a small projector and on a 4K wall. */
export async function large_halls(browser) {
  for (const seats of [100, 3376]) {
    const server = await Server.start({ sample: true, seats });
    const open = [];
    try {
      const clerk = await Clerk.open(server);
      await clerk.command({ command: 'open_sign_in' });
      for (let n = 1; n <= 12; n += 1) {
        const seat = await Seat.open(server.ws, n);
        open.push(seat);
        await seat.signIn();
      }
      for (const [width, height] of [[1280, 720], [3840, 2160]]) {
        const trouble = [];
        const hall = await window(browser, { width, height, trouble });
        await hall.goto(server.hall);
        await hall.getByText('请签到').waitFor();
        await hall.locator('.figure', { hasText: '12' }).waitFor();
        await readable(hall, `${seats} seats, ${width}×${height}`);
        await accessible(hall, `${seats} seats`);
        assert.deepEqual(trouble, []);
        await hall.context().close();
      }
    } finally {
      await Promise.all(open.map((s) => s.close()));
      await server.end();
    }
  }
}

/** A wrong link says so; the two buttons work by keyboard; the language is remembered. */
export async function hall_by_keyboard(browser) {
  const server = await Server.start({ sample: true });
  try {
    const hall = await window(browser, { width: 1280, height: 720 });
    await hall.goto(`${server.base}/hall#0000`);
    await hall.getByText('此链接不能使用').waitFor();
    await accessible(hall, 'hall: wrong link');
    await hall.goto('about:blank');
    await hall.goto(server.hall);
    await hall.getByText('会议即将开始').waitFor();
    await hall.keyboard.press('Tab');
    await ringed(hall, 'language');
    await hall.keyboard.press('Enter');
    await hall.getByText('The meeting will begin shortly').waitFor();
    assert.equal(await hall.evaluate(() => document.documentElement.lang), 'en');
    await hall.reload();
    await hall.getByText('The meeting will begin shortly').waitFor();
    await readable(hall, 'welcome in English');
  } finally {
    await server.end();
  }
}

/** The same pages over TLS, under a certificate that the browser was told to take. */
export async function pages_over_tls(browser) {
  const server = await Server.start({ sample: true });
  const secure = (url) => url.replace('http://', 'https://');
  try {
    const trouble = [];
    const hall = await window(browser, { width: 1280, height: 720, trouble, ignoreHTTPSErrors: true });
    await hall.goto(secure(server.hall));
    await hall.getByText('会议即将开始').waitFor();
    const desk = await window(browser, { trouble, ignoreHTTPSErrors: true });
    await signIn(desk, { console: secure(server.console) });
    const cookies = await desk.context().cookies();
    assert.ok(cookies.find((c) => c.name === 'hemicycle_session')?.secure, 'the session stays on TLS');
    await desk.getByRole('link', { name: '会议进行' }).click();
    await desk.getByRole('region', { name: '下一步' }).getByRole('button', { name: '开放签到' }).click();
    await hall.getByText('请签到').waitFor();
    assert.deepEqual(trouble, []);
  } finally {
    await server.end();
  }
}
