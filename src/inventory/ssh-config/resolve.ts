import { OptionError } from '../../core/hawser-error.js';
import { refuseUnsafe } from './command-safety.js';
import type { Condition, MatchState } from './condition.js';
import { finishConfig, tokenValues } from './finish.js';
import type { SshHostConfig, SshHostQuery } from './host-config.js';
import { expandHostName, normalizeHost } from './host-name.js';
import type { LocalMachine } from './local-machine.js';
import type { SectionIndex } from './section.js';
import { Draft } from './settings.js';
import { allTokens, type Environment } from './tokens.js';

/** A parsed configuration, ready to be asked. */
export interface ResolveContext {
  readonly index: SectionIndex;
  readonly wantsFinalPass: boolean;
  readonly local: LocalMachine;
  readonly env: Environment;
}

/**
 * Collects what applies to a host, in one pass or, where `Match final` or CanonicalizeHostname asks for it, in two.
 *
 * @throws OptionError when the host or the port cannot be meant.
 * @throws ParseError when a setting that applies cannot be expanded.
 */
export function resolveHost(query: SshHostQuery, context: ResolveContext): SshHostConfig {
  checkQuery(query);
  const local = {
    ...context.local,
    user: query.localUser ?? context.local.user,
    hostname: query.localHostname ?? context.local.hostname,
  };
  const draft = new Draft();
  if (query.username !== undefined) draft.settings.user = query.username;
  if (query.port !== undefined) draft.settings.port = query.port;
  const { index } = context;
  runPass(index, stateOf({ draft, query, local, host: query.host, finalPass: false }));
  const hostName = normalizeHost(expandHostName(draft, query.host), draft.settings.addressfamily);
  if (context.wantsFinalPass || draft.settings.canonicalizehostname === true) {
    runPass(index, stateOf({ draft, query, local, host: hostName, finalPass: true }));
  }
  return finishConfig({ draft, query, local, hostName, env: context.env });
}

/** Applies the sections whose conditions hold. */
function runPass(index: SectionIndex, state: MatchState): void {
  const tested = new Map<Condition, boolean>();
  const holds = (condition: Condition): boolean => {
    if (!condition.changes) return condition.test(state);
    // An Include may have split its lines into several sections, and what those have set must not undo it.
    const known = tested.get(condition) ?? condition.test(state);
    tested.set(condition, known);
    return known;
  };
  for (const { conditions, directives } of index.candidates(state.host)) {
    if (!conditions.every(holds)) continue;
    for (const directive of directives) directive(state.draft);
  }
}

function stateOf(about: {
  readonly draft: Draft;
  readonly query: SshHostQuery;
  readonly local: LocalMachine;
  readonly host: string;
  readonly finalPass: boolean;
}): MatchState {
  const { draft, query, local, host, finalPass } = about;
  const hostName = (): string => (finalPass ? host : expandHostName(draft, host));
  return {
    host,
    originalHost: query.host,
    finalPass,
    localUser: local.user,
    draft,
    hostName,
    tokens: () => {
      refuseUnsafe(query, 'a Match exec');
      const { settings } = draft;
      const user = settings.user ?? local.user;
      return allTokens(tokenValues({ settings, local, originalHost: query.host, hostName: hostName(), user }));
    },
  };
}

function checkQuery({ host, port }: SshHostQuery): void {
  if (host === '') throw new OptionError('Expected a host to look up in the SSH configuration, got an empty name.');
  if (port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535)) return;
  throw new OptionError(`Expected the port for ${host} to be an integer from 1 to 65535, got ${port}.`, { host });
}
