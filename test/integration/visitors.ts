import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { SshServer } from '../rigs/ssh-server.js';
import { waitUntil } from '../rigs/wait-until.js';

/** Who comes to a server of OpenSSH, and who is there, as the server and the system have it. */
export class Visitors {
  readonly #server: SshServer;
  #counted = 0;

  constructor(server: SshServer) {
    this.#server = server;
  }

  /** How many have logged in since {@link forget}, and have done something since: of one who has just come in it may not be said yet. */
  async logins(): Promise<number> {
    return (await this.#all()) - this.#counted;
  }

  /** Expects {@link logins} to come to so many. */
  async expectLogins(count: number): Promise<void> {
    await expect.poll(() => this.logins(), { timeout: 10_000, message: 'logins by the log' }).toBe(count);
  }

  /** Waits until everybody is out, and counts anew. */
  async forget(): Promise<void> {
    await waitUntil('everybody to be out', async () => (await this.inside()).length === 0);
    this.#counted = await this.#all();
  }

  /** The server's processes for those who are there (Linux only). */
  async inside(): Promise<number[]> {
    return childrenOf(this.#server.pid);
  }

  async #all(): Promise<number> {
    return (await this.#server.log()).match(/Accepted publickey/g)?.length ?? 0;
  }
}

/** The children of a process, theirs not among them (Linux only). */
export async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const texts = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8')));
  return texts.flatMap((text) => text.split(' ').filter((one) => one !== '')).map(Number);
}
