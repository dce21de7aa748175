import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashedNames, hashName, parseHashedName } from '../../../../src/inventory/known-hosts/hashed-names.js';
import { KnownHosts } from '../../../../src/inventory/known-hosts/known-hosts.js';
import { ed25519Key, text } from './keys.js';

describe('hashed names', () => {
  it('are the HMAC of node:crypto, for any text', () => {
    const salts = fc.uint8Array({ minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(salts, { minLength: 1, maxLength: 5 }),
        fc.string({ unit: 'binary', maxLength: 300 }),
        (all, name) => {
          const hashed = new HashedNames();
          for (const salt of all) {
            const digest = createHmac('sha1', salt).update(name).digest('base64');
            const index = hashed.add({ salt: Buffer.from(salt).toString('base64'), digest });
            expect(hashed.matches(index, name)).toBe(true);
            expect(hashed.matches(index, `${name}x`)).toBe(false);
          }
          expect(hashed.find(name)).toEqual(all.map((_, index) => index));
          expect(hashed.find(`${name}x`)).toEqual([]);
        },
      ),
    );
  });

  it('are written with the salt that was given, else with a new one', () => {
    const salt = Buffer.alloc(20, 7);
    expect(hashName('web1', salt)).toBe(hashName('web1', salt));
    expect(hashName('web1')).not.toBe(hashName('web1'));
  });

  it('are found for every name of every length, and for no other', () => {
    const host = fc.stringMatching(/^[a-z][a-z0-9.-]{0,250}$/);
    fc.assert(
      fc.property(host, host, fc.integer({ min: 1, max: 65535 }), (one, two, port) => {
        const line = KnownHosts.line(one, port, ed25519Key('k'), { hash: true });
        expect(parseHashedName(line.split(' ')[0] ?? '')).toBeDefined();
        const known = KnownHosts.parse(line);
        expect(known.lookup(one, port)).toHaveLength(1);
        expect(known.lookup(two, port)).toHaveLength(one === two ? 1 : 0);
      }),
    );
  });
});

describe('KnownHosts.parse', () => {
  it('takes any text, and accounts for each of its lines', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('@revoked', '#', '|1|', 'ssh-ed25519', 'web1', text(ed25519Key('k'))),
    );
    fc.assert(
      fc.property(fc.array(fc.array(word).map((words) => words.join(' '))), (lines) => {
        const known = KnownHosts.parse(lines.join('\n'));
        for (const { line, column } of known.warnings) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
        }
        known.verify('web1', 22, ed25519Key('k'));
      }),
    );
  });
});
