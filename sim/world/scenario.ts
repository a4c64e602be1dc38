/**
 * What a scenario file says: who is there (client, controller, models with their machines, each with
 * its own ACTUAL agent-version), which sources of agent metadata the controller sees and which the
 * client sees, what is wrong with a machine, what is then done, and what must come of it. A scenario
 * and its seed are the whole world: running it twice gives the same trace. `sim/world/incident.ts`
 * runs it; the five of the original incident stand in `fixtures/scenarios` (facts/juju-versions 9.1).
 */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { AgentFate } from '../agents/points.ts';
import { ERAS } from '../controller/api/eras.ts';
import { fateSchema } from '../faults/fault.ts';
import { parseYaml, readYaml } from '../faults/yaml-file.ts';
import type { InjectionRule } from '../kernel/inject.ts';
import { MAAS_RELEASES, maasFeatures } from '../maas/core/features.ts';
import { layoutOf } from '../streams/index.ts';
import {
  type AgentVersion,
  equalVersions,
  printVersion,
  tryParseVersion,
} from '../versions/number.ts';

/** The scenarios that ship with the project. */
export const SCENARIOS_DIR = fileURLToPath(new URL('../../fixtures/scenarios', import.meta.url));

// YAML reads 1.24 as a number: that is no agent-version either, and is told as one.
const version = z.union([z.string(), z.number()]).transform((text, context): AgentVersion => {
  const parsed = tryParseVersion(String(text));
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: `"${text}" is no agent-version, e.g. 1.24.5` });
  return z.NEVER;
});
const count = z.number().int().positive();
const name = z.string().min(1);

/** Agent binaries to publish: every combination. */
const matrix = z.strictObject({
  versions: z.array(version).min(1),
  releases: z.array(name).min(1),
  arches: z.array(name).min(1).default(['amd64']),
  stream: name.default('released'),
});

/** One place with agent metadata. Without `publish` it is there and empty. */
const source = z.strictObject({
  name,
  url: z.url(),
  publish: z.array(matrix).default([]),
});

/** What must hold after a step; what is absent is not looked at. */
const expectation = z
  .strictObject({
    /** What the client of the era ends with. */
    exit: z.number().int().nonnegative(),
    /** What the client of the era prints, word by word; empty means that it says nothing. */
    says: z.string(),
    /** The version that the model's agents are now to run. */
    target: version,
    /** Code of the problem that an ideal message would tell. */
    problem: z.string(),
    /** Machines (by name within the model) and what they ACTUALLY run. */
    running: z.record(z.string(), version),
    /** Machines whose era status has a message; the others' must be empty. */
    statusMessages: z.record(z.string(), z.string()),
    /** Name of the source that the agent binaries came from. */
    source: name,
  })
  .partial();

const step = z.discriminatedUnion('do', [
  /** `juju upgrade-juju [--version X]` by a client of the era. */
  z.strictObject({
    do: z.literal('upgrade'),
    model: name,
    version: version.optional(),
    /** A client of another release than the scenario's gives the command. */
    client: version.optional(),
    why: z.string().optional(),
    expect: expectation.optional(),
  }),
  z.strictObject({
    do: z.literal('wait'),
    minutes: z.number().positive(),
    expect: expectation.optional(),
  }),
  z.strictObject({
    do: z.literal('status'),
    model: name,
    why: z.string().optional(),
    expect: expectation.optional(),
  }),
  /** Remedies, so that what a message advises can be tried. */
  z.strictObject({
    do: z.literal('publish'),
    source: name,
    agents: matrix,
    why: z.string().optional(),
  }),
  z.strictObject({
    do: z.literal('kill-agent'),
    machine: z.number().int().nonnegative(),
    why: z.string().optional(),
  }),
]);

const scenarioSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9-]+$/),
    title: name,
    source: z.array(name).default([]),
    seed: z.number().int().nonnegative().default(1),
    /** Absent: of the controller's version. */
    client: version.optional(),
    controller: z.strictObject({ version, os: name, arch: name.default('amd64') }),
    models: z
      .array(
        z.strictObject({
          name,
          agentVersion: version,
          machines: z
            .array(z.strictObject({ count, os: name, arch: name.default('amd64'), version }))
            .min(1),
        }),
      )
      .min(1),
    sources: z.strictObject({
      /** In the order in which the controller searches them. */
      controller: z.array(source).min(1),
      /** What the client sees, where that is something else. */
      client: z.array(source).optional(),
    }),
    /** What is wrong with single machines, by index in the controller's machine table. */
    fates: z
      .array(z.strictObject({ machine: z.number().int().min(0), fate: fateSchema }))
      .default([]),
    /** Ids of faults that are on from the start, for what speaks on the wire (`up --scenario`). */
    faults: z.array(name).default([]),
    /** The wire era of the controller, where its version does not say enough. */
    era: z.enum(ERAS).optional(),
    maasVersion: z.string().optional(),
    steps: z.array(step).default([]),
  })
  .superRefine((scenario, context) => {
    const models = new Set(scenario.models.map((model) => model.name));
    if (scenario.maasVersion !== undefined && !isSimulated(scenario.maasVersion)) {
      const message = `MAAS "${scenario.maasVersion}" is not simulated; there are ${MAAS_RELEASES.join(', ')}`;
      context.addIssue({ code: 'custom', path: ['maasVersion'], message });
    }
    checkModels(scenario, (path, message) => context.addIssue({ code: 'custom', path, message }));
    const sources = new Set(scenario.sources.controller.map((one) => one.name));
    scenario.steps.forEach((one, i) => {
      if (
        one.do === 'upgrade' &&
        (one.client ?? scenario.client ?? scenario.controller.version).major > 1
      ) {
        context.addIssue({
          code: 'custom',
          path: ['steps', i],
          message: 'only clients before 2.0 speak here; ask a later one through `up --scenario`',
        });
      }
      if ('model' in one && !models.has(one.model)) {
        context.addIssue({
          code: 'custom',
          path: ['steps', i, 'model'],
          message: `there is no model "${one.model}"; there are: ${[...models].join(', ')}`,
        });
      }
      if (one.do === 'publish' && !sources.has(one.source)) {
        context.addIssue({
          code: 'custom',
          path: ['steps', i, 'source'],
          message: `the controller has no source "${one.source}"; it has: ${[...sources].join(', ')}`,
        });
      }
    });
  })
  .transform((scenario) => ({
    ...scenario,
    client: scenario.client ?? scenario.controller.version,
  }));

/** Systems as metadata of 2.9 and later files them (facts/juju-versions-and-upgrades 3.2). */
const SYSTEMS = ['ubuntu', 'centos', 'windows', 'genericlinux'];

interface Described {
  readonly controller: { readonly version: AgentVersion; readonly os: string };
  readonly models: readonly {
    readonly name: string;
    readonly agentVersion: AgentVersion;
    readonly machines: readonly { readonly count: number; readonly os: string }[];
  }[];
  readonly fates: readonly { readonly machine: number }[];
}

/** Tells what would otherwise be dropped in silence. */
function checkModels(
  { controller, models, fates }: Described,
  tell: (path: (string | number)[], message: string) => void,
): void {
  const bySystem = layoutOf(controller.version).key === 'os';
  const checkOs = (os: string, path: (string | number)[]) => {
    if (!bySystem || SYSTEMS.includes(os)) return;
    const era = printVersion(controller.version);
    tell(path, `Juju ${era} knows agents by system (${SYSTEMS.join(', ')}), not by "${os}"`);
  };
  checkOs(controller.os, ['controller', 'os']);
  models.forEach((model, i) => {
    if (models.findIndex(({ name }) => name === model.name) !== i) {
      tell(['models', i, 'name'], `there is a model "${model.name}" already`);
    }
    if (model.name === 'controller' && !equalVersions(model.agentVersion, controller.version)) {
      tell(
        ['models', i, 'agentVersion'],
        `the controller's own model has its version, ${printVersion(controller.version)}`,
      );
    }
    for (const [k, { os }] of model.machines.entries())
      checkOs(os, ['models', i, 'machines', k, 'os']);
  });
  // Row 0 is the controller's own machine.
  const last = models.flatMap((model) => model.machines).reduce((sum, { count }) => sum + count, 0);
  fates.forEach(({ machine }, i) => {
    if (machine <= last) return;
    tell(['fates', i, 'machine'], `there is no machine ${machine}; the last one is ${last}`);
  });
}

function isSimulated(maasVersion: string): boolean {
  try {
    maasFeatures(maasVersion);
    return true;
  } catch {
    return false;
  }
}

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioStep = Scenario['steps'][number];
export type ScenarioSource = Scenario['sources']['controller'][number];
export type Expectation = NonNullable<Extract<ScenarioStep, { do: 'upgrade' }>['expect']>;
export type AgentMatrix = ScenarioSource['publish'][number];

/** The rule that gives single machines their fates. */
export function fatesOf({ fates }: Scenario): InjectionRule<{ machine: number }, AgentFate> {
  return ({ machine }) => {
    const doomed = fates.find((one) => one.machine === machine);
    return doomed && Object.fromEntries(Object.entries(doomed.fate));
  };
}

/**
 * Reads one scenario.
 * @throws FileError with file, line and field of every mistake
 */
export function loadScenario(file: string): Scenario {
  return readYaml(file, scenarioSchema);
}

/** As {@link loadScenario} for a text already read; `file` only names it in messages. */
export function parseScenario(file: string, text: string): Scenario {
  return parseYaml(file, text, scenarioSchema);
}
