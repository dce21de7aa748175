import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HawserError } from '../../../src/core/hawser-error.js';
import { WaitingLine } from '../../../src/core/waiting-line.js';

const gone = new HawserError('ERR_HAWSER_TEST', 'It gave up.');

it('serves who waits in the order of coming, whoever gives up meanwhile and however often it runs empty', async () => {
  const step = fc.oneof(
    fc.constant({ type: 'come' as const }),
    fc.constant({ type: 'serve' as const }),
    fc.record({ type: fc.constant('give up' as const), at: fc.nat(20) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
      const line = new WaitingLine<string>();
      const waiting: { readonly name: number; readonly leave: AbortController }[] = [];
      const served: number[] = [];
      const expected: number[] = [];
      let came = 0;
      const all: Promise<unknown>[] = [];
      for (const one of steps) {
        if (one.type === 'come') {
          const name = came++;
          const leave = new AbortController();
          const { signal } = leave;
          waiting.push({ name, leave });
          const turn = line.wait({ signal, timeout: undefined, doing: 'waiting', timedOut: () => gone });
          all.push(turn.then(() => served.push(name)).catch(() => {}));
        } else if (one.type === 'serve') {
          line.serve('it');
          expected.push(...waiting.splice(0, 1).map(({ name }) => name));
        } else {
          for (const { leave } of waiting.splice(one.at, 1)) leave.abort();
        }
        expect(line.length).toBe(waiting.length);
      }
      line.refuseAll(gone);
      await Promise.all(all);
      expect(served).toEqual(expected);
    }),
  );
});
