import type { Platform } from '../../inventory/platform/platform.js';
import { frr } from './platforms/frr.js';
import { iosLike } from './platforms/ios-like.js';
import { linux } from './platforms/linux.js';
import { plain } from './prompt.js';

/** The platforms that hawser knows by itself, in the order in which their signs are looked for. */
export const builtInPlatforms: readonly Platform[] = Object.freeze([frr, iosLike, linux]);

/** The platform of a name or one of its aliases, whatever its capitals. */
export function platformNamed(name: string, known: readonly Platform[]): Platform | undefined {
  const plainName = name.toLowerCase();
  return known.find((platform) =>
    [platform.name, ...(platform.aliases ?? [])].some((one) => one.toLowerCase() === plainName),
  );
}

/** The platform that what a device has written speaks for: its banner, and the line that looks like its prompt. */
export function detectPlatform(text: string, prompt: string, known: readonly Platform[]): Platform | undefined {
  return known.find(({ signs }) => {
    if (signs === undefined || (signs.text === undefined && signs.prompt === undefined)) return false;
    const says = signs.text === undefined || plain(signs.text).test(text);
    return says && (signs.prompt === undefined || plain(signs.prompt).test(prompt));
  });
}
