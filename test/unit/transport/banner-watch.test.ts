import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ConnectError, ThrottledError } from '../../../src/core/errors.js';
import { BannerWatch } from '../../../src/transport/ssh2/banner-watch.js';

/** A watch, and what it has told so far. */
function watch(): { link: PassThrough; banner: BannerWatch; versions: string[]; faults: ConnectError[] } {
  const link = new PassThrough();
  const versions: string[] = [];
  const faults: ConnectError[] = [];
  const banner = new BannerWatch(
    link,
    { host: 'web1', hop: 'web1:22' },
    { version: (version) => versions.push(version), fault: (error) => faults.push(error) },
  );
  return { link, banner, versions, faults };
}

async function said(...chunks: readonly (string | Buffer)[]): Promise<ReturnType<typeof watch>> {
  const watched = watch();
  for (const chunk of chunks) {
    watched.link.write(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return watched;
}

describe('the version of a server', () => {
  it.each<[string, readonly string[], string]>([
    ['at once', ['SSH-2.0-OpenSSH_9.2\r\n'], 'SSH-2.0-OpenSSH_9.2'],
    ['with a bare newline', ['SSH-2.0-dropbear_2022.83\n'], 'SSH-2.0-dropbear_2022.83'],
    ['after other lines', ['Welcome\r\nto web1\r\nSSH-2.0-x y\r\n'], 'SSH-2.0-x y'],
    ['byte by byte', [...'hello\r\nSSH-2.0-x\r\n'], 'SSH-2.0-x'],
    ['with what follows it', ['SSH-2.0-x\r\n\0\0\x01\x02more'], 'SSH-2.0-x'],
    ['of an older protocol', ['SSH-1.99-x\n'], 'SSH-1.99-x'],
    ['after a line that only mentions it', ['this is no SSH-1.0-line\nSSH-2.0-x\n'], 'SSH-2.0-x'],
    ['in bytes that are no UTF-8', ['SSH-2.0-\xff\xfe\r\n'], 'SSH-2.0-\xff\xfe'],
  ])('is found %s', async (_how, chunks, version) => {
    const { banner, versions, faults, link } = await said(...chunks);
    expect(versions).toEqual([version]);
    expect(banner.version).toBe(version);
    expect(faults).toEqual([]);
    expect(link.listenerCount('data')).toBe(0);
  });

  it('is not there before its line has ended', async () => {
    const { banner, versions } = await said('SSH-2.0-x');
    expect([banner.version, versions]).toEqual([undefined, []]);
    expect(banner.waiting).toBe('it began its SSH version and did not end it');
  });
});

describe('something that is no SSH server', () => {
  it('is told apart by what it speaks', async () => {
    const { faults, link } = await said('HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ phase: 'banner', host: 'web1', hop: 'web1:22', retryable: false });
    expect(faults[0]?.message).toBe('web1 (web1:22) speaks HTTP, not SSH: is the port right?');
    expect(link.listenerCount('data')).toBe(0);
  });

  it('is read no further than 32 KiB, in one piece or in many', async () => {
    for (const chunks of [[`220 ${'x'.repeat(70_000)}`], Array.from({ length: 40 }, () => `220 ${'x'.repeat(1020)}`)]) {
      const { faults, versions, link } = await said(...chunks);
      expect([faults.length, versions.length]).toEqual([1, 0]);
      expect(faults[0]?.message).toContain('sent 32768 bytes and no SSH version, starting with "220 xxx');
      expect(faults[0]?.message.length).toBeLessThan(300);
      expect(link.listenerCount('data')).toBe(0);
    }
  });

  it('is quoted, where it hangs up, so that a terminal does not obey it', async () => {
    const { banner } = await said('\x1b]0;owned\x07\x9b2J "hi" \\ \u00e9\r\nsecond line');
    const error = banner.closed();
    expect(error).toBeInstanceOf(ConnectError);
    expect(error.retryable).toBe(true);
    expect(error.message).toBe(
      'web1 (web1:22) closed the connection before its SSH version, after saying ' +
        '"\\u001b]0;owned\\u0007\\x9b2J \\"hi\\" \\\\ é": ' +
        'it may be limiting connections, be starting up, or not be an SSH server.',
    );
    expect(banner.waiting).toContain('which is not SSH');
  });

  it('is said to have been silent where it was', async () => {
    const { banner } = await said('\r\n');
    expect(banner.waiting).toBe('it said nothing');
    const cause = new Error('read ECONNRESET');
    const error = banner.closed(cause);
    expect(error.cause).toBe(cause);
    expect(error.message).toContain('closed the connection before its SSH version: it may be');
  });
});

describe('a server that turns connections away', () => {
  it.each([
    'Exceeded MaxStartups\r\n',
    'Not allowed at this time\r\n',
    'exceeded maxstartups',
    'Sorry, too many connections from 10.0.0.1\n',
    'Welcome\r\nExceeded MaxStartups\r\n',
  ])('is known by saying %j', async (text) => {
    const { banner, faults } = await said(text);
    expect(faults).toEqual([]);
    const error = banner.closed();
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error.retryable).toBe(true);
    expect(error.message).toContain(`it said ${JSON.stringify(text.trim().split('\r\n')[0])}`);
  });

  it('is not any server that has bad news', async () => {
    const { banner } = await said('Permission denied: no connections\r\n');
    expect(banner.closed()).not.toBeInstanceOf(ThrottledError);
  });
});
