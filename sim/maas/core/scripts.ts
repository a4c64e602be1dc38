/**
 * The scripts that run on machines while they are commissioned, tested and released: those that every
 * installation has, and those that users add (facts/maas-api 3.8, 9.5). No script's text is ever run:
 * what comes of one is decided by the world (see `script-results.ts`).
 */
import { fieldRefusal } from './refusal.ts';

/** What a script is for, by its number on the wire. */
export const SCRIPT_TYPE = { COMMISSIONING: 0, TESTING: 2, RELEASE: 3 } as const;
export type ScriptType = (typeof SCRIPT_TYPE)[keyof typeof SCRIPT_TYPE];
/** What hardware a script looks at, by its number on the wire. */
export const HARDWARE = { NODE: 0, CPU: 1, MEMORY: 2, STORAGE: 3, NETWORK: 4, GPU: 5 } as const;
export type HardwareType = (typeof HARDWARE)[keyof typeof HARDWARE];

export interface ScriptRevision {
  readonly id: number;
  readonly comment: string | null;
  readonly createdMs: number;
  readonly text: string;
}

export interface Script {
  readonly id: number;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly type: ScriptType;
  readonly hardwareType: HardwareType;
  /** 0 disabled, 1 several of this script, 2 any. */
  readonly parallel: 0 | 1 | 2;
  readonly timeoutSeconds: number;
  readonly destructive: boolean;
  /** Comes with MAAS and cannot be removed. */
  readonly isDefault: boolean;
  readonly forHardware: readonly string[];
  readonly mayReboot: boolean;
  readonly recommission: boolean;
  readonly applyNetworking: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Newest last. */
  readonly history: readonly ScriptRevision[];
}

type BuiltIn = readonly [
  name: string,
  hardware: HardwareType,
  minutes: number,
  tags?: readonly string[],
];

const COMMISSIONING: readonly BuiltIn[] = [
  ['20-maas-01-install-lldpd', HARDWARE.NODE, 10],
  ['20-maas-02-dhcp-unconfigured-ifaces', HARDWARE.NODE, 5],
  ['20-maas-03-machine-resources', HARDWARE.NODE, 5],
  ['30-maas-01-bmc-config', HARDWARE.NODE, 5, ['bmc-config']],
  ['40-maas-01-machine-config-hints', HARDWARE.NODE, 5],
  ['50-maas-01-commissioning', HARDWARE.NODE, 5],
  ['maas-capture-lldpd', HARDWARE.NODE, 1],
  ['maas-get-fruid-api-data', HARDWARE.NODE, 1],
  ['maas-kernel-cmdline', HARDWARE.NODE, 1],
  ['maas-list-modaliases', HARDWARE.NODE, 1],
  ['maas-lshw', HARDWARE.NODE, 5],
  ['maas-serial-ports', HARDWARE.NODE, 1],
  ['maas-support-info', HARDWARE.NODE, 5],
];

const TESTING: readonly BuiltIn[] = [
  ['smartctl-validate', HARDWARE.STORAGE, 5, ['commissioning']],
  ['smartctl-short', HARDWARE.STORAGE, 10],
  ['smartctl-long', HARDWARE.STORAGE, 0],
  ['smartctl-conveyance', HARDWARE.STORAGE, 0],
  ['badblocks', HARDWARE.STORAGE, 0],
  ['badblocks-destructive', HARDWARE.STORAGE, 0, ['destructive']],
  ['fio', HARDWARE.STORAGE, 0, ['destructive']],
  ['7z', HARDWARE.CPU, 60],
  ['stress-ng-cpu-long', HARDWARE.CPU, 720],
  ['stress-ng-cpu-short', HARDWARE.CPU, 5],
  ['stress-ng-memory-long', HARDWARE.MEMORY, 0],
  ['stress-ng-memory-short', HARDWARE.MEMORY, 5],
  ['memtester', HARDWARE.MEMORY, 0],
  ['ntp', HARDWARE.NETWORK, 1],
  ['internet-connectivity', HARDWARE.NETWORK, 5, ['internet']],
  ['gateway-connectivity', HARDWARE.NETWORK, 5],
  ['rack-controller-connectivity', HARDWARE.NETWORK, 5],
];

const RELEASE: readonly BuiltIn[] = [['wipe-disks', HARDWARE.STORAGE, 60, ['wipe', 'release']]];

const KIND_TAG: Readonly<Record<ScriptType, string>> = {
  [SCRIPT_TYPE.COMMISSIONING]: 'node',
  [SCRIPT_TYPE.TESTING]: 'node',
  [SCRIPT_TYPE.RELEASE]: 'node',
};
const HARDWARE_TAG = ['node', 'cpu', 'memory', 'storage', 'network', 'gpu'] as const;

/** Every script of an installation, by id. */
export class ScriptLibrary {
  readonly byId = new Map<number, Script>();
  #nextId = 1;
  #nextRevision = 1;

  constructor() {
    const add = (type: ScriptType, list: readonly BuiltIn[]) => {
      for (const [name, hardwareType, minutes, tags = []] of list) {
        this.add({
          ...PLAIN,
          name,
          tags: [...new Set([KIND_TAG[type], HARDWARE_TAG[hardwareType], ...tags])].sort(),
          type,
          hardwareType,
          parallel: hardwareType === HARDWARE.STORAGE ? 1 : 2,
          timeoutSeconds: minutes * 60,
          destructive: tags.includes('destructive') || tags.includes('wipe'),
          isDefault: true,
          applyNetworking: type === SCRIPT_TYPE.TESTING && hardwareType === HARDWARE.NETWORK,
          parameters: hardwareType === HARDWARE.STORAGE ? { storage: { type: 'storage' } } : {},
          history: [this.revision(`#!/bin/sh\n# ${name}\n`, 'Created by maas', 0)],
        });
      }
    };
    add(SCRIPT_TYPE.COMMISSIONING, COMMISSIONING);
    add(SCRIPT_TYPE.TESTING, TESTING);
    add(SCRIPT_TYPE.RELEASE, RELEASE);
  }

  revision(text: string, comment: string | null, createdMs: number): ScriptRevision {
    return { id: this.#nextRevision++, comment, createdMs, text };
  }

  add(script: Omit<Script, 'id'>): Script {
    const made = { ...script, id: this.#nextId++ };
    this.byId.set(made.id, made);
    return made;
  }

  /** By name, or by id in digits. */
  find(nameOrId: string): Script | undefined {
    const byName = this.named(nameOrId);
    return byName ?? (/^\d{1,9}$/.test(nameOrId) ? this.byId.get(Number(nameOrId)) : undefined);
  }

  named(name: string): Script | undefined {
    for (const script of this.byId.values()) if (script.name === name) return script;
    return undefined;
  }

  ofType(type: ScriptType): Script[] {
    return [...this.byId.values()].filter((script) => script.type === type);
  }

  /**
   * The scripts that a client chose by names, ids or tags.
   * @throws Refusal 400 on `field` for one that there is not
   */
  chosen(type: ScriptType, field: string, names: readonly string[]): Script[] {
    const known = this.ofType(type);
    const chosen = names.flatMap((name) => {
      const found = known.filter(
        (script) =>
          script.name === name || String(script.id) === name || script.tags.includes(name),
      );
      if (found.length > 0) return found;
      throw fieldRefusal(
        field,
        `Select a valid choice. ${name} is not one of the available choices.`,
        { wanted: name, found: known.map((script) => script.name) },
      );
    });
    return [...new Set(chosen)];
  }

  /** Those that run when a client chooses none. */
  defaults(type: ScriptType): Script[] {
    return this.ofType(type).filter((script) =>
      type === SCRIPT_TYPE.COMMISSIONING
        ? script.isDefault || script.tags.includes('commissioning')
        : type === SCRIPT_TYPE.TESTING && script.tags.includes('commissioning'),
    );
  }
}

/** What a script is when nothing else is said about it. */
export const PLAIN: Omit<Script, 'id' | 'name' | 'history'> = {
  title: '',
  description: '',
  tags: [],
  type: SCRIPT_TYPE.TESTING,
  hardwareType: HARDWARE.NODE,
  parallel: 0,
  timeoutSeconds: 0,
  destructive: false,
  isDefault: false,
  forHardware: [],
  mayReboot: false,
  recommission: false,
  applyNetworking: false,
  parameters: {},
};
