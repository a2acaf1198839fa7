// Pictures of every page in its states, from the running program.
//   npm run pictures -- OUTDIR          starts the server (HEMICYCLE_BIN) and drives meetings
//   npm run pictures -- OUTDIR URL…     takes the pages at these addresses as they stand now
// A console needs HEMICYCLE_CLERK and HEMICYCLE_PASSWORD then. Both languages;
// the hall at 1280 × 720, 1920 × 1080 and 3840 × 2160.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, signIn, window } from './lib/browser.mjs';
import { confirmFiles, dropFile, dropFiles } from './lib/checks.mjs';
import { people } from './lib/peoples-pictures.mjs';
import { pretend } from './lib/pretend.mjs';
import { Clerk, Seat } from './lib/seats.mjs';
import { ADOPTED, secretTopics } from './lib/secrets.mjs';
import { SAMPLE, Server } from './lib/server.mjs';

const [out, ...urls] = process.argv.slice(2);
if (!out) throw new Error('name a folder for the pictures');
mkdirSync(out, { recursive: true });

const LANGS = ['zh-CN', 'en'];
const HALLS = [[1280, 720], [1920, 1080], [3840, 2160]];
const withLang = (url, lang) => url.replace(/(#|$)/, `?lang=${lang}$1`);
/** The names that are taken, so that no picture is written over another. */
const taken = new Set();

async function shot(page, name) {
  if (taken.has(name)) throw new Error(`two pictures would be named ${name}`);
  taken.add(name);
  await page.evaluate(() => document.fonts.ready);
  // Two frames: what was last told is drawn.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.screenshot({ path: join(out, `${name}.png`) });
}

async function halls(browser, server, sizes = HALLS) {
  const pages = [];
  const tells = [];
  for (const lang of LANGS) {
    for (const [width, height] of sizes) {
      const page = await window(browser, { width, height });
      tells.push(await pretend(page));
      await page.goto(withLang(server.hall, lang));
      await page.locator('header').waitFor();
      pages.push({ page, suffix: `${lang}-${width}x${height}` });
    }
  }
  return {
    /** Takes all sizes and languages once `selector` is there. */
    async shot(name, selector) {
      for (const { page, suffix } of pages) {
        await page.locator(selector).first().waitFor();
        await shot(page, `hall-${name}-${suffix}`);
      }
    },
    tell: (values) => tells.forEach((tell) => tell(values)),
    close: () => Promise.all(pages.map(({ page }) => page.context().close())),
  };
}

async function consoles(browser, server, of = '') {
  const pages = [];
  const tells = [];
  for (const lang of LANGS) {
    const page = await window(browser, { width: 1440, height: 900 });
    tells.push(await pretend(page));
    const console = withLang(server.console, lang);
    await page.goto(console);
    await page.locator('form').waitFor();
    await shot(page, `console-sign-in${of}-${lang}`);
    await signIn(page, { console });
    pages.push({ page, lang });
  }
  return {
    /** Opens a page of the console, does something on it, takes it, and closes what was opened. */
    async shot(name, hash, act = async () => {}) {
      for (const { page, lang } of pages) {
        await page.evaluate((h) => (location.hash = h), hash);
        await page.mouse.move(0, 0);
        await act(page);
        await page.locator('[popover] .toast').waitFor({ state: 'detached' });
        await shot(page, `console-${name}-${lang}`);
        while (await page.locator('dialog[open]').count()) {
          await page.keyboard.press('Escape');
          await page.locator('dialog[open]').last().waitFor({ state: 'detached' });
        }
      }
    },
    tell: (values) => tells.forEach((tell) => tell(values)),
    pages,
  };
}

const motion = (choice) => ({ kind: 'motion', choice });
const rule = (preset, tests) => ({ preset, tests, tie: 'fails' });

async function committee(browser) {
  const fresh = await Server.start();
  const empty = await consoles(browser, fresh, '-empty');
  await empty.shot('prepare-empty', 'prepare', (p) => p.locator('.grid').waitFor());
  await fresh.end();

  const server = await Server.start({ sample: true });
  const seats = [];
  try {
    const clerk = await Clerk.open(server);
    const con = await consoles(browser, server);
    const hall = await halls(browser, server);
    const cmd = (command) => clerk.command(command);
    const [first, , , fourth, , sixth] = clerk.topics.agenda.items;
    await clerk.takeVotesByName();

    await con.shot('prepare', 'prepare', (p) => p.locator('.fold').nth(5).waitFor());
    await con.shot('search-empty', 'search', (p) => p.locator('.empty').waitFor());
    await con.shot('search', 'search', async (p) => {
      await p.getByRole('searchbox').fill('河湖');
      await p.locator('section .version ol').first().waitFor();
      await p.locator('.told .alert').waitFor({ state: 'detached' });
    });
    await con.shot('prepare-item', 'prepare', async (p) => {
      await p.locator('.fold').nth(3).click();
      await p.locator('.inside').waitFor();
    });
    await con.shot('prepare-refused', 'prepare', async (p) => {
      await dropFile(p.locator('ol > li').nth(3), '会议照片.pdf', 'no pdf');
      await confirmFiles(p);
      await p.locator('li.failed').waitFor();
    });
    await con.shot('papers-item', 'prepare', async (p) => {
      await dropFiles(p.locator('ol > li').nth(3), [
        '议题四-5 审计报告.pdf', '附件2 重点项目表.pdf', '议题三-1 调研报告.pdf',
      ].map((name) => ({ name, bytes: readFileSync(join(SAMPLE, 'papers/4-3-budget-annex.pdf')) })));
      await p.locator('dialog table').waitFor();
      await p.locator('dialog .said button').click();
    });
    await con.shot('papers', 'prepare', async (p) => {
      await dropFiles(p.locator('.page'), [
        '议题一-1 关于加强河湖水环境保护监督工作的决定（草案）.pdf', '1-4 修正案说明.pdf', '第三项 附件二：经费表.pdf', '第三项 附件一：学校名单.pdf',
        '预算调整方案附表2.pdf', '拟任免人员基本情况.pdf', '发言提纲.pdf', '会议通知.docx',
      ].map((name) => ({ name, bytes: readFileSync(join(SAMPLE, 'papers/4-3-budget-annex.pdf')) })));
      await p.locator('dialog table').waitFor();
    });
    await cmd({ command: 'set_paper_terms', paper: fourth.papers[0].id, terms: { readers: { to: 'members' }, confidential: true } });
    await cmd({ command: 'set_paper_terms', paper: fourth.papers[2].id, terms: { readers: { to: 'seats', seats: [2, 5, 12, 31] }, from: new Date(Date.now() + 86_400_000).setMinutes(0, 0, 0) } });
    const terms = (at) => async (p) => {
      await p.getByRole('button', { name: /^(发放范围|Distribute) / }).nth(at).click();
      await p.locator('dialog[open]').waitFor();
    };
    await con.shot('prepare-terms', 'prepare', (p) => p.locator('.inside .tag').nth(3).waitFor());
    await con.shot('terms', 'prepare', terms(0));
    await con.shot('terms-seats', 'prepare', terms(2));
    for (const at of [0, 2]) await cmd({ command: 'set_paper_terms', paper: fourth.papers[at].id, terms: {} });
    await con.shot('vote-form', 'prepare', async (p) => {
      await p.locator('li').filter({ has: p.locator('.inside') }).locator('ul').nth(1).locator('li .btn').first().click();
      await p.locator('dialog[open]').waitFor();
    });
    await con.shot('personnel-form', 'prepare', async (p) => {
      await p.locator('.fold').nth(5).click();
      await p.locator('.inside ul').nth(1).locator('li .btn').first().click();
      await p.locator('dialog[open]').waitFor();
    });
    const roster = (name, bytes) => async (p) => {
      await p.locator('.head .btn').nth(1).click();
      await dropFile(p.locator('dialog .drop'), name, bytes, 'text/csv');
      await p.locator('dialog table').waitFor();
    };
    await con.shot('roster', 'prepare', roster('roster.csv', readFileSync(join(SAMPLE, 'roster.csv'))));
    await con.shot('roster-mistakes', 'prepare', roster('roster.csv', '座位,姓名,身份,职务\n1,许文澜,主持人,主任\nx,程伯钧,组成人员,\n1,沈若兰,组成人员,\n4,,列席,\n'));
    await con.shot('settings', 'settings', (p) => p.locator('form.card').waitFor());
    await con.shot('run-preparing', 'run', (p) => p.locator('.seat').first().waitFor());
    await hall.shot('welcome', 'h1');

    await cmd({ command: 'open_sign_in' });
    for (const [seat, reason] of [[18, '病假'], [23, '公务'], [29, '事假']]) await cmd({ command: 'set_leave', member: seat, reason });
    const waiting = await Seat.open(server.ws, null);
    for (let n = 1; n <= 31; n += 1) {
      if ([18, 23, 29].includes(n)) continue;
      const seat = await Seat.open(server.ws, n);
      seats.push(seat);
      if (![10, 20, 27].includes(n)) await seat.signIn();
    }
    await con.shot('run-sign-in', 'run', (p) => p.locator('.seat.in').nth(20).waitFor());
    await hall.shot('sign-in', '.seat.in');
    await cmd({ command: 'set_settings', settings: { ...clerk.topics.meeting.settings, hall_names: false } });
    await hall.shot('sign-in-counts', '.alone');
    await cmd({ command: 'set_settings', settings: { ...clerk.topics.meeting.settings, hall_names: true } });
    for (const seat of seats.filter((s) => [10, 20, 27].includes(s.person.seat))) await seat.signIn();
    await con.shot('seats', 'seats', (p) => p.locator('tbody tr').nth(20).waitFor());
    await con.shot('person', 'run', async (p) => {
      await p.locator('.seat').nth(11).click();
      await p.locator('dialog[open]').waitFor();
    });

    await cmd({ command: 'open_meeting' });
    await cmd({ command: 'start_item', item: first.id });
    await hall.shot('item', 'ol');
    await con.shot('run-item', 'run', (p) => p.locator('h2').first().waitFor());
    await cmd({ command: 'open_vote', vote: first.votes[0] });
    const against = [8, 11, 13, 15, 17, 22, 24, 31];
    const abstain = [2, 9, 19, 26];
    for (const s of seats.filter((x) => x.person.seat !== 28).slice(0, 24)) {
      await s.cast(motion(against.includes(s.person.seat) ? 'against' : abstain.includes(s.person.seat) ? 'abstain' : 'for'));
    }
    await seats[12].command({ command: 'call_service', service: 'staff' });
    await hall.shot('voting', '.turnout');
    await con.shot('run-voting', 'run', (p) => p.locator('.figure').first().waitFor());
    await con.shot('count-form', 'run', async (p) => {
      await p.locator('.under .btn').first().click();
      await p.locator('dialog[open]').waitFor();
    });
    await con.shot('annul', 'run', async (p) => {
      await p.locator('.under .btn.bad').click();
      await p.locator('dialog[open]').waitFor();
    });
    await cmd({ command: 'pause_vote', vote: first.votes[0] });
    await hall.shot('paused', 'text=/表决暂停|Voting paused/');
    await cmd({ command: 'resume_vote', vote: first.votes[0] });
    for (const s of seats.filter((x) => x.person.seat !== 28).slice(24)) await s.cast(motion(against.includes(s.person.seat) ? 'against' : abstain.includes(s.person.seat) ? 'abstain' : 'for'));
    await cmd({ command: 'close_vote', vote: first.votes[0] });
    await con.shot('run-closed', 'run', (p) => p.locator('.verdict').waitFor());
    await cmd({ command: 'declare_vote', vote: first.votes[0] });
    await hall.shot('result-not-adopted', 'dl');
    // A vote keeps the setting with which it opens; numbers and names take turns.
    await cmd({ command: 'set_settings', settings: { ...clerk.topics.meeting.settings, named_results: true } });
    await cmd({ command: 'open_vote', vote: first.votes[1] });
    await Promise.all(seats.map((s) => s.cast(motion(s.person.seat === 30 ? 'against' : s.person.seat === 14 ? 'abstain' : 'for'), first.votes[1])));
    await cmd({ command: 'close_vote', vote: first.votes[1] });
    await cmd({ command: 'declare_vote', vote: first.votes[1] });
    await hall.shot('result', 'dl');
    await hall.shot('result-names', '.names');
    await con.shot('run-declared', 'run', (p) => p.locator('.verdict').waitFor());

    await seats[9].command({ command: 'ask_to_speak' });
    await seats[20].command({ command: 'ask_to_speak' });
    await cmd({ command: 'start_item', item: fourth.id });
    await cmd({ command: 'give_floor', member: 17, seconds: 300 });
    await hall.shot('speaker', '.who');
    await con.shot('run-speech', 'run', (p) => p.locator('.speaking').waitFor());
    await cmd({ command: 'end_floor' });

    await cmd({ command: 'set_settings', settings: { ...clerk.topics.meeting.settings, live_count: true } });
    await cmd({ command: 'open_vote', vote: fourth.votes[0] });
    await Promise.all(seats.slice(0, 19).map((s) => s.cast(motion(s.person.seat % 9 === 0 ? 'abstain' : 'for'), fourth.votes[0])));
    await hall.shot('voting-live', '.tally');
    await cmd({ command: 'annul_vote', vote: fourth.votes[0], reason: '网络中断，改为举手表决' });
    await hall.shot('annulled', '.why');

    await cmd({ command: 'start_item', item: sixth.id });
    await cmd({ command: 'open_vote', vote: sixth.votes[0] });
    const six = clerk.topics.votes.votes.find((v) => v.id === sixth.votes[0]).form.nominees.length;
    await Promise.all(seats.map((s, i) => s.cast({ kind: 'personnel', choices: Array.from({ length: six }, (_, q) => (q === 3 && i % 2 ? 'against' : (i + q) % 13 === 0 ? 'abstain' : 'for')) }, sixth.votes[0])));
    // It takes turns with the turnout.
    await hall.shot('personnel-live', 'li .n');
    await cmd({ command: 'close_vote', vote: sixth.votes[0] });
    await cmd({ command: 'declare_vote', vote: sixth.votes[0] });
    await hall.shot('personnel', 'li .n');
    await con.shot('run-personnel', 'run', (p) => p.locator('.list td').first().waitFor());

    const survey = await cmd({ command: 'add_vote', item: sixth.id, spec: { title: '区政府部门工作满意度测评', method: 'recorded', seconds: null, signatories: 0, form: { kind: 'satisfaction', subjects: ['区发展和改革局', '区教育局', '区生态环境局', '区住房和城乡建设局'] }, rule: rule('survey', []) } });
    await cmd({ command: 'open_vote', vote: survey.made });
    await Promise.all(seats.map((s, i) => s.cast({ kind: 'satisfaction', grades: [0, 1, 2, 3].map((q) => ((i * 5 + q) % 17 === 0 ? null : (i + q) % 5 === 0 ? 'dissatisfied' : (i + q) % 3 === 0 ? 'fair' : 'satisfied')) }, survey.made)));
    await cmd({ command: 'close_vote', vote: survey.made });
    await cmd({ command: 'declare_vote', vote: survey.made });
    await hall.shot('survey', '.bar');
    const election = await cmd({ command: 'add_vote', item: sixth.id, spec: { title: '选举监票人', method: 'recorded', seconds: null, signatories: 0, form: { kind: 'plurality', seats: 2, candidates: ['宋怀民', '贺雪松', '夏雨薇', '温其然'].map((name) => ({ name, action: 'elect', post: '监票人' })) }, rule: rule('plurality', []) } });
    await cmd({ command: 'open_vote', vote: election.made });
    await Promise.all(seats.map((s, i) => s.cast({ kind: 'plurality', chosen: i % 2 ? [0, 1] : [0, 2] }, election.made)));
    await cmd({ command: 'close_vote', vote: election.made });
    await cmd({ command: 'declare_vote', vote: election.made });
    await hall.shot('election', '.track');

    await con.shot('record', 'record', (p) => p.locator('tbody tr').nth(4).waitFor());
    await con.shot('record-names', 'record', async (p) => {
      await p.locator('.acts .btn').first().click();
      await p.locator('.names').waitFor();
    });
    await cmd({ command: 'show', screen: { screen: 'pause', text: '十点五十分继续开会' } });
    await hall.shot('pause', '.big');
    await con.shot('switch-hall', 'run', async (p) => {
      await p.getByRole('button', { name: /切换画面|Switch/ }).click();
      await p.locator('dialog[open]').waitFor();
    });
    await server.stop();
    await hall.shot('lost', '.lost');
    for (const { page } of con.pages) await page.locator('.banner').waitFor();
    await con.shot('lost', 'run');
    await waiting.close();
  } finally {
    for (const seat of seats) seat.socket.terminate();
    await server.end();
  }
}

/** Scrutineers, their key and secret votes. Seats without cryptography cannot bring these about: values are made up. */
async function secrets(browser) {
  const server = await Server.start({ sample: true });
  const seats = [];
  try {
    const clerk = await Clerk.open(server);
    const cmd = (command) => clerk.command(command);
    await cmd({ command: 'open_sign_in' });
    for (const seat of [18, 23, 29]) await cmd({ command: 'set_leave', member: seat, reason: '病假' });
    for (let n = 1; n <= 31; n += 1) {
      if ([18, 23, 29].includes(n)) continue;
      const seat = await Seat.open(server.ws, n);
      seats.push(seat);
      await seat.signIn();
    }
    await cmd({ command: 'open_meeting' });
    const [first, , , , , sixth] = clerk.topics.agenda.items;
    await cmd({ command: 'start_item', item: first.id });
    const con = await consoles(browser, server, '-secret');
    const hall = await halls(browser, server);
    const tell = (values) => [con, hall].forEach((x) => x.tell(values));
    const made = secretTopics(clerk);
    const { scrutiny } = made;
    const sheet = (then = async () => {}) => async (p) => {
      await p.getByRole('button', { name: /^(确定监票人|查看|Name scrutineers|See)$/ }).last().click();
      await p.locator('dialog[open]').waitFor();
      await then(p.locator('dialog[open]'));
    };

    tell({ votes: made.votes, scrutiny: made.nobody, next: { steps: [{ step: 'name_scrutineers' }, { step: 'start_item', item: 2 }] } });
    await con.shot('secret-form', 'prepare', async (p) => {
      await p.locator('.fold').nth(3).click();
      await p.locator('.inside ul').nth(1).locator('li .btn').first().click();
      await p.locator('dialog[open]').waitFor();
    });
    await con.shot('secret-form-election', 'prepare', async (p) => {
      await p.locator('.inside ul').nth(1).locator('li .btn').first().click();
      await p.locator('dialog[open] select').first().selectOption('plurality');
    });
    await con.shot('run-scrutiny', 'run', (p) => p.locator('h2').first().waitFor());
    await con.shot('scrutiny-none', 'run', sheet());
    await con.shot('scrutiny-choose', 'run', sheet(async (d) => {
      for (const n of [5, 12, 21]) await d.getByRole('checkbox', { name: made.name(n) }).check();
    }));
    tell({ scrutiny: scrutiny({ state: 'making', since: Date.now() - 3000 }, [4, 3, 1]) });
    await con.shot('scrutiny-making', 'run', sheet());
    tell({ scrutiny: scrutiny({ state: 'failed', members: [21], why: { code: 'silent', round: 2 } }, [2, 2, 1]) });
    await con.shot('scrutiny-failed', 'run', sheet());
    tell({ scrutiny: scrutiny({ state: 'failed', members: [12], why: { code: 'share' } }, [3, 3, 3]) });
    await con.shot('scrutiny-fault', 'run', sheet());
    tell({ scrutiny: scrutiny({ state: 'ready', code: 'WERC-8GMR' }), next: { steps: [{ step: 'open_vote', vote: first.votes[1] }] } });
    await con.shot('scrutiny-ready', 'run', sheet());

    const id = first.votes[1];
    const screen = { display: { show: { screen: 'vote' }, pinned: false } };
    tell({ ...screen, vote: made.vote(id), next: { steps: [{ step: 'close_vote', vote: id }] } });
    await hall.shot('secret-voting', '.turnout');
    await con.shot('run-secret-voting', 'run', (p) => p.locator('.unable').waitFor());
    const step = { live: { step: 5, counted: 20, opening: null } };
    const live = { count: { kind: 'motion', tally: { for: 15, against: 3, abstain: 2 } }, cast: 25 };
    tell({ ...screen, vote: made.vote(id, live, step), next: { steps: [{ step: 'close_vote', vote: id }] } });
    await hall.shot('secret-voting-live', '.tally');
    await con.shot('run-secret-voting-live', 'run', (p) => p.getByText(/已计 20 票|20 ballots counted/).first().waitFor());
    const part = made.line(sixth.votes[0]).form.nominees.map((_, i) => ({ for: 19 - i, against: i, abstain: 1 }));
    tell({ vote: made.vote(sixth.votes[0], { count: { kind: 'personnel', tallies: part }, cast: 25 }, step) });
    await hall.shot('secret-personnel-live', 'li .n');
    tell({ vote: made.closed(id, { needed: 1, given: [5], missing: [12, 21], refused: [] }), next: { steps: [] } });
    await hall.shot('secret-opening', '.parts');
    await con.shot('run-secret-opening', 'run', (p) => p.locator('.opening li').first().waitFor());
    con.tell({ devices: made.away(12, 21) });
    await con.shot('run-secret-offline', 'run', (p) => p.locator('.opening .alert').waitFor());
    tell({ vote: made.closed(id, { needed: 1, given: [5], missing: [], refused: [12, 21].map((member) => ({ member, why: { code: 'wrong_part' } })) }) });
    await hall.shot('secret-stuck', '.parts');
    await con.shot('run-secret-stuck', 'run', (p) => p.locator('.opening .alert.b').waitFor());
    tell({ vote: made.closed(id, { needed: 0, given: [5, 12], missing: [21], refused: [] }) });
    await hall.shot('secret-counting', '.parts');
    tell({ vote: made.counted(id, 'closed', ...ADOPTED), next: { steps: [{ step: 'declare_vote', vote: id }] } });
    await con.shot('run-secret-counted', 'run', (p) => p.locator('.record').waitFor());
    tell({ vote: made.counted(id, 'declared', ...ADOPTED) });
    await hall.shot('secret-result', 'dl');
    const tallies = made.line(sixth.votes[0]).form.nominees.map((_, i) => ({ for: 25 - i, against: i, abstain: 1 }));
    tell({ vote: made.counted(sixth.votes[0], 'declared', { kind: 'personnel', tallies }, { kind: 'personnel', outcomes: tallies.map(() => 'adopted') }) });
    await hall.shot('secret-personnel', 'li .n');
    const subjects = ['区发展和改革局', '区教育局', '区生态环境局', '区住房和城乡建设局'];
    const grades = { kind: 'satisfaction', tallies: subjects.map((_, i) => ({ satisfied: 18 - i, fair: 5, dissatisfied: 2 + i, invalid: 1 })) };
    tell({ vote: { ...made.counted(id, 'declared', grades, { kind: 'satisfaction' }), title: '区政府部门工作满意度测评', form: { kind: 'satisfaction', subjects }, rule: rule('survey', []) } });
    await hall.shot('secret-survey', '.bar');
    con.tell({ meeting: { ...clerk.topics.meeting, phase: 'closed' }, scrutiny: scrutiny({ state: 'ready', code: 'WERC-8GMR' }, [4, 4, 4], [5, 12]), next: { steps: [] } });
    await con.shot('scrutiny-destroyed', 'run', sheet());
    await hall.close();
  } finally {
    for (const seat of seats) seat.socket.terminate();
    await server.end();
  }
}

async function crowd(browser, many, present) {
  const server = await Server.start({ sample: true, seats: many });
  try {
    const clerk = await Clerk.open(server);
    await clerk.command({ command: 'open_sign_in' });
    const members = clerk.topics.roll.people.filter((p) => p.standing === 'member').slice(0, present);
    for (let i = 0; i < members.length; i += 40) {
      await Promise.all(members.slice(i, i + 40).map((p) => clerk.command({ command: 'sign_in_for', member: p.member, reason: '演示' })));
      // No faster than a console may: 200 commands a second.
      await new Promise((done) => setTimeout(done, 230));
    }
    const hall = await halls(browser, server);
    await hall.shot(`sign-in-${many}`, 'svg path, .seat');
    const con = await consoles(browser, server, `-${many}`);
    await con.shot(`run-${many}`, 'run', (p) => p.locator('.large svg, .seat').first().waitFor());
    await clerk.command({ command: 'open_meeting' });
    const [item] = clerk.topics.agenda.items;
    await clerk.command({ command: 'start_item', item: item.id });
    await clerk.command({ command: 'open_vote', vote: item.votes[0] });
    await hall.shot(`voting-${many}`, '.turnout');
    const yes = Math.floor(present * 0.9);
    await clerk.command({ command: 'enter_count', vote: item.votes[0], by: 'hands', reason: '演示', count: { kind: 'motion', tally: { for: yes, against: Math.floor((present - yes) / 2), abstain: 0 } } });
    await clerk.command({ command: 'declare_vote', vote: item.votes[0] });
    await hall.shot(`result-${many}`, 'dl');
    await hall.close();
  } finally {
    await server.end();
  }
}

const browser = await launch();
try {
  if (urls.length > 0) {
    for (const [n, url] of urls.entries()) {
      const isHall = new URL(url).pathname.startsWith('/hall');
      for (const lang of LANGS) {
        for (const [width, height] of isHall ? HALLS : [[1440, 900]]) {
          const page = await window(browser, { width, height });
          if (isHall) await page.goto(withLang(url, lang));
          else await signIn(page, { console: withLang(url, lang) }, process.env.HEMICYCLE_CLERK ?? 'clerk', process.env.HEMICYCLE_PASSWORD ?? '');
          await page.locator(isHall ? 'header' : 'main .grid, main .card').first().waitFor();
          await shot(page, `${isHall ? 'hall' : 'console'}-${n + 1}-${lang}-${width}x${height}`);
          await page.context().close();
        }
      }
    }
  } else {
    await committee(browser);
    await people(browser, { shot, consoles, withLang, langs: LANGS });
    await secrets(browser);
    await crowd(browser, 100, 71);
    await crowd(browser, 3376, 2251);
  }
  console.log(`${taken.size} pictures in ${out}`);
} finally {
  await browser.close();
}
