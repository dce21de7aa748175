import type { DeviceFacts } from '../connection/device-facts.js';
import type { ConnectionsBlock } from './connections-block.js';

/** As much of a device as its connections are made of. */
export interface DeviceDescription extends DeviceFacts {
  readonly connections: ConnectionsBlock;
}
