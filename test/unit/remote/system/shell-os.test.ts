import os from 'node:os';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../../src/core/errors.js';
import { FileError } from '../../../../src/core/file-error.js';
import { HawserError } from '../../../../src/core/hawser-error.js';
import { ShellAccounts } from '../../../../src/remote/system/account-names.js';
import type { RunService } from '../../../../src/remote/system/remote-os.js';
import { ShellOs } from '../../../../src/remote/system/shell-os.js';
import { MemoryTransport } from '../../../../src/testing/memory-transport.js';
import type { ExecChannel, ProcessChannelOptions } from '../../../../src/transport/contract.js';
import { LocalTransport } from '../../../../src/transport/local/local-transport.js';
import { errorOf, ScriptedConnection } from '../../connection/scripted-connection.js';

/** This machine, whose shell says something before each command, and which counts what it is asked. */
class TalkativeTransport extends LocalTransport {
  asked = 0;
  readonly #before: string;

  constructor(before = 'true') {
    super();
    this.#before = before;
  }

  override exec(command: string, o: ProcessChannelOptions): Promise<ExecChannel> {
    this.asked += 1;
    return super.exec(`${this.#before}; ${command}`, o);
  }
}

function over(transport: LocalTransport | MemoryTransport): RunService {
  return (work) => work({ transport, host: 'web1', key: 'web1' });
}

describe('a machine that is asked about itself', () => {
  it('is asked once for all that is asked at once, and once for what does not change', async () => {
    const transport = new TalkativeTransport();
    const of = new ShellOs(over(transport));
    const [type, uptime, release] = await Promise.all([of.type(), of.uptime(), of.release()]);
    expect([type, release]).toEqual([os.type(), os.release()]);
    expect(uptime).toBeGreaterThan(0);
    expect(transport.asked).toBe(1);
    await of.hostname();
    await of.userInfo();
    expect(transport.asked).toBe(1);
    for (const call of [of.freemem, of.uptime, of.loadavg, of.cpus]) await Reflect.apply(call, of, []);
    expect(transport.asked).toBe(5);
  });

  it('is asked anew on another link', async () => {
    const links = [new TalkativeTransport(), new TalkativeTransport()];
    let link = 0;
    const of = new ShellOs((work) => over(links[link] ?? new TalkativeTransport())(work, {}));
    await of.hostname();
    link = 1;
    await of.hostname();
    expect(links.map(({ asked }) => asked)).toEqual([1, 1]);
  });

  it('is heard through what its start-up files say', async () => {
    const noise = "echo welcome; printf 'sysname=Plan9\\000'; echo motd >&2";
    expect(await new ShellOs(over(new TalkativeTransport(noise))).type()).toBe(os.type());
  });

  it('answers the others when one gives up', async () => {
    const transport = new TalkativeTransport();
    const of = new ShellOs(over(transport));
    const controller = new AbortController();
    const given = errorOf(of.type({ signal: controller.signal }));
    const other = of.type();
    controller.abort();
    expect(await given).toMatchObject({ name: 'AbortError' });
    expect(await other).toBe(os.type());
    expect(transport.asked).toBe(1);
  });

  it('is asked again after all have given up', async () => {
    const transport = new TalkativeTransport();
    const of = new ShellOs(over(transport));
    const controller = new AbortController();
    const given = errorOf(of.type({ signal: controller.signal }));
    controller.abort();
    expect(await given).toMatchObject({ name: 'AbortError' });
    expect(await of.type()).toBe(os.type());
  });

  it('that has no such shell says what its shell said', async () => {
    const stderr = "'exec' is not recognized as an internal or external command\r\n";
    const connection = new ScriptedConnection({ exec: { stderr, code: 1 } });
    const error = await errorOf(connection.os.platform());
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ host: 'web1', result: { status: 1 } });
    expect(String(error)).toContain("'exec' is not recognized");
    expect(String(error)).toContain('POSIX shell');
    await connection.close();
  });

  it('that does not tell a fact names it', async () => {
    const connection = new ScriptedConnection({
      exec: async (_command, { stdin }) => {
        const mark = /[0-9a-f-]{36}/.exec(await text(stdin))?.[0];
        return { stdout: `${mark}\0sysname=Plan9\0${mark}\0` };
      },
    });
    expect(await connection.os.type()).toBe('Plan9');
    const error = await errorOf(connection.os.platform());
    expect(error).toBeInstanceOf(HawserError);
    expect(error).toMatchObject({ code: 'ERR_HAWSER_SYSTEM', host: 'web1' });
    expect(String(error)).toContain('web1 does not tell its `os.platform()`');
    await connection.close();
  });
});

describe('the names of accounts', () => {
  it('are asked once each', async () => {
    const transport = new TalkativeTransport();
    const names = new ShellAccounts(over(transport));
    expect([await names.userName(0), await names.groupName(0), await names.userName(0)]).toEqual([
      'root',
      'root',
      'root',
    ]);
    expect(transport.asked).toBe(2);
  });

  it('cannot be had where no commands run', async () => {
    const transport = new MemoryTransport();
    Object.defineProperty(transport, 'capabilities', { value: new Set() });
    const error = await errorOf(new ShellAccounts(over(transport)).userName(0));
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ code: 'ENOSYS', syscall: 'getpwuid', host: 'web1' });
  });

  it('are not asked for what is no number', async () => {
    const error = await errorOf(new ShellAccounts(over(new LocalTransport())).userName(Number.NaN));
    expect(error).toMatchObject({ code: 'EINVAL' });
  });
});
