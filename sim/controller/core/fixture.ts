/** A controller for tests: its clock, its agent metadata as a list, everything else by default. */
import { createHash } from 'node:crypto';
import { VirtualClock } from '../../kernel/clock.ts';
import { GapJournal } from '../../kernel/journal.ts';
import { Randomness } from '../../kernel/random.ts';
import { Trace } from '../../kernel/trace.ts';
import {
  type AgentVersion,
  equalVersions,
  parseVersion,
  printVersion,
  VersionTable,
} from '../../versions/number.ts';
import { type RuleSetId, ruleSet, ruleSetFor } from '../../versions/rules/rule-set.ts';
import { ControllerPoints } from '../points.ts';
import type { BinaryFinder, FindOutcome, FoundBinary } from './binaries.ts';
import { ControllerCore } from './controller.ts';

/** Agent metadata of one source: the versions given, for ubuntu on amd64, in `released`. */
export class ListFinder implements BinaryFinder {
  readonly versions: AgentVersion[];
  /** Number of searches. */
  searches = 0;
  /** What a binary's bytes are; tests spoil it. */
  bytes = (found: FoundBinary): Uint8Array => Buffer.from(printVersion(found.binary.number));

  constructor(versions: readonly string[]) {
    this.versions = versions.map(parseVersion);
  }

  find(stream: string, number: AgentVersion, os: string, arch: string): FindOutcome {
    return this.#outcome(stream, os, arch, (v) => equalVersions(v, number));
  }

  list(stream: string, major: number, minor: number): FindOutcome {
    return this.#outcome(
      stream,
      'ubuntu',
      'amd64',
      (v) => v.major === major && (minor < 0 || v.minor === minor),
    );
  }

  #outcome(stream: string, os: string, arch: string, fits: (v: AgentVersion) => boolean) {
    this.searches++;
    const there = stream === 'released' && os === 'ubuntu' && arch === 'amd64';
    const found = this.versions.filter((v) => there && fits(v)).map((v) => this.#binary(v));
    return { found, looked: [{ place: 'the list', outcome: `${found.length} agent binaries` }] };
  }

  #binary(number: AgentVersion): FoundBinary {
    const text = printVersion(number);
    const found: FoundBinary = {
      binary: { number, release: 'ubuntu', arch: 'amd64' },
      size: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      read: () => this.bytes(found),
    };
    return found;
  }
}

export interface TestController {
  readonly core: ControllerCore;
  readonly clock: VirtualClock;
  readonly finder: ListFinder;
  readonly v: (text: string) => AgentVersion;
}

/** @param version the controller's; its release decides the rules unless `rules` names an era */
export function testController(
  version: string,
  available: readonly string[] = [],
  rules?: RuleSetId,
): TestController {
  const clock = new VirtualClock();
  const finder = new ListFinder(available);
  const core = new ControllerCore({
    clock,
    trace: new Trace(),
    versions: new VersionTable(),
    journal: new GapJournal(),
    random: new Randomness(1),
    points: new ControllerPoints(),
    rules: rules ? ruleSet(rules, parseVersion(version)) : ruleSetFor(parseVersion(version)),
    binaries: finder,
    version: parseVersion(version),
  });
  return { core, clock, finder, v: parseVersion };
}
