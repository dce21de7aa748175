import { createReadStream, createWriteStream } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import type { FilePlace } from './file-places.js';
import type { Files } from './files.js';
import { snapshot } from './snapshot.js';

/** Names a file below the directory of an act: `at('a/b')`; without a name the directory itself. */
export type At = (name?: string) => string;

/**
 * Something done with files below one directory, by way of an interface that Node's `fs` and ours both fulfil. It gives
 * plain data: what of the results is to be the same.
 */
export type Act = (fs: Files, at: At) => Promise<unknown>;

/** Does acts on a machine, and beside it with Node's own `fs`, which says what is right. */
export interface Twin {
  /**
   * Does it with Node and with ours, each in an empty directory of its own, and expects equal results and equal
   * directories afterwards.
   */
  same(act: Act): Promise<void>;
  /** As {@link same}; gives the result, for what a test knows of it besides. */
  gives(act: Act): Promise<unknown>;
  /** As {@link same} of an act that both refuse with that code, for the same call and the same path. */
  fails(code: string, act: Act): Promise<void>;
}

const node: Files = { ...nodeFs, createReadStream, createWriteStream };

/** Prepares acts for the tests of a suite. */
export function twinOf(place: FilePlace): Twin {
  const made: string[] = [];
  afterEach(async () => {
    await Promise.all(made.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
  });
  const both = async (act: Act): Promise<readonly [theirs: Outcome, ours: Outcome]> => {
    const here = await mkdtemp(join(await realpath(tmpdir()), 'hawser-twin-'));
    made.push(here);
    const ground = await place.ground();
    const theirs = await outcome(act, node, here);
    const ours = await outcome(act, await place.fs(), ground.there);
    expect(await snapshot(ground.here)).toEqual(await snapshot(here));
    return [theirs, ours];
  };
  const gives = async (act: Act): Promise<unknown> => {
    const [theirs, ours] = await both(act);
    if ('failed' in theirs) throw theirs.failed;
    if ('failed' in ours) throw ours.failed;
    expect(ours).toEqual(theirs);
    return ours.value;
  };
  return {
    same: async (act) => {
      await gives(act);
    },
    gives,
    fails: async (code, act) => {
      const [theirs, ours] = await both(act);
      if (!('failed' in theirs)) throw new Error(`Node does not refuse this with ${code}: it gives ${theirs.value}.`);
      if (!('failed' in ours)) throw new Error(`Expected ${code}, and there was no error.`);
      expect(theirs.told['code']).toBe(code);
      const compared = code.startsWith('ERR_FS_CP_') ? { ...theirs.told, path: undefined } : theirs.told;
      expect({ ...ours.told, ...missingFrom(compared) }, ours.failed.stack).toEqual(compared);
    },
  };
}

type Outcome =
  | { readonly value: unknown }
  | { readonly failed: Error; readonly told: Readonly<Record<string, unknown>> };

async function outcome(act: Act, fs: Files, root: string): Promise<Outcome> {
  try {
    return { value: plain(await act(fs, (name) => (name === undefined ? root : `${root}/${name}`)), root) };
  } catch (failed) {
    if (!(failed instanceof Error)) throw failed;
    const { code, syscall, path, dest } = { ...failed } as Record<string, unknown>;
    return { failed, told: { code, syscall, path: plain(path, root), dest: plain(dest, root) } };
  }
}

/** Node tells no path of what fails on an open handle, and of `cp` one of the two: ours may tell them. */
function missingFrom(told: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value === undefined));
}

/** Results without the directory that they were made in; bytes as text. */
function plain(value: unknown, root: string): unknown {
  if (typeof value === 'string') return value.replaceAll(root, '<root>');
  if (value instanceof Uint8Array) return { bytes: plain(Buffer.from(value).toString('latin1'), root) };
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, root));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, root)]));
}
