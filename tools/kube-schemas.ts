/**
 * Makes the schemas of the built-in kinds out of the models of `@kubernetes/client-node`: `npm run generate`, which
 * `npm ci` calls too. Two files: `structure.json` (types and what is required, read when the first kind is served) and
 * `descriptions.json` (read when somebody wants to have fields explained). What the models don't know (how lists
 * merge, defaults) is in src/kube/api/schema/facts.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModels } from './kube-schemas/models.ts';
import { descriptionsOf, structureOf } from './kube-schemas/output.ts';
import { placeModels } from './kube-schemas/packages.ts';

const root = join(import.meta.dirname, '..');

/**
 * Reads the models of the npm package at `source` and writes both files into the folder `target`. Answers how many
 * definitions.
 */
export function generate(source: string, target: string): number {
  const models = readModels(join(source, 'dist/gen/models'));
  const placed = placeModels(models, join(source, 'dist/gen'));
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'structure.json'), JSON.stringify(structureOf(placed)));
  writeFileSync(join(target, 'descriptions.json'), JSON.stringify(descriptionsOf(placed)));
  return placed.definitions.length;
}

if (import.meta.main) {
  const count = generate(
    join(root, 'node_modules/@kubernetes/client-node'),
    join(root, 'src/kube/api/schema/generated'),
  );
  console.log(`src/kube/api/schema/generated: ${count} definitions`);
}
