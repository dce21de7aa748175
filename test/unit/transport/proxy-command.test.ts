import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectError } from '../../../src/core/errors.js';
import { startProxyCommand } from '../../../src/transport/ssh2/proxy-command.js';

const who = { host: 'web1', hop: 'web1:22' };

beforeEach(() => {
  vi.stubEnv('SHELL', '/bin/sh');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a proxy command', () => {
  it('is the link: what is written goes to its stdin, what it writes is read', async () => {
    const { link, ended, failure } = startProxyCommand('cat', who);
    link.end('there and back');
    expect(await text(link)).toBe('there and back');
    await ended;
    expect(failure()).toBeUndefined();
  });

  it("is a line of the user's shell", async () => {
    const { link, ended } = startProxyCommand('printf "%s-%s" "$0" \'a b\' | tr a A', who);
    expect(await text(link)).toMatch(/-A b$/);
    await ended;
  });

  it('that fails says why, in its own last words, which a terminal does not obey', async () => {
    const { link, ended, failure } = startProxyCommand(
      'sh -c \'printf "first\\n\\033[31mno route\\n" >&2; exit 7\'',
      who,
    );
    link.resume();
    link.on('error', () => {});
    await ended;
    const error = failure();
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ phase: 'tcp', host: 'web1', hop: 'web1:22' });
    expect(error?.message).toBe('The ProxyCommand for web1 ended with status 7: \\x1b[31mno route.');
  });

  it('that closes its stdout first is let finish what it says', async () => {
    const { link, ended, failure } = startProxyCommand("sh -c 'exec >&-; sleep 0.2; echo no route >&2; exit 7'", who);
    link.on('end', () => link.destroy()).on('error', () => {});
    link.resume();
    await ended;
    expect(failure()?.message).toBe('The ProxyCommand for web1 ended with status 7: no route.');
  });

  it('that is not there is told by the shell', async () => {
    const { link, ended, failure } = startProxyCommand('/nonexistent/program', who);
    link.resume();
    link.on('error', () => {});
    await ended;
    expect(failure()?.message).toContain('ended with status 127');
  });

  it('whose shell cannot be started fails the link', async () => {
    vi.stubEnv('SHELL', '/nonexistent/shell');
    const { link, ended } = startProxyCommand('cat', who);
    const [error] = await once(link, 'error');
    expect(error).toBeInstanceOf(ConnectError);
    expect(String(error)).toContain('Cannot start the ProxyCommand for web1: spawn /nonexistent/shell ENOENT');
    await ended;
  });

  it('is ended with the link, together with what it started', async () => {
    const { link, ended } = startProxyCommand("sh -c 'sleep 1000 & echo begun; wait'", who);
    expect(String((await once(link, 'data'))[0])).toBe('begun\n');
    link.destroy();
    // It has ended when nobody holds its stderr any more: neither the command nor what it has put in the background.
    await ended;
  });
});
