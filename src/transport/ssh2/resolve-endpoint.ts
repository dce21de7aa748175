import type { SshConfig } from '../../inventory/ssh-config/ssh-config.js';
import type { Target } from '../../inventory/target.js';
import { configuredAlgorithms } from './algorithms.js';
import { configChoices, type ResolvedTarget, resolveTarget } from './resolve-target.js';

/**
 * Decides everything about a target that a connect by this transport needs: {@link resolveTarget}, once the ssh_config that
 * it names has been read.
 *
 * @throws OptionError for a chain of jump hosts that does not end, and what reading ssh_config throws.
 */
export async function resolveEndpoint(
  target: Readonly<Target>,
  loadConfig: (choice: boolean | string) => Promise<SshConfig | undefined>,
): Promise<ResolvedTarget> {
  const configs = new Map<boolean | string, SshConfig | undefined>();
  for (const choice of configChoices(target)) configs.set(choice, await loadConfig(choice));
  return resolveTarget(target, { config: (choice) => configs.get(choice), algorithms: configuredAlgorithms });
}
