import type { Strategy } from './strategy.js';

/** The quicker ways that there are. */
export const strategy: Strategy = {};
