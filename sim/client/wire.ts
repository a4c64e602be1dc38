/**
 * A world on the wire, as the reference client sees it: one controller over RPC, logged in to on first
 * use, and agent metadata over HTTP. A client gets an address and a password, nothing else.
 */
import type { Clock } from '../kernel/clock.ts';
import type { AgentSource } from '../streams/index.ts';
import type { AgentVersion } from '../versions/number.ts';
import type { ControllerTarget } from './connection.ts';
import { metadataOverHttp } from './metadata.ts';
import type { AgentMetadata, ClientWorld, ControllerApi } from './port.ts';
import { connectController } from './rpc.ts';

export interface WireWorldOptions {
  readonly controller: ControllerTarget;
  /** Where the client looks for agent metadata, in order. */
  readonly sources: readonly AgentSource[];
  readonly client: AgentVersion;
  /** Limits how long an answer is waited for. */
  readonly clock: Clock;
  readonly fetch: (url: string) => Promise<Response>;
}

export class WireWorld implements ClientWorld {
  readonly metadata: AgentMetadata;
  readonly #options: WireWorldOptions;
  #controller: Promise<ControllerApi> | undefined;

  constructor(options: WireWorldOptions) {
    this.#options = options;
    this.metadata = metadataOverHttp(options.sources, options.client, options.fetch);
  }

  /** @throws ConnectionError when nobody answers; ControllerError when the login is refused */
  async controller(): Promise<ControllerApi> {
    const { controller, client, clock } = this.#options;
    this.#controller ??= connectController(controller, { client, clock });
    return this.#controller;
  }

  /** Never asked: this world has a controller from the start. */
  async start(): Promise<ControllerApi> {
    throw new Error('a world on the wire has its controller already');
  }

  async close(): Promise<void> {
    await (await this.#controller?.catch(() => undefined))?.close();
  }
}
