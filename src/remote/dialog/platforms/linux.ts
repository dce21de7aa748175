import type { Platform } from '../../../inventory/platform/platform.js';

/**
 * A POSIX shell on Linux or another Unix (dash, bash, ksh, zsh, busybox), be it behind a telnet login, a console or a
 * terminal of this machine. The session's prompt is replaced by one that no output can fake.
 */
export const linux: Platform = {
  name: 'linux',
  aliases: ['unix', 'posix', 'shell'],
  modes: { exec: { prompt: /^.{0,200}[$#%>] ?$/ } },
  login: { refused: /^Login incorrect|^Authentication failure|^Maximum number of tries exceeded/i },
  signs: { prompt: /^(\$|#|%|.*[$%]|.*[@~/:\]].*#|(ba|da|z|k)?sh[-\d.]*#) ?$/ },
  shell: true,
};
