/** Where a fault may enter the agent metadata: declared here, bound by whoever assembles a world. */
import { InjectionPoint } from '../kernel/inject.ts';
import type { AgentBinary } from '../versions/number.ts';

/** One HTTP answer of a metadata source about to be given. */
export interface SourceRequest {
  /** The source's name, e.g. `agent-metadata-url` or `default simplestreams`. */
  readonly source: string;
  /** Path below the source's base, e.g. `streams/v1/index2.json`. */
  readonly path: string;
}

export type SourceEffect =
  | {
      readonly kind: 'respond';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
    }
  | { readonly kind: 'truncate'; readonly bytes: number }
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'drop' };

/** One agent binary about to be written into the metadata. */
export interface RecordContext {
  readonly source: string;
  readonly stream: string;
  readonly binary: AgentBinary;
}

export type RecordEffect =
  | { readonly kind: 'absent' }
  | { readonly kind: 'wrong-digest' }
  | { readonly kind: 'other-stream'; readonly stream: string };

export class StreamsPoints {
  readonly request = new InjectionPoint<SourceRequest, SourceEffect>('streams.request');
  readonly record = new InjectionPoint<RecordContext, RecordEffect>('streams.record');
}
