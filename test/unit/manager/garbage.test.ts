import { expect, it } from 'vitest';
import type { ConnectionManager } from '../../../src/manager/connection-manager.js';
import { Device } from '../../../src/manager/device.js';
import { heldMemory } from '../../rigs/held-memory.js';
import { ScriptedConnection } from './scripted-device.js';

async function managerOfForgottenDevice(): Promise<ConnectionManager> {
  const r1 = new Device('r1', { connections: { defaults: { alias: 'vty' }, mgmt: { class: ScriptedConnection } } });
  await r1.connect();
  expect(r1.connectionManager.device).toBe(r1);
  return r1.connectionManager;
}

it('a manager and its connections do not keep their device alive, and still know its default alias', async () => {
  const manager = await managerOfForgottenDevice();
  await expect
    .poll(() => {
      heldMemory();
      return manager.device === undefined;
    })
    .toBe(true);
  expect(manager.isConnected()).toBe(true);
  expect(() => manager.instantiate()).toThrow(
    'Cannot connect to r1: nobody holds the device any more. Keep it as long as you use it.',
  );
  await manager.destroyAll();
  expect(manager.connections).toEqual({});
});
