import { constants } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpenFile } from '../../../../../src/remote/files/file-driver.js';
import { encodePacket } from '../../../../../src/remote/files/sftp/packet-writer.js';
import { Extension, Request, Response, Status } from '../../../../../src/remote/files/sftp/protocol.js';
import { sftpTo } from './real-server.js';
import { type Asked, scripted } from './scripted-server.js';

/** How a server treats one file. */
interface Ways {
  /** The bytes of the file when a request arrives; it may change them. */
  readonly file: { bytes: Buffer };
  /** Bytes that one read gives at most. */
  readonly most?: number;
  /** How many answers are kept back, to be given in another order. */
  readonly shuffle?: number;
  /** Fails what arrives while something else has not been answered. */
  readonly oneAtATime?: boolean;
  /** Looks at a request before it is answered. */
  readonly seen?: (asked: { readonly type: number; readonly position: number; readonly length: number }) => void;
}

/** A server with limits of 1000 bytes and one file. */
async function fileOf({ file, most = 1000, shuffle = 0, oneAtATime = false, seen }: Ways): Promise<OpenFile> {
  let waiting: (() => void)[] = [];
  let busy = false;
  const give = (): void => {
    const answers = waiting;
    waiting = [];
    busy = false;
    for (const answer of answers.reverse()) answer();
  };
  const answer = (asked: Asked): void => {
    const { type, fields, reply } = asked;
    if (type === Request.EXTENDED) return void reply(Response.EXTENDED_REPLY, 40_000n, 1000n, 1000n, 0n);
    if (type === Request.OPEN) return void reply(Response.HANDLE, Buffer.from('h'));
    if (type !== Request.READ && type !== Request.WRITE) return void reply(Response.STATUS, Status.OK);
    fields.string();
    const position = fields.u64();
    const data = type === Request.WRITE ? fields.string() : undefined;
    const length = data?.length ?? fields.u32();
    seen?.({ type, position, length });
    if (oneAtATime && busy) return void reply(Response.STATUS, Status.FAILURE);
    busy = true;
    if (data !== undefined) {
      const longer = Buffer.alloc(Math.max(file.bytes.length, position + length));
      file.bytes.copy(longer);
      data.copy(longer, position);
      file.bytes = longer;
    }
    const found = file.bytes.subarray(position, position + Math.min(length, most));
    waiting.push(() => {
      if (data !== undefined) reply(Response.STATUS, Status.OK);
      else if (found.length === 0) reply(Response.STATUS, Status.EOF);
      else reply(Response.DATA, Buffer.from(found));
    });
    // What comes within one turn of the event loop may be answered in another order.
    if (waiting.length > shuffle) give();
    else if (waiting.length === 1) setImmediate(give);
  };
  const sftp = await sftpTo(scripted(answer, [Extension.LIMITS]));
  return await sftp.open(Buffer.from('/f'), constants.O_RDWR, 0o600);
}

async function pulled(file: OpenFile, o: { inOrder: boolean; expected?: number; start?: number; end?: number }) {
  const parts: { position: number; bytes: Buffer }[] = [];
  const end = await file.pull({
    start: 0,
    ...o,
    take: (position, pieces) => {
      parts.push({ position, bytes: Buffer.concat(pieces) });
      return parts.length % 3 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined;
    },
  });
  const positions = parts.map(({ position }) => position);
  if (o.inOrder) expect(positions).toEqual([...positions].sort((a, b) => a - b));
  parts.sort((a, b) => a.position - b.position);
  return { end, bytes: Buffer.concat(parts.map(({ bytes }) => bytes)) };
}

const numbered = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 251));

describe('transfers with an odd SFTP server', () => {
  it('reads every byte once, however short the reads and in whatever order they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(60_000),
        fc.integer({ min: 50, max: 1000 }),
        fc.nat(20),
        fc.boolean(),
        fc.option(fc.nat(70_000), { nil: undefined }),
        async (size, most, shuffle, inOrder, expected) => {
          const file = { bytes: numbered(size) };
          const got = await pulled(await fileOf({ file, most, shuffle }), {
            inOrder,
            ...(expected === undefined ? {} : { expected }),
          });
          expect(got.end).toBe(size);
          expect(got.bytes.equals(file.bytes)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads with one request at a time where the server fails more', async () => {
    for (const inOrder of [true, false]) {
      const file = { bytes: numbered(50_000) };
      const got = await pulled(await fileOf({ file, oneAtATime: true, shuffle: 50 }), { inOrder, expected: 50_000 });
      expect(got.end).toBe(50_000);
      expect(got.bytes.equals(file.bytes)).toBe(true);
    }
  });

  it('writes with one request at a time where the server fails more, and names what was written in order', async () => {
    const bytes = numbered(50_500);
    const file = { bytes: Buffer.alloc(0) };
    let given = 0;
    let named = 0;
    const open = await fileOf({ file, oneAtATime: true, shuffle: 50 });
    await open.push({
      start: 0,
      next: async (length) => {
        const from = given;
        given = Math.min(bytes.length, given + length);
        return from === given ? undefined : [bytes.subarray(from, given)];
      },
      written: (length) => {
        named += length;
        // What has been named is the file's beginning: all of it has arrived.
        expect(file.bytes.subarray(0, named).equals(bytes.subarray(0, named))).toBe(true);
      },
    });
    expect(named).toBe(bytes.length);
    expect(file.bytes.equals(bytes)).toBe(true);
  });

  it('looks beyond the expected end with one request at a time', async () => {
    const beyond: number[] = [];
    const file = { bytes: numbered(10_000) };
    const open = await fileOf({
      file,
      seen: ({ position, length }) => {
        if (position + length > 10_000) beyond.push(position);
      },
    });
    await pulled(open, { inOrder: true, expected: 10_000 });
    expect(beyond).toEqual([10_000]);
  });

  it('ends where a file ends that shrinks meanwhile', async () => {
    for (const inOrder of [true, false]) {
      const file = { bytes: numbered(40_000) };
      const open = await fileOf({
        file,
        seen: ({ position }) => {
          if (position >= 20_000) file.bytes = file.bytes.subarray(0, 10_000);
        },
      });
      const got = await pulled(open, { inOrder, expected: 40_000 });
      expect(got.end).toBeGreaterThanOrEqual(10_000);
      expect(got.end).toBeLessThan(40_000);
    }
  });

  it('reads on where a file grows meanwhile, to its end', async () => {
    const file = { bytes: numbered(5000) };
    const open = await fileOf({
      file,
      seen: ({ position }) => {
        if (position === 5000) file.bytes = numbered(9000);
      },
    });
    const got = await pulled(open, { inOrder: true, expected: 5000 });
    expect(got.bytes.equals(numbered(9000))).toBe(true);
  });

  it('asks for nothing more while what came is not taken', async () => {
    let asked = 0;
    const stop = new AbortController();
    const file = await fileOf({
      file: { bytes: Buffer.alloc(8 * 1024 * 1024) },
      seen: () => {
        asked += 1;
      },
    });
    let first: (() => void) | undefined;
    const taken = new Promise<void>((resolve) => {
      first = resolve;
    });
    const work = file.pull({
      start: 0,
      inOrder: false,
      signal: stop.signal,
      take: () => {
        first?.();
        return new Promise(() => {});
      },
    });
    await taken;
    // One more request that is answered shows that all before it were.
    await file.chmod(0o600);
    expect(asked * 1000).toBeLessThan(1.1 * 1024 * 1024);
    stop.abort();
    await expect(work).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('renaming without posix-rename', () => {
  const files = async (taken: ReadonlySet<string>) =>
    sftpTo(
      scripted((asked) => {
        const path = asked.fields.string().toString();
        if (asked.type === Request.RENAME) {
          const to = asked.fields.string().toString();
          asked.reply(
            Response.STATUS,
            taken.has(path) ? (taken.has(to) ? Status.FAILURE : Status.OK) : Status.NO_SUCH_FILE,
          );
        } else if (taken.has(path) || path === '/') asked.reply(Response.ATTRS, 4, path === '/' ? 0o40755 : 0o100644);
        else asked.reply(Response.STATUS, Status.NO_SUCH_FILE);
      }),
    );

  it('renames to what is free, and says that it cannot replace', async () => {
    const sftp = await files(new Set(['/a', '/b']));
    expect(sftp.abilities.has('rename-over')).toBe(false);
    await sftp.rename(Buffer.from('/a'), Buffer.from('/c'));
    await expect(sftp.rename(Buffer.from('/a'), Buffer.from('/b'))).rejects.toMatchObject({ code: 'ENOTSUP' });
    await expect(sftp.rename(Buffer.from('/x'), Buffer.from('/b'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says what else the server has not', async () => {
    const sftp = await files(new Set(['/a']));
    const a = Buffer.from('/a');
    await expect(sftp.link(a, Buffer.from('/b'))).rejects.toMatchObject({ code: 'ENOSYS', syscall: 'link' });
    await expect(sftp.statfs(a)).rejects.toMatchObject({ code: 'ENOSYS' });
    await expect(sftp.lchown(a, 1, 1)).rejects.toMatchObject({ code: 'ENOSYS' });
    await expect(sftp.home('root')).rejects.toMatchObject({ code: 'ENOSYS' });
    expect([...sftp.abilities].sort()).toEqual(['append', 'random-access']);
    expect(encodePacket(Request.INIT, [3])).toEqual(Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]));
  });
});
