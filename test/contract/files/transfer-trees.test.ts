import * as node from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asRoot, asUser, dropbear, embedded } from '../places.js';
import { overFiles } from './file-places.js';
import { snapshot } from './snapshot.js';

type Entry =
  | { readonly file: Uint8Array; readonly mode: number; readonly time: number }
  | { readonly link: string }
  | { readonly directory: readonly (readonly [name: Buffer, entry: Entry])[]; readonly mode: number };

/** Any bytes but a slash and NUL, and neither `.` nor `..`. */
const name = fc
  .oneof(
    fc.constantFrom(
      ...['a', 'b', '-rf', ' ', '~', "it's", 'line\nbreak', '*', '🚢', '.hidden'].map((text) => Buffer.from(text)),
    ),
    fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 200, max: 255 }).map((length) => Buffer.alloc(length, 'n')),
  )
  .filter((bytes) => !bytes.includes(0) && !bytes.includes(0x2f) && !['.', '..'].includes(bytes.toString('latin1')));

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom(32_767, 32_768, 65_537, 300_000) },
);

const { entry } = fc.letrec<{ entry: Entry; directory: Entry }>((tie) => ({
  entry: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      file: size.map((length) => Buffer.alloc(length, `${length} bytes\n`)),
      mode: fc.constantFrom(0o644, 0o600, 0o755, 0o444, 0o400, 0o640),
      time: fc.integer({ min: 1, max: 2_000_000_000 }),
    }),
    fc.record({ link: fc.constantFrom('a', 'b', './a/b', 'no/where', '-rf', 'line\nbreak') }),
    tie('directory'),
  ),
  directory: fc.record({
    directory: fc.uniqueArray(fc.tuple(name, tie('entry')), {
      maxLength: 6,
      selector: ([bytes]) => bytes.toString('latin1'),
    }),
    mode: fc.constantFrom(0o755, 0o700, 0o750),
  }),
}));

const tree = fc.uniqueArray(fc.tuple(name, entry), { maxLength: 8, selector: ([bytes]) => bytes.toString('latin1') });

async function grow(directory: Buffer, entries: readonly (readonly [Buffer, Entry])[]): Promise<void> {
  for (const [bytes, made] of entries) {
    const path = Buffer.concat([directory, Buffer.from('/'), bytes]);
    if ('link' in made) {
      await node.symlink(made.link, path);
    } else if ('directory' in made) {
      await node.mkdir(path);
      await grow(path, made.directory);
      await node.chmod(path, made.mode);
    } else {
      await node.writeFile(path, made.file);
      await node.chmod(path, made.mode);
      await node.utimes(path, made.time, made.time);
    }
  }
}

overFiles(
  (place) => {
    describe('any tree', () => {
      it('is the same when it has gone there and come back, modes, times, links and odd names included', async () => {
        const connection = await place.shared();
        await fc.assert(
          fc.asyncProperty(tree, async (entries) => {
            const mine = await place.mine();
            const ground = await place.ground();
            await node.mkdir(`${mine}/source`);
            await grow(Buffer.from(`${mine}/source`), entries);
            const before = await snapshot(`${mine}/source`, { times: true });
            const sent = await connection.upload(`${mine}/source`, `${ground.there}/tree`, { preserve: true });
            expect(sent.failed).toEqual([]);
            expect(await snapshot(`${ground.here}/tree`, { times: true })).toEqual(before);
            const back = await connection.download(`${ground.there}/tree`, `${mine}/back`, { preserve: true });
            expect(back).toMatchObject({ files: sent.files, bytes: sent.bytes, links: sent.links, failed: [] });
            expect(await snapshot(`${mine}/back`, { times: true })).toEqual(before);
            const again = await connection.upload(`${mine}/back`, `${ground.there}/tree`, {
              overwrite: 'if-different',
            });
            expect(again).toMatchObject({ files: 0, bytes: 0, failed: [] });
          }),
          { numRuns: 25, endOnFailure: false },
        );
      });
    });
  },
  [asUser, asRoot, dropbear, embedded],
);
