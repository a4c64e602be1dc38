/**
 * The one line that runs a simulation again: a token holds every option of `simulate`, seed
 * included, so that nothing has to be remembered beside it. `replay` also takes a file: a saved
 * result of `simulate --json`, or any text that holds a token. A token names its format, and is
 * checked as strictly as the command line is, since it comes from outside.
 */
import { z } from 'zod';
import { RULE_SET_IDS } from '../versions/rules/rule-set.ts';

export const STRATEGIES = ['in-place', 'waves', 'replace'] as const;

/** More machines than this do not fit the fleet's memory on an ordinary computer. */
export const MOST_MACHINES = 20_000_000;

const options = z.strictObject({
  seed: z.int().nonnegative(),
  machines: z.int().min(1).max(MOST_MACHINES),
  /** The mix of ACTUAL versions, e.g. `1.24.5=70,1.23.3=30`. */
  agents: z.string().min(1).max(2_000),
  to: z.string().min(1).max(100),
  /** Default: the era of `to`. */
  era: z.enum(RULE_SET_IDS).optional(),
  /** `all`, `none` or fault ids separated by commas. */
  faults: z.string().max(2_000).default('none'),
  strategy: z.enum(STRATEGIES).default('in-place'),
  /** Default: one for each version of the mix. */
  models: z.int().min(1).max(10_000).optional(),
  /** So many percent of each model's machines are one version behind. */
  stragglers: z.number().min(0).max(100).default(0),
  ignoreAgentVersions: z.boolean().default(false),
});

/** What `simulate` is asked for. */
export type SimulateOptions = z.infer<typeof options>;

/** A token or an option that cannot be; the message names it. */
export class SimulateOptionError extends Error {
  override readonly name = 'SimulateOptionError';
}

const PREFIX = 'mq1.';
const TOKEN = /mq1\.[A-Za-z0-9_-]+/;

/**
 * Checks options that come from a command line or a token.
 * @throws SimulateOptionError naming each option that cannot be
 */
export function checkOptions(given: unknown): SimulateOptions {
  const parsed = options.safeParse(given);
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return name === '' ? issue.message : `--${dashed(name)}: ${issue.message}`;
  });
  throw new SimulateOptionError(said.join('; '));
}

/** The token of these options: equal options, equal token. */
export function tokenOf(given: SimulateOptions): string {
  const checked = checkOptions(given);
  return PREFIX + Buffer.from(JSON.stringify(checked)).toString('base64url');
}

/** The command that runs a simulation again. */
export function replayCommand(given: SimulateOptions): string {
  return `maasquerade replay ${tokenOf(given)}`;
}

/**
 * The options that the first token in a text stands for.
 * @throws SimulateOptionError when there is none, or it is damaged
 */
export function optionsOf(text: string): SimulateOptions {
  const token = TOKEN.exec(text)?.[0];
  if (!token) throw new SimulateOptionError(`no replay token (${PREFIX}...) there`);
  let given: unknown;
  try {
    given = JSON.parse(Buffer.from(token.slice(PREFIX.length), 'base64url').toString('utf8'));
  } catch {
    throw new SimulateOptionError('the replay token is damaged: was it copied whole?');
  }
  return checkOptions(given);
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
