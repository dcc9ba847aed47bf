import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, Path } from '../../values/mod.ts';
import { textColumn } from '../columns.ts';
import { complaints } from '../strategies.ts';
import { warnOfTemplate } from '../template-warnings.ts';
import { containerImages, containerNames, formatLabels } from './pod-spec/columns.ts';
import { type PodTemplateSpec, setPodTemplateDefaults, validatePodTemplate } from './pod-spec/mod.ts';
import { v1 } from './version.ts';

interface PodTemplate extends KubeObject {
  template?: PodTemplateSpec;
}

const TEMPLATE = new Path('template');

function templateOf(object: KubeObject): PodTemplateSpec {
  return (object as PodTemplate).template ?? {};
}

function validate(object: KubeObject, errors: FieldErrors): void {
  validatePodTemplate(templateOf(object), TEMPLATE, errors);
}

/** A template of pods on its own. */
export const podTemplates: ResourceDefinition = {
  group: '',
  plural: 'podtemplates',
  singular: 'podtemplate',
  kind: 'PodTemplate',
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('PodTemplate', {
    columns: [
      textColumn('Containers', 'Names of the containers.', (object) => containerNames(templateOf(object))),
      textColumn('Images', 'Images of the containers.', (object) => containerImages(templateOf(object))),
      textColumn('Pod Labels', 'Labels that pods of it get.', (object) =>
        formatLabels(templateOf(object).metadata?.labels),
      ),
    ],
  }),
  storageVersion: 'v1',
  strategy: {
    hasGeneration: true,
    setDefaults: (object) => setPodTemplateDefaults((object as PodTemplate).template),
    validate: (object, { warn }) =>
      complaints((errors) => {
        warnOfTemplate(templateOf(object), undefined, TEMPLATE, warn);
        validate(object, errors);
      }),
    validateUpdate: (object) => complaints((errors) => validate(object, errors)),
  },
};
