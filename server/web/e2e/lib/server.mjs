// Starts the real server on a data folder of its own and learns from its
// standard output where it is and how to sign in.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPO = fileURLToPath(new URL('../../../..', import.meta.url));
export const SAMPLE = join(REPO, 'assets/sample');

/** The fonts and the PDF library lie in the repository, not beside a test build. */
const ENV = { ...process.env, HEMICYCLE_ASSETS: join(REPO, 'assets') };

/** The program to test. */
export function binary() {
  const path = process.env.HEMICYCLE_BIN;
  if (!path) throw new Error('set HEMICYCLE_BIN to the hemicycle program');
  return path;
}

/** A port that was free a moment ago: a server that comes back needs the same one. */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => probe.once('listening', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

export class Server {
  #child = null;
  #log = '';

  constructor(folder, port) {
    this.folder = folder;
    this.data = join(folder, 'data');
    this.port = port;
    this.base = `http://127.0.0.1:${port}`;
    this.ws = `ws://127.0.0.1:${port}/ws`;
  }

  /** On a fresh folder; without `clerks` nobody has an account, and `setup` is the link. `sample` loads the sample meeting first, with so many seats. */
  static async start({ sample = false, seats = null, enrolment = 'open', clerks = true } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'hemicycle-web-'));
    const server = new Server(folder, await freePort());
    writeFileSync(join(folder, 'room.toml'), `enrolment = "${enrolment}"\n`);
    if (sample) {
      const more = seats === null ? [] : ['--seats', String(seats)];
      execFileSync(binary(), ['sample', '--data', server.data, '--from', SAMPLE, ...more], { stdio: ['ignore', 'ignore', 'pipe'], cwd: REPO, env: ENV });
    }
    // The first account is made here, so that tests know its password.
    if (clerks) {
      server.setClerk('clerk', 'correct horse battery');
      server.setClerk('second', 'another horse battery');
    }
    await server.run();
    return server;
  }

  setClerk(name, password, role = 'clerk') {
    execFileSync(binary(), ['clerk', 'set', name, '--data', this.data, '--role', role], { input: `${password}\n`, stdio: ['pipe', 'ignore', 'pipe'], cwd: REPO, env: ENV });
  }

  async run() {
    const child = spawn(
      binary(),
      ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--config', join(this.folder, 'room.toml')],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: REPO, env: ENV },
    );
    this.#child = child;
    child.stderr.on('data', (d) => (this.#log = (this.#log + d).slice(-20000)));
    let out = '';
    await new Promise((ready, failed) => {
      child.stdout.on('data', (d) => {
        out += d;
        const hall = /http:\/\/\S+\/hall#(\S+)/.exec(out);
        if (hall && /本机/.test(out)) {
          this.hall = `${this.base}/hall#${hall[1]}`;
          this.setup = /http:\/\/\S+\/console#setup=\S+/.exec(out)?.[0] ?? null;
          ready();
        }
      });
      child.once('exit', (code) => failed(new Error(`the server ended with ${code}\n${this.#log}`)));
    });
    this.console = `${this.base}/console`;
  }

  get log() {
    return this.#log;
  }

  /** Ends it; `hard` as a power cut would. */
  async stop(hard = false) {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(hard ? 'SIGKILL' : 'SIGTERM');
    await gone;
  }

  async end() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
