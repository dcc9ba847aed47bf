import { integer, list, object, text } from './shape.ts';

export const healthConfig = object({
  Test: list(text),
  Interval: integer,
  Timeout: integer,
  StartPeriod: integer,
  StartInterval: integer,
  Retries: integer,
});
