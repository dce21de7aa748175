import { EventEmitter } from 'node:events';

/** Names of events with the arguments of each. */
export type EventMap = Record<string, unknown[]>;

/** An `EventEmitter` (node:events) whose events are known by name and type. */
export class TypedEvents<Events extends EventMap> extends EventEmitter<Events> {}
