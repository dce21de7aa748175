import type { ServerHttp2Stream } from 'node:http2';
import { onAbort } from '../../core/abort.js';
import { Deadline } from '../../core/deadline.js';
import { ConnectTrace } from '../../core/diagnostics.js';
import { AbortError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import { asRecord, readLines, writeLine } from '../../transport/broker/lines.js';
import type { SessionFacts, SessionLine } from '../../transport/broker/protocol.js';
import { encodeError } from '../../transport/broker/wire-error.js';
import type { Transport } from '../../transport/contract.js';
import type { SessionCache } from '../session-cache.js';
import { Attachment, type AttachmentWatch } from './attachment.js';
import { followSteps } from './connect-steps.js';
import { decodeTarget } from './decode-target.js';
import { type LentPools, wishOf } from './lent-pools.js';
import { Questions } from './questions.js';

/** How long a second connection to a machine may take, in milliseconds. Who waits for it waits less. */
const SECOND_CONNECT = 20_000;

/** How often a client is told how the link fares, in milliseconds. */
const FACTS_EVERY = 1000;

/** Where an attachment comes from. */
export interface AttachmentSource {
  readonly sessions: SessionCache;
  readonly pools: LentPools;
  /** The one that it is to be a second connection of, where it is. */
  readonly beside: Attachment | undefined;
}

/**
 * Opens a session for a client, on the stream of his request: he hears of the steps, is asked, and is told of the end in one of
 * its lines. For as long as the stream is open he takes part in the session.
 */
export async function openAttachment(
  stream: ServerHttp2Stream,
  fields: Readonly<Record<string, unknown>>,
  source: AttachmentSource,
): Promise<Attachment> {
  const say = (line: SessionLine): void => writeLine(stream, line);
  const gone = new AbortController();
  const questions = new Questions(stream);
  const finish = (error: unknown): void => {
    say({ over: error === undefined ? null : encodeError(error) });
    stream.end();
  };
  stream.respond({ ':status': 200 });
  let isAsGood = false;
  const over = (): void => gone.abort(new AbortError('The client no longer waits for the session.'));
  stream.once('end', () => stream.end());
  stream.once('end', over).once('close', over);
  readLines(
    stream,
    (line) => {
      if (asRecord(line)['release'] === true) isAsGood = true;
      else questions.hear(line);
    },
    (fault) => {
      const error = new OptionError(fault.message);
      gone.abort(error);
      finish(error);
    },
  );
  const watch: AttachmentWatch = { crowded: () => say({ crowded: true }), over: finish };
  try {
    const attachment = await followSteps(
      (step) => say({ step }),
      () => attach(fields, { ...source, questions, signal: gone.signal, watch }),
    );
    questions.over();
    onAbort(gone.signal, () => attachment.leave(isAsGood));
    const { connection, transport } = attachment;
    const facts = factsOf(transport);
    say({ ready: { id: connection.id, capabilities: [...transport.capabilities], facts } });
    tellFacts(stream, transport, facts);
    return attachment;
  } catch (error) {
    finish(error);
    throw error;
  }
}

interface Attaching extends AttachmentSource {
  readonly questions: Questions;
  readonly signal: AbortSignal;
  readonly watch: AttachmentWatch;
}

async function attach(
  { target, pool }: Readonly<Record<string, unknown>>,
  { sessions, pools, beside, questions, signal, watch }: Attaching,
): Promise<Attachment> {
  if (beside === undefined && pool !== undefined) {
    const lease = await pools.acquire({ target, wish: wishOf(pool), questions, signal });
    return Attachment.of(lease.connection, signal, watch, lease);
  }
  if (beside === undefined) {
    const connection = await sessions.get(decodeTarget(target, questions), { signal });
    return Attachment.of(connection, signal, watch);
  }
  const { connection } = beside;
  const transport = beside.transport.another?.();
  if (transport === undefined) {
    throw new OptionError(`There is no second way to ${connection.key}.`, { host: connection.key });
  }
  await transport.connect({
    signal,
    deadline: Deadline.in(SECOND_CONNECT),
    trace: new ConnectTrace(connection.key),
  });
  return new Attachment({ connection, transport, isOwn: true }, watch);
}

/** Tells how the link fares, for as long as the client takes part, where that has changed. */
function tellFacts(stream: ServerHttp2Stream, transport: Transport, told: SessionFacts): void {
  let last = JSON.stringify(told);
  const timer = setInterval(() => {
    const facts = factsOf(transport);
    const now = JSON.stringify(facts);
    if (now === last) return;
    last = now;
    writeLine(stream, { facts } satisfies SessionLine);
  }, FACTS_EVERY).unref();
  stream.once('close', () => clearInterval(timer));
}

function factsOf({ ailing = false, link }: Transport): SessionFacts {
  return { ailing, link: link ?? null };
}
