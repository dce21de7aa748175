import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { diagnostics } from '../../../src/core/diagnostics.js';
import { describeReal, sshdConfigs, startLatencyProxy, startSshd } from '../../rigs/rigs.js';
import { connectTo, put, scratch } from './far-place.js';

/** How many channels are opened while `work` runs. */
async function channelsOpened(work: () => Promise<unknown>): Promise<number> {
  let opened = 0;
  const stop = diagnostics.channel.subscribe(({ type }) => {
    if (type === 'open') opened += 1;
  });
  try {
    await work();
    return opened;
  } finally {
    stop();
  }
}

describeReal(['sshd'], 'a large file over a long line', () => {
  it.each([
    ['goes over several channels', {}, 4],
    ['goes over the one channel of a server that allows no more', sshdConfigs.oneSession, 1],
  ])('%s, and arrives whole', async (_title, config, channels) => {
    await using server = await startSshd({ config });
    await using proxy = await startLatencyProxy(server.port, { delay: 10 });
    await using connection = await connectTo(server, proxy.port);
    await using place = await scratch();
    const content = randomBytes(20 * 1024 * 1024 + 7);
    await writeFile(place.path('large'), content);
    const opened = await channelsOpened(() => put(connection, place.path('large'), place.path('far')));
    expect(opened).toBe(channels);
    expect((await readFile(place.path('far'))).equals(content)).toBe(true);
  });
});
