/**
 * Changes of models and agents as the deltas of `AllWatcher` and `AllModelWatcher`: each an array
 * `[kind, op, entity]`, models first (facts/juju-api 5.2). A removed thing carries what names it.
 */
import { printVersion } from '../../versions/number.ts';
import type { Changes } from '../core/feed.ts';
import { AGENT_KIND } from '../core/machines.ts';
import type { Application, Model } from '../core/model.ts';
import type { Host } from './facade.ts';
import { settingsOf } from './settings.ts';
import {
  actualVersion,
  agentStatus,
  baseOf,
  CLOUD,
  hardwareOf,
  instanceStatus,
  modelStatus,
  REGION,
  wireTime,
} from './shapes.ts';

export type Delta = readonly [kind: string, op: 'change' | 'remove', entity: object];

/** Deltas of what changed; applications are told with their first unit. */
export class Deltas {
  readonly #host: Host;
  readonly #told = new Set<Application>();

  constructor(host: Host) {
    this.#host = host;
  }

  of(changes: Changes): Delta[] {
    const deltas = changes.models.map((model) => this.#model(model));
    for (const model of changes.models) this.#applications(model, deltas);
    for (const i of changes.rows) {
      const model = this.#host.core.models()[this.#host.core.machines.model(i)]!;
      this.#applications(model, deltas);
      deltas.push(this.#agent(model, i));
    }
    return deltas;
  }

  #model(model: Model): Delta {
    const { core } = this.#host;
    const named = { 'model-uuid': model.uuid, name: model.name };
    if (model.life === 'dead') return ['model', 'remove', named];
    const { status, info } = modelStatus(core, model);
    const settings = Object.entries(settingsOf(model));
    return [
      'model',
      'change',
      {
        ...named,
        life: model.life,
        owner: model.owner,
        'controller-uuid': core.uuid,
        'is-controller': model.isController,
        config: Object.fromEntries(settings.map(([key, { value }]) => [key, value])),
        status: statusInfo(status, info, wireTime(core, model.createdAtMs), ''),
        constraints: {},
        sla: { level: 'unsupported', owner: '' },
        type: 'iaas',
        cloud: CLOUD,
        'cloud-region': REGION,
        version: printVersion(model.target),
      },
    ];
  }

  #applications(model: Model, deltas: Delta[]): void {
    if (model.life === 'dead') return;
    for (const application of model.applications.values()) {
      if (this.#told.has(application)) continue;
      this.#told.add(application);
      const { core } = this.#host;
      const since = wireTime(core, model.createdAtMs);
      deltas.push([
        'application',
        'change',
        {
          'model-uuid': model.uuid,
          name: application.name,
          exposed: false,
          'charm-url': application.charm,
          'owner-tag': `user-${model.owner}`,
          life: 'alive',
          'min-units': 0,
          constraints: {},
          config: {},
          subordinate: false,
          status: statusInfo('active', '', since, ''),
          'workload-version': '',
        },
      ]);
    }
  }

  #agent(model: Model, i: number): Delta {
    const { machines } = this.#host.core;
    const unit = machines.kind(i) === AGENT_KIND.unit;
    const id = machines.name(i);
    if (machines.isRetired(i) || model.life === 'dead') {
      const named = unit ? { name: id } : { id };
      return [unit ? 'unit' : 'machine', 'remove', { 'model-uuid': model.uuid, ...named }];
    }
    return unit ? this.#unit(model, i) : this.#machine(model, i);
  }

  #machine(model: Model, i: number): Delta {
    const { core } = this.#host;
    const { machines } = core;
    const now = agentStatus(core, i);
    const since = wireTime(core, machines.sinceMs(i));
    const instance = machines.instance(i);
    const cloud = instanceStatus(core, i);
    const controls = machines.isController(i);
    const container = machines.kind(i) === AGENT_KIND.container;
    return [
      'machine',
      'change',
      {
        'model-uuid': model.uuid,
        id: machines.name(i),
        'instance-id': instance.id,
        'agent-status': statusInfo(now.status, now.info, since, actualVersion(core, i)),
        'instance-status': statusInfo(cloud.status, cloud.info, since, ''),
        life: 'alive',
        ...this.#baseText(machines.os(i)),
        'container-type': container ? 'lxd' : '',
        'supported-containers': container ? [] : ['lxd'],
        'supported-containers-known': true,
        'hardware-characteristics': hardwareOf(machines.arch(i), instance.hardware),
        'charm-profiles': [],
        jobs: controls ? ['JobManageModel', 'JobHostUnits'] : ['JobHostUnits'],
        addresses: instance.addresses.map((value) => ({
          value,
          type: value.includes(':') ? 'ipv6' : 'ipv4',
          scope: 'local-cloud',
        })),
        'has-vote': controls,
        'wants-vote': controls,
        hostname: instance.hostname,
      },
    ];
  }

  #unit(model: Model, i: number): Delta {
    const { core } = this.#host;
    const { machines } = core;
    const name = machines.name(i);
    const application = name.slice(0, name.indexOf('/'));
    const now = agentStatus(core, i);
    const current = now.status === 'started' ? 'idle' : now.status;
    const since = wireTime(core, machines.sinceMs(i));
    const address = machines.instance(machines.parent(i)).addresses[0] ?? '';
    return [
      'unit',
      'change',
      {
        'model-uuid': model.uuid,
        name,
        application,
        ...this.#baseText(machines.os(i)),
        'charm-url': model.applications.get(application)?.charm ?? '',
        life: 'alive',
        'public-address': address,
        'private-address': address,
        'machine-id': machines.name(machines.parent(i)),
        ports: [],
        'port-ranges': [],
        principal: '',
        subordinate: false,
        'workload-status': statusInfo('active', '', since, ''),
        'agent-status': statusInfo(current, now.info, since, actualVersion(core, i)),
      },
    ];
  }

  #baseText(os: string): object {
    const { base, series } = baseOf(os);
    return this.#host.era === '2.9' ? { series } : { base: `${base.name}@${base.channel}` };
  }
}

function statusInfo(current: string, message: string, since: string, version: string): object {
  return { current, message, since, version, data: {} };
}
