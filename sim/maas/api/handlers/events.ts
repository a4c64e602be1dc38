/** What happened, page by page (facts/maas-api 8.4). The one list of the API that has pages. */

import { EVENT_LEVELS, type EventLevel, type MaasEvent } from '../../core/events.ts';
import { isMac } from '../../core/mac.ts';
import { canView } from '../../core/permissions.ts';
import { refusal } from '../../core/refusal.ts';
import { type Answer, json } from '../answers.ts';
import type { Params } from '../params.ts';
import { eventDate } from '../render/shared.ts';
import { API_ROOT, type Resource, type UserCall } from '../routes.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export const eventResources: readonly Resource[] = [
  {
    path: 'events/',
    auth: {
      name: 'EventsHandler',
      actions: [{ method: 'GET', op: 'query', doc: 'List events, newest first.', run: query }],
    },
    anon: null,
  },
];

function query(call: UserCall): Answer {
  const { core, params } = call;
  const limit = wholeNumber(params, 'limit') ?? DEFAULT_LIMIT;
  if (limit > MAX_LIMIT) {
    throw refusal(
      'invalid',
      `Requested number of events ${limit} is greater than limit: ${MAX_LIMIT}`,
      { wanted: String(limit) },
    );
  }
  const after = wholeNumber(params, 'after');
  const before = wholeNumber(params, 'before');
  if (after !== undefined && before !== undefined) {
    throw refusal(
      'invalid',
      'There is undetermined behaviour when both `after` and `before` are specified.',
    );
  }
  const most = Math.max(1, limit);
  const matching = core.events.all.filter(filterOf(call));
  const page =
    after !== undefined
      ? matching.filter(({ id }) => id > after).slice(0, most)
      : matching.filter(({ id }) => before === undefined || id < before).slice(-most);
  const shown = [...page].reverse();
  const newest = shown[0]?.id;
  const oldest = shown.at(-1)?.id;
  const uri = (name: 'after' | 'before', id: number) =>
    `${API_ROOT}events/?op=query${sameFilters(params)}&${name}=${id}`;
  const asked = after ?? (before === undefined ? 0 : Math.max(0, before - 1));
  return json({
    count: shown.length,
    events: shown.map((event) => ({
      username: event.username || 'unknown',
      node: event.systemId,
      hostname: event.hostname,
      id: event.id,
      level: event.level,
      created: eventDate(core, event.atMs),
      type: event.type,
      description: event.description,
    })),
    next_uri: uri('after', newest ?? asked),
    prev_uri:
      oldest === undefined
        ? after === undefined
          ? null
          : uri('before', after + 1)
        : uri('before', oldest),
  });
}

function sameFilters(params: Params): string {
  const kept = [...params.sent].filter(([name]) => !['op', 'after', 'before'].includes(name));
  return kept
    .flatMap(([name, values]) => values.map((value) => `&${name}=${encodeURIComponent(value)}`))
    .join('');
}

/** @throws Refusal 400 */
function filterOf({ core, user, params }: UserCall): (event: MaasEvent) => boolean {
  const level = (params.text('level') || 'INFO').toUpperCase();
  if (!Object.hasOwn(EVENT_LEVELS, level)) {
    throw refusal('invalid', `Unrecognised log level: ${params.text('level')}`, {
      wanted: level,
      found: Object.keys(EVENT_LEVELS),
    });
  }
  const least = EVENT_LEVELS[level as EventLevel];
  const values = (name: string) => params.all(name).filter((value) => value !== '');
  const macs = values('mac_address');
  const badMacs = macs.filter((mac) => !isMac(mac));
  if (badMacs.length > 0) {
    throw refusal('invalid', `Invalid MAC address(es): ${badMacs.join(', ')}`, {
      wanted: badMacs.join(', '),
    });
  }
  const lower = macs.map((mac) => mac.toLowerCase());
  const any = (name: string, value: string | undefined) => {
    const wanted = values(name);
    return wanted.length === 0 || (value !== undefined && wanted.includes(value));
  };
  return (event) => {
    if (level === 'AUDIT' ? event.level !== 'AUDIT' : EVENT_LEVELS[event.level] < least)
      return false;
    const machine = core.findMachine(event.systemId);
    if (machine && !canView(user, machine.state)) return false;
    const state = machine?.state;
    return (
      any('id', event.systemId) &&
      any('hostname', event.hostname) &&
      any('owner', event.username) &&
      any('zone', state && core.zones.get(state.zoneId)?.name) &&
      any('domain', state && core.domains.get(state.domainId)?.name) &&
      any('agent_name', state?.agentName) &&
      (lower.length === 0 || (state?.interfaces.some((i) => lower.includes(i.mac)) ?? false))
    );
  };
}

function wholeNumber(params: Params, name: string): number | undefined {
  const value = params.text(name);
  if (value === '') return undefined;
  if (!/^-?\d{1,12}$/.test(value)) {
    throw refusal('invalid', { [name]: ['Enter a whole number.'] }, { wanted: value });
  }
  return Number(value);
}
