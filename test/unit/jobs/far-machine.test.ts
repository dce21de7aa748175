import { afterAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { createConnection } from '../../../src/connection/create-connection.js';
import { ConnectError, DisconnectedError } from '../../../src/core/errors.js';
import { FarMachine } from '../../../src/jobs/far-machine.js';

const local: Connection = createConnection({ host: 'localhost', protocol: 'local' });
afterAll(() => local.close());

const refused = new ConnectError('tcp', 'the connection was refused', { retryable: true });
const hungUp = new ConnectError('banner', 'the server hung up', { retryable: true });
const lost = new DisconnectedError('the link is gone', {});

/** A machine that is reached, or not, as it is told each time; from then on it is. */
function machine(...fates: readonly (Error | undefined)[]): { far: FarMachine; asked: () => number } {
  let asked = 0;
  const get = async (): Promise<Connection> => {
    const fate = fates[asked];
    asked += 1;
    if (fate !== undefined) throw fate;
    return local;
  };
  return { far: new FarMachine({ name: 'hpc', target: undefined }, { get, has: () => false }), asked: () => asked };
}

const work = async (): Promise<string> => 'done';

describe('the way to a machine', () => {
  it('is not tried again where nothing answered from the first', async () => {
    const { far, asked } = machine(refused);
    await expect(far.perform(work)).rejects.toBe(refused);
    expect(asked()).toBe(1);
  });

  it('is tried again where a server hung up', async () => {
    const { far, asked } = machine(hungUp);
    expect(await far.perform(work)).toBe('done');
    expect(asked()).toBe(2);
  });

  it('is tried again where it was there before', async () => {
    const { far, asked } = machine(undefined, refused);
    const fates = [lost];
    const result = await far.perform(async () => {
      const fate = fates.shift();
      if (fate !== undefined) throw fate;
      return 'done';
    });
    expect([result, asked()]).toEqual(['done', 3]);
  });
});
