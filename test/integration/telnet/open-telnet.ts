import type { Readable } from 'node:stream';
import { neverAborted } from '../../../src/core/abort.js';
import { Deadline } from '../../../src/core/deadline.js';
import { ConnectTrace } from '../../../src/core/diagnostics.js';
import type { ExecChannel, Pty, TransportConnectOptions } from '../../../src/transport/contract.js';
import { TelnetTransport, type TelnetTransportOptions } from '../../../src/transport/telnet/telnet-transport.js';

/** Keeps what a stream says, and waits for words in it. */
export class Reader {
  #seen = '';
  #from = 0;
  #wake: () => void = () => {};
  ended = false;

  constructor(stream: Readable) {
    stream.on('data', (bytes: Buffer) => {
      this.#seen += bytes.toString('latin1');
      this.#wake();
    });
    stream.once('close', () => {
      this.ended = true;
      this.#wake();
    });
  }

  /** What came since the last call, up to and with these words. */
  async until(words: string): Promise<string> {
    for (;;) {
      const at = this.#seen.indexOf(words, this.#from);
      if (at >= 0) {
        const text = this.#seen.slice(this.#from, at + words.length);
        this.#from = at + words.length;
        return text;
      }
      if (this.ended) throw new Error(`It ended without ${words}: ${JSON.stringify(this.#seen.slice(this.#from))}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** A terminal as most have it. */
export const pty: Pty = { columns: 80, rows: 24, term: 'xterm' };

/** What a connect needs of its surroundings. */
export function connecting(signal: AbortSignal = neverAborted): TransportConnectOptions {
  return { signal, deadline: Deadline.in(20_000), trace: new ConnectTrace('telnet') };
}

/** A connected transport, its shell, and what that says. */
export interface OpenTelnet extends AsyncDisposable {
  readonly transport: TelnetTransport;
  readonly shell: ExecChannel;
  readonly reader: Reader;
}

/** Connects and opens the shell. */
export async function openTelnet(
  { host, port }: TelnetTransportOptions,
  terminal: Pty | undefined,
): Promise<OpenTelnet> {
  const transport = new TelnetTransport({ host, port });
  await transport.connect(connecting());
  const shell = await transport.shell({ signal: neverAborted, pty: terminal });
  return {
    transport,
    shell,
    reader: new Reader(shell.stdout),
    [Symbol.asyncDispose]: async () => shell.close(),
  };
}
