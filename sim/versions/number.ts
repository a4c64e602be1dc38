/**
 * Agent-version numbers and binaries: grammar, printing and ordering exactly as Juju has them
 * (juju/version `version.go`; facts/juju-versions-and-upgrades 1.1 to 1.6). Not semantic
 * versioning: a tag and a dotted patch exclude each other, a build sorts above its patch, and a
 * final sorts above its tagged builds. Never feed these to `semver` (facts 1.7).
 */

/** A version number. Immutable; equal numbers parsed twice are equal field by field, not by identity. */
export interface AgentVersion {
  readonly major: number;
  readonly minor: number;
  /** `alpha`, `beta`, `rc`, any word of a to z, or empty for a final. */
  readonly tag: string;
  readonly patch: number;
  readonly build: number;
}

/** An agent binary's full name: number, release (OS, or series before 2.9) and architecture. */
export interface AgentBinary {
  readonly number: AgentVersion;
  readonly release: string;
  readonly arch: string;
}

/** A text that is no version. The message is upstream's (E-01 to E-03). */
export class VersionError extends Error {
  override readonly name = 'VersionError';
}

/** "No version given" wherever upstream uses the zero number; prints as `0.0.0`. */
export const ZERO: AgentVersion = Object.freeze({
  major: 0,
  minor: 0,
  tag: '',
  patch: 0,
  build: 0,
});

const NUMBER = /^(\d{1,9})(?:\.(\d{1,9})(?:-([a-z]+)(\d{1,9})?|\.(\d{1,9}))?(\.\d{1,9})?)?$/;
const BINARY = /^(\d{1,9}\.\d{1,9}(?:-[a-z]+\d{1,9}|\.\d{1,9})(?:\.\d{1,9})?)-([^-]+)-([^-]+)$/;

/**
 * Parses a number in strict form: minor and patch must be present.
 * @throws VersionError `invalid version "<text>"`
 */
export function parseVersion(text: string): AgentVersion {
  const version = match(text);
  if (!version?.strict) throw new VersionError(`invalid version ${quote(text)}`);
  return version.number;
}

/**
 * Parses a number where a missing minor or patch means 0 (upstream's non-strict form).
 * @throws VersionError `invalid version "<text>"`
 */
export function parseVersionNonStrict(text: string): AgentVersion {
  const version = match(text);
  if (!version) throw new VersionError(`invalid version ${quote(text)}`);
  return version.number;
}

/** As {@link parseVersion}, or undefined where that throws. */
export function tryParseVersion(text: string): AgentVersion | undefined {
  const version = match(text);
  return version?.strict ? version.number : undefined;
}

/**
 * Parses `<number>-<release>-<arch>`. Release and arch are anything but a dash: blanks and line
 * ends pass, as upstream (facts 1.2).
 * @throws VersionError `invalid binary version "<text>"`
 */
export function parseBinary(text: string): AgentBinary {
  const found = BINARY.exec(text);
  const number = found ? tryParseVersion(found[1]!) : undefined;
  if (!found || !number) throw new VersionError(`invalid binary version ${quote(text)}`);
  return Object.freeze({ number, release: found[2]!, arch: found[3]! });
}

/**
 * Parses `2` to [2, -1] and `2.9` to [2, 9]; -1 means any minor. Negative parts pass, as upstream.
 * @throws VersionError `invalid major.minor version number <text>` and its two siblings
 */
export function parseMajorMinor(text: string): readonly [major: number, minor: number] {
  const parts = text.split('.');
  if (parts.length > 2) throw new VersionError(`invalid major.minor version number ${text}`);
  const [major, minor = '-1'] = parts;
  return [atoi(major!, 'major'), atoi(minor, 'minor')];
}

/** `M.m.p` or `M.m-<tag>p`, then `.b` only when build is above 0. */
export function printVersion(v: AgentVersion): string {
  const patch = v.tag === '' ? `.${v.patch}` : `-${v.tag}${v.patch}`;
  return `${v.major}.${v.minor}${patch}${v.build > 0 ? `.${v.build}` : ''}`;
}

/** `<number>-<release>-<arch>`. */
export function printBinary(b: AgentBinary): string {
  return `${printVersion(b.number)}-${b.release}-${b.arch}`;
}

/** Negative, zero or positive: major, minor, tag (empty is greatest, else by bytes), patch, build. */
export function compareVersions(a: AgentVersion, b: AgentVersion): number {
  if (a.major !== b.major) return a.major - b.major;
  if (a.minor !== b.minor) return a.minor - b.minor;
  if (a.tag !== b.tag) {
    if (a.tag === '') return 1;
    if (b.tag === '') return -1;
    return a.tag < b.tag ? -1 : 1;
  }
  if (a.patch !== b.patch) return a.patch - b.patch;
  return a.build - b.build;
}

export function equalVersions(a: AgentVersion, b: AgentVersion): boolean {
  return compareVersions(a, b) === 0;
}

export function isZero(v: AgentVersion): boolean {
  return equalVersions(v, ZERO);
}

/** The same version with build 0 (upstream `ToPatch`). */
export function toPatch(v: AgentVersion): AgentVersion {
  return v.build === 0 ? v : Object.freeze({ ...v, build: 0 });
}

/** {@link compareVersions} after both builds are set to 0. */
export function compareNoBuild(a: AgentVersion, b: AgentVersion): number {
  return compareVersions(toPatch(a), toPatch(b));
}

/** Patch, tag and build cleared: what controllers compare before a migration (facts 1.6). */
export function versionToMajMin(v: AgentVersion): AgentVersion {
  return Object.freeze({ ...ZERO, major: v.major, minor: v.minor });
}

/** The greatest of the list by {@link compareVersions}, or undefined for an empty list. */
export function newest(versions: readonly AgentVersion[]): AgentVersion | undefined {
  let best: AgentVersion | undefined;
  for (const v of versions) if (!best || compareVersions(v, best) > 0) best = v;
  return best;
}

/** Whether upstream counts the version as a development version, by the rule of the release asked. */
export function isDev(v: AgentVersion, rule: 'to-4.0.0' | 'from-4.0.1' = 'to-4.0.0'): boolean {
  if (rule === 'from-4.0.1') return v.tag !== '';
  const oddMinorEra = compareVersions(v, LAST_ODD_MINOR) <= 0;
  return oddMinorEra ? v.minor % 2 === 1 || v.build > 0 : v.tag !== '' || v.build > 0;
}

/**
 * Interns versions as small integers, for columns and traces: equal versions, equal ids, in order
 * of first sight.
 */
export class VersionTable {
  readonly #ids = new Map<string, number>();
  readonly #versions: AgentVersion[] = [];

  intern(version: AgentVersion): number {
    const text = printVersion(version);
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#versions.length;
      this.#ids.set(text, id);
      this.#versions.push(version);
    }
    return id;
  }

  /** @throws RangeError for an id that was never given out. */
  at(id: number): AgentVersion {
    const version = this.#versions[id];
    if (!version) throw new RangeError(`no version has the id ${id}`);
    return version;
  }

  get size(): number {
    return this.#versions.length;
  }
}

// Odd minors were development versions up to this one (juju/version, facts 1.6).
const LAST_ODD_MINOR = parseVersion('1.19.9');

function match(text: string): { number: AgentVersion; strict: boolean } | undefined {
  const found = NUMBER.exec(text);
  if (!found) return undefined;
  const [, major, minor, tag = '', tagPatch, dotPatch, build] = found;
  const patch = tag === '' ? dotPatch : tagPatch;
  const number = Object.freeze({
    major: Number(major),
    minor: Number(minor ?? 0),
    tag,
    patch: Number(patch ?? 0),
    build: Number(build?.slice(1) ?? 0),
  });
  return { number, strict: minor !== undefined && patch !== undefined };
}

function atoi(text: string, part: 'major' | 'minor'): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new VersionError(
      `invalid ${part} version number ${text}: strconv.Atoi: parsing ${quote(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

/** As Go's %q quotes the texts met here. */
function quote(text: string): string {
  return JSON.stringify(text);
}
