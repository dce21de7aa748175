import { onAbort, raceAbort } from '../../core/abort.js';
import { AbortError, ChannelError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { Transport } from '../../transport/contract.js';
import type { Site } from '../site.js';
import type { FileAccess, FileScope, UseOptions } from './file-access.js';
import type { FileDriver } from './file-driver.js';

/** How long an unused driver keeps its channel, in milliseconds: opening another is cheap. */
const IDLE_FOR = 10_000;

/** How long another driver waits for a channel that is being given back, in milliseconds. */
const PATIENCE = 500;

/** What a {@link FileHost} needs of the connection that owns it. */
export interface FileHostOptions {
  readonly host: string;
  readonly key: string;
  /** Runs a service on the connection: it connects where that is needed, takes the lock and counts the work. */
  run<T>(work: (site: Site) => Promise<T>, o: UseOptions): Promise<T>;
  /** Opens the files of the machine over the link that stands. */
  open(site: Site, signal: AbortSignal): Promise<FileDriver>;
}

/** A driver that is lent to all who ask, and how many have it. */
interface Lent {
  readonly transport: Transport;
  readonly opening: Promise<FileDriver>;
  /** Gives up the opening. */
  readonly giveUp: AbortController;
  driver: FileDriver | undefined;
  users: number;
  /** Somebody waits for a channel: it goes as soon as nobody uses it. */
  wanted: boolean;
  timer: NodeJS.Timeout | undefined;
}

/**
 * A connection's files. All work shares one driver, which is opened at the first use, and again where it or its link has
 * ended. Unused, it holds its channel for ten seconds, and gives it up at once to whoever waits for one: servers allow
 * few.
 */
export class FileHost implements FileAccess {
  readonly host: string;
  readonly key: string;
  readonly #o: FileHostOptions;
  #lent: Lent | undefined;

  constructor(o: FileHostOptions) {
    this.#o = o;
    this.host = o.host;
    this.key = o.key;
  }

  use<T>(work: (scope: FileScope) => Promise<T>, o: UseOptions = {}): Promise<T> {
    return this.#o.run(async (site) => {
      const lent = this.#lend(site);
      try {
        // At once where it is open: calls reach the machine in the order in which they were made.
        const files =
          lent.driver ?? (await raceAbort(lent.opening, o.signal, { doing: this.#opening, host: this.key }));
        return await work({ files, site });
      } finally {
        this.#takeBack(lent);
      }
    }, o);
  }

  useAnother<T>(work: (scope: FileScope) => Promise<T>, o: UseOptions = {}): Promise<T> {
    return this.#o.run(async (site) => {
      const files = await this.#openAnother(site, o.signal);
      try {
        return await work({ files, site });
      } finally {
        await files.close();
      }
    }, o);
  }

  /** Closes the driver that nobody uses. The connection calls it before it ends its link. */
  async leave(): Promise<void> {
    const lent = this.#lent;
    if (lent === undefined || lent.users > 0) return;
    await this.#close(lent);
  }

  get #opening(): string {
    return `opening the files of ${this.key}`;
  }

  #lend(site: Site): Lent {
    const last = this.#lent;
    const fits = last?.transport === site.transport && last.driver?.usable !== false;
    const lent = fits ? last : this.#open(site);
    lent.users += 1;
    if (lent.users === 1) lent.driver?.keepAlive?.(true);
    clearTimeout(lent.timer);
    return lent;
  }

  #open(site: Site): Lent {
    const { transport } = site;
    const giveUp = new AbortController();
    const lent: Lent = {
      transport,
      opening: this.#o.open(site, giveUp.signal),
      giveUp,
      driver: undefined,
      users: 0,
      wanted: false,
      timer: undefined,
    };
    this.#lent = lent;
    const crowded = (): void => {
      lent.wanted = true;
      if (lent.users === 0) void this.#close(lent);
    };
    const gone = (): void => {
      transport.off('crowded', crowded);
      transport.off('close', gone);
      clearTimeout(lent.timer);
      if (this.#lent === lent) this.#lent = undefined;
    };
    transport.on('crowded', crowded);
    transport.once('close', gone);
    lent.giveUp.signal.addEventListener('abort', gone, { once: true });
    lent.opening.then((driver) => {
      // Nobody waited long enough to have it.
      if (giveUp.signal.aborted) void driver.close();
      else lent.driver = driver;
    }, gone);
    return lent;
  }

  #takeBack(lent: Lent): void {
    lent.users -= 1;
    if (lent.users > 0) return;
    if (lent !== this.#lent || lent.wanted || lent.driver?.usable !== true) {
      void this.#close(lent);
      return;
    }
    lent.driver.keepAlive?.(false);
    lent.timer = setTimeout(() => void this.#close(lent), IDLE_FOR);
    lent.timer.unref();
  }

  async #close(lent: Lent): Promise<void> {
    lent.giveUp.abort(new AbortError(`Nobody waits for the files of ${this.key} any more.`, { host: this.key }));
    // How it ends is nobody's business any more.
    await lent.driver?.close().catch(() => {});
  }

  /** Opens a driver besides, and gives up where there is no channel for it before long. */
  async #openAnother(site: Site, signal: AbortSignal | undefined): Promise<FileDriver> {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const full = (): void => {
      timer ??= setTimeout(() => controller.abort(noRoom(this.key)), PATIENCE);
    };
    const stop = onAbort(signal, () => controller.abort(signal?.reason));
    site.transport.on('crowded', full);
    try {
      return await raceAbort(this.#o.open(site, controller.signal), controller.signal, {
        doing: this.#opening,
        host: this.key,
        late: (driver) => void driver.close(),
      });
    } finally {
      stop();
      clearTimeout(timer);
      site.transport.off('crowded', full);
    }
  }
}

function noRoom(key: string): HawserError {
  return new ChannelError('refused', `${key} has no room for another channel to its files (MaxSessions).`, {
    host: key,
  });
}
