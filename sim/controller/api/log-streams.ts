/**
 * The two log sockets of a model: `/log`, from which `juju debug-log` reads, and `/logsink`, to which
 * agents write. The first frame says whether the server takes it; then one JSON record a frame
 * (facts/juju-api 6.6). A reader that does not read is cut off.
 */
import type { WebSocket } from 'ws';
import { LEVELS, type Level, type LogRecord } from '../core/log.ts';
import type { Model } from '../core/model.ts';
import type { Host } from './facade.ts';
import type { RpcError } from './rpc.ts';
import { wireTime } from './shapes.ts';

/** Most bytes that may wait for a reader, and longest message that is kept. */
const MOST_UNREAD = 8 * 1024 * 1024;
const MOST_TEXT = 64 * 1024;
/** Most lines that a reader may ask to begin with. */
const MOST_BACKLOG = 100_000;

/** Tells why a log socket is refused, as its only message, and closes it. */
export function refuseLog(ws: WebSocket, error: RpcError): void {
  ws.send(`${JSON.stringify({ error: error.item() })}\n`);
  ws.close();
}

/** Streams a model's log by what the query asks for, until the reader goes. */
export function streamLog(host: Host, ws: WebSocket, model: Model, query: URLSearchParams): void {
  ws.send('{}\n');
  const wanted = filterOf(query, host, model);
  let left = count(query.get('maxLines')) || Number.POSITIVE_INFINITY;
  const give = (record: LogRecord) => {
    if (left <= 0 || !wanted(record)) return;
    if (ws.bufferedAmount > MOST_UNREAD) {
      ws.terminate();
      return;
    }
    ws.send(JSON.stringify(wireRecord(host, record)));
    if (--left === 0) ws.close();
  };
  const kept = host.logs.of(model.uuid).filter(wanted);
  const whole = query.get('replay') === 'true' || query.has('startTime');
  const backlog = Math.min(count(query.get('backlog')), MOST_BACKLOG);
  for (const record of whole ? kept : kept.slice(kept.length - Math.min(backlog, kept.length))) {
    give(record);
  }
  if (query.get('noTail') === 'true') {
    ws.close();
    return;
  }
  const stop = host.logs.added.add((record) => {
    if (record.modelUuid === model.uuid) give(record);
  });
  ws.on('close', stop);
}

/** Takes an agent's records; what cannot be read ends the connection. */
export function takeLog(host: Host, ws: WebSocket, model: Model, tag: string): void {
  ws.send('{}\n');
  ws.on('message', (data) => {
    const record = readRecord(String(data), host, model, tag);
    if (record) host.logs.add(record);
    else ws.close();
  });
}

function readRecord(text: string, host: Host, model: Model, tag: string): LogRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { m, l, v, x, c } = value as Record<string, unknown>;
  const words = (given: unknown) => (typeof given === 'string' ? given.slice(0, MOST_TEXT) : '');
  return {
    modelUuid: model.uuid,
    tag,
    atMs: host.core.clock.nowMs(),
    level: LEVELS.find((level) => level === v) ?? 'INFO',
    module: words(m),
    location: words(l),
    message: words(x),
    labels: Array.isArray(c) ? c.slice(0, 20).map(words) : [],
  };
}

function wireRecord({ core, era }: Host, record: LogRecord): object {
  const old = {
    tag: record.tag,
    ts: wireTime(core, record.atMs),
    sev: record.level,
    mod: record.module,
    loc: record.location,
    msg: record.message,
  };
  if (era !== '4.0') return record.labels.length > 0 ? { ...old, lab: record.labels } : old;
  const lab = Object.fromEntries(record.labels.map((label) => [label, 'true']));
  return { ...old, uuid: record.modelUuid, lab };
}

/** The test that a query's filters make; an entity's `*` stands for any run of characters. */
function filterOf(query: URLSearchParams, host: Host, model: Model): (one: LogRecord) => boolean {
  const least = LEVELS.indexOf((query.get('level') ?? '').toUpperCase() as Level);
  const startMs = Date.parse(query.get('startTime') ?? '');
  const offset = Date.parse(wireTime(host.core, 0));
  const entities = (key: string) => query.getAll(key).map((one) => entityTest(one, model));
  const modules = (key: string) => query.getAll(key);
  const [inEntity, exEntity] = [entities('includeEntity'), entities('excludeEntity')];
  const [inModule, exModule] = [modules('includeModule'), modules('excludeModule')];
  const [inLabel, exLabel] = [query.getAll('includeLabel'), query.getAll('excludeLabel')];
  const below = (record: LogRecord) => (one: string) =>
    record.module === one || record.module.startsWith(`${one}.`);
  const labelled = (record: LogRecord) => (one: string) => record.labels.includes(one);
  const none = <T>(all: readonly T[], test: (one: T) => boolean) => !all.some(test);
  const oneOf = <T>(all: readonly T[], test: (one: T) => boolean) =>
    all.length === 0 || all.some(test);
  return (record) =>
    LEVELS.indexOf(record.level) >= least &&
    !(record.atMs + offset < startMs) &&
    oneOf(inEntity, (test) => test(record.tag)) &&
    none(exEntity, (test) => test(record.tag)) &&
    oneOf(inModule, below(record)) &&
    none(exModule, below(record)) &&
    oneOf(inLabel, labelled(record)) &&
    none(exLabel, labelled(record));
}

/** Entities are asked for as tags or as names: `machine-3`, `3`, `mysql/0`. */
function entityTest(wanted: string, model: Model): (tag: string) => boolean {
  const [head = '', tail] = wanted.replaceAll('/', '-').split('*', 2);
  const names = [head, `machine-${head}`, `unit-${head}`];
  if (model.applications.has(head)) return (tag) => tag.startsWith(`unit-${head}-`);
  if (tail === undefined) return (tag) => names.includes(tag);
  return (tag) => names.some((name) => tag.startsWith(name)) && tag.endsWith(tail);
}

function count(text: string | null): number {
  return /^\d{1,9}$/.test(text ?? '') ? Number(text) : 0;
}
