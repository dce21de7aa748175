import { describe, expect, it } from 'vitest';
import { CommandError } from '../../src/core/errors.js';
import { everywhere, failure, over } from './places.js';

describe('how a command ended', () => {
  over(everywhere, (place) => {
    it('is told by its status, of all 256', async () => {
      const connection = await place.shared();
      const statuses = [...Array(256).keys()];
      const atOnce = place.isDropbear ? 1 : 32;
      for (let i = 0; i < statuses.length; i += atOnce) {
        const some = statuses.slice(i, i + atOnce);
        const results = await Promise.all(some.map((status) => connection.execute(`exit ${status}`)));
        expect(results.map((result) => result.status)).toEqual(some);
        for (const { status, ok, outcome, signal } of results) {
          expect({ ok, outcome, signal }).toEqual({ ok: status === 0, outcome: 'exit', signal: null });
        }
      }
    });

    it('is told by the signal that ended it', async () => {
      const connection = await place.shared();
      for (const o of [{}, { timeout: 60_000 }]) {
        for (const name of ['KILL', 'TERM', 'INT']) {
          const result = await connection.execute(`echo before; kill -s ${name} $$; sleep 5`, o);
          const { status, signal, ok, outcome, stdout } = result;
          const told = place.tellsSignals
            ? { signal: `SIG${name}`, outcome: 'signal' }
            : { signal: null, outcome: 'unknown' };
          expect({ status, signal, ok, outcome, stdout }).toEqual({
            status: null,
            ...told,
            ok: false,
            stdout: 'before\n',
          });
        }
      }
    });

    it('is an error with the whole result where `check` asks for success', async () => {
      const connection = await place.shared();
      const error = await failure(connection.execute('echo out; echo bad luck >&2; exit 3', { check: true }));
      expect(error).toBeInstanceOf(CommandError);
      expect(error.message).toMatch(/ended with status 3 .*bad luck/);
      expect(error).toMatchObject({ result: { stdout: 'out\n', stderr: 'bad luck\n', status: 3 } });
      const killed = await failure(connection.execute('kill -9 $$', { check: true }));
      expect(killed.message).toContain(place.tellsSignals ? 'SIGKILL' : 'did not say how');
      expect((await connection.execute('true', { check: true })).ok).toBe(true);
    });

    it('says which command it was, where, and for how long', async () => {
      const connection = await place.shared();
      const result = await connection.execute(['echo', 'a b']);
      expect(result).toMatchObject({ command: "echo 'a b'", host: connection.host, key: connection.key, ok: true });
      expect(result.durationMs).toBeGreaterThan(0);
      expect(result).not.toHaveProperty('killed');
    });

    if (!place.isDropbear) {
      it('waits for what was left in the background with the output open', async () => {
        const connection = await place.shared();
        const { stdout, status } = await connection.execute('(sleep 0.3; echo late) & echo early; exit 5');
        expect([stdout, status]).toEqual(['early\nlate\n', 5]);
      });
    }
  });
});
