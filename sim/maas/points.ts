/** Where a fault may enter the fake MAAS: declared here, bound by whoever assembles a world. */
import { InjectionPoint } from '../kernel/inject.ts';

/** One API request, after routing and before authentication. */
export interface MaasRequest {
  readonly method: string;
  /** Path below `/MAAS/api/2.0/`, e.g. `machines/`. */
  readonly path: string;
  readonly op: string | undefined;
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
  | { readonly kind: 'delay'; readonly ms: number }
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
