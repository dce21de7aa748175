import { type HawserError, ParseError } from '../../core/hawser-error.js';

/** The message of an error. The place of a fault is worth saying in a file; that of an argument is seen. */
export function withoutPlace(error: HawserError): string {
  const isArgument = error instanceof ParseError && error.file === undefined;
  return isArgument ? error.message.replace(/^<text>:\d+:\d+: /, '') : error.message;
}
