import { constants } from 'node:fs';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { neverAborted } from '../../../../../src/core/abort.js';
import { DisconnectedError } from '../../../../../src/core/errors.js';
import { encodePacket, type Field } from '../../../../../src/remote/files/sftp/packet-writer.js';
import { Extension, Request, Response, Status } from '../../../../../src/remote/files/sftp/protocol.js';
import { openSftp, type SftpDriver } from '../../../../../src/remote/files/sftp/sftp-driver.js';
import { sftpTo, transportTo } from './real-server.js';
import { type Asked, scripted } from './scripted-server.js';

const path = Buffer.from('/x');
const handle = Buffer.from('h');

function listing(...names: readonly string[]): Field[] {
  return [names.length, ...names.flatMap((name): Field[] => [Buffer.from(name), Buffer.from(''), 0])];
}

async function listed(sftp: SftpDriver): Promise<string[]> {
  const names: string[] = [];
  for await (const some of sftp.list(path)) names.push(...some.map(({ name }) => name.toString()));
  return names;
}

/** Gives a handle for whatever is opened, and leaves the rest to `script`. */
function opens(script: (asked: Asked, stream: Duplex) => void): (stream: Duplex) => void {
  return scripted((asked, stream) => {
    if (asked.type === Request.OPEN || asked.type === Request.OPENDIR) asked.reply(Response.HANDLE, handle);
    else script(asked, stream);
  });
}

describe('an SFTP server that breaks the rules', () => {
  const breaches: readonly (readonly [what: string, says: RegExp, script: (asked: Asked, stream: Duplex) => void])[] = [
    ['a length that cannot be meant', /4294967295 bytes/, (_, stream) => stream.write(Buffer.alloc(8, 0xff))],
    ['a packet of no bytes', /0 bytes/, (_, stream) => stream.write(Buffer.alloc(4))],
    ['a packet too short for an id', /too short/, (_, stream) => stream.write(Buffer.from([0, 0, 0, 2, 101, 0]))],
    [
      'an answer that nobody asked for',
      /request 77/,
      (_, stream) => stream.write(encodePacket(Response.STATUS, [77, 0])),
    ],
    [
      'an answer of another kind',
      /"stats" was answered with "handle"/,
      (asked) => asked.reply(Response.HANDLE, handle),
    ],
    ['a mere OK where more is due', /a mere "OK"/, (asked) => asked.reply(Response.STATUS, Status.OK)],
    ['a packet that is no answer', /type 3/, (asked) => asked.reply(Request.OPEN, path)],
    ['attributes that end early', /ended before its last field/, (asked) => asked.reply(Response.ATTRS, 0xf)],
    [
      'countless extended attributes',
      /ended before its last field/,
      (asked) => asked.reply(Response.ATTRS, 0x80000000, 0xffffffff),
    ],
  ];

  it.each(breaches)('ends the session for %s', async (_what, says, script) => {
    const sftp = await sftpTo(scripted(script));
    const others = [sftp.lstat(path), sftp.stat(path)].map((work) => work.catch((error: unknown) => error));
    await expect(sftp.stat(path)).rejects.toThrow(says);
    const [first, second] = await Promise.all(others);
    expect(first).toMatchObject({ name: 'HawserError', code: 'ERR_HAWSER_SFTP', host: 'far' });
    expect(second).toBe(first);
    expect(sftp.usable).toBe(false);
  });

  it.each([
    ['../etc/passwd', /"\/"/],
    ['/etc/passwd', /"\/"/],
    ['a\0b', /zero byte/],
    ['', /without a name/],
  ])('ends the session for a listing with the name %j', async (name, says) => {
    const sftp = await sftpTo(opens((asked) => asked.reply(Response.NAME, ...listing('good', name))));
    await expect(listed(sftp)).rejects.toThrow(says);
    expect(sftp.usable).toBe(false);
  });

  it('ends the session for a listing with fewer names than it counts', async () => {
    const sftp = await sftpTo(opens((asked) => asked.reply(Response.NAME, 0xffffffff, path)));
    await expect(listed(sftp)).rejects.toThrow('ended before its last field');
  });

  it('takes a listing that ends with no names in place of a status', async () => {
    let asked = 0;
    const sftp = await sftpTo(
      opens((request) => {
        asked += 1;
        request.reply(Response.NAME, ...(asked === 1 ? listing('.', '..', 'a') : listing()));
      }),
    );
    expect(await listed(sftp)).toEqual(['a']);
  });

  it.each([
    ['more than was asked for', 101, /101 bytes where 100/],
    ['nothing, and no end', 0, /no bytes/],
  ])('ends the session for a read that gives %s', async (_what, length, says) => {
    const sftp = await sftpTo(opens((asked) => asked.reply(Response.DATA, Buffer.alloc(length))));
    const file = await sftp.open(path, constants.O_RDONLY, 0);
    await expect(file.read(0, 100)).rejects.toThrow(says);
    expect(sftp.usable).toBe(false);
  });

  it('ends the session for data that are not as long as they say', async () => {
    const sftp = await sftpTo(opens((asked) => asked.reply(Response.DATA, 100, 0)));
    const file = await sftp.open(path, constants.O_RDONLY, 0);
    await expect(file.pull({ start: 0, inOrder: true, take: () => {} })).rejects.toThrow(/100 bytes of data/);
  });

  it.each([0, 257])('ends the session for a handle of %i bytes', async (length) => {
    const sftp = await sftpTo(scripted((asked) => asked.reply(Response.HANDLE, Buffer.alloc(length))));
    await expect(sftp.open(path, constants.O_RDONLY, 0)).rejects.toThrow(`a handle of ${length} bytes`);
  });

  it.each([
    ['no name', [0]],
    ['two names', listing('/a', '/b')],
    ['an empty name', listing('')],
  ])('ends the session for a path that is %s', async (_what, fields) => {
    const sftp = await sftpTo(scripted((asked) => asked.reply(Response.NAME, ...fields)));
    await expect(sftp.home()).rejects.toThrow('something else than one path');
  });

  it('ends the session for limits that are none', async () => {
    const server = scripted((asked) => asked.reply(Response.EXTENDED_REPLY, 1n), [Extension.LIMITS]);
    await expect(sftpTo(server)).rejects.toThrow('ended before its last field');
  });

  it('takes limits of 0 for what every server takes', async () => {
    const server = scripted((asked) => asked.reply(Response.EXTENDED_REPLY, 0n, 0n, 0n, 0n), [Extension.LIMITS]);
    expect((await sftpTo(server)).limits).toEqual({ readLength: 32_768, writeLength: 32_768 });
  });

  it('makes up no numbers where a status has no message', async () => {
    const sftp = await sftpTo(scripted((asked) => asked.reply(Response.STATUS, Status.PERMISSION_DENIED)));
    await expect(sftp.stat(path)).rejects.toMatchObject({ code: 'EACCES' });
  });

  it('shows what the server says of a failure, with its control characters made visible', async () => {
    const sftp = await sftpTo(
      scripted((asked) => asked.reply(Response.STATUS, 4, Buffer.from('no \x1b[2Jway'), Buffer.from(''))),
    );
    await expect(sftp.mkdir(path, 0)).rejects.toThrow(
      "EIO: the disk or the server failed, mkdir '/x' on far (no \\x1b[2Jway)",
    );
  });
});

describe('a server that has no SFTP', () => {
  const opened = (serve: (stream: Duplex) => void): Promise<unknown> => sftpTo(serve);

  it('is told by the end of the channel', async () => {
    const failure = opened((stream) => stream.resume().end());
    await expect(failure).rejects.toMatchObject({ name: 'ChannelError', reason: 'request', host: 'far' });
    await expect(failure).rejects.toThrow('it has no SFTP server');
  });

  it('is told by the output of a login shell', async () => {
    const failure = opened((stream) => stream.write('Welcome to \x1b[1mfar\n'));
    await expect(failure).rejects.toMatchObject({ name: 'ChannelError', reason: 'request' });
    await expect(failure).rejects.toThrow(/"Welcome to \\x1b\[1mfar".*start-up files/);
  });

  it('is told by another version', async () => {
    const failure = opened((stream) => stream.write(encodePacket(Response.VERSION, [2])));
    await expect(failure).rejects.toThrow('version 2');
  });

  it('is not waited for once the signal fires', async () => {
    const transport = await transportTo((stream) => stream.resume());
    const stop = new AbortController();
    const failure = openSftp(transport, { host: 'far', key: 'far', signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(failure).rejects.toMatchObject({ name: 'AbortError' });
    expect(transport.channels).toBe(0);
  });
});

describe('a server that begins and then says nothing', () => {
  it('is not waited for once the signal fires', async () => {
    const transport = await transportTo(scripted(() => {}, [Extension.LIMITS]));
    const stop = new AbortController();
    const failure = openSftp(transport, { host: 'far', key: 'far', signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(failure).rejects.toMatchObject({ name: 'AbortError' });
    expect(transport.channels).toBe(0);
  });
});

describe('a link that dies under SFTP', () => {
  it('tells everything under way why', async () => {
    const transport = await transportTo(opens(() => {}));
    const sftp = await openSftp(transport, { host: 'far', key: 'far', signal: neverAborted });
    const file = await sftp.open(path, constants.O_RDWR, 0);
    const another = await sftp.open(path, constants.O_RDWR, 0);
    const work = [
      sftp.stat(path),
      file.read(0, 1),
      file.write(0, [Buffer.alloc(1_000_000)]),
      file.pull({ start: 0, inOrder: true, take: () => {} }),
      file.push({ start: 0, next: async (length) => [Buffer.alloc(length)] }),
      file.push({ start: 0, next: () => new Promise(() => {}) }),
      listed(sftp),
      another.close(),
    ].map((one) => one.catch((error: unknown) => error));
    const reason = new DisconnectedError('The line was cut.');
    setImmediate(() => transport.destroy(reason));
    for (const error of await Promise.all(work)) expect(error).toBe(reason);
    expect(sftp.usable).toBe(false);
    expect(transport.listenerCount('close')).toBe(0);
  });

  it('is told from a server that ends the session alone', async () => {
    const sftp = await sftpTo(scripted((_, stream) => stream.end()));
    await expect(sftp.stat(path)).rejects.toMatchObject({ name: 'DisconnectedError', host: 'far' });
    await expect(sftp.stat(path)).rejects.toThrow('The SFTP session with far ended: the server closed it.');
  });
});
