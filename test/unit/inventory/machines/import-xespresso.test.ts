import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../../../src/core/hawser-error.js';
import { importXespresso } from '../../../../src/inventory/machines/import-xespresso.js';
import { checkMachine, checkMachineName } from '../../../../src/inventory/machines/parse-machine.js';

const MACHINES = {
  default: 'cluster1',
  machines: {
    local_desktop: {
      execution: 'local',
      scheduler: 'direct',
      workdir: './',
      use_modules: false,
      modules: [],
      resources: {},
      prepend: [],
      postpend: '',
      launcher: 'mpirun -np {nprocs}',
      nprocs: 4,
      host: null,
    },
    cluster1: {
      name: 'cluster1',
      execution: 'remote',
      scheduler: 'slurm',
      host: 'cluster.university.edu',
      username: 'user1',
      port: 22,
      auth: { method: 'key', ssh_key: '~/.ssh/id_rsa', port: 2222 },
      workdir: '/home/user1/calculations',
      use_modules: true,
      modules: ['quantum-espresso/7.2'],
      resources: {
        nodes: 2,
        'ntasks-per-node': '16',
        time: '02:00:00',
        partition: 'compute',
        mem: '64G',
        'mail-type': 'END',
        exclusive: true,
      },
      prepend: ['"export OMP_NUM_THREADS=1"', 'ulimit -s unlimited'],
      launcher: 'srun --mpi=pmi2',
      nprocs: 32,
      env_setup: 'source /etc/profile',
      colour: 'green',
    },
  },
};

describe('importXespresso', () => {
  it('reads all machines of a machines.json, and which is meant where none is named', () => {
    const { default: chosen, machines } = importXespresso(JSON.stringify(MACHINES), 'machines.json');
    expect(chosen).toBe('cluster1');
    expect(machines.map(({ record }) => record)).toEqual([
      {
        name: 'local_desktop',
        execution: 'local',
        scheduler: 'direct',
        workdir: '~',
        launcher: 'mpirun -np {nprocs}',
        nprocs: 4,
      },
      {
        name: 'cluster1',
        execution: 'remote',
        scheduler: 'slurm',
        host: 'cluster.university.edu',
        username: 'user1',
        port: 2222,
        auth: { privateKey: '~/.ssh/id_rsa' },
        workdir: '/home/user1/calculations',
        modules: ['quantum-espresso/7.2'],
        resources: {
          nodes: 2,
          tasksPerNode: 16,
          memory: '64G',
          queue: 'compute',
          extra: ['--mail-type=END', '--exclusive'],
        },
        walltime: 7_200_000,
        prepend: 'export OMP_NUM_THREADS=1\nulimit -s unlimited',
        launcher: 'srun -n {nprocs} --mpi=pmi2',
        nprocs: 32,
        envSetup: 'source /etc/profile',
      },
    ]);
    expect(machines.map(({ notes }) => notes)).toEqual([
      ['the workdir "./" begins at the home directory now'],
      [
        '`colour` is no field of a machine, and left out',
        'the launcher is "srun -n {nprocs} --mpi=pmi2" now: it says how many processes',
      ],
    ]);
  });

  it('reads the file of one machine, which may be called by it, with what xespresso fills in', () => {
    const text =
      '{"execution": "remote", "host": "h", "username": "u", "modules": ["qe"], "resources": {"time": "30", "nodes": 2}}';
    const { machines } = importXespresso(text, '/home/u/.xespresso/machines/my cluster.json');
    expect(machines).toEqual([
      {
        name: 'my-cluster',
        record: {
          name: 'my-cluster',
          execution: 'remote',
          scheduler: 'direct',
          workdir: '~',
          host: 'h',
          username: 'u',
          launcher: 'mpirun -np {nprocs}',
          nprocs: 1,
          modules: ['qe'],
          useModules: false,
          walltime: 1_800_000,
        },
        notes: [
          '"my cluster" is called my-cluster now',
          'the workdir "./" begins at the home directory now',
          'the resource `nodes` is not known of direct, and left out',
          'its jobs are ended when their `time` is up now',
        ],
      },
    ]);
  });

  it('tells apart names that would be the same here', () => {
    const text = '{"machines": {"a b": {}, "a-b": {}, "a/b": {}, "machines": {}}}';
    const names = importXespresso(text, 'm.json').machines.map(({ name }) => name);
    expect(names).toEqual(['a-b', 'a-b-2', 'a-b-3', 'machines-1']);
  });

  it('takes a default.json for what it is', () => {
    expect(importXespresso('{"default": "hpc"}', 'default.json')).toEqual({ default: 'hpc', machines: [] });
  });

  it('leaves quotes that belong to a command', () => {
    const text = JSON.stringify({ prepend: [`"a b" "c"`, `'x'`], workdir: '"/w"' });
    const [machine] = importXespresso(text, 'm.json').machines;
    expect(machine?.record).toMatchObject({ prepend: `"a b" "c"\nx`, workdir: '/w' });
  });

  it('says of one machine what is wrong with it and where, and reads the others', () => {
    const text = [
      '{"machines": {',
      '  "good": {"workdir": "/w"},',
      '  "bare": {"launcher": "mpirun -np 4"},',
      '  "secret": {"execution": "remote", "host": "h", "auth": {"method": "password", "password": "hunter2"}},',
      '  "far": {"execution": "remote", "username": "u"},',
      '  "odd": {"scheduler": "slurm", "resources": {"time": "soon"}}',
      '}}',
    ].join('\n');
    const { machines } = importXespresso(text, 'm.json');
    expect(machines.map(({ name, error }) => [name, error?.message])).toEqual([
      ['good', undefined],
      ['bare', expect.stringMatching(/^m\.json:3:24: Cannot import the machine bare: .*launcher: Expected \{nprocs\}/)],
      ['secret', expect.stringMatching(/^m\.json:4:81: .*There is no field "password": a machine holds no secrets/)],
      ['far', expect.stringMatching(/^m\.json:5:24: .*Expected the field `host`/)],
      ['odd', expect.stringMatching(/^m\.json:6:10: .*walltime: Expected a time/)],
    ]);
    expect(JSON.stringify(machines)).not.toContain('hunter2');
  });

  it('reads any data, or refuses it with an error of ours', () => {
    const field = fc.constantFrom(
      ...['name', 'execution', 'host', 'auth', 'resources', 'prepend', 'modules', 'launcher', 'port', '__proto__'],
    );
    const machine = fc.dictionary(field, fc.oneof(fc.constantFrom('remote', 'local', 'h', 22), fc.jsonValue()));
    const whole = fc.oneof(
      machine,
      fc.record({ machines: fc.dictionary(fc.string(), machine), default: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(whole, (value) => {
        const { machines } = importXespresso(JSON.stringify(value), 'm.json');
        expect(new Set(machines.map(({ name }) => name)).size).toBe(machines.length);
        for (const { name, record, error } of machines) {
          expect(record === undefined).toBe(error !== undefined);
          expect(() => checkMachineName(name)).not.toThrow();
          if (record !== undefined) expect(checkMachine(record)).toEqual(record);
        }
      }),
    );
  });

  it.each(['[]', '7', '{"machines": []}', '{"machines": 7}', 'not json'])('refuses %s', (text) => {
    expect(() => importXespresso(text, 'm.json')).toThrow(ParseError);
  });
});
