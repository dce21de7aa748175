/** How much may wait for the reader before the writers are held back. */
const MOST_BYTES = 1024 * 1024;
const MOST_EVENTS = 1024;

interface Reader<E> {
  readonly resolve: (result: IteratorResult<E, undefined>) => void;
  readonly reject: (fault: unknown) => void;
}

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
  #readers: Reader<E>[] = [];
  /** Why it has ended, until somebody has been told. */
  #fault: { readonly error: unknown } | undefined;
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
      reader.resolve({ done: false, value: event });
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

  /** The next event; done when {@link end} was called and all before it has been read. Throws what that was called with. */
  take(): Promise<IteratorResult<E, undefined>> {
    const item = this.#items[this.#first];
    if (item === undefined) {
      return new Promise((resolve, reject) => {
        this.#readers.push({ resolve, reject });
        if (this.#state !== 'open') this.#dismiss();
      });
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

  /** Nothing more will come: of those who read on, the first is told the fault, if there is one. */
  end(fault?: { readonly error: unknown }): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#fault = fault;
    this.#dismiss();
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

  #dismiss(): void {
    for (const { resolve, reject } of this.#readers.splice(0)) {
      const fault = this.#fault;
      this.#fault = undefined;
      if (fault === undefined) resolve({ done: true, value: undefined });
      else reject(fault.error);
    }
  }

  #letGo(): void {
    for (const go of this.#held.splice(0)) go();
  }
}
