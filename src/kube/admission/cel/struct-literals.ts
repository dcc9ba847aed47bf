/** Strings of every form that CEL has, comments, names with their dots, and single characters. */
const TOKENS =
  /[rRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?''')|[rR][bB]?(?:"[^"]*"|'[^']*')|[bB]?(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')|\/\/[^\n]*|[A-Za-z_][A-Za-z0-9_]*(?:\s*\.\s*[A-Za-z_][A-Za-z0-9_]*)*|\s+|[\s\S]/g;

const TYPE = /^(?:Object|JSONPatch)(?:\.|$)/;
const NAME = /^[A-Za-z_]\w*$/;

/**
 * Mutations are written with literals of types, `Object.spec{replicas: 1}` and `JSONPatch{op: "add", …}`, which are maps to the evaluator:
 * this rewrites them to `dyn({"replicas": 1})`. All else, also inside of strings, stays as it is.
 */
export function structsToMaps(expression: string): string {
  const tokens = expression.match(TOKENS) ?? [];
  let text = '';
  /** For each open bracket: is it the brace of a type? */
  const open: boolean[] = [];
  let isKey = false;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as string;
    const next = nextOf(tokens, at);
    if (TYPE.test(token.replaceAll(/\s/g, '')) && next.text === '{') {
      text += 'dyn({';
      open.push(true);
      isKey = true;
      at = next.at;
      continue;
    }
    if (isKey && NAME.test(token) && next.text === ':') text += JSON.stringify(unescapeName(token));
    else text += token === '}' && open.at(-1) === true ? '})' : token;
    if ('{[('.includes(token)) open.push(false);
    else if ('}])'.includes(token)) open.pop();
    if (token.trim() !== '' && token !== '?') isKey = token === ',' && open.at(-1) === true;
  }
  return text;
}

function nextOf(tokens: readonly string[], from: number): { readonly at: number; readonly text: string } {
  let at = from + 1;
  while (at < tokens.length && tokens[at]?.trim() === '') at++;
  return { at, text: tokens[at] ?? '' };
}

/** Names that CEL can't write as they are: `foo__dash__bar` is `foo-bar`. */
function unescapeName(name: string): string {
  const letters: Readonly<Record<string, string>> = { dot: '.', dash: '-', slash: '/', underscores: '__' };
  return name.replaceAll(/__(dot|dash|slash|underscores)__/g, (_, word: string) => letters[word] ?? '');
}
