import { type ClientHttp2Stream, constants } from 'node:http2';
import type { Duplex } from 'node:stream';
import { TypedEvents } from '../../core/events.js';
import type { Listener } from '../contract.js';
import { asRecord, readLines } from './lines.js';

/** A listener on the far machine, behind a broker: connections are told of, and each is then asked for. */
export class BrokerListener extends TypedEvents<{ connection: [stream: Duplex]; close: [] }> implements Listener {
  /** Settles when the far machine listens. */
  readonly listening: Promise<void>;
  readonly #stream: ClientHttp2Stream;
  #port: number | undefined;

  /** @param accept asks for the bytes of a connection, by its number. */
  constructor(stream: ClientHttp2Stream, accept: (connection: number) => Promise<Duplex>) {
    super();
    this.#stream = stream;
    stream.once('close', () => this.emit('close'));
    this.listening = new Promise((resolve) => {
      stream.once('response', () => {
        const take = (value: unknown): void => {
          const { listening, connection } = asRecord(value);
          if (typeof connection === 'number') {
            accept(connection).then(
              (duplex) => this.#give(duplex),
              // It was given up meanwhile, on the one side or the other.
              () => {},
            );
            return;
          }
          const { port } = asRecord(listening);
          this.#port = typeof port === 'number' ? port : undefined;
          resolve();
        };
        readLines(stream, take, () => stream.close(constants.NGHTTP2_PROTOCOL_ERROR));
      });
    });
  }

  get port(): number | undefined {
    return this.#port;
  }

  close(): Promise<void> {
    if (this.#stream.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.once('close', resolve);
      this.#stream.end();
    });
  }

  #give(stream: Duplex): void {
    if (!this.emit('connection', stream)) stream.resume().destroy();
  }
}
