import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { type ForwardOptions, planForward } from '../../../../src/remote/forward/plan-forward.js';

const to = { host: 'db', port: 5432 };

describe('the options of a forward', () => {
  it.each([
    [{ to }, { type: 'local', listen: { host: '127.0.0.1', port: 0 }, to }],
    [
      { listen: { port: 80 }, to },
      { type: 'local', listen: { host: '127.0.0.1', port: 80 }, to },
    ],
    [
      { listen: { host: '*' }, to },
      { type: 'local', listen: { host: '', port: 0 }, to },
    ],
    [
      { type: 'remote', to },
      { type: 'remote', listen: { host: 'localhost', port: 0 }, to },
    ],
    [
      { type: 'remote', listen: { socketPath: '/a' }, to: { socketPath: '/b' } },
      { type: 'remote', listen: { socketPath: '/a' }, to: { socketPath: '/b' } },
    ],
    [{ type: 'dynamic' }, { type: 'dynamic', listen: { host: '127.0.0.1', port: 0 }, to: undefined }],
  ] as const)('%j become whole', (options, plan) => {
    expect(planForward(options)).toEqual(plan);
  });

  it.each<readonly [string, unknown, string]>([
    ['a type that there is none of', { type: 'both', to }, '`type`'],
    ['nowhere to lead to', {}, '`to`'],
    ['a port that is none', { to: { host: 'db', port: 0 } }, '`to.port`'],
    ['a port to listen on that is none', { listen: { port: 65_536 }, to }, '`listen.port`'],
    ['a port that is text', { listen: { port: '80' }, to }, '`listen.port`'],
    ['a host that is none', { to: { host: 'a b', port: 1 } }, '`to.host`'],
    ['a host to listen on that is none', { listen: { host: '' }, to }, '`listen.host`'],
    ['a host that is no text', { to: { port: 1 } }, '`to.host`'],
    ['an empty path', { listen: { socketPath: '' }, to }, '`listen.socketPath`'],
    ['a path that no system takes', { to: { socketPath: '/a\0b' } }, '`to.socketPath`'],
  ])('%s are refused by name', (_what, options, name) => {
    // What a program without types may hand over.
    const run = () => planForward(options as ForwardOptions);
    expect(run).toThrow(OptionError);
    expect(run).toThrow(name);
  });
});
