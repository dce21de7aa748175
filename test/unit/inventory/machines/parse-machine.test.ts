import { describe, expect, it } from 'vitest';
import { HawserError, OptionError, ParseError } from '../../../../src/core/hawser-error.js';
import {
  checkMachine,
  checkMachineName,
  parseMachine,
  parseMachines,
} from '../../../../src/inventory/machines/parse-machine.js';

const HPC = `
host: login.hpc.example
port: 2222
username: ada
scheduler: slurm
workdir: ~/runs
auth:
  ssh_key: ~/.ssh/id_hpc
  agent: false
launcher: mpirun -np {nprocs}
nprocs: 32
modules: [intel/2021, qe]
resources:
  nodes: 2
  tasks-per-node: 16
  memory: 4G
  queue: compute
walltime: 02:00:00
prepend:
  - ulimit -s unlimited
  - echo "begins"
env:
  OMP_NUM_THREADS: 4
  VERSION: 1.10
env_setup: . /etc/profile
`;

describe('parseMachine', () => {
  it('reads a machine, by the names of ours or those of Python', () => {
    expect(parseMachine(HPC, { name: 'hpc' })).toEqual({
      name: 'hpc',
      execution: 'remote',
      scheduler: 'slurm',
      workdir: '~/runs',
      host: 'login.hpc.example',
      port: 2222,
      username: 'ada',
      auth: { privateKey: '~/.ssh/id_hpc', agent: false },
      launcher: 'mpirun -np {nprocs}',
      nprocs: 32,
      modules: ['intel/2021', 'qe'],
      resources: { nodes: 2, tasksPerNode: 16, memory: '4G', queue: 'compute' },
      walltime: 7_200_000,
      prepend: 'ulimit -s unlimited\necho "begins"',
      env: { OMP_NUM_THREADS: '4', VERSION: '1.10' },
      envSetup: '. /etc/profile',
    });
  });

  it('reads the same from JSON', () => {
    const text = '{"name": "hpc", "host": "h", "workdir": "/scratch/ada", "nprocs": 4, "env": {"N": 4}}';
    expect(parseMachine(text)).toEqual({
      name: 'hpc',
      execution: 'remote',
      scheduler: 'direct',
      workdir: '/scratch/ada',
      host: 'h',
      nprocs: 4,
      env: { N: '4' },
    });
  });

  it('takes a machine without a host for this one', () => {
    expect(parseMachine('name: here\nworkdir: runs/')).toEqual({
      name: 'here',
      execution: 'local',
      scheduler: 'direct',
      workdir: '~/runs',
    });
  });

  it('leaves out what is empty', () => {
    const text =
      'name: here\nworkdir: ~\nmodules: []\nuseModules: true\nresources: {}\nprepend: ""\npostpend: []\nlauncher: ""\nenv: {}\nauth: {}';
    expect(parseMachine(text.replace('\nauth: {}', '').replace('workdir: ~', 'workdir: "~"'))).toEqual({
      name: 'here',
      execution: 'local',
      scheduler: 'direct',
      workdir: '~',
    });
  });

  it.each([
    ['/scratch//ada/./x/', '/scratch/ada/x'],
    ['/', '/'],
    ['./', '~'],
    ['~/', '~'],
    ['runs with spaces', '~/runs with spaces'],
    ['./~', '~/~'],
  ])('has the working directory %j be %j', (written, meant) => {
    expect(checkMachine({ name: 'm', workdir: written }).workdir).toBe(meant);
  });

  it.each([
    ['90m', 5_400_000],
    ['36h', 129_600_000],
    ['2d', 172_800_000],
    ['1500ms', 1500],
    ['00:00:01', 1000],
    ['1-12', 129_600_000],
    ['1-12:30', 131_400_000],
    ['1-12:30:15', 131_415_000],
  ])('reads the walltime %s', (written, ms) => {
    expect(checkMachine({ name: 'm', workdir: '/w', walltime: written }).walltime).toBe(ms);
  });

  it('reads a number that stands for text as it is written', () => {
    const { resources, modules } = parseMachine(
      'name: m\nworkdir: /w\nresources: {account: 007, memory: 1e3}\nmodules: [8.10]',
    );
    expect(resources).toEqual({ account: '007', memory: '1e3' });
    expect(modules).toEqual(['8.10']);
  });
});

/** A line of a file, what its error says, and where the fault stands in it. */
const FAULTS: readonly (readonly [string, RegExp, string])[] = [
  ['host: [a, b]', /host: Expected text, got a list/, '3:7'],
  ['host:', /host: Expected text, got nothing/, '3:6'],
  ['host: ada@h', /host: Expected a host name.*the user goes into `username`/, '3:7'],
  ['host: -oProxyCommand=x', /host: .*cannot begin with '-'/, '3:7'],
  ['hostname: h', /There is no field "hostname"; did you mean `host`\?/, '3:1'],
  ['sheduler: slurm', /There is no field "sheduler"; did you mean `scheduler`\?/, '3:1'],
  ['scheduler: "a b"', /scheduler: Expected the kind of a scheduler/, '3:13'],
  ['execution: cloud', /execution: Expected "local" or "remote", got "cloud"/, '3:12'],
  ['execution: remote', /execution: Expected the field `host`/, '3:12'],
  ['username: ada', /There is no `username` where `execution` is local/, '3:1'],
  ['host: h\nport: 0', /port: Expected a whole number from 1 to 65535, got 0/, '4:7'],
  ['host: h\nport: "22"', /port: Expected a whole number from 1 to 65535, got "22"/, '4:8'],
  ['host: h\nport: 22\nauth: {port: 23}', /auth.port: The port is 23 here and 22 in `port`/, '5:14'],
  ['host: h\nauth: {method: password}', /auth.method: Expected "key" or "agent": a machine holds no secrets/, '4:16'],
  ['host: h\nauth: {password: hunter2}', /There is no field "password": a machine holds no secrets/, '4:8'],
  ['host: h\nauth: {ssh_key: a, privateKey: b}', /`privateKey` says the same as `ssh_key`/, '4:20'],
  ['host: h\nauth: {proxyJump: "a b"}', /auth.proxyJump: .*white space/, '4:20'],
  ['host: h\nauth: {hostKey: yes}', /auth.hostKey: Expected "strict" or/, '4:17'],
  ['host: h\nauth: {hostKey: {fingerprints: [MD5:1]}}', /auth.hostKey: .*SHA256/, '4:17'],
  ['launcher: mpirun -np 4', /launcher: Expected \{nprocs\} in the launcher.*got "mpirun -np 4"/, '3:11'],
  ['nprocs: 0', /nprocs: Expected a whole number of 1 or more, got 0/, '3:9'],
  ['nprocs: 1.5', /nprocs: Expected a whole number of 1 or more, got 1.5/, '3:9'],
  ['modules: qe', /modules: Expected a list, got text/, '3:10'],
  ['modules: [qe, "a\\nb"]', /modules\[1\]: Expected text on one line/, '3:16'],
  ['use_modules: 1', /use_modules: Expected true or false, got 1/, '3:14'],
  ['resources: {partition: x}', /resources.partition: There is no field "partition"; did you mean `queue`\?/, '3:13'],
  ['resources: {nodes: -1}', /resources.nodes: Expected a whole number of 1 or more, got -1/, '3:20'],
  ['resources: {time: 01:00}', /resources.time: There is no field "time": write it as `walltime`/, '3:13'],
  ['walltime: 30', /walltime: Expected a time with its unit, such as 90m.*got 30/, '3:11'],
  ['walltime: "02:00"', /walltime: Expected a time with its unit/, '3:12'],
  ['walltime: 9999999d', /walltime: Expected a time/, '3:11'],
  ['prepend: ["a\\r\\n"]', /prepend\[0\]: Expected lines that end with a line feed alone/, '3:12'],
  ['prepend: "a\\0b"', /prepend: Expected text without NUL/, '3:11'],
  ['prepend: {a: b}', /prepend: Expected text, got a map/, '3:10'],
  ['env: {"A B": x}', /env.A B: Expected the name of a variable, got "A B"/, '3:8'],
  ['env: {A: true}', /env.A: Expected text: put quotes round true and false/, '3:10'],
  ['env: [A]', /env: Expected a map, got a list/, '3:6'],
  ['shebang: bash', /shebang: Expected a line such as #!\/bin\/bash/, '3:10'],
  ['machines: {}', /There is no field "machines": a file of several machines is called machines.yaml/, '3:1'],
  ['name: other', /name: The name is "other", and the machine is kept as "m"/, '3:7'],
  ['workdir: /x', /Map keys must be unique/, '3:1'],
];

describe('a fault in a machine', () => {
  it.each(FAULTS)('%s', (line, message, place) => {
    const text = `# a machine\nworkdir: /w\n${line}\n`;
    const error = thrownBy(() => parseMachine(text, { name: 'm', file: 'm.yaml' }));
    expect(error).toBeInstanceOf(ParseError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(new RegExp(`^m\\.yaml:${place}: `));
    expect(error.message).not.toContain('hunter2');
  });

  it.each([
    ['/w/../x', /holds "\.\."/],
    ['..', /holds "\.\."/],
    ['~/../../etc', /holds "\.\."/],
    ['~ada/x', /another user's home/],
    ['/w\n/x', /control character/],
    ['  ', /it is empty/],
  ])('is a working directory such as %j', (workdir, message) => {
    const error = thrownBy(() => checkMachine({ name: 'm', workdir }));
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toMatch(/^Cannot make the machine: workdir: /);
    expect(error.message).toMatch(message);
  });

  it('is that it has no working directory, or no name', () => {
    expect(() => parseMachine('host: h', { name: 'm' })).toThrow('Expected the field `workdir`, such as ~/runs');
    expect(() => parseMachine('workdir: /w')).toThrow('Expected the field `name`');
    expect(() => parseMachine('')).toThrow('Expected a map, got nothing');
  });

  it('is found in JSON with its line and column', () => {
    const text = '{\n  "workdir": "/w",\n  "resources": { "nodes": 0 }\n}';
    expect(() => parseMachine(text, { name: 'm', file: 'm.json' })).toThrow(
      'm.json:3:27: Cannot read the machine: resources.nodes: Expected a whole number of 1 or more, got 0',
    );
  });

  it('never repeats a private key or what an environment variable is', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n';
    const made = thrownBy(() => checkMachine({ name: 'm', host: 'h', workdir: '/w', auth: { privateKey: key } }));
    expect(made.message).toContain('Expected the path of a private key, got the key itself');
    expect(made.message).not.toContain('b3BlbnNzaC1r');
    const env = thrownBy(() => checkMachine({ name: 'm', workdir: '/w', env: { TOKEN: 's3cret\0' } }));
    expect(env.message).not.toContain('s3cret');
  });
});

describe('the name of a machine', () => {
  it.each(['hpc', 'HPC-2', 'a.b_c', '7', 'default'])('may be %s', (name) => {
    expect(() => checkMachineName(name)).not.toThrow();
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '/etc/passwd',
    '.hidden',
    '-x',
    'a b',
    'a\0b',
    'a\nb',
    'é',
    'machines',
    'Machines',
    'hpc.yaml',
    'x'.repeat(65),
    7,
    undefined,
  ])('is never %j', (name) => {
    expect(() => checkMachineName(name)).toThrow(OptionError);
  });
});

describe('parseMachines', () => {
  const text = 'default: b\nmachines:\n  a: {workdir: /a}\n  b: {workdir: ~/b, host: b1}\n  c: {workdir: ../c}\n';

  it('reads each machine when it is asked for, so that one that is wrong is no matter to the others', () => {
    const machines = parseMachines(text, 'machines.yaml');
    expect(machines.default).toBe('b');
    expect(machines.names).toEqual(['a', 'b', 'c']);
    expect(machines.read('b')).toMatchObject({ name: 'b', host: 'b1', workdir: '~/b' });
    expect(() => machines.read('c')).toThrow(/^machines\.yaml:5:16: Cannot read the machine c: machines\.c\.workdir: /);
  });

  it('takes a file with a default alone', () => {
    expect(parseMachines('default: hpc\n')).toMatchObject({ default: 'hpc', names: [] });
    expect(parseMachines('default: hpc\nmachines:\n')).toMatchObject({ names: [] });
  });

  it.each([
    ['machines: [a]', 'machines: Expected a map of machines by name'],
    ['machines: {"../x": {}}', 'The name of a machine is made of letters'],
    ['default: a/b', 'default: The name of a machine is made of letters'],
    ['machine: {}', 'There is no field "machine"; did you mean `machines`?'],
  ])('refuses %s', (wrong, message) => {
    expect(() => parseMachines(wrong)).toThrow(message);
  });
});

function thrownBy(work: () => unknown): HawserError {
  try {
    work();
  } catch (error) {
    if (error instanceof HawserError) return error;
    throw error;
  }
  throw new Error('It threw nothing.');
}
