import { asRecord } from '../../transport/broker/lines.js';
import { RELAY_VERSION, type RelayRequest, readScreens, VARIABLES } from './relay-lines.js';

/** What a caller asks for; `undefined` where it is of another version, or none. */
export function readRequest(line: unknown): RelayRequest | undefined {
  const { version, words, home, env, screens } = asRecord(line);
  const seen = readScreens(screens);
  if (version !== RELAY_VERSION || typeof home !== 'string' || seen === undefined || !isTexts(words)) return undefined;
  const given = asRecord(env);
  const known = VARIABLES.map((name) => [name, given[name]] as const);
  return {
    version,
    words,
    home,
    env: Object.fromEntries(known.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
    screens: seen,
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string');
}
