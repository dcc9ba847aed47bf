/** The pieces that make up the body of `POST /containers/create`, in the words of the Docker Engine API. */

/** What one group of flags asks for; groups are merged, since no two set the same key. */
export interface CreatePart {
  config?: Record<string, unknown>;
  hostConfig?: Record<string, unknown>;
  networking?: Record<string, unknown>;
}
