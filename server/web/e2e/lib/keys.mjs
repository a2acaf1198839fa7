// A clerk without a mouse: every control is reached by Tab and must show that it
// has the focus; nothing is clicked and nothing is focused by the test itself.
import assert from 'node:assert/strict';
import { ringed } from './checks.mjs';

/** More stops than any page has. */
const MOST = 160;

export class Keys {
  constructor(page) {
    this.page = page;
  }

  /** Goes on with Tab until the focus is on it. */
  async to(locator, name) {
    await locator.waitFor();
    for (let n = 0; n < MOST; n += 1) {
      // What a press has changed may have taken the control out and put it in again.
      const there = await locator.evaluate((el) => el === document.activeElement).catch(() => false);
      if (there) {
        await ringed(this.page, name);
        return;
      }
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`${name} is not reached by Tab`);
  }

  async press(locator, name, key = 'Enter') {
    await this.to(locator, name);
    await this.page.keyboard.press(key);
  }

  button(name, within = this.page) {
    return this.press(within.getByRole('button', { name, exact: typeof name === 'string' }).first(), `${name}`);
  }

  link(name) {
    return this.press(this.page.getByRole('link', { name }), name);
  }

  /** Types into a field in place of what stands there. */
  async type(locator, text, name) {
    await this.to(locator, name);
    await this.page.keyboard.press('Control+a');
    await this.page.keyboard.type(text);
  }

  /** One of a group of radio buttons: Tab stops at the chosen one, arrows choose. */
  async choose(group, label) {
    await this.to(group.locator('input[type=radio]:checked'), `the choice before ${label}`);
    const wanted = group.getByLabel(label, { exact: true });
    for (let n = 0; n < 12; n += 1) {
      if (await wanted.isChecked()) return;
      await this.page.keyboard.press('ArrowDown');
    }
    assert.fail(`${label} is not reached by the arrows`);
  }

  /** A button that opens the system's own window for files. */
  async file(button, path, name) {
    const chooser = this.page.waitForEvent('filechooser');
    await this.press(button, name);
    await (await chooser).setFiles(path);
  }
}
