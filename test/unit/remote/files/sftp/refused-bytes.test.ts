import { expect, it } from 'vitest';
import type { StatusAnswer } from '../../../../../src/remote/files/sftp/answers.js';
import { Status } from '../../../../../src/remote/files/sftp/protocol.js';
import { pull } from '../../../../../src/remote/files/sftp/pull.js';
import { push } from '../../../../../src/remote/files/sftp/push.js';

const PIECE = 1000;

function status(code: number): StatusAnswer {
  return { kind: 'status', status: code, message: '' };
}

/** A reason that is found only when everything that was under way has been answered. */
function lateFault(): { fault: () => Promise<Error>; found: () => void } {
  let found = (): void => {};
  const reason = new Promise<Error>((resolve) => {
    found = () => resolve(new Error('the reason'));
  });
  return { fault: () => reason, found: () => found() };
}

it('a write that is refused fails the whole, although those behind it are acknowledged before it is known why', async () => {
  const { fault, found } = lateFault();
  let left = 5;
  let writes = 0;
  const writing = push(
    {
      host: 'host',
      writeLength: PIECE,
      oneByOne: false,
      write: async () => {
        writes += 1;
        return status(writes === 2 ? Status.FAILURE : Status.OK);
      },
      ready: () => undefined,
      onEnd: () => () => {},
      fault,
    },
    { start: 0, next: async () => (left-- > 0 ? [Buffer.alloc(PIECE)] : undefined) },
  );
  const settled = writing.then(
    () => 'written',
    (error: unknown) => error,
  );
  setImmediate(() => setImmediate(found));
  expect(await settled).toMatchObject({ message: 'the reason' });
});

it('a read that is refused fails the whole, although those behind it have ended before it is known why', async () => {
  const { fault, found } = lateFault();
  const reading = pull(
    {
      host: 'host',
      readLength: PIECE,
      read: async (position, length) => {
        if (position === 20 * PIECE) return status(Status.FAILURE);
        if (position > 20 * PIECE) return status(Status.EOF);
        return { kind: 'data', bytes: Buffer.alloc(length) };
      },
      fault,
    },
    { start: 0, inOrder: false, take: () => {} },
  );
  const settled = reading.then(
    () => 'read',
    (error: unknown) => error,
  );
  setImmediate(() => setImmediate(found));
  expect(await settled).toMatchObject({ message: 'the reason' });
});
