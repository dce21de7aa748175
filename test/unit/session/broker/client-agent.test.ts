import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withClientAgent } from '../../../../src/session/broker/client-agent.js';

it('a client brings its own agent, where nothing else says which to ask', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hawser-agent-'));
  const sshConfig = join(directory, 'config');
  await writeFile(sshConfig, 'Host named\n  IdentityAgent /run/named\nHost keyless\n  PubkeyAuthentication no\n');
  const agentOf = (host: string, o: { agent?: string | false; sshConfig?: string | false } = {}) =>
    withClientAgent({ host, sshConfig, ...o }, '/run/client').agent;
  expect(agentOf('any')).toBe('/run/client');
  expect(agentOf('any', { sshConfig: false })).toBe('/run/client');
  expect(agentOf('any', { agent: '/run/own' })).toBe('/run/own');
  expect(agentOf('any', { agent: false })).toBe(false);
  expect(agentOf('named')).toBeUndefined();
  expect(agentOf('keyless')).toBeUndefined();
  for (const none of [undefined, '', 7, process.env['SSH_AUTH_SOCK']]) {
    expect(withClientAgent({ host: 'any', sshConfig }, none).agent).toBeUndefined();
  }
  await rm(directory, { recursive: true });
});
