import { applyChanges, type Image } from '#images';
import type { EngineContext } from '../context.ts';
import type { Containers } from '../contract.ts';
import { pauseContainer, unpauseContainer } from '../lifecycle/pause.ts';
import type { ContainerConfig } from '../spec.ts';
import type { Entry } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';

type CommitRequest = Parameters<Containers['commit']>[1];

/** An image of what the container has become; frozen meanwhile unless told otherwise. The caller holds the lock. */
export async function commitContainer(context: EngineContext, entry: Entry, request: CommitRequest): Promise<Image> {
  const { id, imageId } = entry.record;
  const freeze = request.pause && entry.state.status === 'running';
  if (freeze) await pauseContainer(context, entry, { forCommit: true });
  try {
    const image = await context.images.commit(id, context.images.get(imageId), {
      ...(request.reference ? { reference: request.reference } : {}),
      ...(request.author ? { author: request.author } : {}),
      ...(request.comment ? { comment: request.comment } : {}),
      config: applyChanges(runConfig({ ...entry.record.config, ...request.config }), request.changes),
    });
    context.events.publish('container', 'commit', id, { ...eventAttributes(entry.record), imageID: image.id });
    return image;
  } finally {
    // A kill or a forced removal has thawed it already.
    if (freeze && entry.state.status === 'paused') await unpauseContainer(context, entry);
  }
}

/** The part of a container's configuration that an image can carry. */
function runConfig(config: ContainerConfig) {
  const { User, ExposedPorts, Env, Entrypoint, Cmd, Volumes, WorkingDir, Labels, StopSignal, Healthcheck, Shell } =
    config;
  const all = { User, ExposedPorts, Env, Entrypoint, Cmd, Volumes, WorkingDir, Labels, StopSignal, Healthcheck, Shell };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
