import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** Less than this is left to the garbage collector, in bytes. */
const WORTH_IT = 16 * 1024;

let drain: MessagePort | undefined;

/**
 * Gives the memory of a buffer back at once, which nobody may look at again: all views of it are empty from now on. The
 * garbage collector sees a heap of a few megabytes and lets gigabytes of dead buffers wait; then it runs at their pace,
 * not at the heap's.
 *
 * To be detached from its memory a buffer has to be transferred; what is posted to a closed port goes nowhere. What is no
 * more than half of its memory is left alone: it shares it with others, as all that is cut from Node's pool does.
 */
export function releaseMemory({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < WORTH_IT) return;
  if (byteLength <= buffer.byteLength / 2) return;
  if (drain === undefined) {
    drain = new MessageChannel().port1;
    drain.close();
  }
  drain.postMessage(undefined, [buffer]);
}

/** Whether a buffer is all of its memory, so that nobody else can have a part of it. */
export function isWhole({ buffer, byteLength }: Uint8Array): boolean {
  return byteLength === buffer.byteLength;
}
