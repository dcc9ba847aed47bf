import type { AdmissionAttributes } from './contract.ts';

/** One call of a webhook, as metrics tell of it. */
export interface WebhookCall {
  readonly name: string;
  readonly type: 'admit' | 'validating';
  readonly operation: AdmissionAttributes['operation'];
  readonly seconds: number;
  /** `failedOpen`: it could not be asked, which its failure policy ignores; `failed`: which it does not. */
  readonly outcome: 'allowed' | 'denied' | 'failedOpen' | 'failed';
  /** The code of the Status that the client gets of it; 200 where it goes on. */
  readonly code: number;
}

/** One evaluation of a ValidatingAdmissionPolicy under one of its bindings. */
export interface PolicyCheck {
  readonly policy: string;
  readonly binding: string;
  readonly seconds: number;
  /** `allow`, or all that the binding does with a failure: `deny`, `warn`, `audit`. */
  readonly actions: readonly string[];
}

/** Who is told of what users' webhooks and policies do: metrics. */
export interface AdmissionObserver {
  webhook(call: WebhookCall): void;
  policy(check: PolicyCheck): void;
}
