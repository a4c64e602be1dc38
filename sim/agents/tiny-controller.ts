/**
 * A controller in a page, for tests and the bench of the fleet driver: one model, rule A-1, machine
 * 0 is its own, and no faults but those that a test puts into its fields. What is judged with it is
 * the driver; the real controller core has its own tests and joins in `sim/world`.
 */
import { compareVersions, parseVersion, printVersion, VersionTable } from '../versions/number.ts';
import type { FleetMachines } from './fleet-options.ts';
import { type AgentPort, type Download, REFUSED } from './port.ts';

export class TinyController implements AgentPort {
  readonly versions = new VersionTable();
  /** Version on record of each machine. */
  readonly recorded: number[];
  readonly machines: FleetMachines;
  target: number;
  server: number;
  up = true;
  outcome: (machine: number) => number = () => 0;
  find: (machine: number) => number = () => 0;

  constructor(count: number, version: string) {
    this.target = this.id(version);
    this.server = this.target;
    this.recorded = new Array<number>(count).fill(this.target);
    this.machines = {
      length: count,
      os: () => 'ubuntu',
      arch: () => 'amd64',
      isController: (m) => m === 0,
      version: (m) => this.recorded[m]!,
    };
  }

  id(version: string): number {
    return this.versions.intern(parseVersion(version));
  }

  text(id: number): string {
    return printVersion(this.versions.at(id));
  }

  login(): number {
    return this.up ? 0 : REFUSED.unreachable;
  }

  reportVersion(machine: number, version: number): number {
    if (!this.up) return REFUSED.unreachable;
    this.recorded[machine] = version;
    return 0;
  }

  desiredVersion(machine: number): number {
    if (!this.up) return REFUSED.unreachable;
    if (machine === 0 || this.target === this.server) return this.target;
    const { versions } = this;
    const above = compareVersions(versions.at(this.target), versions.at(this.server)) > 0;
    return above ? this.server : this.target;
  }

  findBinary(machine: number): number {
    return this.up ? this.find(machine) : REFUSED.unreachable;
  }

  download(machine: number): Download {
    return this.outcome(machine) === 0 ? WHOLE : { ...WHOLE, outcome: this.outcome(machine) };
  }

  setStatus(): number {
    return this.up ? 0 : REFUSED.unreachable;
  }
}

const WHOLE: Download = { outcome: 0, durationMs: 3_000 };
