import { AsyncLocalStorage } from 'node:async_hooks';
import { type ConnectStep, diagnostics } from '../../core/diagnostics.js';

type Hear = (step: ConnectStep) => void;

const listeners = new AsyncLocalStorage<Hear>();
let followed = 0;
let stop: () => void = () => {};

/** Does work, and hands the steps of the connect that it begins to `hear`. Who joins a connect hears none. */
export async function followSteps<T>(hear: Hear, work: () => Promise<T>): Promise<T> {
  followed += 1;
  // A step is published in the course of what the work has begun: that tells whose it is.
  if (followed === 1) stop = diagnostics.connect.subscribe((step) => listeners.getStore()?.(step));
  try {
    return await listeners.run(hear, work);
  } finally {
    followed -= 1;
    if (followed === 0) stop();
  }
}
