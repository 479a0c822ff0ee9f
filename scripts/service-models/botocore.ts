/** What botocore's models of services hold, as far as it is read. */

export interface Shape {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly member?: Member;
  readonly key?: Member;
  readonly value?: Member;
  readonly members?: Readonly<Record<string, Member>>;
  readonly required?: readonly string[];
  /** The member that is the whole body. */
  readonly payload?: string;
  readonly locationName?: string;
  readonly flattened?: boolean;
  readonly timestampFormat?: string;
  readonly document?: boolean;
  readonly eventstream?: boolean;
  readonly exception?: boolean;
  readonly error?: { readonly code?: string };
}

export interface Member {
  readonly shape: string;
  readonly location?: string;
  readonly locationName?: string;
  readonly queryName?: string;
  readonly flattened?: boolean;
  readonly idempotencyToken?: boolean;
  readonly timestampFormat?: string;
  readonly xmlAttribute?: boolean;
  readonly xmlNamespace?: { readonly uri: string };
}

export interface Operation {
  readonly http: { readonly method: string; readonly requestUri: string };
  readonly input?: Member;
  readonly output?: Member;
  readonly endpoint?: { readonly hostPrefix?: string };
  readonly httpChecksum?: { readonly requestChecksumRequired?: boolean };
}

export interface Model {
  readonly metadata: {
    readonly serviceId: string;
    readonly protocol: string;
    readonly apiVersion: string;
    readonly endpointPrefix: string;
    readonly signingName?: string;
    readonly jsonVersion?: string;
    readonly targetPrefix?: string;
  };
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}
