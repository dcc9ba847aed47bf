import { flag, integer, list, mapOf, object, text, withDefaults, withRequired, word } from './shape.ts';

const fields = object({
  Type: word(
    ['bind', 'volume', 'tmpfs', 'image'],
    (given) => `invalid mount config for type "${given}": mount type unknown: use bind, volume, tmpfs or image`,
  ),
  Source: text,
  Target: text,
  ReadOnly: flag,
  Consistency: text,
  BindOptions: object({
    Propagation: text,
    NonRecursive: flag,
    CreateMountpoint: flag,
    ReadOnlyNonRecursive: flag,
    ReadOnlyForceRecursive: flag,
  }),
  VolumeOptions: object({
    NoCopy: flag,
    Labels: mapOf(text),
    Subpath: text,
    DriverConfig: object({ Name: text, Options: mapOf(text) }),
  }),
  ImageOptions: object({ Subpath: text }),
  TmpfsOptions: object({ SizeBytes: integer, Mode: integer, Options: list(list(text)) }),
});

/** `Mount` of API 1.51, as `--mount` sends it. */
export const mount = withDefaults(
  withRequired(
    fields,
    'Type',
    'invalid mount config for type "": mount type unknown: use bind, volume, tmpfs or image',
  ),
  { Target: '' },
);
