/** What the controllers share: owners and their children, pods, events, conditions. */
export * from './claim.ts';
export * from './conditions.ts';
export * from './events.ts';
export * from './expectations.ts';
export * from './follow-children.ts';
export * from './hash.ts';
export * from './int-or-percent.ts';
export * from './loop.ts';
export * from './owner.ts';
export * from './pod-control.ts';
export * from './pod-template.ts';
export * from './pod-types.ts';
export * from './pods.ts';
export * from './resources.ts';
export * from './revisions.ts';
export * from './slow-start.ts';
export * from './update-status.ts';
