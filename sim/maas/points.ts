/** Where a fault may enter the fake MAAS: declared here, bound by whoever assembles a world. */
import { InjectionPoint } from '../kernel/inject.ts';

/** One API request, after routing and before authentication. */
export interface MaasRequest {
  readonly method: string;
  /** Path below `/MAAS/api/2.0/`, e.g. `machines/`. */
  readonly path: string;
  readonly op: string | undefined;
  /** How many `Authorization` headers came: a front proxy may refuse more than one. */
  readonly authorizations: number;
}

/** `afterEffect` means that the request is carried out first and its answer replaced. */
export type MaasRequestEffect =
  | {
      readonly kind: 'respond';
      readonly status: number;
      readonly contentType: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
      readonly afterEffect?: boolean;
    }
  | { readonly kind: 'delay'; readonly ms: number; readonly msPerMachine?: number }
  | {
      readonly kind: 'reshape';
      /** JSON text of the new value by dotted path: `pool`, `interface_set.*.vlan.name`. */
      readonly set: Readonly<Record<string, string>>;
      /** Paths of fields to leave out. */
      readonly leaveOut: readonly string[];
      /** Of a list, only the item with this index; all unless given. */
      readonly item?: number;
    }
  /** Parameters that never arrive. */
  | { readonly kind: 'forget'; readonly parameters: readonly string[] }
  | { readonly kind: 'truncate'; readonly bytes: number }
  | { readonly kind: 'drop' };

/** A step of a machine's life cycle about to end well. */
export interface MaasStep {
  readonly systemId: string;
  readonly step: 'commission' | 'test' | 'deploy' | 'release' | 'erase' | 'rescue';
}

export type MaasStepEffect =
  | { readonly kind: 'fail'; readonly reason: string }
  | { readonly kind: 'vanish' };

export class MaasPoints {
  readonly request = new InjectionPoint<MaasRequest, MaasRequestEffect>('maas.request');
  readonly step = new InjectionPoint<MaasStep, MaasStepEffect>('maas.step');
  /** Asked at each authenticated request: how far the region's clock is ahead, in milliseconds. */
  readonly clockSkewMs = new InjectionPoint<MaasRequest, number>('maas.clock-skew');
}
