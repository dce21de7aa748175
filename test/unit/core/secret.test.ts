import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concealed, redact, revealed, Secret } from '../../../src/core/secret.js';

describe('a secret', () => {
  const secret = new Secret('hunter2');

  it('shows only to who asks for it', () => {
    expect(secret.reveal()).toBe('hunter2');
  });

  it.each([
    ['inspect', inspect(secret, { depth: null, showHidden: true })],
    ['JSON', JSON.stringify({ secret })],
    ['a template', `${secret}`],
    ['keys', Object.entries(secret).join()],
    ['a spread', inspect({ ...secret })],
  ])('does not show in %s', (_where, text) => {
    expect(text).not.toContain('hunter2');
  });
});

describe('a concealed object', () => {
  const given = { host: 'web1', password: 'hunter2', passphrase: undefined as string | undefined };
  const shown = concealed(given, ['password', 'passphrase']);

  it('has its secrets by name alone', () => {
    expect(shown.password).toBe('hunter2');
    expect('passphrase' in shown).toBe(true);
    for (const text of [inspect(shown), JSON.stringify(shown), inspect({ ...shown }), Object.keys(shown).join()]) {
      expect(text).not.toContain('hunter2');
      expect(text).toContain('host');
    }
  });

  it('cannot be changed, and leaves the original as it was', () => {
    expect(Object.isFrozen(shown)).toBe(true);
    expect(Object.keys(given)).toEqual(['host', 'password', 'passphrase']);
  });

  it('does not get fields that were not there', () => {
    expect('password' in concealed<{ host: string; password?: string }>({ host: 'web1' }, ['password'])).toBe(false);
  });

  it('keeps its secrets when it is concealed again, or revealed', () => {
    const again = concealed(shown, ['password']);
    expect(again.password).toBe('hunter2');
    expect(inspect(again)).not.toContain('hunter2');
    const copy = revealed(shown);
    expect(copy).toEqual(given);
    copy.password = 'changed';
    expect(shown.password).toBe('hunter2');
  });
});

describe('redaction', () => {
  it.each([
    ['sudo -S hunter2 and hunter2', ['hunter2'], 'sudo -S [secret] and [secret]'],
    ['nothing', [], 'nothing'],
    ['nothing', [''], 'nothing'],
    ['a.c abc', ['a.c'], '[secret] abc'],
    ['$& \\ ^', ['$&', '\\', '^'], '[secret] [secret] [secret]'],
  ])('of %j with %j gives %j', (text, secrets, clean) => {
    expect(redact(text, secrets)).toBe(clean);
  });

  it('leaves no end of a secret that begins with another', () => {
    expect(redact('pass=abcdef', ['abc', 'abcdef'])).toBe('pass=[secret]');
  });

  it('does not look into what it has blotted out', () => {
    expect(redact('x e', ['x', 'e', 'secret'])).toBe('[secret] [secret]');
  });

  it('leaves none of the secrets in any text', () => {
    const secret = fc.string({ minLength: 1, maxLength: 5 }).filter((text) => !'[secret]'.includes(text));
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.array(fc.string()), (secrets, parts) => {
        const text = parts.flatMap((part, i) => [part, secrets[i % secrets.length] ?? '']).join('');
        // What the placeholder's own brackets make together with their surroundings is no secret that was there.
        const rest = redact(text, secrets).split('[secret]');
        for (const piece of rest) for (const hidden of secrets) expect(piece.includes(hidden)).toBe(false);
      }),
    );
  });
});
