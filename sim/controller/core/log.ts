/**
 * The log of each model, as `debug-log` shows it: what agents send to the log sink, and what the
 * controller itself has to say of targets, agents and its own life. The latest records only
 * (facts/juju-api 6.6).
 */
import { printVersion } from '../../versions/number.ts';
import type { ControllerCore } from './controller.ts';
import { AGENT_STATUS, NO_VERSION } from './machines.ts';
import { Listeners, type Model } from './model.ts';

export const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type Level = (typeof LEVELS)[number];

export interface LogRecord {
  readonly modelUuid: string;
  /** Tag of who says it: `machine-3`. */
  readonly tag: string;
  readonly atMs: number;
  readonly level: Level;
  readonly module: string;
  /** Source file and line, or empty. */
  readonly location: string;
  readonly message: string;
  readonly labels: readonly string[];
}

/** Records kept for one model. */
const MOST = 5_000;

export class ModelLogs {
  /** Hears each record. */
  readonly added = new Listeners<LogRecord>();
  readonly #core: ControllerCore;
  readonly #logs = new Map<string, LogRecord[]>();

  constructor(core: ControllerCore) {
    this.#core = core;
    const controller = (message: string) => this.#say(core.controllerModel, 'machine-0', message);
    core.life.changes.add((state) =>
      controller(`controller ${printVersion(core.runningVersion())} is ${state}`),
    );
    core.modelChanges.add((model) => {
      const what = model.life === 'dead' ? 'is gone' : `targets ${printVersion(model.target)}`;
      controller(`model "${model.name}" ${what}`);
    });
    core.agentChanges.add((i) => this.#hearAgent(i));
  }

  /** The records kept for a model, the oldest first. */
  of(modelUuid: string): readonly LogRecord[] {
    return this.#logs.get(modelUuid) ?? [];
  }

  add(record: LogRecord): void {
    const log = this.#logs.get(record.modelUuid) ?? [];
    log.push(record);
    // Dropped in large pieces, so that a full log costs no copy at each record.
    if (log.length >= 2 * MOST) log.splice(0, log.length - MOST);
    this.#logs.set(record.modelUuid, log);
    this.added.tell(record);
  }

  #hearAgent(i: number): void {
    const { machines, versions } = this.#core;
    const model = this.#core.models()[machines.model(i)]!;
    const version = machines.version(i);
    const runs = version === NO_VERSION ? 'nothing yet' : printVersion(versions.at(version));
    if (machines.isRetired(i)) this.#say(model, machines.tag(i), 'agent removed', 'INFO');
    else if (machines.isLost(i)) this.#say(model, machines.tag(i), 'agent lost', 'WARNING');
    else {
      const about = machines.statusVersion(i);
      const wanted = about === NO_VERSION ? '' : printVersion(versions.at(about));
      const [message, level] = this.#statusOf(machines.status(i), runs, wanted);
      this.#say(model, machines.tag(i), message, level);
    }
  }

  #statusOf(status: number, runs: string, wanted: string): [string, Level] {
    switch (status) {
      case AGENT_STATUS.upgrading:
        return [`agent runs ${runs}, upgrading to ${wanted}`, 'INFO'];
      case AGENT_STATUS.upgradeWillRetry:
        return [`agent runs ${runs}, upgrade to ${wanted} failed (will retry)`, 'ERROR'];
      case AGENT_STATUS.upgradeGaveUp:
        return [`agent runs ${runs}, upgrade to ${wanted} failed (giving up)`, 'ERROR'];
      default:
        return [`agent runs ${runs}`, 'INFO'];
    }
  }

  #say(model: Model, tag: string, message: string, level: Level = 'INFO'): void {
    this.add({
      modelUuid: model.uuid,
      tag,
      atMs: this.#core.clock.nowMs(),
      level,
      module: model.isController && tag === 'machine-0' ? 'juju.apiserver' : 'juju.agent',
      location: '',
      message,
      labels: [],
    });
  }
}
