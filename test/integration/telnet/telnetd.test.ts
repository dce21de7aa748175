import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { marker, running, sleepWith } from '../../contract/places.js';
import { describeReal, openSockets, startTelnetd, type Telnetd } from '../../rigs/rigs.js';
import { type OpenTelnet, openTelnet, pty } from './open-telnet.js';

describeReal(['telnetd'], 'a shell on a telnet server', () => {
  let telnetd: Telnetd;
  beforeAll(async () => {
    telnetd = await startTelnetd({ users: 2 });
  });
  afterAll(() => telnetd.stop());

  /** Logs in by hand. */
  async function logIn(): Promise<OpenTelnet> {
    const open = await openTelnet(telnetd, pty);
    await open.reader.until('login: ');
    open.shell.stdin.write(`${telnetd.user}\r`);
    await open.reader.until('Password: ');
    open.shell.stdin.write(`${telnetd.password}\r`);
    await open.reader.until('$ ');
    return open;
  }

  it('asks for name and password, and is on a terminal of the type and size that were asked for', async () => {
    await using open = await logIn();
    const { shell, reader } = open;
    shell.stdin.write('echo "<$TERM>"; stty size\r');
    expect(await reader.until('$ ')).toContain('<xterm>\r\n24 80\r\n');
    shell.resize({ columns: 255, rows: 50 });
    shell.stdin.write('stty size\r');
    expect(await reader.until('$ ')).toContain('50 255\r\n');
  });

  it('gives the prompt to a client without a terminal too', async () => {
    await using open = await openTelnet(telnetd, undefined);
    expect(await open.reader.until('login: ')).not.toContain('\xff');
  });

  it('ends without a status when the session does, and the transport says that the far side closed', async () => {
    await using open = await logIn();
    const closed = once(open.transport, 'close');
    open.shell.stdin.write('exit\r');
    expect(await open.shell.exited).toEqual({ missing: true });
    expect(await closed).toEqual([expect.objectContaining({ code: 'ERR_HAWSER_DISCONNECTED' })]);
    expect((await openSockets()).filter(({ remote }) => remote.endsWith(`:${telnetd.port}`))).toEqual([]);
  });

  it('interrupts what runs', async () => {
    await using open = await logIn();
    const { shell, reader } = open;
    const mark = marker();
    shell.stdin.write(`${sleepWith(mark)}; echo "status $?"\r`);
    // What comes between a shell's fork and its child's exec is lost.
    await running(mark);
    shell.signal('USR1');
    shell.signal('INT');
    await reader.until('$ ');
    shell.stdin.write('echo "status $?"\r');
    await reader.until('status 130\r\n');
  });

  it('takes every byte there and back', async () => {
    await using open = await logIn();
    const { shell, reader } = open;
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256));
    shell.stdin.write('stty raw -echo; echo ready; head -c 512; stty sane; echo done\r');
    await reader.until('\nready\n');
    shell.stdin.write(bytes);
    const text = await reader.until('done\r\n');
    expect(Buffer.from(text.slice(0, 512), 'latin1')).toEqual(bytes);
  });
});
