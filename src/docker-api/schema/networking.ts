import { integer, list, mapOf, object, text } from './shape.ts';

/** `EndpointSettings`: what a container wants of a network. What the daemon reports in it is ignored, as docker does. */
export const endpointSettings = object({
  IPAMConfig: object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: list(text) }),
  Links: list(text),
  Aliases: list(text),
  MacAddress: text,
  DriverOpts: mapOf(text),
  GwPriority: integer,
});

/** A null endpoint (`{"net": null}`, which compose sends) means one without wishes. */
export const networkingConfig = object({ EndpointsConfig: mapOf(endpointSettings, () => ({})) });

export const connectRequest = object({ Container: text, EndpointConfig: endpointSettings });
