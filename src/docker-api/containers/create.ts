import { HakoError } from '#base';
import type { CreateContainerRequest } from '#engine';
import { createContainerRequest } from '../schema/container-requests.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

/** `POST /containers/create?name&platform`. The checks of the values are the engine's. */
export async function createContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const body = await exchange.body(createContainerRequest);
  if (Object.keys(body).length === 0) {
    throw new HakoError('invalid', 'config cannot be empty in order to create a container');
  }
  const { HostConfig: hostConfig = {}, NetworkingConfig: networking = {}, ...config } = body;
  const request: CreateContainerRequest = {
    ...(exchange.query.has('name') ? { name: exchange.query.text('name') } : {}),
    ...(exchange.query.text('platform') === '' ? {} : { platform: exchange.query.text('platform') }),
    config: { ...config, Image: config.Image ?? '' },
    hostConfig,
    networking,
  };
  const { id, warnings } = await engine.containers.create(request);
  exchange.json(201, { Id: id, Warnings: warnings });
}
