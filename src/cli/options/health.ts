/** Flags about health checks. */

import type { Values } from '../args/flags.ts';
import { integer, parsed, text, toggle } from '../args/flags.ts';
import { UsageError } from '../errors.ts';
import type { CreatePart } from './body.ts';
import { defined, parseDuration, unlessBlank } from './values.ts';

export const healthFlags = {
  'health-cmd': text('', 'COMMAND', 'Command that checks whether the container is healthy'),
  'health-interval': parsed('', 'DURATION', 'Time between two checks', parseDuration),
  'health-timeout': parsed('', 'DURATION', 'Longest time that a check may take', parseDuration),
  'health-retries': integer('', 'COUNT', 'Failures in a row that make the container unhealthy'),
  'health-start-period': parsed('', 'DURATION', 'Time to start, in which failures do not count', parseDuration),
  'health-start-interval': parsed('', 'DURATION', 'Time between two checks while it starts', parseDuration),
  'no-healthcheck': toggle('', "Switch the image's health check off"),
  'health-on-failure': text('', 'ACTION', 'What to do when it is unhealthy: none, restart, kill, stop'),
};

export function healthOptions(flags: Values<typeof healthFlags>): CreatePart {
  const action = flags['health-on-failure'];
  if (!['', 'none', 'restart', 'kill', 'stop'].includes(action)) {
    throw new UsageError(`--health-on-failure ${action}: write none, restart, kill or stop`);
  }
  return { config: { Healthcheck: healthcheck(flags) }, hostConfig: { HealthOnFailure: unlessBlank(action) } };
}

function healthcheck(flags: Values<typeof healthFlags>): Record<string, unknown> | undefined {
  const settings = defined({
    Test: flags['health-cmd'] === '' ? undefined : ['CMD-SHELL', flags['health-cmd']],
    Interval: flags['health-interval'],
    Timeout: flags['health-timeout'],
    Retries: flags['health-retries'],
    StartPeriod: flags['health-start-period'],
    StartInterval: flags['health-start-interval'],
  });
  const isEmpty = Object.keys(settings).length === 0;
  if (!flags['no-healthcheck']) return isEmpty ? undefined : settings;
  if (!isEmpty) throw new UsageError('--no-healthcheck contradicts the other --health flags');
  return { Test: ['NONE'] };
}
