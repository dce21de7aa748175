import type { Platform } from '../../../inventory/platform/platform.js';

/** FRRouting: the telnet command line of its daemons, and `vtysh`. */
export const frr: Platform = {
  name: 'frr',
  aliases: ['frrouting', 'quagga', 'vtysh'],
  modes: {
    exec: { prompt: /^(?<host>[\w.-]{1,255})> ?$/ },
    enable: { prompt: /^(?<host>[\w.-]{1,255})# ?$/ },
    config: { prompt: /^(?<host>[\w.-]{1,255})\([\w-]{1,64}\)# ?$/ },
  },
  steps: [
    {
      from: 'exec',
      to: 'enable',
      command: 'enable',
      statements: [{ pattern: /^Password: ?$/, answer: { secret: 'enable' } }],
    },
    { from: 'enable', to: 'exec', command: 'disable' },
    { from: 'enable', to: 'config', command: 'configure terminal' },
    { from: 'config', to: 'enable', command: 'end' },
  ],
  privileged: 'enable',
  configuration: 'config',
  login: { password: /^Password: ?$/, refused: /^% Bad passwords/ },
  signs: { text: /this is FRRouting|this is Quagga/ },
  // Its own, and less(1) where vtysh was told to paginate.
  pagers: [
    { pattern: /^ ?--More-- ?$|^:$/, answer: ' ' },
    { pattern: /^\(END\)$/, answer: 'q' },
  ],
  initial: ['terminal length 0'],
  errors: [/^% ?(?!The "terminal length")(?!Please use "terminal paginate")\S/],
  comment: '!',
};
