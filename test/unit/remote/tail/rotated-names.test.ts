import { describe, expect, it } from 'vitest';
import { newestFirst, rotatedName } from '../../../../src/remote/tail/rotated-names.js';

describe('names of rotated files', () => {
  it.each([
    ['app.log', 'app.log.1', '.1'],
    ['app.log', 'app.log-20261122', '-20261122'],
    ['app.log', 'app.log.2026-11-22T10:00', '.2026-11-22T10:00'],
    ['app.log', 'app-2026-11-22.log', '-2026-11-22'],
    ['app.log', 'app.3.log', '.3'],
    ['messages', 'messages-20261122-1700000000', '-20261122-1700000000'],
  ])('are known: %s as %s', (base, name, marking) => {
    expect(rotatedName(base, name)).toEqual({ name, marking, compressed: false });
    expect(rotatedName(base, `${name}.gz`)).toEqual({ name: `${name}.gz`, marking, compressed: true });
  });

  it.each([
    'app.log',
    'app.log.err',
    'app-web.log',
    'app.log.',
    'app.logs',
    'other.log.1',
    'app.log.gz',
    'app.log-',
  ])('are not those of other files: %s', (name) => {
    expect(rotatedName('app.log', name)).toBeUndefined();
  });

  const order = (names: readonly (readonly [string, number])[]): string[] =>
    newestFirst(
      names.map(([name, mtimeMs]) => ({ name, marking: name.slice('app.log'.length), compressed: false, mtimeMs })),
    ).map(({ name }) => name);

  it('are in order by their dates or numbers, and by the times of their files where they are of several manners', () => {
    expect(
      order([
        ['app.log-20261121', 9],
        ['app.log-20261122', 9],
        ['app.log-20261122.1', 9],
      ]),
    ).toEqual(['app.log-20261122.1', 'app.log-20261122', 'app.log-20261121']);
    expect(
      order([
        ['app.log.10', 1],
        ['app.log.9', 2],
        ['app.log.1', 3],
      ]),
    ).toEqual(['app.log.1', 'app.log.9', 'app.log.10']);
    expect(
      order([
        ['app.log.1', 1],
        ['app.log.2', 2],
      ]),
    ).toEqual(['app.log.2', 'app.log.1']);
    expect(
      order([
        ['app.log.1', 1],
        ['app.log-20261122', 2],
      ]),
    ).toEqual(['app.log-20261122', 'app.log.1']);
  });
});
