import { type Abortable, neverAborted } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import type { Transport } from '../../transport/contract.js';
import type { AccountNames } from '../paths/path-host.js';
import type { Site } from '../site.js';
import type { RunService } from './remote-os.js';

type Database = 'passwd' | 'group';

/** The names of a machine's accounts and groups, from its own databases (getent(1), or the files). */
export class ShellAccounts implements AccountNames {
  readonly #run: RunService;
  readonly #known = new WeakMap<Transport, Map<string, string>>();

  constructor(run: RunService) {
    this.#run = run;
  }

  userName(uid: number, o: Abortable = {}): Promise<string> {
    return this.#run((site) => this.#name(site, 'passwd', uid, o.signal), o);
  }

  groupName(gid: number, o: Abortable = {}): Promise<string> {
    return this.#run((site) => this.#name(site, 'group', gid, o.signal), o);
  }

  async #name(site: Site, database: Database, id: number, signal: AbortSignal | undefined): Promise<string> {
    const { transport, host, key } = site;
    const about = { syscall: database === 'passwd' ? 'getpwuid' : 'getgrgid', path: String(id), host, key };
    const known = this.#known.get(transport) ?? new Map<string, string>();
    this.#known.set(transport, known);
    const word = `${database} ${id}`;
    const before = known.get(word);
    if (before !== undefined) return before;
    if (!transport.capabilities.has('exec')) {
      throw new FileError('ENOSYS', { ...about, detail: 'it runs no commands that could be asked for names' });
    }
    if (!Number.isSafeInteger(id) || id < 0)
      throw new FileError('EINVAL', { ...about, detail: 'that is no number of an account' });
    const { askMachine } = await import('./ask-machine.js');
    const said = await askMachine(site, nameScript(database, id), signal ?? neverAborted);
    const [name = ''] = (said.get('entry') ?? '').split(':');
    if (name === '') throw new FileError('ENOENT', { ...about, detail: `its ${database} database has no such number` });
    known.set(word, name);
    return name;
  }
}

/** Without getent(1) the files themselves are read; macOS keeps its accounts elsewhere, and id(1) and dscl(1) know them. */
function nameScript(database: Database, id: number): string {
  const file = `grep "^[^:]*:[^:]*:${id}:" /etc/${database}`;
  const elsewhere =
    database === 'passwd'
      ? `id -P ${id} 2>/dev/null`
      : `dscl . -search /Groups PrimaryGroupID ${id} 2>/dev/null | sed -n '1s/[[:space:]].*//p'`;
  return `say entry "$(getent ${database} ${id} 2>/dev/null || ${file} || ${elsewhere})"\n`;
}
