import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HawserError } from '../../../../src/core/hawser-error.js';
import type { MachineFields } from '../../../../src/inventory/machines/machine-record.js';
import { checkMachine, machineOfQueue, parseMachine } from '../../../../src/inventory/machines/parse-machine.js';
import { queueOf } from '../../../../src/inventory/machines/queue.js';
import { formatWalltime, readWalltime } from '../../../../src/inventory/machines/walltime.js';
import { formatMachine } from '../../../../src/inventory/machines/write-machine.js';

const line = fc
  .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
  .map((text) => text.replaceAll(/[\u0000-\u001f\u007f]/gu, '~'));
const script = fc.array(fc.oneof(line, fc.constantFrom('', '  indented', '# a comment', 'a: b', '- x', 'yes', '007')), {
  maxLength: 4,
});
const count = fc.integer({ min: 1, max: 100_000 });
const file = fc.constantFrom('~/.ssh/id_ed25519', '/keys/a b', 'key', '007');

const resources = fc.record(
  {
    nodes: count,
    tasks: count,
    tasksPerNode: count,
    cpusPerTask: count,
    memory: fc.constantFrom('4G', '512M', '1e3', '0x10'),
    gpus: fc.nat(8),
    queue: line,
    account: line,
    qos: line,
    parallelEnvironment: line,
    extra: fc.array(line, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

const auth = fc.record(
  {
    privateKey: fc.oneof(file, fc.array(file, { maxLength: 2 })),
    agent: fc.constantFrom<(string | false)[]>(false, '/run/agent'),
    knownHosts: fc.oneof(file, fc.array(file, { maxLength: 2 })),
    hostKey: fc.constantFrom<NonNullable<NonNullable<MachineFields['auth']>['hostKey']>[]>('strict', 'accept-new', {
      fingerprints: [`SHA256:${'A'.repeat(43)}`],
    }),
    proxyJump: fc.oneof(fc.constantFrom('bastion', 'ada@b:2222'), fc.constant(['a', 'b'])),
    sshConfig: fc.constantFrom(true, false, '~/.ssh/other'),
    protocol: fc.constantFrom('ssh' as const, 'openssh' as const),
    connectTimeout: count,
    keepAlive: fc.oneof(fc.constant(false as const), fc.record({ interval: count, countMax: count })),
  },
  { requiredKeys: [] },
);

const common = {
  scheduler: fc.constantFrom('direct', 'slurm', 'sge', 'own-kind'),
  launcher: fc.constantFrom('', 'mpirun -np {nprocs}', 'srun -n \'{nprocs}\' --x="y"'),
  nprocs: count,
  modules: fc.array(line, { maxLength: 3 }),
  useModules: fc.boolean(),
  resources,
  walltime: fc.integer({ min: 1, max: 1_000_000_000 }),
  prepend: script,
  postpend: fc.oneof(script, line),
  envSetup: line,
  env: fc.dictionary(
    fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/),
    fc.oneof(line, fc.constantFrom('', 'true', '1.10')),
  ),
  shebang: fc.constantFrom('#!/bin/sh', '#!/bin/bash -l'),
};
const needed = {
  name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/).filter((name) => name.toLowerCase() !== 'machines'),
  workdir: fc.constantFrom('~', '~/runs', '/scratch/ada x', 'runs', './'),
};
const machine: fc.Arbitrary<MachineFields> = fc.oneof(
  fc.record({ ...needed, ...common }, { requiredKeys: ['name', 'workdir'] }),
  fc.record(
    {
      ...needed,
      ...common,
      host: fc.constantFrom('h', 'login.hpc.example', '::1', 'fe80::1%eth0'),
      port: fc.integer({ min: 1, max: 65_535 }),
      username: fc.constantFrom('ada', 'DOMAIN\\ada', '1234'),
      auth,
    },
    { requiredKeys: ['name', 'workdir', 'host'] },
  ),
);

describe('a machine', () => {
  it('is the same after it was a queue, also one that went through JSON', () => {
    fc.assert(
      fc.property(machine, (fields) => {
        const record = checkMachine(fields);
        const queue = queueOf(record);
        expect(machineOfQueue(queue)).toEqual(record);
        expect(machineOfQueue(JSON.parse(JSON.stringify(queue)))).toEqual(record);
      }),
    );
  });

  it('is the same after it was written down, in YAML and in JSON', () => {
    fc.assert(
      fc.property(machine, (fields) => {
        const record = checkMachine(fields);
        expect(parseMachine(formatMachine(record), { name: record.name })).toEqual(record);
        expect(parseMachine(formatMachine(record, 'json'), { file: 'x.json' })).toEqual(record);
      }),
    );
  });

  it('is the same when it is checked again', () => {
    fc.assert(
      fc.property(machine, (fields) => {
        const record = checkMachine(fields);
        expect(checkMachine(record)).toEqual(record);
      }),
    );
  });

  it('is read from any data, or refused with an error of ours', () => {
    const anything = fc.dictionary(
      fc.constantFrom(
        ...['name', 'host', 'workdir', 'auth', 'resources', 'env', 'prepend', 'modules', 'walltime', 'launcher'],
        '__proto__',
        'constructor',
      ),
      fc.anything({ withNullPrototype: true }),
    );
    fc.assert(
      fc.property(anything, (value) => {
        for (const read of [
          () => parseMachine(JSON.stringify(value) ?? 'null', { name: 'm' }),
          () => Reflect.apply(checkMachine, undefined, [value]),
        ]) {
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(HawserError);
          }
        }
      }),
    );
  });

  it('is read from any text, or refused with an error of ours', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'ab:- \n{}[]"\'&*!|>#%@\\~0.,\t') });
    fc.assert(
      fc.property(letters, (text) => {
        try {
          parseMachine(`workdir: /w\n${text}`, { name: 'm' });
        } catch (error) {
          expect(error).toBeInstanceOf(HawserError);
        }
      }),
    );
  });
});

describe('a walltime', () => {
  it('is the same after it was written down', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3650 * 86_400_000 }), (ms) => {
        expect(readWalltime(formatWalltime(ms))).toBe(ms);
        expect(readWalltime(formatWalltime(Math.ceil(ms / 1000) * 1000))).toBe(Math.ceil(ms / 1000) * 1000);
      }),
    );
  });
});
