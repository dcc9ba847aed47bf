import type { KubeObject, Shared } from '#kube/api';
import { FairQueues } from './fair-queues.ts';

interface Limited {
  readonly nominalConcurrencyShares?: number;
  readonly lendablePercent?: number;
  readonly borrowingLimitPercent?: number | null;
  readonly limitResponse?: {
    readonly type?: string;
    readonly queuing?: { readonly queues?: number; readonly handSize?: number; readonly queueLengthLimit?: number };
  };
}

/** A level's configuration, with upstream's defaults. */
export interface LevelConfiguration {
  readonly name: string;
  readonly uid: string;
  readonly isExempt: boolean;
  readonly shares: number;
  readonly lendablePercent: number;
  /** Undefined: no limit. */
  readonly borrowingLimitPercent: number | undefined;
  /** Undefined: who finds no seat is rejected. */
  readonly queuing: { readonly queues: number; readonly handSize: number; readonly lengthLimit: number } | undefined;
}

/** Reads a PriorityLevelConfiguration (flowcontrol.apiserver.k8s.io/v1). */
export function readPriorityLevel(object: Shared<KubeObject>): LevelConfiguration {
  const { type, limited, exempt } = (object.spec ?? {}) as { type?: string; limited?: Limited; exempt?: Limited };
  const isExempt = type === 'Exempt';
  const { nominalConcurrencyShares, lendablePercent, borrowingLimitPercent, limitResponse } =
    (isExempt ? exempt : limited) ?? {};
  const { queues = 64, handSize = 8, queueLengthLimit = 50 } = limitResponse?.queuing ?? {};
  return {
    name: object.metadata.name ?? '',
    uid: object.metadata.uid ?? '',
    isExempt,
    shares: nominalConcurrencyShares ?? (isExempt ? 0 : 30),
    lendablePercent: lendablePercent ?? 0,
    borrowingLimitPercent: borrowingLimitPercent ?? undefined,
    queuing: limitResponse?.type === 'Queue' ? { queues, handSize, lengthLimit: queueLengthLimit } : undefined,
  };
}

/** A level at work: how many seats it has and how many are taken. Lives on when its configuration changes. */
export class PriorityLevel {
  configuration: LevelConfiguration;
  /** Seats of its own. */
  nominal = 0;
  /** Seats that others may not borrow. */
  kept = 0;
  /** Seats that it can have at most, with those of others. */
  max = 0;
  executing = 0;
  queues: FairQueues | undefined;

  constructor(configuration: LevelConfiguration) {
    this.configuration = configuration;
    this.queues = queuesOf(configuration);
  }

  /** Takes a new configuration. Queues are made anew only when their shape changes: who waits in the old ones is started from there. */
  configure(configuration: LevelConfiguration): FairQueues | undefined {
    const before = this.configuration.queuing;
    const after = configuration.queuing;
    this.configuration = configuration;
    if (JSON.stringify(before) === JSON.stringify(after)) return undefined;
    const old = this.queues;
    this.queues = queuesOf(configuration);
    return old;
  }

  /** Sets the seats from this level's part of all shares. */
  setSeats(total: number, allShares: number): void {
    const { shares, lendablePercent, borrowingLimitPercent } = this.configuration;
    this.nominal = allShares === 0 ? 0 : Math.ceil((total * shares) / allShares);
    this.kept = this.nominal - Math.round((this.nominal * lendablePercent) / 100);
    this.max =
      borrowingLimitPercent === undefined
        ? Number.POSITIVE_INFINITY
        : this.nominal + Math.round((this.nominal * borrowingLimitPercent) / 100);
  }
}

function queuesOf({ queuing }: LevelConfiguration): FairQueues | undefined {
  return queuing && new FairQueues(queuing.queues, queuing.handSize, queuing.lengthLimit);
}
