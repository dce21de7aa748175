/** How much may wait for the reader before the writers are held back. */
const MOST_BYTES = 1024 * 1024;
const MOST_EVENTS = 1024;

interface Queued<E> {
  readonly event: E;
  readonly bytes: number;
}

/**
 * What waits between the hosts that write and the one loop that reads. Writers ask whether it is {@link full} and hold
 * back until there is room, so that memory stays bounded however slow the reader is. First come, first served: a host that
 * says little waits until what came before has been read, at most {@link MOST_BYTES} or {@link MOST_EVENTS}, and one more
 * chunk of each stream that found the queue full. Each that was held back puts in at least one before it is held again, so
 * that no host is passed over, however much the others write.
 */
export class EventQueue<E> {
  /** Taken from `#first` on: moving the rest at every read would cost the square of the length. */
  #items: Queued<E>[] = [];
  #first = 0;
  #bytes = 0;
  #held: (() => void)[] = [];
  #readers: ((result: IteratorResult<E, undefined>) => void)[] = [];
  #state: 'open' | 'ended' | 'dropped' = 'open';
  #freely = false;

  /** Whether writers that can should wait. */
  get full(): boolean {
    return !this.#freely && this.crowded;
  }

  /** Whether it holds as much as it should, be there reason to wait or not. */
  get crowded(): boolean {
    return this.#state === 'open' && (this.#bytes >= MOST_BYTES || this.#items.length - this.#first >= MOST_EVENTS);
  }

  push(event: E, bytes = 0): void {
    if (this.#state !== 'open') return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: event });
      return;
    }
    this.#items.push({ event, bytes });
    this.#bytes += bytes;
  }

  /** Calls `go` once there is room. */
  whenRoom(go: () => void): void {
    if (this.full) this.#held.push(go);
    else go();
  }

  /** The next event; done when {@link end} was called and all before it has been read. */
  take(): Promise<IteratorResult<E, undefined>> {
    const item = this.#items[this.#first];
    if (item === undefined) {
      if (this.#state !== 'open') return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve) => this.#readers.push(resolve));
    }
    this.#first += 1;
    this.#bytes -= item.bytes;
    if (this.#first === this.#items.length || this.#first > MOST_EVENTS) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    if (this.#held.length > 0 && this.#bytes <= MOST_BYTES / 2 && this.#items.length - this.#first <= MOST_EVENTS / 2) {
      this.#letGo();
    }
    return Promise.resolve({ done: false, value: item.event });
  }

  /** Nobody is held back from now on: what writes is being ended. */
  holdNobody(): void {
    this.#freely = true;
    this.#letGo();
  }

  /** Nothing more will come. */
  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  /** Nobody reads any more: what is here and what comes is thrown away. */
  drop(): void {
    this.end();
    this.#state = 'dropped';
    this.#items = [];
    this.#first = 0;
    this.#bytes = 0;
    this.holdNobody();
  }

  #letGo(): void {
    for (const go of this.#held.splice(0)) go();
  }
}
