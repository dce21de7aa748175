import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/hawser-error.js';
import type { ExecuteOptions } from '../../src/remote/process/options.js';
import { embedded, failure, local, over } from './places.js';

/** What a caller without types may pass. */
const untyped = (o: object): ExecuteOptions => o;

const BAD: readonly object[] = [
  { timeout: 0 },
  { timeout: -1 },
  { timeout: Number.NaN },
  { timeout: '5' },
  { env: { '1A': 'x' } },
  { env: { 'A-B': 'x' } },
  { env: { 'A=B': 'x' } },
  { env: { '': 'x' } },
  { env: { 'A;reboot': 'x' } },
  { env: { A: 'x\0y' } },
  { env: { A: 5 } },
  { cwd: '' },
  { cwd: 'a\0b' },
  { makeCwd: true },
  { cwd: '/tmp', makeCwd: 0o1000 },
  { cwd: '/tmp', makeCwd: 'yes' },
  { maxBuffer: -1 },
  { maxBuffer: 1.5 },
  { maxBuffer: '1' },
  { encoding: 'utf-9' },
  { input: 5 },
  { input: {} },
  { killSignal: '9; reboot' },
  { killSignal: '' },
  { killGrace: -1 },
  { killGrace: Number.POSITIVE_INFINITY },
  { pty: { columns: 0 } },
  { pty: { rows: 1.5 } },
  { sudo: { user: '' } },
  { sudo: { user: '-u' } },
  { sudo: { user: 'a\0b' } },
  { bare: true, cwd: '/' },
  { bare: true, sudo: true },
];

describe('what cannot be meant', () => {
  over([local, embedded], (place) => {
    it('is an error of the call, before anything is sent or even connected', async () => {
      const connection = place.fresh();
      for (const o of BAD) {
        const error = await failure(connection.execute('true', untyped(o)));
        expect({ o, error }).toEqual({ o, error: expect.any(OptionError) });
      }
      for (const command of ['', '  \n', [], [''].slice(1), 'a\0b', ['a', 'b\0']]) {
        expect(await failure(connection.execute(command))).toBeInstanceOf(OptionError);
        expect(() => connection.spawn(command)).toThrow(OptionError);
      }
      expect(() => connection.spawn('true', { timeout: 0 })).toThrow(OptionError);
      expect(await failure(connection.shell({ pty: { columns: -1 } }))).toBeInstanceOf(OptionError);
      expect(connection.state).toBe('idle');
    });

    it('says what was expected and what came', async () => {
      const connection = place.fresh();
      const error = await failure(connection.execute('true', untyped({ timeout: '5' })));
      expect(error.message).toBe('Expected the `timeout` option to be a positive number of milliseconds, got 5.');
    });
  });
});
