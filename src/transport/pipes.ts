import { Duplex, type Readable, type Writable } from 'node:stream';

/**
 * The stdin and stdout of a process as one stream. Each direction ends by itself: a command that has closed its stdin
 * may still have much to say, which Node's own `Duplex.from` would cut off.
 */
export class Pipes extends Duplex {
  readonly #stdin: Writable;
  readonly #stdout: Readable;
  #wasLeft = false;

  constructor(stdin: Writable, stdout: Readable) {
    super();
    this.#stdin = stdin;
    this.#stdout = stdout;
    // A command that no longer reads has ended, or is about to: that is told by the end of its stdout.
    stdin.on('error', () => {});
    stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stdout.pause();
    });
    stdout.once('end', () => {
      this.#wasLeft = true;
      this.endOfData();
    });
    stdout.once('error', (error) => this.destroy(error));
  }

  /** Whether it was the command that ended its stdout: it may be on its way out, with something left to say. */
  get wasLeft(): boolean {
    return this.#wasLeft;
  }

  /** The command has ended its stdout. */
  protected endOfData(): void {
    this.push(null);
  }

  override _read(): void {
    this.#stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stdin.destroy();
    this.#stdout.destroy();
    done(error);
  }
}
