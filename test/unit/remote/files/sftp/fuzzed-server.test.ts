import { constants } from 'node:fs';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HawserError } from '../../../../../src/core/hawser-error.js';
import { encodePacket } from '../../../../../src/remote/files/sftp/packet-writer.js';
import { Extension, Request, Response, Status } from '../../../../../src/remote/files/sftp/protocol.js';
import type { SftpDriver } from '../../../../../src/remote/files/sftp/sftp-driver.js';
import { sftpTo } from './real-server.js';
import { type Asked, scripted } from './scripted-server.js';

/** What is done to one answer on its way. */
type Damage =
  | { readonly kind: 'none' }
  | { readonly kind: 'flip'; readonly at: number; readonly to: number }
  | { readonly kind: 'cut'; readonly length: number }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'packet'; readonly type: number; readonly body: Uint8Array }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'twice' };

const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Damage>({ kind: 'none' }) },
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(60), to: fc.nat(255) }),
  fc.record({ kind: fc.constant('cut' as const), length: fc.nat(40) }),
  fc.record({ kind: fc.constant('status' as const), status: fc.integer({ min: 1, max: 30 }) }),
  fc.record({
    kind: fc.constant('packet' as const),
    type: fc.constantFrom(...Object.values(Response)),
    body: fc.uint8Array({ maxLength: 40 }),
  }),
  fc.record({ kind: fc.constant('bytes' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 30 }) }),
  fc.constant<Damage>({ kind: 'twice' }),
);

/** After so many requests, or turns of the event loop without one, the server leaves: some answers never come. */
const MOST_REQUESTS = 400;
const PATIENCE = 30;

/** An answer that keeps all rules. */
function goodAnswer({ type, id, fields }: Asked): Buffer {
  switch (type) {
    case Request.OPEN:
    case Request.OPENDIR:
      return encodePacket(Response.HANDLE, [id, Buffer.from('h')]);
    case Request.STAT:
    case Request.LSTAT:
    case Request.FSTAT:
      return encodePacket(Response.ATTRS, [id, 0xf, 5000n, 0, 0, 0o100644, 1, 2]);
    case Request.READ: {
      fields.string();
      const position = fields.u64();
      const length = Math.min(fields.u32(), 1000, 5000 - position);
      if (length <= 0) return encodePacket(Response.STATUS, [id, Status.EOF]);
      return encodePacket(Response.DATA, [id, Buffer.alloc(length)]);
    }
    case Request.READDIR:
    case Request.READLINK:
    case Request.REALPATH:
      return encodePacket(Response.NAME, [id, 1, Buffer.from('name'), Buffer.from('long'), 0]);
    case Request.EXTENDED:
      if (fields.string().toString() !== Extension.LIMITS) return encodePacket(Response.STATUS, [id, Status.OK]);
      return encodePacket(Response.EXTENDED_REPLY, [id, 40_000n, 3000n, 3000n, 0n]);
    default:
      return encodePacket(Response.STATUS, [id, Status.OK]);
  }
}

function damaged(answer: Buffer, what: Damage, id: number): Buffer {
  switch (what.kind) {
    case 'none':
      return answer;
    case 'flip': {
      const copy = Buffer.from(answer);
      copy.writeUInt8(what.to, what.at % copy.length);
      return copy;
    }
    case 'cut': {
      const copy = Buffer.from(answer.subarray(0, Math.max(9, answer.length - what.length)));
      copy.writeUInt32BE(copy.length - 4);
      return copy;
    }
    case 'status':
      return encodePacket(Response.STATUS, [id, what.status, Buffer.from('no'), Buffer.from('')]);
    case 'packet': {
      const body = Buffer.from(what.body);
      const head = encodePacket(what.type, [id]);
      head.writeUInt32BE(5 + body.length);
      return Buffer.concat([head, body]);
    }
    case 'bytes':
      return Buffer.from(what.bytes);
    case 'twice':
      return Buffer.concat([answer, answer]);
  }
}

function fuzzed(damages: readonly Damage[], chunk: number): (stream: Duplex) => void {
  let count = 0;
  const leave = (stream: Duplex, asked: number, turns: number): void => {
    if (count !== asked) return;
    if (turns === 0) stream.end();
    else setImmediate(() => leave(stream, asked, turns - 1));
  };
  return scripted((asked, stream) => {
    // Writing after the end would destroy this half of the pair alone, which no channel does.
    if (stream.writableEnded) return;
    const answer = damaged(goodAnswer(asked), damages[count] ?? { kind: 'none' }, asked.id);
    count += 1;
    for (let at = 0; at < answer.length; at += chunk) stream.write(answer.subarray(at, at + chunk));
    if (count === MOST_REQUESTS) stream.end();
    else leave(stream, count, PATIENCE);
  }, Object.values(Extension));
}

async function work(sftp: SftpDriver): Promise<unknown[]> {
  const path = Buffer.from('/some/file');
  const list = async (): Promise<void> => {
    for await (const some of sftp.list(path)) expect(some.length).toBeGreaterThan(0);
  };
  const transfer = async (): Promise<number> => {
    const file = await sftp.open(path, constants.O_RDWR, 0o600);
    let left = 20;
    const end = await file.pull({ start: 0, expected: 5000, inOrder: true, take: () => {} });
    await file.push({ start: 0, next: async (length) => (left-- > 0 ? [Buffer.alloc(length)] : undefined) });
    await file.close();
    return end;
  };
  const all = await Promise.allSettled([
    sftp.stat(path),
    sftp.mkdir(path, 0o700),
    sftp.rename(path, Buffer.from('/b')),
    sftp.readlink(path),
    sftp.realpath(path),
    sftp.statfs(path),
    sftp.rmdir(path),
    transfer(),
    list(),
  ]);
  return all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
}

describe('an SFTP server that answers at random', () => {
  it('is worked with or told apart: everything settles, and fails with an error of ours', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(damage, { maxLength: 30 }),
        fc.integer({ min: 1, max: 5000 }),
        async (damages, chunk) => {
          const opened = await sftpTo(fuzzed(damages, chunk)).then(
            (sftp) => ({ sftp }),
            (error: unknown) => ({ error }),
          );
          if ('error' in opened) {
            expect(opened.error).toBeInstanceOf(HawserError);
            return;
          }
          for (const error of await work(opened.sftp)) expect(error).toBeInstanceOf(HawserError);
          await opened.sftp.close();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is refused where it does not begin as one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        const opening = sftpTo((stream) => {
          stream.on('error', () => {});
          stream.resume().end(Buffer.from(bytes));
        });
        // No more is there than a greeting at most, so nothing can be opened for long.
        const sftp = await opening.catch((error: unknown) => error);
        if (sftp instanceof Error) expect(sftp).toBeInstanceOf(HawserError);
      }),
    );
  });
});
