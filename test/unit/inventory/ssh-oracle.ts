import { execFile, spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import type { SshHostConfig } from '../../../src/inventory/ssh-config/host-config.js';
import type { AlgorithmList } from '../../../src/inventory/ssh-config/settings.js';

const { PATH: path } = process.env;

/** Variables that the configurations of the suite refer to. */
export const TEST_ENV: Readonly<Record<string, string>> = {
  ...(path === undefined ? {} : { PATH: path }),
  HAWSER_TEST_DIR: '/opt/keys',
  HAWSER_TEST_SOCK: '/run/agent.sock',
};

/** Whether there is an `ssh` to compare with. */
export const hasSsh: boolean = spawnSync('ssh', ['-V']).status === 0;

/** What a run of ssh said. */
export interface SshRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ssh` with a configuration file and nothing of the user's own. */
export function runSsh(file: string, args: readonly string[]): Promise<SshRun> {
  return new Promise((resolve) => {
    const child = execFile('ssh', ['-F', file, ...args], { env: TEST_ENV }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : 255, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** Settings by the lower-case keyword, each as the lines of `ssh -G` would say it. */
export type Settings = Readonly<Record<string, readonly string[]>>;

/** Reads the output of `ssh -G`. */
export function parseDump(dump: string): Settings {
  const settings: Record<string, string[]> = {};
  for (const line of dump.split('\n')) {
    const [, keyword = '', value = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    if (keyword === '') continue;
    const values = settings[keyword] ?? [];
    if (!values.includes(value)) values.push(value);
    settings[keyword] = values;
  }
  return settings;
}

const YES_NO = new Map([
  ['true', 'yes'],
  ['false', 'no'],
]);
const FLAGS = ['stricthostkeychecking', 'pubkeyauthentication'];
const COMPARED = [
  ...['hostname', 'port', 'user', 'addressfamily', 'compression', 'hashknownhosts', 'identitiesonly', 'hostkeyalias'],
  ...['pubkeyauthentication', 'passwordauthentication', 'kbdinteractiveauthentication', 'preferredauthentications'],
  ...['stricthostkeychecking', 'connectionattempts', 'connecttimeout', 'serveraliveinterval', 'serveralivecountmax'],
  ...['bindaddress', 'identityagent', 'identityfile', 'certificatefile', 'userknownhostsfile', 'globalknownhostsfile'],
  ...['sendenv', 'setenv', 'forwardagent', 'proxyjump', 'proxycommand'],
  ...['ciphers', 'macs', 'kexalgorithms', 'hostkeyalgorithms', 'pubkeyacceptedalgorithms'],
];

/** What is compared of a dump, with the several spellings of one value made one. */
export function normalizeDump(dump: Settings): Settings {
  const result: Record<string, readonly string[]> = {};
  for (const keyword of COMPARED) {
    const values = dump[keyword];
    if (values === undefined) continue;
    result[keyword] = values
      .map((value) => (FLAGS.includes(keyword) ? (YES_NO.get(value) ?? value) : value))
      .map((value) => (keyword === 'proxyjump' ? value.replaceAll(/[[\]]|ssh:\/\//g, '') : value))
      .map((value) => (/^(?:identity|certificate)file$/.test(keyword) ? expandHome(value) : value));
  }
  return result;
}

/** What we resolved, written as `ssh -G` writes it; `defaults` is the dump for an empty configuration. */
export function dumpOurs(config: SshHostConfig, defaults: Settings): Settings {
  const algorithms = (keyword: string, list: AlgorithmList | undefined): readonly string[] => {
    const names = (defaults[keyword]?.[0] ?? '').split(',');
    return [applyAlgorithms(names, list).join(',')];
  };
  const { identityfile = [], userknownhostsfile = [], globalknownhostsfile = [] } = defaults;
  const all: Record<string, readonly (string | number | undefined)[]> = {
    hostname: [config.hostName],
    port: [config.port ?? 22],
    user: [config.user ?? userInfo().username],
    addressfamily: [config.addressFamily ?? 'any'],
    compression: [yesNo(config.compression ?? false)],
    hashknownhosts: [yesNo(config.hashKnownHosts ?? false)],
    identitiesonly: [yesNo(config.identitiesOnly ?? false)],
    hostkeyalias: [config.hostKeyAlias],
    pubkeyauthentication: [yesNo(config.pubkeyAuthentication ?? true)],
    passwordauthentication: [yesNo(config.passwordAuthentication ?? true)],
    kbdinteractiveauthentication: [yesNo(config.kbdInteractiveAuthentication ?? true)],
    preferredauthentications: [config.preferredAuthentications?.join(',')],
    stricthostkeychecking: [config.strictHostKeyChecking ?? 'ask'],
    connectionattempts: [config.connectionAttempts ?? 1],
    connecttimeout: [config.connectTimeoutSeconds ?? 'none'],
    serveraliveinterval: [config.serverAliveIntervalSeconds ?? 0],
    serveralivecountmax: [config.serverAliveCountMax ?? 3],
    bindaddress: [config.bindAddress],
    identityagent: [config.identityAgent === false ? 'none' : config.identityAgent],
    identityfile: config.defaultIdentities ? identityfile.map(expandHome) : orNone(config.identityFiles),
    certificatefile: config.certificateFiles,
    userknownhostsfile: [
      config.userKnownHostsFiles === undefined ? userknownhostsfile[0] : orNone(config.userKnownHostsFiles).join(' '),
    ],
    globalknownhostsfile: [
      config.globalKnownHostsFiles === undefined
        ? globalknownhostsfile[0]
        : orNone(config.globalKnownHostsFiles).join(' '),
    ],
    sendenv: config.sendEnv,
    setenv: Object.entries(config.setEnv).map(([name, value]) => `${name}=${value}`),
    forwardagent: [typeof config.forwardAgent === 'string' ? config.forwardAgent : yesNo(config.forwardAgent ?? false)],
    proxyjump: [
      config.proxyJump
        ?.map(
          ({ host, username, port }) =>
            `${username === undefined ? '' : `${username}@`}${host}${port === undefined ? '' : `:${port}`}`,
        )
        .join(','),
    ],
    proxycommand: [config.proxyCommand],
    ciphers: algorithms('ciphers', config.ciphers),
    macs: algorithms('macs', config.macs),
    kexalgorithms: algorithms('kexalgorithms', config.kexAlgorithms),
    hostkeyalgorithms: algorithms('hostkeyalgorithms', config.hostKeyAlgorithms),
    pubkeyacceptedalgorithms: algorithms('pubkeyacceptedalgorithms', config.pubkeyAcceptedAlgorithms),
  };
  const result: Record<string, readonly string[]> = {};
  for (const [keyword, values] of Object.entries(all)) {
    const known = values.filter((value) => value !== undefined).map(String);
    if (known.length > 0) result[keyword] = known;
  }
  return result;
}

function applyAlgorithms(defaults: readonly string[], list: AlgorithmList | undefined): readonly string[] {
  if (list === undefined) return defaults;
  const { op, names } = list;
  if (op === 'set') return names;
  if (op === 'remove') return defaults.filter((name) => !names.includes(name));
  return [...new Set(op === 'append' ? [...defaults, ...names] : [...names, ...defaults])];
}

function yesNo(flag: boolean): string {
  return flag ? 'yes' : 'no';
}

function orNone(files: readonly string[]): readonly string[] {
  return files.length === 0 ? ['none'] : files;
}

function expandHome(path: string): string {
  return path.replace(/^~\/+/, `${userInfo().homedir}/`);
}
