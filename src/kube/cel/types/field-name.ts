/** Names that CEL keeps for itself. */
const RESERVED = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var ' +
    'void while'
  ).split(' '),
);

/** How an expression names a property of JSON; undefined for those that none can name. */
export function celName(jsonName: string): string | undefined {
  if (RESERVED.has(jsonName)) return `__${jsonName}__`;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(jsonName)) return undefined;
  const escaped = jsonName
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
  return /^[A-Za-z_]/.test(escaped) ? escaped : undefined;
}
