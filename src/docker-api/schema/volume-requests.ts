import { mapOf, object, text } from './shape.ts';

/** Body of `POST /volumes/create`. */
export const createVolumeRequest = object({ Name: text, Driver: text, DriverOpts: mapOf(text), Labels: mapOf(text) });
