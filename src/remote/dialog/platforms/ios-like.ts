import type { Platform } from '../../../inventory/platform/platform.js';

/** Cisco IOS and the many command lines that were made after it. */
export const iosLike: Platform = {
  name: 'ios-like',
  aliases: ['ios', 'iosxe', 'ios-xe', 'iosxr', 'ios-xr', 'nxos', 'eos', 'asa', 'cisco'],
  modes: {
    exec: { prompt: /^(?<host>[\w.:/@-]{1,255})> ?$/ },
    enable: { prompt: /^(?<host>[\w.:/@-]{1,255})# ?$/ },
    config: { prompt: /^(?<host>[\w.:/@-]{1,255})\([\w./:-]{1,128}\)# ?$/ },
  },
  steps: [
    {
      from: 'exec',
      to: 'enable',
      command: 'enable',
      statements: [{ pattern: /^Password: ?$/i, answer: { secret: 'enable' } }],
    },
    { from: 'enable', to: 'exec', command: 'disable' },
    { from: 'enable', to: 'config', command: 'configure terminal' },
    { from: 'config', to: 'enable', command: 'end' },
  ],
  privileged: 'enable',
  configuration: 'config',
  login: { refused: /^% ?(Authentication failed|Login invalid|Bad passwords|Access denied)|^Login incorrect/i },
  signs: { prompt: /^[\w.:/@-]{1,255}[>#]$/ },
  pagers: [{ pattern: /^ ?(--More--|<--- More --->|--\(more.{0,20}\)--) ?$/i, answer: ' ' }],
  initial: ['terminal length 0', 'terminal width 511'],
  errors: [
    /^% ?(Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Bad|Error|Not|Cannot|Could not|No such|Permission|Authorization|Command|Wildcard|Subnet|Configuration)/i,
    /^(Error|ERROR): /,
    /^Command rejected/i,
  ],
  comment: '!',
};
