import { errorMessage, log } from '#base';
import type { EngineContext } from '../context.ts';
import { runProbe } from '../execs/probe.ts';
import { createHealthMonitor } from '../health/mod.ts';
import type { Entry } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { SIGKILL } from './signals.ts';
import { deliver, stopContainer } from './stop.ts';

/** Starts the health checks of the current run; they end with it. */
export function watchHealth(context: EngineContext, entry: Entry, restart: () => Promise<unknown>): void {
  const config = entry.record.config.Healthcheck;
  const [kind] = config?.Test ?? [];
  if (config === undefined || kind === undefined || kind === 'NONE') return;
  const monitor = createHealthMonitor({
    config,
    clock: context.clock,
    startedAtMs: entry.state.startedAtMs,
    probe: (signal) => runProbe(context, entry, config.Test ?? [], signal),
    onChange: (health) => {
      entry.health = health;
    },
    onStatus: (status) => {
      context.events.publish('container', `health_status: ${status}`, entry.record.id, eventAttributes(entry.record));
      if (status === 'unhealthy') actOnFailure(context, entry, restart);
    },
  });
  if (entry.state.status === 'paused') monitor.pause();
  entry.healthMonitor = entry.run.use(monitor);
  entry.run.defer(() => {
    entry.healthMonitor = undefined;
  });
}

/** `--health-on-failure`: what docker's users have to build themselves. `kill` leaves the rest to the restart policy. */
function actOnFailure(context: EngineContext, entry: Entry, restart: () => Promise<unknown>): void {
  const action = entry.record.hostConfig.HealthOnFailure ?? 'none';
  if (action === 'none') return;
  log.info('container is unhealthy', { container: entry.record.name, action });
  const act = async () => {
    if (action === 'kill') return deliver(context, entry, SIGKILL);
    await stopContainer(context, entry, { keepPolicy: action === 'restart' });
    if (action === 'restart') await restart();
  };
  act().catch((error: unknown) => {
    log.error('health action failed', { container: entry.record.name, action, error: errorMessage(error) });
  });
}
