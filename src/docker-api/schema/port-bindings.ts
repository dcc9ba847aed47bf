import { list, mapOf, object, text } from './shape.ts';

/** `PortMap`: null means that the port is published nowhere in particular. */
export const portBindings = mapOf(list(object({ HostIp: text, HostPort: text })), () => []);
