import { TypedEvents } from '../../core/events.js';

/** What an open file is told by: who asks whether something is one need not load all that can be done with it. */
export class OpenedFile extends TypedEvents<{ close: [] }> {
  /** Names it in messages. It is no descriptor of this process, and nothing of `node:fs` takes it. */
  readonly fd: number;

  constructor(fd: number) {
    super();
    this.fd = fd;
  }
}
