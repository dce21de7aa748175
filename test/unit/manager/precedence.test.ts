import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Device } from '../../../src/manager/device.js';
import { ScriptedConnection } from './scripted-device.js';

const NAMES = ['port', 'connectTimeout', 'username', 'poolTimeout', 'depth', 'term_width'];

/** What somebody says: numbers for some of the names, which is the right type for all but one. */
const said = fc
  .dictionary(fc.constantFrom(...NAMES), fc.integer({ min: 1, max: 65_535 }))
  .map((values) => ('username' in values ? { ...values, username: `user${values['username']}` } : values));

it('takes each value from the first that says it: the call, the path, the defaults; and the class is given the same', () => {
  fc.assert(
    fc.property(said, said, said, (call, via, defaults) => {
      const r1 = new Device('r1', {
        connections: { defaults: { ...defaults, class: ScriptedConnection }, mgmt: via },
        credentials: { default: { username: 'of the device' } },
      });
      const { target, arguments: args, poolTimeout } = r1.explain(call);
      const made = r1.instantiate({ ...call, cls: ScriptedConnection });
      expect(poolTimeout).toBeUndefined();
      for (const name of NAMES.filter((one) => one !== 'poolTimeout')) {
        const layers = { call, via, defaults, device: name === 'username' ? { username: 'of the device' } : {} };
        const [from, values] = Object.entries(layers).find(([, layer]) => name in layer) ?? [];
        const expected = from === undefined ? undefined : { value: Reflect.get(values ?? {}, name), from };
        expect(target[name] ?? args[name]).toEqual(expected);
        expect(Reflect.get(made.target, name) ?? made.options[name]).toEqual(expected?.value);
      }
    }),
  );
});
