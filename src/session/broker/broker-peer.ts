import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { ConnectError, DisconnectedError } from '../../core/errors.js';
import { HawserError, OptionError } from '../../core/hawser-error.js';
import type { Lease } from '../../core/lease.js';
import { heardProcess } from '../../remote/process/heard-process.js';
import { asRecord, LineFault, readFirstLine, writeLine } from '../../transport/broker/lines.js';
import { Header, LONGEST_REQUEST, Path, PROTOCOL_VERSION } from '../../transport/broker/protocol.js';
import { encodeError } from '../../transport/broker/wire-error.js';
import type { DialTarget } from '../../transport/contract.js';
import type { SessionCache } from '../session-cache.js';
import type { Attachment } from './attachment.js';
import { decodeTarget, unasked } from './decode-target.js';
import { endOrphan } from './end-orphan.js';
import { Arrivals, lendListener } from './lend-listener.js';
import { lendLock } from './lend-lock.js';
import { lendProcess, ptyOf } from './lend-process.js';
import { carryStream, lendStream } from './lend-stream.js';
import { type LentPools, wishOf } from './lent-pools.js';
import type { LockRoom } from './lock-room.js';
import { openAttachment } from './open-attachment.js';

/** A request as it came: its stream, its headers, and the fields of its first line. */
interface Request {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly fields: Record<string, unknown>;
}

/** What a {@link BrokerPeer} is made with. */
export interface BrokerPeerOptions {
  readonly sessions: SessionCache;
  /** The locks of those sessions, which all clients share. */
  readonly locks: LockRoom;
  /** The pools, which all clients share, too. */
  readonly pools: LentPools;
  /** Called when the client asks for the end of the broker. */
  readonly stop: () => void;
}

/** A request that is refused before anything was done, and the status of the answer. */
class Refusal extends Error {
  readonly status: number;
  readonly error: HawserError;

  constructor(status: number, error: HawserError) {
    super(error.message);
    this.status = status;
    this.error = error;
  }
}

/** One client of the broker: answers its requests. What it holds ends with it. */
export class BrokerPeer {
  readonly #sessions: SessionCache;
  readonly #locks: LockRoom;
  readonly #pools: LentPools;
  readonly #stop: () => void;
  /** The sessions that it takes part in, by its own numbers; those on their way too, so that work may be asked for at once. */
  readonly #attachments = new Map<number, Promise<Attachment>>();
  readonly #asides = new Map<number, ServerHttp2Stream>();
  readonly #arrivals = new Arrivals();
  readonly #handlers: Readonly<Record<string, (request: Request) => Promise<void>>> = {
    [Path.open]: (request) => this.#open(request),
    [Path.exec]: (request) => this.#process(request, commandOf(request)),
    [Path.shell]: (request) => this.#process(request, undefined),
    [Path.subsystem]: (request) => this.#subsystem(request),
    [Path.dial]: (request) => this.#dial(request),
    [Path.listen]: (request) => this.#listen(request),
    [Path.accept]: (request) => this.#accept(request),
    [Path.lock]: (request) => this.#lock(request),
    [Path.pool]: (request) => this.#pool(request),
    [Path.find]: (request) => this.#find(request),
    [Path.list]: (request) => answer(request, { sessions: this.#sessions.list() }),
    [Path.close]: (request) => this.#close(request),
  };

  constructor({ sessions, locks, pools, stop }: BrokerPeerOptions) {
    this.#sessions = sessions;
    this.#locks = locks;
    this.#pools = pools;
    this.#stop = stop;
  }

  /** Takes a request. */
  take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // A client that goes away is no fault of ours: its streams tell of it by closing.
    stream.on('error', () => {});
    this.#answer(stream, headers).catch((error: unknown) => refuse(stream, error));
  }

  async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const path = headers[':path'] ?? '';
    if (path === Path.stop) {
      stream.respond({ ':status': 200 });
      stream.end('{}\n');
      // The answer goes out first.
      stream.once('close', this.#stop);
      return;
    }
    checkVersion(headers[Header.version]);
    if (path === Path.aside) {
      const number = numberOf(headers, Header.channel);
      this.#asides.set(number, stream);
      stream.once('close', () => this.#asides.delete(number));
      return;
    }
    const handle = Object.hasOwn(this.#handlers, path) ? this.#handlers[path] : undefined;
    if (handle === undefined || headers[':method'] !== 'POST') {
      throw new Refusal(404, new OptionError(`A session broker does not answer ${headers[':method']} ${path}.`));
    }
    const line = await readFirstLine(stream, LONGEST_REQUEST);
    await handle({ stream, headers, fields: asRecord(line) });
  }

  async #open({ stream, headers, fields }: Request): Promise<void> {
    const number = numberOf(headers, Header.session);
    if (this.#attachments.has(number)) throw malformed(`there is a session ${number} already`);
    if (fields['existing'] === true) this.#requireSession(fields['target']);
    const beside = typeof fields['beside'] === 'number' ? await this.#attachments.get(fields['beside']) : undefined;
    const opening = openAttachment(stream, fields, { sessions: this.#sessions, pools: this.#pools, beside });
    this.#attachments.set(number, opening);
    stream.once('close', () => this.#attachments.delete(number));
    // Whoever asked hears of it by the last line; work that was asked for already fails with it.
    await opening.catch(() => {});
  }

  #requireSession(target: unknown): void {
    if (this.#sessions.has(decodeTarget(target, unasked))) return;
    throw new Refusal(404, new ConnectError('session', 'The session broker has no session to such a machine.'));
  }

  async #process({ stream, headers, fields }: Request, command: string | undefined): Promise<void> {
    const number = numberOf(headers, Header.channel);
    const aside = this.#asides.get(number);
    if (aside === undefined) throw malformed('its other stream has not come before it');
    this.#asides.delete(number);
    const attachment = await this.#attachment(headers);
    const pty = ptyOf(fields['pty']);
    await attachment.use((transport) =>
      lendProcess(
        { main: stream, aside },
        {
          start: (signal) =>
            command === undefined ? transport.shell({ signal, pty }) : transport.exec(command, { signal, pty }),
          heard: (channel) => (command === undefined ? undefined : heardProcess(command, channel, pty !== undefined)),
          end: (process) => endOrphan(transport, attachment.connection.key, process),
        },
      ),
    );
  }

  async #subsystem({ stream, headers, fields }: Request): Promise<void> {
    const name = textOf(fields, 'name');
    const attachment = await this.#attachment(headers);
    await attachment.use((transport) => lendStream(stream, (signal) => transport.subsystem(name, { signal })));
  }

  async #dial({ stream, headers, fields }: Request): Promise<void> {
    const to = placeOf(fields['to']);
    const attachment = await this.#attachment(headers);
    await attachment.use((transport) => lendStream(stream, (signal) => transport.dial(to, { signal })));
  }

  async #listen({ stream, headers, fields }: Request): Promise<void> {
    const at = placeOf(fields['at']);
    const attachment = await this.#attachment(headers);
    await attachment.use((transport) =>
      lendListener(stream, this.#arrivals, (signal) => transport.listen(at, { signal })),
    );
  }

  async #accept({ stream, fields }: Request): Promise<void> {
    const number = fields['connection'];
    const far = typeof number === 'number' ? this.#arrivals.take(number) : undefined;
    if (far === undefined) {
      throw new Refusal(404, new DisconnectedError('The connection that was to be accepted has gone.'));
    }
    await carryStream(stream, far);
  }

  async #lock({ stream, headers }: Request): Promise<void> {
    const attachment = await this.#attachment(headers);
    const acquire = (signal: AbortSignal): Promise<Lease> => this.#locks.acquire(attachment.connection, { signal });
    await lendLock(stream, acquire, () => attachment.quiet());
  }

  async #pool(request: Request): Promise<void> {
    const { target, pool } = request.fields;
    return answer(request, { stats: this.#pools.stats(target, wishOf(pool).name) });
  }

  async #find(request: Request): Promise<void> {
    const { targets } = request.fields;
    if (!Array.isArray(targets)) throw malformed('it names no targets');
    return answer(request, { found: targets.map((target) => this.#sessions.has(decodeTarget(target, unasked))) });
  }

  async #close(request: Request): Promise<void> {
    const { all, id, target } = request.fields;
    if (all === true) {
      await Promise.all([this.#sessions.closeAll(), this.#pools.closeAll()]);
      return answer(request, { closed: true });
    }
    if (typeof id !== 'string' && target === undefined) throw malformed('it names no session to close');
    const named = this.#sessions.list().find((session) => session.id === id);
    if (named === undefined && target === undefined) return answer(request, { closed: false });
    return answer(request, { closed: await this.#sessions.close(named ?? decodeTarget(target, unasked)) });
  }

  async #attachment(headers: IncomingHttpHeaders): Promise<Attachment> {
    const found = this.#attachments.get(numberOf(headers, Header.session));
    if (found !== undefined) return found;
    throw new Refusal(410, new DisconnectedError('The session has ended.'));
  }
}

async function answer({ stream }: Request, line: object): Promise<void> {
  if (stream.destroyed) return;
  stream.respond({ ':status': 200 });
  writeLine(stream, line);
  stream.end();
}

/** Tells a client why its request comes to nothing; once it has been answered there is only its end. */
function refuse(stream: ServerHttp2Stream, error: unknown): void {
  if (stream.destroyed) return;
  stream.resume();
  if (stream.headersSent) {
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  const fault = error instanceof LineFault ? malformed(error.message) : error;
  const [status, reason] = fault instanceof Refusal ? [fault.status, fault.error] : [statusOf(fault), fault];
  stream.respond({ ':status': status });
  writeLine(stream, { error: encodeError(reason) });
  stream.end();
}

/** What the far side brought about is a bad gateway's; what cannot be meant is the client's own. */
function statusOf(error: unknown): number {
  if (error instanceof OptionError) return 400;
  return error instanceof HawserError ? 502 : 500;
}

function checkVersion(version: unknown): void {
  if (version === PROTOCOL_VERSION) return;
  const theirs = typeof version === 'string' ? `version ${version}` : 'no version';
  throw new Refusal(
    426,
    new ConnectError(
      'session',
      `The session broker speaks version ${PROTOCOL_VERSION} of its protocol, and this client ${theirs}: another version ` +
        'of hawser has started it. End it with "hawser session stop"; the next use starts one of its own.',
    ),
  );
}

function malformed(why: string): Refusal {
  return new Refusal(400, new OptionError(`The session broker could not read a request: ${why}.`));
}

function numberOf(headers: IncomingHttpHeaders, name: string): number {
  const value = headers[name];
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  if (number === undefined) throw malformed(`its header ${name} is no number`);
  return number;
}

function textOf(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw malformed(`its field "${name}" is no text`);
  return value;
}

function commandOf({ fields }: Request): string {
  return textOf(fields, 'command');
}

function placeOf(value: unknown): DialTarget {
  const { host, port, socketPath } = asRecord(value);
  if (typeof socketPath === 'string') return { socketPath };
  if (typeof host === 'string' && typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535) {
    return { host, port };
  }
  throw malformed('it names neither a host and port nor the path of a socket');
}
