import type { FieldErrors, Path } from '../../../../values/mod.ts';
import type { PodSpec } from '../types.ts';
import { visitContainers } from './context.ts';

/** Complaints about variables that are read from a file whose volume is not there, or no `emptyDir`. */
export function validateFileKeyVolumes(spec: PodSpec, path: Path, errors: FieldErrors): void {
  visitContainers(spec, path, ({ env }, at) => {
    env?.forEach(({ valueFrom }, i) => {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) return;
      const field = at.child('env').index(i).child('valueFrom').child('fileKeyRef').child('volumeName');
      const volume = spec.volumes?.find((other) => other.name === name);
      if (volume === undefined) errors.notFound(field, name);
      else if (volume.emptyDir === undefined) errors.invalid(field, name, 'referenced volume must be of type emptyDir');
    });
  });
}
