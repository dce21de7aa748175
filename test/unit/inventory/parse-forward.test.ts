import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../../src/core/hawser-error.js';
import type { ForwardEnd, ForwardListen, ForwardSpec } from '../../../src/inventory/forward-spec.js';
import { parseForward } from '../../../src/inventory/parse-forward.js';
import { hasSsh, parseDump, runSsh } from './ssh-oracle.js';

type Type = 'local' | 'remote' | 'dynamic';

const FLAGS: Readonly<Record<Type, string>> = { local: '-L', remote: '-R', dynamic: '-D' };

const loopback = (port: number): ForwardListen => ({ host: '127.0.0.1', port });

function faultOf(text: string, type?: Type): ParseError {
  try {
    parseForward(text, type);
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}

describe('parseForward', () => {
  const spellings: readonly [text: string, type: Type, listen: ForwardListen, to?: ForwardEnd][] = [
    ['8080:db:5432', 'local', loopback(8080), { host: 'db', port: 5432 }],
    ['0:db:5432', 'local', loopback(0), { host: 'db', port: 5432 }],
    ['*:8080:db:80', 'local', { host: '*', port: 8080 }, { host: 'db', port: 80 }],
    [':8080:db:80', 'local', { host: '*', port: 8080 }, { host: 'db', port: 80 }],
    ['0.0.0.0:8080:db:80', 'local', { host: '0.0.0.0', port: 8080 }, { host: 'db', port: 80 }],
    ['localhost:8080:db:80', 'local', { host: 'localhost', port: 8080 }, { host: 'db', port: 80 }],
    ['[::1]:8080:[2001:db8::7]:80', 'local', { host: '::1', port: 8080 }, { host: '2001:db8::7', port: 80 }],
    ['1:2:3', 'local', loopback(1), { host: '2', port: 3 }],
    ['/tmp/a:/tmp/b', 'local', { socketPath: '/tmp/a' }, { socketPath: '/tmp/b' }],
    ['/tmp/a:db:5432', 'local', { socketPath: '/tmp/a' }, { host: 'db', port: 5432 }],
    ['rel/a:db:5432', 'local', { socketPath: 'rel/a' }, { host: 'db', port: 5432 }],
    ['[/tmp/a:b]:db:1', 'local', { socketPath: '/tmp/a:b' }, { host: 'db', port: 1 }],
    ['8080:/run/db', 'local', loopback(8080), { socketPath: '/run/db' }],
    ['10.0.0.1:8080:/run/db', 'local', { host: '10.0.0.1', port: 8080 }, { socketPath: '/run/db' }],
    ['0:db:1', 'remote', { host: 'localhost', port: 0 }, { host: 'db', port: 1 }],
    ['*:9000:localhost:3000', 'remote', { host: '*', port: 9000 }, { host: 'localhost', port: 3000 }],
    ['/tmp/a:/tmp/b', 'remote', { socketPath: '/tmp/a' }, { socketPath: '/tmp/b' }],
    ['1080', 'dynamic', loopback(1080)],
    ['[::1]:1080', 'dynamic', { host: '::1', port: 1080 }],
    ['*:1080', 'dynamic', { host: '*', port: 1080 }],
    ['/tmp/socks', 'dynamic', { socketPath: '/tmp/socks' }],
  ];

  it.each(spellings)('reads %s (%s)', (text, type, listen, to) => {
    expect(parseForward(text, type)).toEqual({ type, listen, ...(to === undefined ? {} : { to }) });
  });

  it('takes a forward for a local one where nothing else is said', () => {
    expect(parseForward('8080:db:80')).toMatchObject({ type: 'local' });
  });

  it.each([
    ['', 'local', 1, 'it is empty'],
    ['8080', 'local', 5, 'it says not where to'],
    ['8080:db', 'local', 8, 'a port is missing'],
    ['8080:db:http', 'local', 9, 'from 1 to 65535'],
    ['8080:db:0', 'local', 9, 'from 1 to 65535'],
    ['65536:db:80', 'local', 1, 'from 0 to 65535'],
    ['8080:db:80:90', 'local', 6, 'from 0 to 65535'],
    ['1:2:3:4:5', 'local', 9, 'there is more than'],
    ['::1:8080:db:80', 'local', 2, 'from 0 to 65535'],
    ['[::1:8080:db:80', 'local', 1, 'never closed'],
    ['[::1]8080:db:80', 'local', 6, 'a colon has to follow'],
    ['8080:d b:80', 'local', 7, 'white space'],
    ['8080:[d b]:80', 'local', 8, 'white space'],
    ['8080:/a:80', 'local', 9, 'there is more than'],
    ['8080', 'remote', 5, 'it says not where to'],
    ['1080:db:80', 'dynamic', 6, 'from 0 to 65535'],
    ['db', 'dynamic', 3, 'a port is missing'],
  ] as const)('says where %j (%s) cannot be meant', (text, type, column, why) => {
    const fault = faultOf(text, type);
    expect(fault).toMatchObject({ line: 1, column });
    expect(fault.message).toContain(why);
  });

  it('reads any text, or throws a ParseError within it', () => {
    const piece = fc.constantFrom(':', '[', ']', '/', '*', '0', '80', 'db', '::1', ' ', '-', '\n');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.constantFrom<Type>('local', 'remote', 'dynamic'),
        (words, type) => {
          const text = words.join('');
          try {
            parseForward(text, type);
          } catch (error) {
            expect(error).toBeInstanceOf(ParseError);
            if (error instanceof ParseError) expect(error.column).toBeLessThanOrEqual(text.length + 1);
          }
        },
      ),
    );
  });
});

if (!hasSsh) console.warn('SKIPPED: there is no ssh to compare forwards with.');

describe.skipIf(!hasSsh)('parseForward beside ssh -G', () => {
  /** As `ssh -G` prints a forward. */
  const dumped = (spec: ForwardSpec, text: string): string => {
    const end = (at: ForwardListen | ForwardEnd, plain: boolean): string => {
      if ('socketPath' in at) return at.socketPath;
      return plain ? String(at.port) : `[${at.host}]:${at.port}`;
    };
    const { listen = {} } = spec;
    // ssh keeps an empty address and none apart from the others; ours are what they mean.
    const unsaid = !('socketPath' in listen) && (listen.host === '127.0.0.1' || listen.host === 'localhost');
    const bare = unsaid && !text.startsWith('localhost') && !text.startsWith('127.');
    const from = text.startsWith(':') ? end(listen, false).replace('*', '') : end(listen, bare);
    return 'to' in spec ? `${from} ${end(spec.to, false)}` : from;
  };

  it.each([
    ['local', '8080:db:5432'],
    ['local', '*:8080:localhost:80'],
    ['local', ':8080:db:80'],
    ['local', '0.0.0.0:8080:db:80'],
    ['local', 'localhost:8080:db:80'],
    ['local', '[::1]:8080:[2001:db8::7]:80'],
    ['local', '1:2:3'],
    ['local', '/tmp/a:/tmp/b'],
    ['local', '8080:/run/x'],
    ['local', '/tmp/a:db:5432'],
    ['local', 'rel/x:db:1'],
    ['local', '[/tmp/a:b]:db:1'],
    ['local', '127.0.0.1:8080:/run/x'],
    ['local', 'a:b'],
    ['local', '8080:db'],
    ['local', '1:db:0'],
    ['local', '::1:8080:db:80'],
    ['local', '1:2:3:4:5'],
    ['local', '1234:5678'],
    ['remote', '0:db:1'],
    ['remote', '0:/x'],
    ['remote', '*:9000:localhost:3000'],
    ['remote', '/tmp/a:/tmp/b'],
    ['dynamic', '1080'],
    ['dynamic', '*:1080'],
    ['dynamic', ':1080'],
    ['dynamic', '[::1]:1080'],
    ['dynamic', 'localhost:1080'],
    ['dynamic', '/tmp/x'],
    ['dynamic', '::1:1080'],
  ] as const)('takes for a %s forward what ssh does, of %s', async (type, text) => {
    const { status, stdout } = await runSsh('/dev/null', ['-G', FLAGS[type], text, 'host']);
    const said = parseDump(stdout)[`${type}forward`]?.[0];
    if (status !== 0) expect(faultOf(text, type)).toBeInstanceOf(ParseError);
    else expect(dumped(parseForward(text, type), text)).toBe(said);
  });
});
