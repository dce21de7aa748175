import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OptionError, ParseError } from '../../../../src/core/hawser-error.js';
import { loadTestbed } from '../../../../src/inventory/testbed/load-testbed.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-testbed-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function put(name: string, text: string): Promise<string> {
  const file = join(directory, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

describe('loadTestbed', () => {
  it('lays a file over those that it extends, the last of them at the bottom', async () => {
    await put(
      'base/all.yaml',
      'testbed: { name: base, custom: { a: 1, b: 1 } }\ndevices: { r1: { os: linux, type: x } }',
    );
    await put('more.yaml', 'extends: base/all.yaml\ntestbed: { custom: { b: 2 } }');
    await put('other.yaml', 'testbed: { custom: { a: 9, b: 9, c: 9 } }\ndevices: { r9: {} }');
    const file = await put(
      'lab.yaml',
      'extends: [more.yaml, other.yaml]\ntestbed: { name: lab }\ndevices: { r1: { os: frr }, r2: {} }',
    );
    const lab = await loadTestbed(file);
    expect(lab.name).toBe('lab');
    expect([...lab.devices.keys()]).toEqual(['r9', 'r1', 'r2']);
    expect(lab.devices.get('r1')).toMatchObject({ os: 'frr', type: 'x' });
    expect(lab.facts).toEqual({ custom: { a: 1, b: 2, c: 9 } });
  });

  it('tells the place of a fault in the file that has it', async () => {
    const base = await put('base.yaml', 'devices:\n  r1:\n    conections: {}\n');
    const error = loadTestbed(await put('lab.yaml', 'extends: base.yaml\n'));
    await expect(error).rejects.toMatchObject({ file: base, line: 3, column: 5 });
  });

  it('names a file that is not there, and files that extend each other', async () => {
    await expect(loadTestbed(join(directory, 'none.yaml'))).rejects.toThrow(OptionError);
    const lab = await put('lab.yaml', 'extends: gone.yaml\n');
    await expect(loadTestbed(lab)).rejects.toMatchObject({ file: lab, line: 1, column: 10 });
    await put('a.yaml', 'extends: b.yaml\n');
    const circle = loadTestbed(await put('b.yaml', 'extends: a.yaml\n'));
    await expect(circle).rejects.toThrow(ParseError);
    await expect(circle).rejects.toThrow(/in a circle: .*b\.yaml → .*a\.yaml → .*b\.yaml/u);
    await expect(loadTestbed(await put('c.yaml', 'extends: { a: 1 }\n'))).rejects.toThrow('Expected `extends`');
  });
});
