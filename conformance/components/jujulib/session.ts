/**
 * Connections of the driver: the WebSocket class that trusts the controller's own CA, and a login
 * on the controller or on one model. Juju's certificate is issued to the name juju-apiserver,
 * whatever the address (facts/juju-api 1.1), so that is the name that is checked.
 */
import { WebSocket } from 'ws';
import type { Client, Connection, Library } from './library.ts';
import { settled } from './steps.ts';

export interface ControllerTarget {
  /** `host:port`. */
  readonly address: string;
  /** PEM. */
  readonly caCert: string;
  readonly user: string;
  readonly password: string;
}

/** A model as the steps need it, from ModelManager's own answers. */
export interface KnownModel {
  readonly uuid: string;
  readonly version: string;
  readonly isController: boolean;
}

export interface Session {
  readonly client: Client;
  readonly connection: Connection;
}

export class Sessions {
  readonly #library: Library;
  readonly #target: ControllerTarget;
  readonly #sockets = new Set<WebSocket>();

  constructor(library: Library, target: ControllerTarget) {
    this.#library = library;
    this.#target = target;
  }

  /** Opens a socket to the controller, or to one of its models, and logs nobody in. */
  open(modelUuid?: string, facades = this.#library.facades): Promise<Client> {
    const { address, caCert } = this.#target;
    const path = modelUuid === undefined ? 'api' : `model/${modelUuid}/api`;
    const sockets = this.#sockets;
    const trust = { ca: caCert, servername: 'juju-apiserver' };
    class TrustingWebSocket extends WebSocket {
      constructor(url: string) {
        super(url, trust);
        sockets.add(this);
      }
    }
    const options = { facades, wsclass: TrustingWebSocket };
    return settled(this.#library.connect(`wss://${address}/${path}`, options));
  }

  async login(
    modelUuid?: string,
    password = this.#target.password,
    username = this.#target.user,
  ): Promise<Session> {
    const client = await this.open(modelUuid);
    const connection = await settled(client.login({ username, password }));
    return { client, connection };
  }

  /** A login on a model with the facades that watching takes. */
  async watch(modelUuid: string): Promise<Session> {
    const client = await this.open(modelUuid, this.#library.watchingFacades);
    const { user: username, password } = this.#target;
    return { client, connection: await settled(client.login({ username, password })) };
  }

  /** Ends every socket that is still open, so that the process can end. */
  close(): void {
    for (const socket of this.#sockets) socket.terminate();
  }
}

/** What the library says of a connection, without functions. */
export function describe(connection: Connection) {
  const facades = Object.entries(connection.facades).map(([name, made]) => [name, made?.VERSION]);
  return {
    info: JSON.parse(JSON.stringify(connection.info)),
    facades: Object.fromEntries(facades),
  };
}
