// A TCP proxy that delays both directions without limiting what they carry. It runs in a process of its own, so that
// a busy test does not delay it further.
//
//   node latency-proxy.mjs TARGET_PORT DELAY_MS    listens on 127.0.0.1, prints its port, ends when stdin does
//
// Commands, one a line on stdin: "cut" resets every connection, "stall" carries nothing more (not even a close) and
// leaves new connections mute, "resume" carries on.
import net from 'node:net';
import { createInterface } from 'node:readline';

const [target, delay] = process.argv.slice(2).map(Number);
const mostHeld = 32 * 1024 * 1024;
const pairs = new Set();
let stalled = false;

/** One direction: what came from `from` leaves by `to` in order, `delay` later. */
class Line {
  #from;
  #to;
  #queue = [];
  #held = 0;
  #open = false;
  #timer;

  constructor(from, to) {
    this.#from = from;
    this.#to = to;
    from.on('data', (chunk) => {
      this.#held += chunk.length;
      if (this.#held >= mostHeld) from.pause();
      this.#put(chunk);
    });
    from.on('end', () => this.#put(null));
    if (stalled) from.pause();
  }

  open() {
    this.#open = true;
    this.#pump();
  }

  stall() {
    this.#from.pause();
    this.stop();
  }

  resume() {
    this.#flow();
    this.#pump();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #put(chunk) {
    this.#queue.push({ due: performance.now() + delay, chunk });
    this.#arm();
  }

  #arm() {
    const [first] = this.#queue;
    if (this.#timer !== undefined || stalled || !this.#open || first === undefined) return;
    this.#timer = setTimeout(() => this.#pump(), Math.max(0, Math.round(first.due - performance.now())));
  }

  #pump() {
    this.stop();
    if (stalled || !this.#open) return;
    const now = performance.now() + 0.5; // timers count whole milliseconds
    while (this.#queue.length > 0 && this.#queue[0].due <= now) {
      const { chunk } = this.#queue.shift();
      if (chunk === null) this.#to.end();
      else
        this.#to.write(chunk, () => {
          this.#held -= chunk.length;
          this.#flow();
        });
    }
    this.#arm();
  }

  #flow() {
    if (!stalled && this.#held < mostHeld) this.#from.resume();
  }
}

class Pair {
  #ends;
  #lines;
  #dial;
  #broken = false;

  constructor(client) {
    const server = new net.Socket({ allowHalfOpen: true });
    server.setNoDelay(true);
    this.#ends = [client, server];
    const there = new Line(client, server);
    const back = new Line(server, client);
    this.#lines = [there, back];
    back.open();
    server.on('connect', () => there.open());
    for (const end of this.#ends) {
      end.on('error', () => {
        this.#broken = true;
        if (!stalled) this.cut();
      });
      end.on('close', () => {
        if (client.destroyed && server.destroyed) this.#drop();
      });
    }
    // The kernel has already answered the client: a real handshake over that line would have reached the target by now
    // plus three times the delay (there, back, there).
    this.#dial = setTimeout(() => server.connect(target, '127.0.0.1'), 3 * delay);
    pairs.add(this);
  }

  cut() {
    if (this.#drop()) for (const end of this.#ends) end.resetAndDestroy();
  }

  stall() {
    for (const line of this.#lines) line.stall();
  }

  resume() {
    if (this.#broken) this.cut();
    else for (const line of this.#lines) line.resume();
  }

  #drop() {
    clearTimeout(this.#dial);
    for (const line of this.#lines) line.stop();
    return pairs.delete(this);
  }
}

const commands = {
  cut: () => {
    for (const pair of [...pairs]) pair.cut();
  },
  stall: () => {
    stalled = true;
    for (const pair of pairs) pair.stall();
  },
  resume: () => {
    stalled = false;
    for (const pair of [...pairs]) pair.resume();
  },
};

createInterface(process.stdin)
  .on('line', (line) => {
    commands[line]();
    console.log(line);
  })
  .on('close', () => process.exit());

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => new Pair(client));
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => console.log(server.address().port));
