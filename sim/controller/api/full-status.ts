/**
 * The answer of `Client.FullStatus`: a model with its target, and every machine, container and unit
 * with its ACTUAL version in `agent-status.version` (facts/juju-api 5.5). Series were replaced by
 * bases after 2.9, meter status and SLA went with 4.0.
 */
import { compareVersions, printVersion } from '../../versions/number.ts';
import { AGENT_KIND } from '../core/machines.ts';
import type { Model } from '../core/model.ts';
import type { Host } from './facade.ts';
import {
  actualVersion,
  agentStatus,
  baseOf,
  CLOUD,
  instanceId,
  instanceStatus,
  modelStatus,
  REGION,
  wireTime,
} from './shapes.ts';

/** @param patterns names of machines, applications or units, `*` for any run; none means all */
export function fullStatus(host: Host, model: Model, patterns: readonly string[]): object {
  const { core, era } = host;
  const wanted = matcher(patterns);
  const machines: Record<string, object> = {};
  core.machines.forEachOf(model.index, (i) => {
    const top = core.machines.kind(i) === AGENT_KIND.machine && !core.machines.isRetired(i);
    if (top && (patterns.length === 0 || hostsWanted(host, i, wanted))) {
      machines[core.machines.name(i)] = machine(host, i);
    }
  });
  return {
    model: head(host, model),
    machines,
    applications: applications(host, model, wanted),
    'remote-applications': {},
    offers: {},
    relations: [],
    'controller-timestamp': wireTime(core, core.clock.nowMs()),
    branches: {},
    ...(era === '2.9' ? {} : { storage: [], filesystems: [], volumes: [] }),
  };
}

function head(host: Host, model: Model): object {
  const { core, era } = host;
  const controller = core.controllerModel.target;
  const newer = !model.isController && compareVersions(controller, model.target) > 0;
  return {
    name: model.name,
    type: 'iaas',
    'cloud-tag': `cloud-${CLOUD}`,
    region: REGION,
    version: printVersion(model.target),
    'available-version': newer ? printVersion(controller) : '',
    'model-status': status(host, modelStatus(core, model), model.createdAtMs, ''),
    ...(era === '4.0' ? {} : { 'meter-status': { color: '', message: '' }, sla: 'unsupported' }),
  };
}

function machine(host: Host, i: number): object {
  const { core, era } = host;
  const { machines } = core;
  const { base, series } = baseOf(machines.os(i));
  const since = machines.sinceMs(i);
  const containers: Record<string, object> = {};
  machines.forEachHosted(i, (hosted) => {
    const direct = machines.parent(hosted) === i && !machines.isRetired(hosted);
    if (direct && machines.kind(hosted) === AGENT_KIND.container) {
      containers[machines.name(hosted)] = machine(host, hosted);
    }
  });
  const controls = machines.isController(i);
  const instance = machines.instance(i);
  return {
    'agent-status': status(host, agentStatus(core, i), since, actualVersion(core, i)),
    'instance-status': status(host, instanceStatus(core, i), since, ''),
    'modification-status': status(host, { status: 'idle', info: '' }, since, ''),
    hostname: instance.hostname,
    'dns-name': instance.addresses[0] ?? '',
    'ip-addresses': instance.addresses,
    'instance-id': instanceId(core, i),
    'display-name': instance.hostname,
    base,
    ...(era === '2.9' ? { series } : {}),
    id: machines.name(i),
    'network-interfaces': {},
    containers,
    constraints: '',
    hardware: `arch=${machines.arch(i)} ${instance.hardware}`.trimEnd(),
    jobs: controls ? ['JobManageModel', 'JobHostUnits'] : ['JobHostUnits'],
    'has-vote': controls,
    'wants-vote': controls,
    'lxd-profiles': {},
  };
}

function applications(host: Host, model: Model, wanted: (name: string) => boolean): object {
  const { core, era } = host;
  const { machines } = core;
  const units = new Map<string, Record<string, object>>();
  machines.forEachOf(model.index, (i) => {
    if (machines.kind(i) !== AGENT_KIND.unit || machines.isRetired(i)) return;
    const name = machines.name(i);
    const application = name.slice(0, name.indexOf('/'));
    if (!wanted(name) && !wanted(application)) return;
    const siblings = units.get(application) ?? {};
    siblings[name] = unit(host, i);
    units.set(application, siblings);
  });
  const shown: Record<string, object> = {};
  for (const app of model.applications.values()) {
    const own = units.get(app.name);
    if (!own && !wanted(app.name)) continue;
    const active = { status: 'active', info: '' };
    shown[app.name] = {
      charm: app.charm,
      'charm-version': '',
      'charm-profile': '',
      ...baseOf('ubuntu'),
      exposed: false,
      life: model.life,
      relations: {},
      'can-upgrade-to': '',
      'subordinate-to': [],
      units: own ?? {},
      ...(era === '4.0' ? {} : { 'meter-statuses': {} }),
      status: status(host, active, model.createdAtMs, ''),
      'workload-version': '',
      'endpoint-bindings': {},
      'public-address': '',
    };
  }
  return shown;
}

function unit(host: Host, i: number): object {
  const { core } = host;
  const since = core.machines.sinceMs(i);
  const now = agentStatus(core, i);
  const idle = now.status === 'started' ? { ...now, status: 'idle' } : now;
  return {
    'agent-status': status(host, idle, since, actualVersion(core, i)),
    'workload-status': status(host, { status: 'active', info: '' }, since, ''),
    'workload-version': '',
    machine: core.machines.name(core.machines.parent(i)),
    'opened-ports': [],
    'public-address': '',
    charm: '',
    subordinates: {},
  };
}

/** DetailedStatus: every key is always there but `err`. */
function status(
  host: Host,
  now: { status: string; info: string },
  sinceMs: number,
  version: string,
): object {
  return { ...now, data: {}, since: wireTime(host.core, sinceMs), kind: '', version, life: '' };
}

/** Whether a machine, or something on it, is among what was asked for. */
function hostsWanted(host: Host, i: number, wanted: (name: string) => boolean): boolean {
  const { machines } = host.core;
  let some = wanted(machines.name(i));
  machines.forEachHosted(i, (hosted) => {
    const name = machines.name(hosted);
    some ||= wanted(name) || wanted(name.replace(/\/\d+$/, ''));
  });
  return some;
}

/** A test for names; a pattern's `*` stands for any run of characters, everything else for itself. */
function matcher(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => true;
  const tests = patterns.map((pattern) => pattern.split('*'));
  return (name) => tests.some((parts) => fits(name, parts));
}

/** Linear: the fixed parts must occur in order, the first at the start and the last at the end. */
function fits(name: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return name === first;
  if (!name.startsWith(first)) return false;
  const last = rest.pop()!;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
