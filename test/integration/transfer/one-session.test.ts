import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeReal, sshdConfigs, startSshd } from '../../rigs/rigs.js';
import { connectTo, put, scratch } from './far-place.js';

describeReal(['sshd'], 'a server that allows one session', () => {
  it('gets many small files, and digests, over the channel of the files alone', async () => {
    await using server = await startSshd({ config: sshdConfigs.oneSession });
    await using connection = await connectTo(server);
    await using place = await scratch();
    await mkdir(place.path('tree'));
    for (let i = 0; i < 100; i += 1) await writeFile(place.path('tree', `f${i}`), `${i}`);
    expect(await put(connection, place.path('tree'), place.path('far'))).toMatchObject({ files: 100, failed: [] });
    expect(await readFile(place.path('far/f99'), 'utf8')).toBe('99');
    await utimes(place.path('tree/f1'), 1, 1);
    const again = await put(connection, place.path('tree/f1'), place.path('far/f1'), { overwrite: 'if-different' });
    expect(again).toMatchObject({ files: 0, skipped: 1 });
  });
});
