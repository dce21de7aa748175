import { writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { quote } from '../../core/quote.js';
import type { Target } from '../../inventory/target.js';
import { Answers, type Question, unanswered } from './answers.js';
import { HOP_VARIABLE } from './ssh-arguments.js';
import type { Workplace } from './workplace.js';

/**
 * The program that ssh asks in place of its user (`SSH_ASKPASS`). It hands the question to us over a socket, and prints
 * the answer for ssh alone: secrets are in no file, argument or variable.
 */
const HELPER = `'use strict';
const { connect } = require('node:net');
const [socketPath, prompt = ''] = process.argv.slice(2);
const { SSH_ASKPASS_PROMPT: kind = '', ${HOP_VARIABLE}: hop = '' } = process.env;
let answer = '';
process.exitCode = 1;
const socket = connect(socketPath);
socket.setEncoding('utf8');
socket.on('error', () => {});
socket.on('data', (text) => {
  answer += text;
});
socket.on('end', () => {
  if (!answer.startsWith('+')) return;
  process.exitCode = 0;
  process.stdout.write(answer.slice(1) + '\\n');
});
socket.end(JSON.stringify({ prompt, kind, hop, parent: process.ppid }));
`;

/** A question, and who asks. */
interface Asked extends Question {
  /** The jump host that it is about; `''`: the target, or a machine that ssh_config leads over. */
  readonly hop: string;
  /** The process that asks. */
  readonly parent: number;
}

/** Answers the questions of one master that is being started, and of the ssh that lead over its jump hosts. */
export class Askpass {
  /** What ssh needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Questions that were left without an answer, in words. */
  readonly unanswered: string[] = [];
  readonly #server: Server;
  readonly #target: Answers;
  readonly #hops: readonly { readonly host: string; readonly answers: Answers }[];
  #master: number | undefined;

  private constructor(server: Server, program: string, target: Readonly<Target>, hops: readonly Target[]) {
    this.#server = server;
    this.#target = new Answers(target);
    this.#hops = hops.map((hop) => ({ host: hop.host, answers: new Answers(hop) }));
    // Before 8.4 ssh asks a program only where it believes in a display.
    this.env = { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: process.env['DISPLAY'] ?? ':0' };
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async open(workplace: Workplace, target: Readonly<Target>, hops: readonly Target[]): Promise<Askpass> {
    // By its ending it is what it is, whatever a package.json in a directory above says.
    const [helper, program, socket] = [`${workplace.path('h')}.cjs`, workplace.path('p'), workplace.path('a')];
    const line = `NODE_OPTIONS= exec ${[process.execPath, helper, socket].map(quote).join(' ')} "$@"`;
    await writeFile(helper, HELPER, { mode: 0o600 });
    await writeFile(program, `#!/bin/sh\n${line}\n`, { mode: 0o700 });
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socket, resolve);
    });
    server.unref();
    return new Askpass(server, program, target, hops);
  }

  /** Says which process is the master: what is asked by another one is not meant for the target. */
  expect(master: number | undefined): void {
    this.#master = master;
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket): void {
    let text = '';
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.once('end', async () => {
      const asked = parse(text);
      if (asked === undefined) socket.destroy();
      else socket.end(await this.#answer(asked));
    });
  }

  async #answer(asked: Asked): Promise<string> {
    try {
      return `+${await this.#whose(asked).to(asked)}`;
    } catch (error) {
      this.unanswered.push(unanswered(asked, error));
      return '-';
    }
  }

  /** A password is for the machine that it was given for, and for none on the way there. */
  #whose({ hop, parent, prompt }: Asked): Answers {
    if (hop === '' && parent === this.#master) return this.#target;
    const known = hop === '' ? undefined : this.#hops[Number(hop)];
    const isOwn = /^Enter (?:passphrase|PIN) for /.test(prompt);
    if (known !== undefined && (isOwn || prompt.includes(`@${known.host}'`) || prompt.includes(`@${known.host})`))) {
      return known.answers;
    }
    throw new Error('a machine on the way there asks, which the target does not name: give it as `proxyJump`');
  }
}

function parse(text: string): Asked | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { prompt, kind, hop, parent } = value as Record<string, unknown>;
    const isAsked = [prompt, kind, hop].every((one) => typeof one === 'string') && typeof parent === 'number';
    return isAsked
      ? { prompt: String(prompt), kind: String(kind), hop: String(hop), parent: Number(parent) }
      : undefined;
  } catch {
    return undefined;
  }
}
