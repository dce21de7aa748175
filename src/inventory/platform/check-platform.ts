import { OptionError } from '../../core/hawser-error.js';
import type { Platform } from './platform.js';

/**
 * Checks a platform that was made by hand: that its patterns are patterns, and that the modes it speaks of are its own.
 *
 * @throws OptionError that names the field.
 */
export function checkPlatform(platform: Platform): void {
  const { name, modes, steps = [], privileged, configuration, errors = [], settle } = platform;
  const refuse = (field: string, expected: string): never => {
    throw new OptionError(`Cannot use the platform ${JSON.stringify(name)}: expected \`${field}\` to be ${expected}.`);
  };
  if (typeof name !== 'string' || name === '') refuse('name', 'text that is not empty');
  const known = typeof modes === 'object' && modes !== null ? Object.keys(modes) : [];
  if (known.length === 0) refuse('modes', 'an object with at least one mode');
  for (const [mode, value] of Object.entries(modes)) {
    if (!(value?.prompt instanceof RegExp)) refuse(`modes.${mode}.prompt`, 'a regular expression');
  }
  const ofModes = `one of its modes (${known.join(', ')})`;
  steps.forEach(({ from, to, command }, index) => {
    if (!known.includes(from)) refuse(`steps[${index}].from`, ofModes);
    if (!known.includes(to)) refuse(`steps[${index}].to`, ofModes);
    if (typeof command !== 'string') refuse(`steps[${index}].command`, 'text');
  });
  if (privileged !== undefined && !known.includes(privileged)) refuse('privileged', ofModes);
  if (configuration !== undefined && !known.includes(configuration)) refuse('configuration', ofModes);
  if (!errors.every((error) => error instanceof RegExp)) refuse('errors', 'a list of regular expressions');
  if (settle !== undefined && !(Number.isFinite(settle) && settle >= 0)) refuse('settle', 'a number of milliseconds');
}
