/**
 * What a fault file says: one fault, the primitives it is made of, whom it hits, and the ground
 * truth of what must come of it (design 3.8). A primitive names an injection point that a core
 * declares (`sim/<core>/points.ts`) and an effect in that core's own vocabulary, so a fault file can
 * do nothing that a core does not offer. The failure modes are those of facts/juju-versions 4.6 and
 * the primitives that facts/field-cases part 2 calls for.
 */
import { z } from 'zod';

/**
 * Why an agent never reaches its model's agent-version, as can be seen of it from outside. In the
 * order in which one hides another: a dead machine shows nothing else, and where the controller has
 * no binary, or none that it would serve, the agent never learns of its disk or its proxy.
 */
export const STUCK_REASONS = [
  'dead-machine',
  'no-agent-binary',
  'bad-download',
  'digest-mismatch',
  'disk-full',
] as const;
export type StuckReason = (typeof STUCK_REASONS)[number];

const component = z.enum(['client', 'controller', 'agent', 'machine', 'maas', 'streams']);
const count = z.number().int().positive();
const milliseconds = z.number().int().nonnegative();
const status = z.number().int().min(100).max(599);

const respond = z.strictObject({
  kind: z.literal('respond'),
  status,
  contentType: z.string(),
  body: z.string(),
});
const delay = z.strictObject({ kind: z.literal('delay'), ms: milliseconds });
const truncate = z.strictObject({ kind: z.literal('truncate'), bytes: milliseconds });
const drop = z.strictObject({ kind: z.literal('drop') });
const jsonText = z.string().refine((text) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}, 'is no JSON text');
const corrupt = z.strictObject({ kind: z.literal('corrupt') });

/** What is wrong with one machine, in the words of the agents' injection point. */
export const fateSchema = z
  .strictObject({
    dead: z.boolean(),
    diskFull: z.boolean(),
    slowLink: z.number().min(1),
    crashOnce: z.enum(['downloading', 'unpacking', 'switching', 'steps']),
    stepsFail: count,
    wedged: z.boolean(),
  })
  .partial()
  .refine((f) => Object.keys(f).length > 0, 'says nothing');

const primitive = z.discriminatedUnion('point', [
  z.strictObject({ point: z.literal('agent.fate'), effect: fateSchema }),
  z.strictObject({
    point: z.literal('controller.download'),
    effect: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('status'), status }),
      corrupt,
      z.strictObject({ kind: z.literal('truncate') }),
      z.strictObject({ kind: z.literal('missing') }),
    ]),
    /** How often for each machine; absent means for ever. */
    times: count.optional(),
  }),
  z.strictObject({
    point: z.literal('controller.call'),
    match: z.strictObject({ facade: z.string(), method: z.string() }).partial().optional(),
    effect: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('error'), message: z.string(), code: z.string() }),
      delay,
      z.strictObject({ kind: z.literal('disconnect') }),
    ]),
    times: count.optional(),
  }),
  z.strictObject({
    point: z.literal('controller.upgrade'),
    match: z.strictObject({ stage: z.enum(['restarting', 'database', 'steps']) }).optional(),
    effect: z.strictObject({ kind: z.literal('restart'), times: count, downMs: milliseconds }),
    times: count.optional(),
  }),
  z.strictObject({
    point: z.literal('maas.request'),
    match: z
      .strictObject({
        method: z.string(),
        path: z.string(),
        op: z.string(),
        authorizations: count,
      })
      .partial()
      .optional(),
    effect: z.discriminatedUnion('kind', [
      respond.extend({
        headers: z.record(z.string(), z.string()).optional(),
        afterEffect: z.boolean().optional(),
      }),
      delay.extend({ msPerMachine: milliseconds.optional() }),
      z.strictObject({
        kind: z.literal('reshape'),
        set: z.record(z.string(), jsonText).default({}),
        leaveOut: z.array(z.string().min(1)).default([]),
        item: milliseconds.optional(),
      }),
      z.strictObject({ kind: z.literal('forget'), parameters: z.array(z.string()).min(1) }),
      truncate,
      drop,
    ]),
    times: count.optional(),
  }),
  z.strictObject({
    point: z.literal('maas.step'),
    match: z
      .strictObject({
        step: z.enum(['commission', 'test', 'deploy', 'release', 'erase', 'rescue']),
      })
      .optional(),
    effect: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('fail'), reason: z.string() }),
      z.strictObject({ kind: z.literal('vanish') }),
    ]),
    times: count.optional(),
  }),
  z.strictObject({
    point: z.literal('maas.clock-skew'),
    effect: z.strictObject({ ms: z.number().int() }),
  }),
  z.strictObject({
    point: z.literal('streams.request'),
    /** `path` is the beginning of the path below the source; source `first` is the first searched. */
    match: z.strictObject({ source: z.string(), path: z.string() }).partial().optional(),
    effect: z.discriminatedUnion('kind', [respond, truncate, corrupt, delay, drop]),
    times: count.optional(),
  }),
  z.strictObject({
    point: z.literal('streams.record'),
    match: z.strictObject({ source: z.string(), stream: z.string() }).partial().optional(),
    effect: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('absent') }),
      z.strictObject({ kind: z.literal('wrong-digest') }),
      z.strictObject({ kind: z.literal('other-stream'), stream: z.string() }),
    ]),
  }),
]);

/** Whom it hits. `share` draws machines; `os` and `arch` narrow machines and metadata records. */
const scope = z
  .strictObject({
    share: z.number().gt(0).max(1),
    os: z.string(),
    arch: z.string(),
  })
  .partial();

const id = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'an id is lower-case words joined by dashes');

export const faultSchema = z.strictObject({
  id,
  title: z.string().min(1),
  /** The family in facts/field-cases part 1: select, stream, converge, maas409, retry, ... */
  class: z.string().min(1),
  /** Who would have to tell the operator. */
  emitter: component,
  /** Whose fault it is. */
  origin: component,
  /** Facts sections or cases it stands for. */
  source: z.array(z.string()).min(1),
  scope: scope.default({}),
  primitives: z.array(primitive).min(1),
  /** What must come of it: the machines in scope stay behind for this reason, or all is well in the end. */
  truth: z.union([
    z.strictObject({ stuck: z.enum(STUCK_REASONS), why: z.string().min(1) }),
    z.strictObject({ heals: z.string().min(1) }),
  ]),
});

export type Fault = z.infer<typeof faultSchema>;
export type Primitive = z.infer<typeof primitive>;

/** A primitive in a word or two, e.g. `agent.fate dead` or `maas.request respond 409`. */
export function primitiveName(p: Primitive): string {
  if (p.point === 'agent.fate') return `${p.point} ${Object.keys(p.effect).join('+')}`;
  if (p.point === 'maas.clock-skew') return p.point;
  const status = 'status' in p.effect ? ` ${p.effect.status}` : '';
  return `${p.point} ${p.effect.kind}${status}`;
}
