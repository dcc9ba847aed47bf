import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One class of the client's generated models. */
export interface Model {
  /** `V1PodSpec`, `CoreV1Event`. */
  readonly name: string;
  readonly description: string;
  readonly fields: readonly ModelField[];
}

/** One attribute of a model. */
export interface ModelField {
  /** As it stands in JSON. */
  readonly name: string;
  /** `string`, `number`, `Array<V1Container>`, `{ [key: string]: string; }`. */
  readonly type: string;
  /** `int32`, `date-time`, or ''. */
  readonly format: string;
  readonly required: boolean;
  readonly description: string;
}

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

/** Reads the models that `all.js` names: the folder also keeps those of older releases. */
export function readModels(folder: string): Map<string, Model> {
  const all = readFileSync(join(folder, 'all.js'), 'utf8');
  const names = [...all.matchAll(/models\/(\w+)\.js'/g)].map((match) => match[1] ?? '');
  return new Map(names.map((name) => [name, readModel(folder, name)]));
}

function readModel(folder: string, name: string): Model {
  const code = readFileSync(join(folder, `${name}.js`), 'utf8');
  const types = readFileSync(join(folder, `${name}.d.ts`), 'utf8');
  const list = /attributeTypeMap = (\[.*?\n?\]);/s.exec(code)?.[1];
  if (list === undefined) throw new Error(`${name}.js has no attributeTypeMap`);
  const declared = readDeclarations(types);
  const fields = (JSON.parse(list) as Attribute[]).map((attribute): ModelField => {
    const declaration = declared.get(attribute.name);
    if (declaration === undefined) throw new Error(`${name}.d.ts does not declare ${attribute.name}`);
    return { name: attribute.baseName, type: attribute.type, format: attribute.format, ...declaration };
  });
  return { name, description: readText(/\n\/\*\*\n((?:\* .*\n)*)\*\/\nexport declare class/.exec(types)?.[1]), fields };
}

/** What only the declarations say of an attribute: its comment, and `?`. */
function readDeclarations(types: string): Map<string, { required: boolean; description: string }> {
  const declarations = types.matchAll(/(?: {4}\/\*\*\n((?: {4}\* .*\n)*) {4}\*\/\n)? {4}'([^']+)'(\?)?:/g);
  return new Map(
    [...declarations].map(([, comment, name = '', optional]) => [
      name,
      { required: optional === undefined, description: readText(comment) },
    ]),
  );
}

/** The text of a comment: its lines without the stars, and without the generator's escapes. */
function readText(comment: string | undefined): string {
  return (comment ?? '')
    .replaceAll(/^ *\* /gm, '')
    .trimEnd()
    .replaceAll(/\\(['"\\])/g, '$1');
}
