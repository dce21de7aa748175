/** Which pool of the broker a worker is wanted of, and how long it is waited for. */
export interface PoolWish {
  readonly name: string;
  /** How many workers it has at most; `undefined`: as many as it has. */
  readonly size?: number | undefined;
  /** In milliseconds; `undefined`: for ever. */
  readonly timeout?: number | undefined;
}
