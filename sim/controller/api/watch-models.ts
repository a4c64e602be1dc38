/**
 * What the watchers of models and agents tell: deltas for `AllWatcher` and `AllModelWatcher`,
 * summaries for `ModelSummaryWatcher`. The first `Next` gives all there is, later ones only what
 * changed (facts/juju-api 5.2, 5.3).
 */
import { ChangeFeed } from '../core/feed.ts';
import type { Model } from '../core/model.ts';
import { Deltas } from './deltas.ts';
import type { Host } from './facade.ts';
import { agentStatus, CLOUD, countAgents, REGION } from './shapes.ts';
import type { WatchSource } from './watchers.ts';

/** Deltas of the models that `wanted` says, those made later included. */
export function watchDeltas(
  host: Host,
  wanted: (model: Model) => boolean,
): (changed: () => void) => WatchSource {
  return (changed) => {
    const feed = feedOf(host, wanted, changed);
    const deltas = new Deltas(host);
    const take = () => {
      const changes = feed.take();
      return changes && { deltas: deltas.of(changes) };
    };
    return { take, close: () => feed.close() };
  };
}

/** Summaries of the models that `wanted` says. */
export function watchSummaries(
  host: Host,
  wanted: (model: Model) => boolean,
): (changed: () => void) => WatchSource {
  return (changed) => {
    const feed = feedOf(host, wanted, changed);
    const take = () => {
      const changes = feed.take();
      if (!changes) return undefined;
      const models = new Set(changes.models);
      for (const i of changes.rows) {
        models.add(host.core.models()[host.core.machines.model(i)]!);
      }
      return { models: [...models].map((model) => summaryOf(host, model)) };
    };
    return { take, close: () => feed.close() };
  };
}

function feedOf(host: Host, wanted: (model: Model) => boolean, changed: () => void): ChangeFeed {
  const feed = new ChangeFeed(host.core, wanted, changed);
  for (const model of host.core.models()) {
    if (model.life !== 'dead' && wanted(model)) feed.addAll(model);
  }
  return feed;
}

function summaryOf({ core, accounts }: Host, model: Model): object {
  if (model.life === 'dead') return { uuid: model.uuid, removed: true };
  const { machines, units, containers } = countAgents(core, model);
  const messages: object[] = [];
  core.machines.forEachOf(model.index, (i) => {
    if (core.machines.isRetired(i)) return;
    const { status, info } = agentStatus(core, i);
    const wrong = status === 'error' || status === 'down';
    if (wrong) messages.push({ agent: core.machines.name(i), message: info });
  });
  return {
    uuid: model.uuid,
    controller: 'maasquerade',
    name: model.name,
    admins: accounts.adminsOf(model),
    cloud: CLOUD,
    region: REGION,
    credential: `${CLOUD}/${model.owner}/default`,
    size: {
      machines: machines - containers,
      containers,
      applications: model.applications.size,
      units,
      relations: 0,
    },
    status: messages.length > 0 ? 'red' : 'green',
    messages,
    annotations: {},
  };
}
