/**
 * What stands in the way of an upgrade apart from versions: the database's replicas, its version, a
 * model that is being migrated, a machine whose series is being upgraded. A healthy controller has
 * none; a world sets them (facts/juju-versions-and-upgrades, validators P-3, P-4, P-9, P-10).
 */

/** One node of the database, healthy as PRIMARY or SECONDARY. */
export interface Replica {
  readonly id: number;
  /** `host:port`. */
  readonly address: string;
  readonly state: string;
}

export class Hindrances {
  /** Nodes of the database, as far as anybody said; none means one healthy node. */
  replicas: readonly Replica[] = [];
  /** The database's version. */
  database = '4.4.24';
  /** Migration mode of models that are not `none`, by UUID: `exporting`, `importing`. */
  readonly migrating = new Map<string, string>();
  /** Models with a machine whose series is being upgraded, by UUID. */
  readonly seriesLocked = new Set<string>();

  /** Replicas that are not fit for an upgrade. */
  sickReplicas(): readonly Replica[] {
    return this.replicas.filter(({ state }) => state !== 'PRIMARY' && state !== 'SECONDARY');
  }

  /** Whether the database is too old: anything but 4.4. */
  oldDatabase(): boolean {
    return !this.database.includes('4.4');
  }
}
