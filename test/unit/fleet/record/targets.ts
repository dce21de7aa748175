import fc from 'fast-check';
import { isKeyText } from '../../../../src/inventory/format-target.js';
import type { HopLike, Target } from '../../../../src/inventory/target.js';

/** Every secret of {@link anyTarget} has this in it, and nothing else has. */
export const SECRET_MARK = 'x5ecretx';

const secret: fc.Arbitrary<string> = fc.string({ maxLength: 6 }).map((text) => `${SECRET_MARK}${text}`);
const secretSource: fc.Arbitrary<string | (() => string)> = fc.oneof(
  secret,
  secret.map((text) => () => text),
);
const host: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9.-]{0,12}$/),
  fc.ipV4(),
  fc.ipV6(),
  fc.constant('fe80::1%eth0'),
);
const path: fc.Arbitrary<string> = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((text) => !text.includes('\0') && !isKeyText(text));
const name: fc.Arbitrary<string> = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !text.includes('\0'));
const key: fc.Arbitrary<string | Buffer> = fc.oneof(
  path,
  secret.map((text) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${text}\n`),
  secret.map((text) => Buffer.from(text)),
);
const milliseconds: fc.Arbitrary<number> = fc.integer({ min: 1, max: 2_147_483_647 });

const fields = {
  host,
  key: name,
  protocol: fc.constantFrom('ssh' as const, 'local' as const),
  port: fc.integer({ min: 1, max: 65_535 }),
  username: fc.stringMatching(/^[a-z_][a-z0-9_.@ -]{0,8}[a-z]$/).filter((text) => !/\s-/.test(text)),
  password: secretSource,
  privateKey: fc.oneof(key, fc.array(key, { maxLength: 3 })),
  passphrase: secretSource,
  agent: fc.oneof(path, fc.constant(false as const)),
  keyboardInteractive: secret.map((text) => async () => [text]),
  hostKey: fc.oneof(
    fc.constantFrom('strict' as const, 'accept-new' as const, 'insecure-accept-any' as const),
    fc.constant(() => true),
    fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((hash) => ({ fingerprints: [`SHA256:${Buffer.from(hash).toString('base64').replace(/=+$/, '')}`] })),
  ),
  knownHosts: fc.oneof(path, fc.array(path, { maxLength: 2 })),
  proxyCommand: name,
  sshConfig: fc.oneof(fc.boolean(), path),
  connectTimeout: milliseconds,
  keepAlive: fc.oneof(
    fc.constant(false as const),
    fc.record({ interval: milliseconds, countMax: fc.integer({ min: 1, max: 100 }) }),
  ),
  algorithms: fc.record(
    { kex: fc.array(name, { minLength: 1, maxLength: 2 }), cipher: fc.array(name, { minLength: 1, maxLength: 2 }) },
    { requiredKeys: [] },
  ),
  threadSafe: fc.boolean(),
};

const { target } = fc.letrec<{ hop: HopLike; target: Target }>((tie) => ({
  hop: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('gate', 'deploy@gate:2222', 'ssh://me@[::1]:22'),
    tie('target'),
  ),
  target: fc
    .tuple(
      fc.record(fields, { requiredKeys: ['host'] }),
      fc.option(fc.oneof(tie('hop'), fc.array(tie('hop'), { maxLength: 2 })), { nil: undefined, depthSize: 'small' }),
    )
    .map(([own, proxyJump]) => ({ ...own, ...(proxyJump === undefined ? {} : { proxyJump }) })),
}));

/** A target with any of its fields, secrets and jump hosts among them. */
export const anyTarget: fc.Arbitrary<Target> = target;
