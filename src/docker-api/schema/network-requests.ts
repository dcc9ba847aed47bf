import { flag, list, mapOf, object, text } from './shape.ts';

/** Body of `POST /networks/create`. */
export const createNetworkRequest = object({
  Name: text,
  CheckDuplicate: flag,
  Driver: text,
  Scope: text,
  EnableIPv4: flag,
  EnableIPv6: flag,
  Internal: flag,
  Attachable: flag,
  Ingress: flag,
  ConfigOnly: flag,
  ConfigFrom: object({ Network: text }),
  IPAM: object({
    Driver: text,
    Options: mapOf(text),
    Config: list(
      object({ Subnet: text, IPRange: text, Gateway: text, AuxiliaryAddresses: mapOf(text), AuxAddress: mapOf(text) }),
    ),
  }),
  Options: mapOf(text),
  Labels: mapOf(text),
});

/** Body of `POST /networks/{id}/disconnect`. */
export const disconnectRequest = object({ Container: text, Force: flag });
