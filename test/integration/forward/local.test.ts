import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { describeReal, type Sshd, startSshd } from '../../rigs/rigs.js';
import { targetOf } from '../ssh/target.js';
import { answerAtEnd, ask, serveTcp } from './sockets.js';

describeReal(['sshd'], 'a local forward over a real server', () => {
  let sshd: Sshd;
  let directory: string;

  beforeAll(async () => {
    sshd = await startSshd({ keys: ['ed25519'] });
    directory = await mkdtemp(join(tmpdir(), 'hawser-forward-'));
  });

  afterAll(async () => {
    await sshd?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  it('carries a question and its answer, also when the client has ended its side', async () => {
    await using server = await serveTcp(answerAtEnd);
    await using connection = new SshConnection({ target: targetOf(sshd) });
    await using forward = await connection.forward({ to: server.end });
    expect(forward.address).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
    expect(await ask(forward.address, 'hello')).toBe('HELLO');
    expect(forward.bytes).toEqual({ sent: 5, received: 5 });
    await expect.poll(() => forward.active).toBe(0);
  });
});
