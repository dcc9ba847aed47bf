/** Aligned columns, as docker's tabwriter makes them: at least ten wide, three spaces between. */
import { stripVTControlCharacters } from 'node:util';

const MIN_WIDTH = 10;
const GAP = 3;

/** Aligns lines whose cells are separated by tabs. Colour codes and wide characters are measured as they are seen. */
export function alignColumns(lines: readonly string[]): string {
  const rows = lines.map((line) => line.split('\t'));
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? MIN_WIDTH - GAP, displayWidth(cell));
    });
  }
  return rows
    .map((row) => `${row.map((cell, column) => pad(cell, widths[column] ?? 0, column === row.length - 1)).join('')}\n`)
    .join('');
}

function pad(cell: string, width: number, isLast: boolean): string {
  return isLast ? cell : cell + ' '.repeat(width + GAP - displayWidth(cell));
}

/** Cells of a terminal that a text takes: East Asian wide characters take two. */
export function displayWidth(text: string): number {
  // ASCII is the common case and needs no measuring.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of stripVTControlCharacters(text)) {
    if (/\p{Mark}|\p{Cf}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
