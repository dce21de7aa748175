import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { startDropbear, startSshd } from '../../rigs/rigs.js';
import type { scratch } from './far-place.js';

export type Place = Awaited<ReturnType<typeof scratch>>;

const NAMES = ['-rf', 'a b', "it's", 'new\nline', '*', '$HOME', '~', '.hidden', '..x', 'ünï', '\\', 'n'.repeat(200)];

/** Servers with a shell and tar. */
export const serversWithTar = [
  { title: 'OpenSSH', rig: 'sshd', start: () => startSshd() },
  { title: 'dropbear', rig: 'dropbear', start: () => startDropbear() },
] as const;

/** A tree of many small files with their own path as content, `more` among them, and a few that are odd. */
export async function plantMany(place: Place, more: readonly string[] = []): Promise<string[]> {
  const paths = [
    ...Array.from({ length: 150 }, (_, i) => `f${i}`),
    ...Array.from({ length: 150 }, (_, i) => `d/e ${i % 5}/f${i}`),
    ...NAMES.map((name) => `odd ' dir/${name}`),
    ...more,
  ];
  for (const path of paths) {
    await mkdir(place.path('tree', path, '..'), { recursive: true });
    await writeFile(place.path('tree', path), path);
  }
  await writeFile(place.path('tree/empty'), '');
  await chmod(place.path('tree/f7'), 0o755);
  return [...paths, 'empty'];
}

/** Finds all of them, and nothing that a transfer has left. */
export async function expectAll(place: Place, root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    expect(await readFile(place.path(root, path), 'utf8')).toBe(path === 'empty' ? '' : path);
  }
  const everything = await readdir(place.path(root), { recursive: true });
  expect(everything.filter((name) => name.includes('.hawser-'))).toEqual([]);
}
