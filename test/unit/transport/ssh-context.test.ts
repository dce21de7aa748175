import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConnectionFactory } from '../../../src/connection/connection-factory.js';
import type { JumpHost } from '../../../src/inventory/target.js';
import { startTestFleet } from '../../../src/testing/test-fleet.js';
import { SshContext } from '../../../src/transport/ssh2/ssh-context.js';
import { endpointWith } from './keys.js';

const web1 = endpointWith({}, { host: '10.0.0.1' });
const bastion = (host: string) => endpointWith({}, { host });
const open = (id: string): JumpHost => ({ id, host: id, dial: () => Promise.reject(new Error('no')) });

describe('what connections share', () => {
  it('is one gate for each server, by whatever name it is called', () => {
    const context = new SshContext();
    expect(context.gate(web1)).toBe(context.gate({ ...web1, name: 'other', username: 'other' }));
    expect(context.gate(web1)).not.toBe(context.gate({ ...web1, port: 23 }));
    expect(new SshContext().gate(web1)).not.toBe(context.gate(web1));
  });

  it('is another gate behind another jump host: a private address is not the same machine everywhere', () => {
    const context = new SshContext();
    const via = (host: string) => context.gate({ ...web1, route: { kind: 'jump', through: bastion(host) } });
    expect(via('a')).toBe(via('a'));
    expect(via('a')).not.toBe(via('b'));
    expect(via('a')).not.toBe(context.gate(web1));
    const borrowed = (id: string) => context.gate({ ...web1, route: { kind: 'borrowed', through: open(id) } });
    expect(borrowed('a')).not.toBe(borrowed('b'));
    expect(context.gate({ ...web1, route: { kind: 'command', command: 'nc' } })).not.toBe(context.gate(web1));
  });

  it('is no place that a target holds while its own jump host has to pass', async () => {
    await using fleet = await startTestFleet();
    const [target] = fleet.targets;
    if (target === undefined) throw new Error('there is no host');
    const factory = new ConnectionFactory();
    const connections = Array.from({ length: 10 }, () => factory.create({ ...target, proxyJump: target }));
    await Promise.all(connections.map((connection) => connection.connect()));
    await Promise.all(connections.map((connection) => connection.close()));
  });

  it('is each ssh_config, read once, and again after it could not be read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hawser-context-'));
    const file = join(directory, 'config');
    const context = new SshContext();
    try {
      await expect(context.config(file)).rejects.toThrow(file);
      await writeFile(file, 'User deploy\n', { mode: 0o600 });
      const config = await context.config(file);
      expect(config?.resolve({ host: 'web1' }).user).toBe('deploy');
      expect(await context.config(file)).toBe(config);
      expect(await context.config(false)).toBeUndefined();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
