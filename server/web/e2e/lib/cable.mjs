// A cable between the browser and the server that can be pulled.
import { connect, createServer } from 'node:net';

export class Cable {
  /** Bytes that have gone to the server. */
  up = 0;
  #sockets = new Set();
  #pullAt = Infinity;
  #pulled = () => {};

  constructor(to) {
    this.server = createServer((here) => {
      if (this.#pulledOut) return here.destroy();
      const there = connect(to, '127.0.0.1');
      for (const socket of [here, there]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          (socket === here ? there : here).destroy();
        });
      }
      here.on('data', (data) => {
        this.up += data.length;
        if (this.up >= this.#pullAt) this.pull();
        else if (!there.write(data)) here.pause();
      });
      there.on('drain', () => here.resume());
      there.pipe(here);
    });
  }

  #pulledOut = false;

  async plugIn() {
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.port = this.server.address().port;
    this.base = `http://127.0.0.1:${this.port}`;
  }

  /** Pulls it once so many more bytes have gone up. */
  pullAfter(bytes) {
    this.#pullAt = this.up + bytes;
    return new Promise((done) => (this.#pulled = done));
  }

  pull() {
    this.#pulledOut = true;
    this.#pullAt = Infinity;
    for (const socket of this.#sockets) socket.destroy();
    this.#pulled();
  }

  back() {
    this.#pulledOut = false;
  }

  end() {
    this.pull();
    this.server.close();
  }
}
