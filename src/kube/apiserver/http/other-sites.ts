import type { IncomingMessage } from 'node:http';
import { StatusError } from '#kube/api';

/** Browsers open WebSockets to anywhere and say whose page it was; a page of another site has no business here: 403. */
export function refuseOtherSites({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  throw new StatusError(
    403,
    'Forbidden',
    `forbidden: connections from pages of ${origin.slice(0, 256)} are refused`,
    {},
  );
}
