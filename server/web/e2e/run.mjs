// The two pages in a real browser against the real server (HEMICYCLE_BIN).
// `npm run e2e [-- NAME]` runs all scenarios, or those whose name contains NAME.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { launch } from './lib/browser.mjs';
import { binary } from './lib/server.mjs';
import * as hall from './hall.mjs';
import * as keyboard from './keyboard.mjs';
import * as meeting from './meeting.mjs';
import * as papers from './papers.mjs';
import * as people from './people.mjs';
import * as prepare from './prepare.mjs';
import * as search from './search.mjs';
import * as secret from './secret.mjs';
import * as terms from './terms.mjs';
import * as together from './together.mjs';
import * as uploads from './uploads.mjs';

binary();
const wanted = process.argv[2] ?? '';
const out = process.env.E2E_OUT ?? join(tmpdir(), 'hemicycle-e2e');
const scenarios = [prepare, papers, uploads, search, terms, people, meeting, together, secret, hall, keyboard].flatMap((file) => Object.entries(file));
const chosen = scenarios.filter(([name]) => name.includes(wanted));
if (chosen.length === 0) throw new Error(`no scenario is called ${wanted}`);

let failed = 0;

async function run(name, scenario) {
  const browser = await launch();
  const started = process.hrtime.bigint();
  try {
    await scenario(browser);
    console.log(`ok   ${name} (${Number((process.hrtime.bigint() - started) / 1_000_000n)} ms)`);
  } catch (error) {
    failed += 1;
    console.error(`FAIL ${name}\n${error.stack ?? error}`);
    mkdirSync(out, { recursive: true });
    let n = 0;
    for (const context of browser.contexts()) {
      for (const page of context.pages()) {
        const file = join(out, `${name}-${++n}.png`);
        await page.screenshot({ path: file }).then(() => console.error(`     see ${file}`), () => {});
      }
    }
  } finally {
    await browser.close();
  }
}

// Each has a server, a data folder and a browser of its own, and mostly waits:
// two go side by side.
const waiting = [...chosen];
async function lane() {
  for (let next = waiting.shift(); next; next = waiting.shift()) await run(...next);
}
await Promise.all([lane(), lane()]);
console.log(`${chosen.length - failed} of ${chosen.length} scenarios passed`);
process.exit(failed === 0 ? 0 : 1);
