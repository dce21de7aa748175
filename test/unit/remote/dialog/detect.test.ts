import { describe, expect, it } from 'vitest';
import { builtInPlatforms, detectPlatform, platformNamed } from '../../../../src/remote/dialog/detect.js';
import { PromptReader } from '../../../../src/remote/dialog/prompt.js';

describe('the platform of a device', () => {
  it.each([
    ['Hello, this is FRRouting (version 8.4.4).', 'Router# ', 'frr'],
    ['Hello, this is FRRouting (version 8.4.4).', 'bgp-1> ', 'frr'],
    ['User Access Verification', 'Switch>', 'ios-like'],
    ['', 'core-1.example#', 'ios-like'],
    ['', 'RP/0/RSP0/CPU0:asr9k#', 'ios-like'],
    ['Linux vm 6.1', 'user@host:~$ ', 'linux'],
    ['', '$ ', 'linux'],
    ['', '# ', 'linux'],
    ['', '[root@db1 ~]# ', 'linux'],
    ['', 'root@vm:/work# ', 'linux'],
    ['', 'bash-5.2# ', 'linux'],
    ['', '/ # ', 'linux'],
    ['', 'host% ', 'linux'],
    ['', '{menu}>', undefined],
  ])('is told by %j and %j', (banner, prompt, name) => {
    expect(detectPlatform(banner, prompt, builtInPlatforms)?.name).toBe(name);
  });

  it('is found by its name and its other names', () => {
    expect(platformNamed('IOSXE', builtInPlatforms)?.name).toBe('ios-like');
    expect(platformNamed('vtysh', builtInPlatforms)?.name).toBe('frr');
    expect(platformNamed('vms', builtInPlatforms)).toBeUndefined();
  });
});

describe('the prompts of the built-in platforms', () => {
  it.each([
    ['frr', 'Router> ', 'exec'],
    ['frr', 'Router# ', 'enable'],
    ['frr', 'Router(config)# ', 'config'],
    ['frr', 'Router(config-route-map)# ', 'config'],
    ['ios-like', 'r1>', 'exec'],
    ['ios-like', 'r1#', 'enable'],
    ['ios-like', 'r1(config-if)#', 'config'],
    ['ios-like', 'RP/0/RSP0/CPU0:asr9k(config-bgp)#', 'config'],
    ['ios-like', ' description r1#', undefined],
    ['frr', 'Router# show version', undefined],
  ])('%s: %j is %s', (name, line, mode) => {
    const platform = platformNamed(name, builtInPlatforms);
    expect(platform && new PromptReader(platform).read(line)?.mode).toBe(mode);
  });

  it('are looked for in no line that is endless', () => {
    for (const platform of builtInPlatforms) {
      for (const line of ['a'.repeat(100_000), `${'a-'.repeat(50_000)}(`, `${'#'.repeat(100_000)}>`]) {
        expect(new PromptReader(platform).read(line)).toBeUndefined();
      }
    }
  });
});
