/**
 * The upgrade command of the 1.2x client, as it decided and as it spoke: it asks the controller for
 * every agent binary of its own major version, chooses or filters in that list by itself, and only
 * then tells the controller the version. Read for this: juju/juju `cmd/juju/upgradejuju.go`
 * (`upgradeContext.validate`) and `tools/list.go` (`NewestCompatible`, `Match`) as of 1.18 and as of
 * the fixed 1.25 line (the very file of 1.24.5 could not be had), and pull requests 2546 and 3122,
 * which reset the patch (lp#1447899).
 *
 * What that reading pins for the original incident: with agent 1.20.14 and {1.20.14, 1.21.3, 1.22.1}
 * the kept patch asks for 1.21.14 or later of 1.21 and finds none; the search for the present minor
 * then finds 1.20.14 itself, which counts as found, equals the present version, and ends as "no
 * upgrades available" with exit code 0. The text of the pull request ("no compatible tools") would
 * need another major version, and "no more recent supported versions available" a list that lacks
 * even the present version.
 */

import { boundedList } from '../problems/list.ts';
import type { Looked, Problem } from '../problems/problem.ts';
import {
  type AgentBinary,
  type AgentVersion,
  compareVersions,
  equalVersions,
  newest,
  printBinary,
  printVersion,
  toPatch,
} from '../versions/number.ts';
import { chooseTarget } from '../versions/rules/choice.ts';
import { ruleSetFor } from '../versions/rules/rule-set.ts';
import { checkClientLowerTarget } from '../versions/rules/upgrade.ts';

export interface OldUpgrade {
  readonly client: AgentVersion;
  readonly model: string;
  /** The model's agent-version now. */
  readonly current: AgentVersion;
  /** What `--version` said. */
  readonly version?: AgentVersion;
  /** The controller's answer to FindTools, and where the controller looked for it. */
  readonly listed: readonly AgentBinary[];
  readonly looked: readonly Looked[];
  /** Binaries that the client could see in its own sources, which it never asks. */
  readonly ownView?: readonly AgentBinary[];
}

/** What the client ends with: a version to set, or not. */
export interface OldAnswer {
  readonly chosen?: AgentVersion;
  readonly exit: 0 | 1;
  /** What it prints, in the words of its era. */
  readonly says: string;
  /** What it should have said. */
  readonly problem?: Problem;
}

/** Decides and speaks as `juju upgrade-juju [--version X]` of the client's release. */
export function oldUpgrade(o: OldUpgrade): OldAnswer {
  const rules = ruleSetFor(o.client);
  if (o.version && equalVersions(o.version, o.current)) return upToDate();
  if (o.listed.length === 0) {
    // Nothing at all: an answer of kind "not found", which without --version passes for success.
    if (!o.version && o.current.major === o.client.major) return upToDate(nothingListed(o));
    return failed('no tools available', nothingListed(o));
  }
  const numbers = o.listed.map((binary) => binary.number);
  if (o.version) {
    const wanted = o.version;
    if (!numbers.some((number) => equalVersions(number, wanted))) {
      return failed('no matching tools available', notListed(o, wanted));
    }
    return start(o, wanted);
  }
  const choice = chooseTarget(rules, {
    controllerModel: true,
    current: o.current,
    candidates: numbers,
    controller: o.current,
  });
  if (choice.ok) return start(o, choice.version);
  const problem = missedCandidates(o, rules.choice);
  if (choice.code === 'no-upgrades-available') return upToDate(problem);
  const text =
    o.current.major === o.client.major
      ? 'no more recent supported versions available'
      : 'no compatible tools available';
  return failed(text, problem);
}

function start(o: OldUpgrade, chosen: AgentVersion): OldAnswer {
  const lower = checkClientLowerTarget(ruleSetFor(o.client), o.current, chosen);
  if (!lower.ok) {
    return {
      exit: 1,
      says: `ERROR cannot change version from ${printVersion(o.current)} to ${printVersion(chosen)}`,
    };
  }
  const listed = o.version
    ? o.listed.filter((binary) => equalVersions(binary.number, chosen))
    : o.listed;
  const lines = [...listed].map((binary) => `    ${printBinary(binary)}`);
  return {
    chosen,
    exit: 0,
    says: `available tools:\n${lines.join('\n')}\nbest version:\n    ${printVersion(chosen)}`,
  };
}

function upToDate(problem?: Problem): OldAnswer {
  return { exit: 0, says: 'no upgrades available', ...(problem ? { problem } : {}) };
}

function failed(text: string, problem: Problem): OldAnswer {
  return { exit: 1, says: `ERROR ${text}`, problem };
}

/** The automatic choice found nothing newer: is that so, or did its rule look past it? */
function missedCandidates(o: OldUpgrade, rule: string): Problem {
  const numbers = distinct(o.listed);
  const newer = numbers.filter((v) => compareVersions(v, o.current) > 0);
  const base = { ...toPatch(o.current), minor: o.current.minor + 1 };
  const keptPatch = rule === 'next-minor-patch-kept';
  const from = keptPatch ? base : { ...base, patch: 0 };
  const nearest = newest(newer.filter((v) => v.minor === base.minor)) ?? newer[0];
  return {
    ...speaking(o),
    code: newer.length > 0 ? 'newer-version-not-considered' : 'no-upgrades-available',
    origin: newer.length > 0 ? 'client' : 'unknown',
    operation: `choose an agent-version to upgrade model ${o.model} to`,
    wanted: `${printVersion(from)} or later of ${base.major}.${base.minor} (the minor after ${printVersion(o.current)}${keptPatch ? ', its patch number kept' : ''})`,
    found: boundedList(numbers.map(printVersion)),
    why: keptPatch ? 'U-2 (lp#1447899: patch kept)' : 'U-2',
    next: nearest
      ? [
          {
            say: `name the version; the nearest is ${printVersion(nearest)}`,
            command: `juju upgrade-juju --version ${printVersion(nearest)}`,
          },
        ]
      : [{ say: 'nothing is to be done until a newer agent is published' }],
  };
}

/** An explicit version is not in the list that the controller sent. */
function notListed(o: OldUpgrade, wanted: AgentVersion): Problem {
  const version = printVersion(wanted);
  const own = o.ownView?.filter((binary) => equalVersions(binary.number, wanted)) ?? [];
  const kinds = [...new Set(o.listed.map((b) => `${b.release} ${b.arch}`))];
  const [release = '', arch = ''] = (kinds[0] ?? '').split(' ');
  return {
    ...speaking(o),
    code: 'version-not-listed',
    origin: 'streams',
    operation: `upgrade model ${o.model}`,
    wanted: version,
    found: [
      ...boundedList(distinct(o.listed).map(printVersion)),
      ...(own.length > 0
        ? [
            `this client itself can see ${own.map(printBinary).join(', ')}, but only what the controller sees counts`,
          ]
        : []),
    ],
    why: 'U-1',
    next: [
      {
        say: `publish agent ${version} in one of the controller's places above`,
        command: `maasquerade streams publish DIR --version ${version} --os ${release} --arch ${arch}`,
      },
    ],
  };
}

function nothingListed(o: OldUpgrade): Problem {
  return {
    ...speaking(o),
    code: 'no-agent-metadata',
    origin: 'streams',
    operation: `upgrade model ${o.model}`,
    wanted: o.version ? printVersion(o.version) : `a version above ${printVersion(o.current)}`,
    found: [],
    why: 'U-1',
    next: [{ say: 'see why none of the places above has agent metadata, or publish some there' }],
  };
}

function speaking(o: OldUpgrade) {
  return {
    component: 'client',
    componentVersion: printVersion(o.client),
    looked: o.looked.map((at) => ({
      ...at,
      place: at.place.startsWith('controller') ? at.place : `the controller's ${at.place}`,
    })),
    scope: `model ${o.model}`,
    permanence: 'permanent',
    changed: false,
  } as const;
}

function distinct(binaries: readonly AgentBinary[]): AgentVersion[] {
  const seen = new Map(binaries.map((binary) => [printVersion(binary.number), binary.number]));
  return [...seen.values()].sort(compareVersions);
}
