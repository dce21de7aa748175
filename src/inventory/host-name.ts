import { isIPv6 } from 'node:net';

/** What is wrong with a piece of text, and where in it. */
export interface TextFault {
  /** 0-based index of the first character that cannot stand there. */
  readonly at: number;
  /** The fault in words, to follow a colon. */
  readonly why: string;
}

/** A character that is never shown as itself in a message. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;

/**
 * What ssh itself refuses in a host name (`valid_hostname` in OpenSSH's ssh.c: names end up in ProxyCommand's shell),
 * and what has a meaning of its own in URLs, patterns and host sets.
 */
const NOT_IN_HOST = /[\s'"`$\\;&<>|(){}[\]/?#*,!^@%:]/u;

/** What ssh itself refuses in a user name given on its command line (`valid_ruser` in OpenSSH's ssh.c). */
const NOT_IN_USER = /['"`;&<>|(){}]/u;

/**
 * Says what makes `host` impossible as a host name, an ssh_config alias or an address; `undefined` if nothing does.
 *
 * An IPv6 address stands without brackets and may have a zone (RFC 4007 §11).
 */
export function hostFault(host: string): TextFault | undefined {
  if (host === '') return { at: 0, why: 'the host is empty' };
  // Node makes the pattern of IPv6 when it is first asked, which takes longer than all else here.
  if (host.includes(':') && isIPv6(host)) return undefined;
  if (host.startsWith('-')) return { at: 0, why: "a host cannot begin with '-'" };
  const control = CONTROL.exec(host);
  if (control !== null) return { at: control.index, why: 'a host cannot hold a control character' };
  const odd = NOT_IN_HOST.exec(host);
  if (odd === null) return undefined;
  return { at: odd.index, why: oddCharacter(odd[0]) };
}

/** Says what makes `user` impossible as a user name; `undefined` if nothing does. */
export function userFault(user: string): TextFault | undefined {
  if (user === '') return { at: 0, why: 'the user name is empty' };
  if (user.startsWith('-')) return { at: 0, why: "a user name cannot begin with '-'" };
  const control = CONTROL.exec(user);
  if (control !== null) return { at: control.index, why: 'a user name cannot hold a control character' };
  const odd = NOT_IN_USER.exec(user);
  if (odd !== null) return { at: odd.index, why: `a user name cannot hold ${odd[0]}` };
  const option = /\s-/u.exec(user);
  if (option !== null) return { at: option.index, why: "a user name cannot hold white space before '-'" };
  if (user.endsWith('\\')) return { at: user.length - 1, why: 'a user name cannot end with \\' };
  return undefined;
}

function oddCharacter(character: string): string {
  if (/\s/u.test(character)) return 'a host cannot hold white space';
  if (character === '[' || character === ']') {
    return `a host cannot hold ${character}; brackets go round an IPv6 address ([::1]:22), ranges of hosts are for HostSet`;
  }
  if (character === '/' || character === '?' || character === '#') {
    return `a target has no path, query or fragment, so ${character} cannot stand here`;
  }
  if (character === ':') return 'this is neither host:port nor an IPv6 address';
  return `a host cannot hold ${character}`;
}
