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
  agent: { root: false, programs: ['ssh-agent', 'ssh-add', 'ps'], package: 'openssh-client' },
  sudo: { root: true, programs: ['sudo', 'visudo'], package: 'sudo' },
  ssh: { root: false, programs: ['ssh'], package: 'openssh-client' },
  sftp: { root: false, programs: ['sftp'], package: 'openssh-client' },
  'ssh-keygen': { root: false, programs: ['ssh-keygen'], package: 'openssh-client' },
  ps: { root: false, programs: ['ps'], package: 'procps' },
  tmux: { root: false, programs: ['tmux'], package: 'tmux' },
} as const satisfies Record<string, { root: boolean; programs: readonly string[]; package: string }>;

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
  if (rig === 'frr' && !mayUnshare()) {
    return 'no network namespaces here (frr needs the capabilities SYS_ADMIN and NET_ADMIN)';
  }
  return undefined;
}

// A container's root may not, by default.
function mayUnshare(): boolean {
  return spawnSync('unshare', ['-n', 'true']).status === 0;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
