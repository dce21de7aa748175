import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import type { Target } from '../../../../src/inventory/target.js';
import { type Asking, decodeTarget } from '../../../../src/session/broker/decode-target.js';
import { encodeTarget } from '../../../../src/transport/broker/encode-target.js';

/** A target as the broker has it, whose questions go back to where it came from. */
function sent(target: Target): Target {
  const { target: wire, answers } = encodeTarget(target);
  const ask = async (n: number, args: readonly unknown[]): Promise<unknown> =>
    answers[n]?.(JSON.parse(JSON.stringify(args)));
  const asking: Asking = { ask, askOnce: (n) => ask(n, []) };
  return decodeTarget(JSON.parse(JSON.stringify(wire)), asking);
}

describe('a target that is sent to a broker', () => {
  it('arrives as it was, with absolute paths', () => {
    const key = Buffer.from([0, 255, 10]);
    const plain: Target = { host: 'web1', key: 'w', port: 22, threadSafe: true, keepAlive: false, agent: false };
    expect(sent(plain)).toEqual(plain);
    const paths: Target = {
      host: 'web1',
      agent: 'agent.sock',
      knownHosts: ['hosts', '~/hosts'],
      privateKey: ['id', key, '-----BEGIN KEY\n'],
      sshConfig: 'config',
      proxyJump: ['edge', { host: 'inner', privateKey: 'id2', agent: false }],
    };
    expect(sent(paths)).toEqual({
      host: 'web1',
      agent: resolve('agent.sock'),
      knownHosts: [resolve('hosts'), `${homedir()}/hosts`],
      privateKey: [resolve('id'), key, '-----BEGIN KEY\n'],
      sshConfig: resolve('config'),
      proxyJump: ['edge', { host: 'inner', privateKey: resolve('id2'), agent: false }],
    });
  });

  it('has its functions called where it came from, those of its hops too', async () => {
    const info = { host: 'h', port: 1, keyType: 't', key: Buffer.from('k'), fingerprint: 'f', hop: 'h:1' } as const;
    const target = sent({
      host: 'web1',
      agent: false,
      password: async () => 'secret',
      keyboardInteractive: async (prompts, { name }) => prompts.map(({ prompt, echo }) => `${name}${prompt}${echo}`),
      hostKey: ({ key, status }) => key.equals(info.key) && status === 'unknown',
      proxyJump: { host: 'edge', agent: false, passphrase: () => 'phrase' },
    });
    const { password, keyboardInteractive, hostKey, proxyJump } = target;
    expect(typeof password === 'function' && (await password())).toBe('secret');
    expect(await keyboardInteractive?.([{ prompt: 'p', echo: false }], { name: 'n', instructions: '' })).toEqual([
      'npfalse',
    ]);
    expect(typeof hostKey === 'function' && (await hostKey({ ...info, status: 'unknown' }))).toBe(true);
    expect(typeof hostKey === 'function' && (await hostKey({ ...info, status: 'revoked' }))).toBe(false);
    const passphrase = typeof proxyJump === 'object' && 'passphrase' in proxyJump ? proxyJump.passphrase : undefined;
    expect(typeof passphrase === 'function' && (await passphrase('/key'))).toBe('phrase');
  });

  it('has no answers of another kind than is asked for', async () => {
    const wrong = sent({ host: 'web1', agent: false, password: () => JSON.parse('7'), hostKey: () => JSON.parse('1') });
    await expect(typeof wrong.password === 'function' && wrong.password()).rejects.toThrow(OptionError);
    const info = {
      host: 'h',
      port: 1,
      keyType: 't',
      key: Buffer.of(),
      fingerprint: 'f',
      hop: 'h',
      status: 'unknown',
    } as const;
    expect(typeof wrong.hostKey === 'function' && (await wrong.hostKey(info))).toBe(false);
  });

  it.each([
    undefined,
    7,
    [],
    {},
    { host: 7 },
    { host: 'x', ask: 1 },
    { host: 'x', password: { ask: -1 } },
    { host: 'x', port: 0 },
  ])('is refused where it is none: %j', (value) => {
    const asking: Asking = { ask: async () => undefined, askOnce: async () => undefined };
    expect(() => decodeTarget(value, asking)).toThrow(OptionError);
  });
});
