import { goTags } from './tags.ts';

/**
 * The function that makes YAML of a value. What any reader might take for something else than a string is quoted: `yes` and `0777`,
 * which are no strings to YAML 1.1, and what Go's library reads besides.
 */
export async function yamlStringifier(): Promise<(value: unknown) => string> {
  const { stringify } = await import('yaml');
  return (value) => stringify(value, { version: '1.1', customTags: (tags) => [...tags, ...goTags([])] });
}
