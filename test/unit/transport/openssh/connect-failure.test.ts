import { describe, expect, it } from 'vitest';
import { ConnectTrace } from '../../../../src/core/diagnostics.js';
import { AuthError, ConnectError, HostKeyError, ThrottledError } from '../../../../src/core/errors.js';
import { type HawserError, OptionError } from '../../../../src/core/hawser-error.js';
import { chainFailure, connectFailure } from '../../../../src/transport/openssh/connect-failure.js';
import { type ConnectFacts, ConnectProgress } from '../../../../src/transport/openssh/connect-progress.js';

const KEY = 'SHA256:gijkVys3qEdUCs1FBxhAW+L3a1MZ/wqLWBJANK3euhw';
const CONNECTED = ['debug1: Connecting to web1 [10.0.0.1] port 22.', 'debug1: Connection established.'];
const GREETED = [...CONNECTED, 'debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2p1'];
const SHOWN = [...GREETED, 'debug1: kex: algorithm: curve25519-sha256', `debug1: Server host key: ssh-ed25519 ${KEY}`];
const TRUSTED = [
  ...SHOWN,
  'debug1: SSH2_MSG_NEWKEYS received',
  'debug1: Authentications that can continue: publickey,password',
];
const IN = [...TRUSTED, 'Authenticated to web1 ([10.0.0.1]:22) using "publickey".'];

function heard(lines: readonly string[], name = 'web1'): ConnectFacts {
  const progress = new ConnectProgress({ name, hop: `${name}:22`, username: 'deploy' }, new ConnectTrace(name));
  for (const line of lines) progress.hear(line);
  return progress.facts;
}

describe('what ssh says when it gives up', () => {
  const cases: readonly (readonly [string, readonly string[], new (...args: never[]) => HawserError, object])[] = [
    [
      'a name that does not resolve',
      ['ssh: Could not resolve hostname web1: Name or service not known'],
      ConnectError,
      { phase: 'resolve', retryable: false },
    ],
    [
      'a name server that does not answer',
      ['ssh: Could not resolve hostname web1: Temporary failure in name resolution'],
      ConnectError,
      { phase: 'resolve', retryable: true },
    ],
    [
      'a refused connection',
      [...CONNECTED.slice(0, 1), 'ssh: connect to host web1 port 22: Connection refused'],
      ConnectError,
      { phase: 'tcp', retryable: true, hop: 'web1:22' },
    ],
    [
      'no answer at all',
      ['ssh: connect to host web1 port 22: Connection timed out'],
      ConnectError,
      { phase: 'tcp', retryable: true },
    ],
    ['no version', [...CONNECTED, 'Connection timed out during banner exchange'], ConnectError, { phase: 'banner' }],
    [
      'a server that is full',
      [
        ...CONNECTED,
        'debug1: kex_exchange_identification: banner line 0: Exceeded MaxStartups',
        'kex_exchange_identification: Connection closed by remote host',
      ],
      ThrottledError,
      { phase: 'banner', retryable: true },
    ],
    [
      'a server that hangs up',
      [...CONNECTED, 'kex_exchange_identification: read: Connection reset by peer'],
      ConnectError,
      { phase: 'banner', retryable: true },
    ],
    [
      'nothing in common',
      [...GREETED, 'Unable to negotiate with 10.0.0.1 port 22: no matching cipher found. Their offer: aes128-ctr'],
      ConnectError,
      { phase: 'kex', retryable: false },
    ],
    [
      'an unknown host key',
      [
        ...SHOWN,
        'No ED25519 host key is known for web1 and you have requested strict checking.',
        'Host key verification failed.',
      ],
      HostKeyError,
      { reason: 'unknown', fingerprint: KEY, keyType: 'ssh-ed25519' },
    ],
    [
      'a changed host key',
      [
        ...SHOWN,
        '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
        'Offending ECDSA key in /home/me/known hosts:17',
        'Host key verification failed.',
      ],
      HostKeyError,
      { reason: 'mismatch', file: '/home/me/known hosts', line: 17 },
    ],
    [
      'a revoked host key',
      [...SHOWN, '@       WARNING: REVOKED HOST KEY DETECTED!               @', 'Host key verification failed.'],
      HostKeyError,
      { reason: 'revoked' },
    ],
    [
      'refused keys',
      [
        ...TRUSTED,
        'debug1: Next authentication method: publickey',
        `debug1: Offering public key: /home/me/my key ED25519 ${KEY} explicit`,
        `debug1: Offering public key: me@laptop RSA ${KEY} agent`,
        'deploy@web1: Permission denied (publickey,password).',
      ],
      AuthError,
      {
        tried: [
          { method: 'publickey', detail: '/home/me/my key', outcome: 'refused' },
          { method: 'agent', detail: 'me@laptop', outcome: 'refused' },
        ],
      },
    ],
    [
      'too many refused keys',
      [...TRUSTED, 'Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures'],
      AuthError,
      { phase: 'auth', retryable: false },
    ],
    [
      'a ticket that does not serve',
      [
        ...TRUSTED,
        'debug1: Next authentication method: gssapi-with-mic',
        'deploy@web1: Permission denied (gssapi-with-mic).',
      ],
      AuthError,
      { tried: [{ method: 'none', detail: 'gssapi-with-mic', outcome: 'refused' }] },
    ],
    [
      'an unknown setting',
      ['/home/me/.ssh/config: line 3: Bad configuration option: hostnmae'],
      OptionError,
      { host: 'web1' },
    ],
    ['a configuration that others may write', ['Bad owner or permissions on /home/me/.ssh/config'], OptionError, {}],
    [
      'something new',
      [...TRUSTED, 'The moon is in the wrong place.'],
      ConnectError,
      { phase: 'auth', retryable: false },
    ],
  ];
  for (const [what, lines, kind, expected] of cases) {
    it(`tells ${what}`, () => {
      const error = connectFailure(heard(lines));
      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject(expected);
      expect(error.message).toContain('web1');
      expect(error.message).not.toMatch(/\.\.$/);
    });
  }

  it('is quoted where nobody knows what it means, with what a terminal would obey made visible', () => {
    expect(connectFailure(heard([...TRUSTED, 'The moon \u001b[31m is red.'])).message).toContain(
      'moon \\x1b[31m is red',
    );
    expect(connectFailure(heard([])).message).toContain('without a word');
  });

  it('is about the first machine on the way that did not let us in, or did not lead on', () => {
    const denied = heard([...TRUSTED, 'deploy@hop: Permission denied (publickey).'], 'hop');
    const closed = heard(['kex_exchange_identification: Connection closed by remote host']);
    expect(chainFailure([denied], closed)).toMatchObject({ name: 'AuthError', hop: 'hop:22' });
    const astray = heard([...IN, 'channel 0: open failed: connect failed: No route to host'], 'hop');
    expect(chainFailure([astray], closed)).toMatchObject({ phase: 'tcp', hop: 'web1:22', retryable: true });
    const fine = heard(IN, 'hop');
    expect(chainFailure([fine], heard([...TRUSTED, 'deploy@web1: Permission denied (publickey).']))).toMatchObject({
      name: 'AuthError',
      hop: 'web1:22',
    });
  });
});
