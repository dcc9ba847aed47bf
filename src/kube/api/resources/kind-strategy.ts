import type { KubeObject } from '../object.ts';
import type { HookContext, Strategy } from '../resource.ts';
import type { FieldErrors } from '../values/mod.ts';
import { complaints, keepStatus } from './strategies.ts';

/** The rules of one kind, in its own type. */
export interface KindRules<T extends KubeObject> {
  /** The status of a new object, with the fields that upstream always writes. Without it the kind has no status. */
  readonly newStatus?: () => Record<string, unknown>;
  readonly setDefaults?: (object: T) => void;
  /** What the server computes of a new object. */
  readonly prepareForCreate?: (object: T, context: HookContext) => void;
  /** What an update may not change without a complaint. */
  readonly prepareForUpdate?: (object: T, old: T, context: HookContext) => void;
  /**
   * Complaints about the object, new or changed. `old` is there for rules that let be what was wrong before: objects may be older than
   * the rules.
   */
  readonly validate?: (object: T, errors: FieldErrors, context: HookContext, old?: T) => void;
  /** Complaints about a change, besides those of `validate`. */
  readonly validateChange?: (object: T, old: T, errors: FieldErrors) => void;
  /** Says what is allowed and rarely meant; `old` is undefined for a new object. */
  readonly warn?: (object: T, old: T | undefined, warn: (message: string) => void) => void;
}

/**
 * The strategy most kinds have: the status is reset on create and kept on update, what is wrong with a new object is
 * wrong with a changed one, and kinds with a status count their generations. `rest` overrides any of it.
 */
export function kindStrategy<T extends KubeObject>(rules: KindRules<T>, rest: Strategy = {}): Strategy {
  const { newStatus, setDefaults, validate, validateChange } = rules;
  const hasStatus = newStatus !== undefined;
  return {
    hasGeneration: hasStatus,
    ...(setDefaults === undefined ? {} : { setDefaults: (object) => setDefaults(object as T) }),
    prepareForCreate: (object, context) => {
      if (hasStatus) object.status = newStatus();
      rules.prepareForCreate?.(object as T, context);
    },
    prepareForUpdate: (object, old, context) => {
      if (hasStatus) keepStatus(object, old);
      rules.prepareForUpdate?.(object as T, old as T, context);
    },
    validate: (object, context) => {
      rules.warn?.(object as T, undefined, context.warn);
      return complaints((errors) => validate?.(object as T, errors, context));
    },
    validateUpdate: (object, old, context) => {
      rules.warn?.(object as T, old as T, context.warn);
      return complaints((errors) => {
        validate?.(object as T, errors, context, old as T);
        validateChange?.(object as T, old as T, errors);
      });
    },
    ...rest,
  };
}
