import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What the rigs need of the machine they run on, and the Debian package that has it. */
const needs = {
  sshd: { root: true, programs: ['sshd', 'ssh-keygen', 'useradd', 'flock', 'ps'], package: 'openssh-server' },
  dropbear: {
    root: true,
    programs: ['dropbear', 'dropbearkey', 'ssh-keygen', 'useradd', 'flock', 'ps'],
    package: 'dropbear-bin',
  },
  telnetd: {
    root: true,
    programs: ['telnetd', 'login', 'socat', 'useradd', 'flock', 'ps'],
    package: 'inetutils-telnetd and socat',
  },
  frr: {
    root: true,
    programs: ['vtysh', 'socat', 'ip', 'unshare', 'nsenter', 'sshd', 'ssh-keygen', 'useradd', 'flock', 'ps'],
    package: 'frr, socat and iproute2',
  },
  slurm: {
    root: true,
    programs: [
      'slurmctld',
      'slurmd',
      'munged',
      'sbatch',
      'unshare',
      'setpriv',
      'sshd',
      'ssh-keygen',
      'useradd',
      'flock',
      'ps',
    ],
    package: 'munge, slurmctld, slurmd and slurm-client',
  },
  gridengine: {
    root: true,
    programs: ['qsub', 'socat', 'ip', 'unshare', 'nsenter', 'setpriv', 'sshd', 'ssh-keygen', 'useradd', 'flock', 'ps'],
    package: 'gridengine-master, gridengine-exec, gridengine-client, socat and iproute2',
  },
  agent: { root: false, programs: ['ssh-agent', 'ssh-add', 'ps'], package: 'openssh-client' },
  sudo: { root: true, programs: ['sudo', 'visudo'], package: 'sudo' },
  ssh: { root: false, programs: ['ssh'], package: 'openssh-client' },
  sftp: { root: false, programs: ['sftp'], package: 'openssh-client' },
  'ssh-keygen': { root: false, programs: ['ssh-keygen'], package: 'openssh-client' },
  ps: { root: false, programs: ['ps'], package: 'procps' },
  tmux: { root: false, programs: ['tmux'], package: 'tmux' },
} as const satisfies Record<string, { root: boolean; programs: readonly string[]; package: string }>;

/** What keeps servers apart from this machine, as arguments of unshare(1). A container's root may do little of it by default. */
const isolations: { readonly [R in Rig]?: readonly string[] } = {
  frr: ['-n', 'true'],
  slurm: ['-m', '-u', '-p', '-f', '--mount-proc', 'mount', '--bind', '/etc/hosts', '/etc/hosts'],
  gridengine: ['-n', '-u', '-m', 'mount', '--bind', '/etc/hosts', '/etc/hosts'],
};

/** Something real that a test needs. */
export type Rig = keyof typeof needs;

// Servers and the tools for accounts are not on an ordinary user's path.
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Can this rig be used here? */
export function rigAvailable(rig: Rig): boolean {
  return whatIsMissing(rig) === undefined;
}

/** What keeps this rig from being used here, in words for the person who can change it; `undefined` when nothing does. */
export function whatIsMissing(rig: Rig): string | undefined {
  const { root, programs, package: debianPackage } = needs[rig];
  const wants = root ? `needs root and ${debianPackage}` : `needs ${debianPackage}`;
  if (root && process.getuid?.() !== 0) return `no ${rig} here (${wants})`;
  const missing = programs.find((program) => !folders.some((folder) => isExecutable(join(folder, program))));
  if (missing !== undefined) return `no ${missing} here (${wants})`;
  const isolation = isolations[rig];
  if (isolation !== undefined && spawnSync('unshare', isolation).status !== 0) {
    return `no namespaces here ("unshare ${isolation.join(' ')}": ${rig} needs the capabilities SYS_ADMIN and NET_ADMIN, and mounts)`;
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
