import type { ServerResponse } from 'node:http';
import { badRequest } from '#kube/api';

/** Aborts when the client goes away before its answer is sent. Made for those who ask: most requests are over before anybody could go. */
export function whenGone(response: ServerResponse): AbortController {
  const controller = new AbortController();
  const abort = () => controller.abort(badRequest('the client went away'));
  if (response.destroyed) abort();
  else {
    response.once('close', () => {
      // It comes at the end of every answer.
      if (!response.writableFinished) abort();
    });
  }
  return controller;
}
