// What holds on every page: axe-core finds nothing, nothing sticks out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails with every violation that axe-core finds. */
export async function accessible(page, name) {
  // Run in the page's own realm: its content policy lets no further script in.
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ['violations'] });
    return result.violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.slice(0, 4).map((n) => `${n.html.slice(0, 160)} — ${n.any.concat(n.all, n.none).map((x) => x.message).join('; ').slice(0, 200)}`).join('\n    ')}`);
  });
  assert.deepEqual(found, [], `${name}: axe-core\n${found.join('\n')}`);
}

/** On the hall: every text lies inside the picture, large enough for the last row. */
export async function readable(page, name) {
  await page.evaluate(() => document.fonts.ready);
  const bad = await page.evaluate(() => {
    const frame = document.querySelector('.frame')?.getBoundingClientRect();
    if (!frame) return ['no picture'];
    const unit = frame.width / 1920;
    const out = [];
    for (const el of document.querySelectorAll('.frame *')) {
      const own = [...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '');
      if (!own) continue;
      const range = document.createRange();
      range.selectNodeContents(el);
      const box = range.getBoundingClientRect();
      const what = `${el.textContent.trim().slice(0, 24)} (${el.className})`;
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) out.push(`outside: ${what}`);
      if (parseFloat(getComputedStyle(el).fontSize) < 25.9 * unit) out.push(`too small: ${what} ${getComputedStyle(el).fontSize}`);
    }
    if (document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight) out.push('the page scrolls');
    return out;
  });
  assert.deepEqual(bad, [], name);
}

/** The element that has the focus shows a ring. */
export async function ringed(page, name) {
  const width = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
  });
  assert.ok(width >= 2, `${name}: no focus ring`);
}

/** Drops a file on an element, as from the desktop. */
export async function dropFile(locator, name, bytes, type = 'application/pdf') {
  await dropFiles(locator, [{ name, bytes, type }]);
}

/** Drops several files together; `hovered` is called while they hang over the element. */
export async function dropFiles(locator, files, hovered = async () => {}) {
  const sent = files.map(({ name, bytes, type = 'application/pdf' }) => ({ name, type, data: Buffer.from(bytes).toString('base64') }));
  const transfer = await locator.page().evaluateHandle((sent) => {
    const t = new DataTransfer();
    for (const { name, type, data } of sent) {
      const bin = atob(data);
      const array = new Uint8Array(bin.length);
      for (let i = 0; i < bin.length; i += 1) array[i] = bin.charCodeAt(i);
      t.items.add(new File([array], name, { type }));
    }
    return t;
  }, sent);
  await locator.dispatchEvent('dragover', { dataTransfer: transfer });
  await hovered();
  await locator.dispatchEvent('drop', { dataTransfer: transfer });
}

/** Says yes to the preview of files that were brought to one item. */
export async function confirmFiles(page) {
  const sheet = page.getByRole('dialog', { name: /^(添加文件|Add papers)$/ });
  await sheet.getByRole('button', { name: /^(添加 \d+ 份文件|替换 \d+ 份文件|Add \d+ files?|Replace \d+ files?)$/ }).click();
  await sheet.waitFor({ state: 'detached' });
}

/** Says yes to the preview of a file that replaces a paper. */
export async function confirmReplacing(page) {
  const sheet = page.getByRole('dialog', { name: /^(替换文件|Replace a paper)$/ });
  await sheet.getByRole('button', { name: /^(替换|Replace)$/ }).click();
  await sheet.waitFor({ state: 'detached' });
}

/** Waits for what the test itself counts. */
export async function until(test, name) {
  for (let n = 0; n < 600; n += 1) {
    if (test()) return;
    await new Promise((r) => setTimeout(r, 25));
  }
  assert.fail(`in vain: ${name}`);
}
