/**
 * May this caller make this call? (facts/juju-versions-and-upgrades 2.1 C-3 and C-4, 2.7 G-1 and
 * G-2.) Same major: always. Another major: six variants of one procedure existed between 2.8.7 and
 * 3.3.0; releases outside that have no version check at all and only the facade sets decide. The
 * check judges every call after login, never the login itself. Upstream source:
 * apiserver/restrict_newer_client.go and root.go.
 */
import { type AgentVersion, compareVersions, parseVersion } from '../number.ts';
import { byRelease } from './by-release.ts';
import type { RuleSet } from './rule-set.ts';
import { ALLOWED, refuse, type Verdict } from './verdict.ts';

export type CallerVariant = 'V-a' | 'V-b' | 'V-c' | 'V-d' | 'V-e' | 'V-f';

export interface CallerCheck {
  readonly variant: CallerVariant;
  /** Lowest agent and client by the major of the server (or of a newer client). */
  readonly minAgent: Readonly<Record<number, AgentVersion>>;
  readonly minClient: Readonly<Record<number, AgentVersion>>;
}

/** One call. A client that sent no version, or an unreadable one, counts as 2.0.0. */
export interface Call {
  readonly caller: AgentVersion | undefined;
  readonly kind: 'client' | 'agent';
  readonly server: AgentVersion;
  readonly facade: string;
  readonly method: string;
}

const NO_VERSION_SENT = parseVersion('2.0.0');

/** The check of a release, or undefined where it has none. */
export const callerCheckOf = byRelease<CallerCheck | undefined>(undefined, [
  ['2.8.7', variant('V-a')],
  ['2.9.33', variant('V-b', '2.9.32', '2.9.33')],
  ['2.9.35', variant('V-b', '2.9.35', '2.9.35')],
  ['2.9.36', variant('V-b', '2.9.36', '2.9.36')],
  ['2.9.43', variant('V-e', '2.9.36', '2.9.42')],
  ['2.9.47', undefined],
  ['3.0.0', variant('V-c', '2.9.36', '2.9.36')],
  ['3.1.3', variant('V-d', '2.9.36', '2.9.42')],
  ['3.1.4', variant('V-f', '2.9.36', '2.9.42')],
  ['3.1.8', undefined],
  ['3.2.0', variant('V-c', '2.9.43', '2.9.36')],
  ['3.2.1', variant('V-f', '2.9.43', '2.9.42')],
  ['3.2.5', undefined],
  ['3.3.0', variant('V-f', '2.9.43', '2.9.42')],
  ['3.3.1', undefined],
]);

/** Judges one call by the rules of the server's release. Agents of controller machines are exempt: do not ask. */
export function checkCall(rules: Pick<RuleSet, 'callerCheck'>, call: Call): Verdict {
  const check = rules.callerCheck;
  const caller = call.caller ?? NO_VERSION_SENT;
  if (!check || caller.major === call.server.major) return ALLOWED;
  return allows(check, caller, call)
    ? ALLOWED
    : refuse(`C-4.${check.variant}`, 'caller-incompatible', { limit: call.server });
}

/** The decision procedure of facts 2.1, step by step; the numbers are its rows. */
function allows(check: CallerCheck, c: AgentVersion, call: Call): boolean {
  const { variant, minAgent, minClient } = check;
  const s = call.server;
  const early = variant === 'V-a' || variant === 'V-b' || variant === 'V-c';
  const older = c.major < s.major;

  if (Math.abs(c.major - s.major) > 1) return false; // 1
  if ((variant === 'V-b' || variant === 'V-c') && !older && c.minor !== 0) return false;
  if (is(call, 'Pinger.Ping')) return true; // 2
  if (call.kind === 'agent') {
    if (variant === 'V-a') return c.major === 2 && c.minor >= 9;
    return atLeast(c, minAgent[s.major]); // 3
  }
  const freshMajorOpen = variant === 'V-c' || variant === 'V-d' || variant === 'V-f';
  if (freshMajorOpen && older && s.minor === 0) return true; // 4
  if (call.facade === 'MigrationTarget' || is(call, 'Client.FullStatus')) return true; // 5
  if (variant === 'V-b' || variant === 'V-c') {
    if (older ? atLeast(c, minClient[s.major]) : atLeast(s, minClient[c.major])) return true;
  }
  if (MIGRATE.has(name(call))) return true; // 5
  if (early) return !older && UPGRADE.has(name(call));
  if (older) {
    if (variant !== 'V-f' && s.minor > 0) return false;
    return atLeast(c, minClient[s.major]); // 6
  }
  if (UPGRADE.has(name(call))) return true; // 7
  if (c.minor !== 0) return false; // 8
  return atLeast(s, minClient[c.major]); // 9
}

const MIGRATE: ReadonlySet<string> = new Set([
  'UserManager.UserInfo',
  'ModelManager.ListModels',
  'ModelManager.ModelInfo',
  'Controller.InitiateMigration',
  'Controller.IdentityProviderURL',
]);

/** The lists of 2.9 and 3.x in one: a method that an era lacks is refused there as unknown anyway. */
const UPGRADE: ReadonlySet<string> = new Set([
  'Client.FindTools',
  'Client.SetModelAgentVersion',
  'Client.AbortCurrentUpgrade',
  'ModelManager.ValidateModelUpgrades',
  'ModelUpgrader.UpgradeModel',
  'ModelUpgrader.AbortModelUpgrade',
  'ModelConfig.ModelGet',
  'Controller.ModelConfig',
  'Controller.ControllerConfig',
  'Controller.ControllerVersion',
  'Controller.CloudSpec',
]);

function variant(name: CallerVariant, minAgent3?: string, minClient3?: string): CallerCheck {
  return {
    variant: name,
    minAgent: minAgent3 ? { 3: parseVersion(minAgent3) } : {},
    minClient: minClient3 ? { 3: parseVersion(minClient3) } : {},
  };
}

function atLeast(v: AgentVersion, minimum: AgentVersion | undefined): boolean {
  return minimum !== undefined && compareVersions(v, minimum) >= 0;
}

function name(call: Call): string {
  return `${call.facade}.${call.method}`;
}

function is(call: Call, what: string): boolean {
  return name(call) === what;
}
