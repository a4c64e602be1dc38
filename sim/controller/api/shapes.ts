/**
 * Shapes that several facades share: times, statuses, models. All keys that a Go or Python client
 * needs are there; those that 4.x renamed go by the facade version that was asked
 * (facts/juju-api 3.2, 3.3, 5.5).
 */
import { printVersion } from '../../versions/number.ts';
import type { ControllerCore } from '../core/controller.ts';
import { AGENT_KIND, AGENT_STATUS, NO_VERSION } from '../core/machines.ts';
import type { Model } from '../core/model.ts';
import type { Host } from './facade.ts';

export const CLOUD = 'maas';
export const REGION = 'default';

/** A simulated moment as RFC 3339 (G17). */
export function wireTime(core: ControllerCore, atMs: number): string {
  const epochMs = core.clock.date().getTime() - core.clock.nowMs();
  return new Date(Math.round(epochMs + atMs)).toISOString();
}

export function modelTag(model: { uuid: string }): string {
  return `model-${model.uuid}`;
}

/** Owner as the facade version has it: `owner-tag`, or bare `qualifier` in the 4.x shapes. */
export function ownerOf(model: Model, qualified: boolean): object {
  return qualified ? { qualifier: model.owner } : { 'owner-tag': `user-${model.owner}` };
}

/** The base (3.x) and series (2.9) that stand for a machine's operating system. */
export function baseOf(os: string): { base: { name: string; channel: string }; series: string } {
  switch (os) {
    case 'centos':
      return { base: { name: 'centos', channel: '7/stable' }, series: 'centos7' };
    case 'windows':
      return { base: { name: 'windows', channel: '2012r2/stable' }, series: 'win2012r2' };
    default:
      return { base: { name: 'ubuntu', channel: '22.04/stable' }, series: 'jammy' };
  }
}

/** Hardware as clients that want it in parts read it, from what constraints say of it; sizes in MiB. */
export function hardwareOf(arch: string, text: string): object {
  const said = new Map(text.split(' ').map((part) => part.split('=', 2) as [string, string]));
  const count = (key: string) => {
    const number = Number.parseInt(said.get(key) ?? '', 10);
    return Number.isNaN(number) ? {} : { [key === 'cores' ? 'cpu-cores' : key]: number };
  };
  const zone = said.get('availability-zone');
  return {
    arch,
    ...count('cores'),
    ...count('mem'),
    ...count('root-disk'),
    ...(zone === undefined ? {} : { 'availability-zone': zone }),
  };
}

/** What status says of an agent: `down` overrides what it last said of itself (5.5, down rule). */
export function agentStatus(core: ControllerCore, i: number): { status: string; info: string } {
  const { machines, versions } = core;
  if (machines.isLost(i)) {
    return { status: 'down', info: 'agent is not communicating with the server' };
  }
  const about = machines.statusVersion(i);
  const to = about === NO_VERSION ? '' : printVersion(versions.at(about));
  switch (machines.status(i)) {
    case AGENT_STATUS.pending:
      return { status: 'pending', info: '' };
    case AGENT_STATUS.upgrading:
      return { status: 'started', info: `upgrading to ${to}` };
    case AGENT_STATUS.upgradeWillRetry:
      return { status: 'error', info: `upgrade to ${to} failed (will retry)` };
    case AGENT_STATUS.upgradeGaveUp:
      return { status: 'error', info: `upgrade to ${to} failed (giving up)` };
    default:
      return { status: 'started', info: '' };
  }
}

/** What status says of the cloud's part: a machine without an instance waits for one. */
export function instanceStatus(core: ControllerCore, i: number): { status: string; info: string } {
  const { machines } = core;
  const waits = machines.kind(i) === AGENT_KIND.machine && machines.instance(i).id === '';
  return waits ? { status: 'pending', info: '' } : { status: 'running', info: 'Deployed' };
}

/** The instance id as the wire has it; `pending` while there is none. */
export function instanceId(core: ControllerCore, i: number): string {
  const { machines } = core;
  const { id } = machines.instance(i);
  return id === '' && machines.kind(i) === AGENT_KIND.machine ? 'pending' : id;
}

export function actualVersion(core: ControllerCore, i: number): string {
  const version = core.machines.version(i);
  return version === NO_VERSION ? '' : printVersion(core.versions.at(version));
}

/** The status text of a model: while the controller upgrades itself it says so (3.7). */
export function modelStatus(core: ControllerCore, model: Model): { status: string; info: string } {
  const upgrade = model.isController ? core.lock.current : undefined;
  if (upgrade) {
    const since = wireTime(core, upgrade.startedMs);
    return { status: 'busy', info: `upgrade in progress since "${since}"` };
  }
  return { status: 'available', info: '' };
}

/** Rows of a model by kind, without the retired ones; containers count as machines too. */
export function countAgents(
  core: ControllerCore,
  model: Model,
): { machines: number; containers: number; units: number } {
  let machines = 0;
  let containers = 0;
  let units = 0;
  core.machines.forEachOf(model.index, (i) => {
    if (core.machines.isRetired(i)) return;
    const kind = core.machines.kind(i);
    if (kind === AGENT_KIND.unit) units++;
    else machines++;
    if (kind === AGENT_KIND.container) containers++;
  });
  return { machines, containers, units };
}

/** The fields that ModelInfo and ModelSummary have in common. */
export function modelHead(host: Host, model: Model, version: number): object {
  const { core } = host;
  const qualified = version >= 11;
  const now = modelStatus(core, model);
  const legacy = {
    'default-series': 'jammy',
    'default-base': 'ubuntu@22.04/stable',
    sla: { level: 'unsupported', owner: '' },
  };
  return {
    name: model.name,
    uuid: model.uuid,
    type: 'iaas',
    'controller-uuid': core.uuid,
    'is-controller': model.isController,
    'provider-type': 'maas',
    ...(qualified ? {} : legacy),
    'cloud-tag': `cloud-${CLOUD}`,
    'cloud-region': REGION,
    'cloud-credential-tag': `cloudcred-${CLOUD}_${model.owner}_default`,
    'cloud-credential-validity': true,
    ...ownerOf(model, qualified),
    life: model.life,
    status: { ...now, data: {}, since: wireTime(core, model.createdAtMs) },
    'agent-version': printVersion(model.target),
  };
}
