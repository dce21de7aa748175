import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { checkTarget, checkTargetOptions } from '../../../src/inventory/check-target.js';

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError);
    return String(error);
  }
  throw new Error('nothing was thrown');
}

describe('checkTarget', () => {
  it('takes a target with every field set', () => {
    const target = {
      host: 'fe80::1%eth0',
      key: 'web',
      protocol: 'openssh',
      port: 65_535,
      username: 'CORP\\me',
      password: () => 'x',
      privateKey: ['~/.ssh/id', Buffer.from('key')],
      passphrase: '',
      agent: false,
      keyboardInteractive: () => Promise.resolve([]),
      hostKey: { fingerprints: [`SHA256:${'A'.repeat(43)}`] },
      knownHosts: [],
      proxyJump: ['a@b', { host: 'c', proxyJump: 'd' }, { id: 'e', host: 'e', dial: () => undefined }],
      proxyCommand: 'nc %h %p',
      sshConfig: false,
      connectTimeout: 1,
      keepAlive: { interval: 1, countMax: 1 },
      algorithms: { cipher: ['aes128-gcm@openssh.com'] },
      threadSafe: true,
    };
    expect(() => checkTarget(target)).not.toThrow();
  });

  it('takes undefined for a field that is left out', () => {
    expect(() => checkTarget({ host: 'h', port: undefined })).not.toThrow();
  });

  it.each([
    ['port', 0],
    ['port', 65_536],
    ['port', 22.5],
    ['port', '22'],
    ['connectTimeout', 0],
    ['connectTimeout', Number.NaN],
    ['connectTimeout', Number.POSITIVE_INFINITY],
    ['keepAlive', true],
    ['keepAlive', { interval: 5 }],
    ['keepAlive', { interval: 5, countMax: 3, count: 3 }],
    ['hostKey', 'no'],
    ['hostKey', { fingerprints: [] }],
    ['hostKey', { fingerprints: ['SHA256:short'] }],
    ['protocol', 'http'],
    ['username', '-l'],
    ['host', '[::1]'],
    ['host', undefined],
    ['key', ''],
    ['agent', true],
    ['algorithms', { ciphers: ['x'] }],
    ['algorithms', { cipher: [] }],
    ['privateKey', ['']],
    ['knownHosts', 5],
    ['sshConfig', 1],
    ['threadSafe', 'yes'],
    ['keyboardInteractive', 'x'],
    ['proxyCommand', ''],
    ['proxyJump', [5]],
  ])('refuses %s: %j and names the field', (field, value) => {
    expect(messageOf(() => checkTarget({ host: 'h', [field]: value }))).toContain(`\`${field}\``);
  });

  it('says what was expected and what was got', () => {
    expect(messageOf(() => checkTarget({ host: 'h', port: 70_000 }))).toBe(
      'OptionError: Expected the `port` field of a target to be an integer from 1 to 65535, got 70000',
    );
  });

  it('never repeats a secret', () => {
    expect(messageOf(() => checkTarget({ host: 'h', password: 4711 }))).not.toContain('4711');
    expect(messageOf(() => checkTarget({ host: 'me:hunter2@h' }))).not.toContain('hunter2');
    expect(messageOf(() => checkTarget({ host: 'h', proxyJump: 'me:hunter2@edge' }))).not.toContain('hunter2');
    expect(messageOf(() => checkTarget({ host: 'h', proxyJump: { host: 'j', passphrase: 4711 } }))).not.toContain(
      '4711',
    );
  });

  it("names a hop's own fault", () => {
    const message = messageOf(() => checkTarget({ host: 'h', proxyJump: ['a', { host: 'j', port: 0 }] }));
    expect(message).toContain('`proxyJump`');
    expect(message).toContain('`port`');
  });

  it('refuses a field that it does not know, and says which was meant', () => {
    expect(messageOf(() => checkTarget({ host: 'h', user: 'me' }))).toContain('did you mean `username`');
    expect(messageOf(() => checkTarget({ host: 'h', privatekey: 'x' }))).toContain('did you mean `privateKey`');
    expect(messageOf(() => checkTarget({ host: 'h', colour: 'x' }))).toContain('known are host, key');
  });

  it.each([null, undefined, 5, [], 'web1'])('refuses %j as a target', (value) => {
    expect(messageOf(() => checkTarget(value))).toContain('Expected a target');
  });

  it('needs a host, and options for a target do not', () => {
    expect(messageOf(() => checkTarget({ port: 22 }))).toContain('`host`');
    expect(() => checkTargetOptions({ port: 22 })).not.toThrow();
    expect(messageOf(() => checkTargetOptions({ port: 0 }))).toContain('`port`');
  });
});
