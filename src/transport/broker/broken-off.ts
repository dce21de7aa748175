import { DisconnectedError } from '../../core/errors.js';

/** That the broker at a place is gone in the middle of what was asked of it. */
export function brokeOff(place: string): DisconnectedError {
  const message = `The session broker at ${place} has ended, or broke off. What ran through it may still be running.`;
  return new DisconnectedError(message);
}
