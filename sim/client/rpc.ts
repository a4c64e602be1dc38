/**
 * The client's port to a controller over the real wire: the calls that Juju's own command line makes
 * for the same ends, at the facade versions of eras 2.9 to 4.0 (facts/juju-api 3.1 to 3.4, 5.5). Three
 * things differ by era and are decided by what the server announces: `owner-tag` or `qualifier`,
 * where `ModelUpgrader` is served, and which versions of `Client` there are.
 */
import { z } from 'zod';
import { type AgentVersion, parseVersion, printVersion, ZERO } from '../versions/number.ts';
import { Connection, type ConnectOptions, type ControllerTarget } from './connection.ts';
import {
  type AgentRecord,
  type ControllerApi,
  ControllerError,
  type ModelSummary,
  type UpgradeOptions,
} from './port.ts';

const MODEL_MANAGER = [8, 9, 10, 11];
const CLIENT = [5, 6, 7, 8];
const MODEL_UPGRADER = [1, 2];

/** An error inside a result. */
const ITEM_ERROR = z.looseObject({
  message: z.string(),
  code: z.string().default(''),
  info: z.record(z.string(), z.unknown()).nullish(),
});

/** What `ListModelSummaries` and `CreateModel` say alike of a model; the owner's key is the era's. */
const MODEL = z.looseObject({
  uuid: z.string(),
  name: z.string(),
  'owner-tag': z.string().exactOptional(),
  qualifier: z.string().exactOptional(),
  'is-controller': z.boolean().default(false),
  'agent-version': z.string().nullish(),
});

const SUMMARIES = z.looseObject({
  results: z.array(z.looseObject({ result: MODEL.nullish(), error: ITEM_ERROR.nullish() })),
});

const CHOSEN = z.looseObject({ 'chosen-version': z.string(), error: ITEM_ERROR.nullish() });

const AGENT = z.looseObject({ status: z.string(), info: z.string(), version: z.string() });

interface Machine {
  readonly id: string;
  readonly 'agent-status': z.infer<typeof AGENT>;
  readonly containers?: Readonly<Record<string, Machine>> | null | undefined;
}
const MACHINE: z.ZodType<Machine> = z.looseObject({
  id: z.string(),
  'agent-status': AGENT,
  get containers() {
    return z.record(z.string(), MACHINE).nullish();
  },
});

interface Unit {
  readonly 'agent-status': z.infer<typeof AGENT>;
  readonly subordinates?: Readonly<Record<string, Unit>> | null | undefined;
}
const UNIT: z.ZodType<Unit> = z.looseObject({
  'agent-status': AGENT,
  get subordinates() {
    return z.record(z.string(), UNIT).nullish();
  },
});

const STATUS = z.looseObject({
  machines: z.record(z.string(), MACHINE).nullish(),
  applications: z
    .record(z.string(), z.looseObject({ units: z.record(z.string(), UNIT).nullish() }))
    .nullish(),
});

/**
 * Logs in to a controller.
 * @throws ConnectionError when nobody answers; ControllerError when the login is refused
 */
export async function connectController(
  target: ControllerTarget,
  options: Omit<ConnectOptions, 'model'>,
): Promise<ControllerApi> {
  const connection = await Connection.open(target, options);
  return new RpcController(target, options, connection);
}

class RpcController implements ControllerApi {
  readonly address: string;
  readonly #target: ControllerTarget;
  readonly #options: Omit<ConnectOptions, 'model'>;
  readonly #connection: Connection;

  constructor(
    target: ControllerTarget,
    options: Omit<ConnectOptions, 'model'>,
    connection: Connection,
  ) {
    this.address = target.address;
    this.#target = target;
    this.#options = options;
    this.#connection = connection;
  }

  async serverVersion(): Promise<AgentVersion> {
    return parseVersion(this.#connection.serverVersion);
  }

  async models(): Promise<ModelSummary[]> {
    const params = { 'user-tag': `user-${this.#target.user}`, all: true };
    const answer = await this.#manage('ListModelSummaries', params, SUMMARIES);
    return answer.results.map(({ result, error }) => {
      if (error) throw itemError(error);
      return summary(result);
    });
  }

  async createModel(name: string, agentVersion: AgentVersion): Promise<ModelSummary> {
    const { user } = this.#target;
    const byQualifier = this.#connection.versionOf('ModelManager', MODEL_MANAGER) >= 11;
    const owner = byQualifier ? { qualifier: user } : { 'owner-tag': `user-${user}` };
    const config = { 'agent-version': printVersion(agentVersion) };
    return summary(await this.#manage('CreateModel', { name, ...owner, config }, MODEL));
  }

  async upgrade({ model, target, ...flags }: UpgradeOptions): Promise<AgentVersion> {
    const params = {
      'model-tag': `model-${model.uuid}`,
      'target-version': printVersion(target ?? ZERO),
      'agent-stream': '',
      'ignore-agent-versions': flags.ignoreAgentVersions === true,
      'dry-run': flags.dryRun === true,
    };
    const ask = async (connection: Connection) => {
      const version = connection.versionOf('ModelUpgrader', MODEL_UPGRADER);
      return connection.call('ModelUpgrader', version, 'UpgradeModel', params, CHOSEN);
    };
    // 4.0.0 to about 4.0.10 serve it on the model's connection only.
    const answer = this.#connection.serves('ModelUpgrader')
      ? await ask(this.#connection)
      : await this.#onModel(model, ask);
    if (answer.error) throw itemError(answer.error);
    return parseVersion(answer['chosen-version']);
  }

  async agents(model: ModelSummary): Promise<AgentRecord[]> {
    const status = await this.#onModel(model, (connection) =>
      connection.call(
        'Client',
        connection.versionOf('Client', CLIENT),
        'FullStatus',
        { patterns: [] },
        STATUS,
      ),
    );
    return [
      ...Object.values(status.machines ?? {}).flatMap(machineAgents),
      ...Object.values(status.applications ?? {}).flatMap(({ units }) => unitAgents(units)),
    ];
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #manage<T>(method: string, params: unknown, shape: z.ZodType<T>): Promise<T> {
    const version = this.#connection.versionOf('ModelManager', MODEL_MANAGER);
    return this.#connection.call('ModelManager', version, method, params, shape);
  }

  async #onModel<T>(model: ModelSummary, work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await Connection.open(this.#target, { ...this.#options, model: model.uuid });
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }
}

function summary(model: z.infer<typeof MODEL> | null | undefined): ModelSummary {
  const version = model?.['agent-version'];
  if (!model || !version) {
    throw new ControllerError('the controller named a model without its version', 'bad answer');
  }
  return {
    uuid: model.uuid,
    name: model.name,
    owner: model.qualifier ?? (model['owner-tag'] ?? '').replace(/^user-/, ''),
    isController: model['is-controller'],
    agentVersion: parseVersion(version),
  };
}

function machineAgents(machine: Machine): AgentRecord[] {
  const hosted = Object.values(machine.containers ?? {}).flatMap(machineAgents);
  return [agent(machine.id, machine['agent-status']), ...hosted];
}

function unitAgents(units: Readonly<Record<string, Unit>> | null | undefined): AgentRecord[] {
  return Object.entries(units ?? {}).flatMap(([name, unit]) => [
    agent(name, unit['agent-status']),
    ...unitAgents(unit.subordinates),
  ]);
}

function agent(name: string, { status, info, version }: z.infer<typeof AGENT>): AgentRecord {
  // Before its first report an agent has no version: the wire says so by an empty text.
  return {
    name,
    version: version === '' ? undefined : parseVersion(version),
    status,
    message: info,
  };
}

function itemError({ message, code, info }: z.infer<typeof ITEM_ERROR>): ControllerError {
  return new ControllerError(message, code, info?.problem);
}
