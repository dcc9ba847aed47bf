import { ApiError } from './errors.ts';

/** 1.52 and later drop fields that docker-py, compose and testcontainers still read. */
export const MAX_MINOR = 51;
export const MIN_MINOR = 24;
export const API_VERSION = `1.${MAX_MINOR}`;
export const MIN_API_VERSION = `1.${MIN_MINOR}`;

/** Splits `/v1.44/containers/json`; a path without a version means the newest. Throws 400 for a version out of range. */
export function splitVersion(path: string): { minor: number; path: string } {
  const match = /^\/v(\d+)\.(\d+)(?=\/)/.exec(path);
  if (match === null) return { minor: MAX_MINOR, path };
  const version = `${match[1]}.${match[2]}`;
  const order = Number(match[1]) * 1000 + Number(match[2]) - 1000;
  if (order < MIN_MINOR) {
    throw new ApiError(
      400,
      `client version ${version} is too old. Minimum supported API version is ${MIN_API_VERSION}, please upgrade your client to a newer version`,
    );
  }
  if (order > MAX_MINOR) {
    throw new ApiError(400, `client version ${version} is too new. Maximum supported API version is ${API_VERSION}`);
  }
  return { minor: order, path: path.slice(match[0].length) };
}
