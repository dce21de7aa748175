import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../../src/connection/connection.js';
import { connect } from '../../../../src/connection/create-connection.js';
import { AbortError, ClosedError, DisconnectedError, TimeoutError } from '../../../../src/core/errors.js';
import { FileError } from '../../../../src/core/file-error.js';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';
import { summaryOf } from '../../../../src/remote/transfer/transfer-error.js';
import { startTestFleet, type TestFleet } from '../../../../src/testing/test-fleet.js';
import type { TestHost } from '../../../../src/testing/test-host.js';
import { errorOf } from '../../connection/scripted-connection.js';

let fleet: TestFleet;
let host: TestHost;
let connection: Connection;
let top: string;

beforeEach(async () => {
  fleet = await startTestFleet();
  host = fleet.host('host1');
  connection = await connect(host.target);
  top = await mkdtemp(join(tmpdir(), 'hawser-cut-'));
  await mkdir(join(top, 'tree'));
  // The large one is still on its way when the small ones have arrived.
  for (const name of ['a', 'b', 'c']) await writeFile(join(top, 'tree', name), name);
  await writeFile(join(top, 'tree', 'large'), Buffer.alloc(64_000_000));
});

afterEach(async () => {
  host.unstall();
  await connection.close();
  await fleet.close();
  await rm(top, { recursive: true });
});

/** Does something, once, when three files are in place. */
function atThree(then: () => void): { readonly onEntry: (outcome: { readonly kind: string }) => void } {
  let files = 0;
  return {
    onEntry: ({ kind }) => {
      if (kind !== 'file') return;
      files += 1;
      if (files === 3) then();
    },
  };
}

describe('a transfer that is cut short says what had been done', () => {
  const upload = (o: Parameters<Connection['upload']>[2]): Promise<unknown> =>
    errorOf(connection.upload(join(top, 'tree'), '/there', o));
  const done = { files: 3, bytes: 3, failed: [], deleted: 0 };

  it('when its link dies', async () => {
    const error = await upload(atThree(() => host.cut()));
    expect(error).toBeInstanceOf(DisconnectedError);
    expect(error).toMatchObject({ retryable: true, summary: done });
  });

  it('when the caller aborts it', async () => {
    const controller = new AbortController();
    const error = await upload({ signal: controller.signal, ...atThree(() => controller.abort()) });
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', summary: done });
  });

  it('when nothing moves any more', async () => {
    const error = await upload({ stallTimeout: 300, ...atThree(() => host.stall()) });
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ phase: 'transfer', ms: 300, summary: done });
  });

  it('when the connection is closed', async () => {
    const error = await upload(atThree(() => void connection.close()));
    expect(error).toBeInstanceOf(ClosedError);
    expect(error).toMatchObject({ summary: done });
  });

  it('when it is a download', async () => {
    await connection.upload(join(top, 'tree'), '/tree');
    const o = atThree(() => host.cut());
    const error = await errorOf(connection.download('/tree', join(top, 'here'), o));
    expect(error).toBeInstanceOf(DisconnectedError);
    expect(summaryOf(error)).toMatchObject(done);
  });

  it('each for itself, where one cause ends several', async () => {
    const both = [join(top, 'tree'), join(top, 'tree', 'large')].map((from, i) =>
      errorOf(connection.upload(from, `/there-${i}`, i === 0 ? atThree(() => host.cut()) : {})),
    );
    const [tree, file] = await Promise.all(both);
    expect(summaryOf(tree)?.files).toBe(3);
    expect(summaryOf(file)).toMatchObject({ files: 0, bytes: 0 });
  });

  it('to a fleet too, as the value of the host', async () => {
    await using mc = new MultiConnection([host.target]);
    const { failed } = await mc.upload(
      join(top, 'tree'),
      '/there',
      atThree(() => host.cut()),
    );
    const [result] = [...failed.values()];
    expect(result?.error).toBeInstanceOf(DisconnectedError);
    expect(result?.value).toMatchObject(done);
  });
});

describe('what is no transfer cut short', () => {
  it('has no summary', async () => {
    const error = await errorOf(connection.upload(join(top, 'missing'), '/there'));
    expect(error).toBeInstanceOf(FileError);
    expect(summaryOf(error)).toBeUndefined();
    expect(summaryOf(new AbortError('Aborted.'))).toBeUndefined();
  });
});
