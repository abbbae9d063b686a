/**
 * The fonts that PDFs carry: Noto Sans in its Latin, Greek and Cyrillic parts, from @fontsource, one file each. A PDF gets
 * those of which it shows something, and of them the letters it shows.
 */
import { readFileSync } from "node:fs";
import { unpackFont } from "./unpack-font.ts";

/** Looked at in this order: a letter is taken from the first that has it. */
const scripts = [
  "latin",
  "latin-ext",
  "vietnamese",
  "greek",
  "greek-ext",
  "cyrillic",
  "cyrillic-ext",
] as const;
type Script = (typeof scripts)[number];
export type Weight = 400 | 600;

/** A font by the name under which a PDF knows it. */
export interface PaperFont {
  readonly name: string;
  readonly data: Buffer;
}

const folder = new URL(".", import.meta.resolve("@fontsource/noto-sans/package.json"));

/** The stretches of code points that each part is made for. */
const stretches = new Map(
  Object.entries(
    JSON.parse(readFileSync(new URL("unicode.json", folder), "utf8")) as Record<string, string>,
  ).map(([script, ranges]) => [
    script,
    ranges.split(",").map((range) => {
      const [from = 0, to = from] = range
        .slice("U+".length)
        .split("-")
        .map((hex) => Number.parseInt(hex, 16));
      return { from, to };
    }),
  ]),
);

const fonts = new Map<string, PaperFont>();

/** Bounded by the scripts there are, each in two weights. */
function fontOf(script: Script, weight: Weight): PaperFont {
  const name = `${script}-${weight}`;
  const known = fonts.get(name);
  if (known !== undefined) return known;
  const data = unpackFont(readFileSync(new URL(`files/noto-sans-${script}-${weight}-normal.woff`, folder)));
  fonts.set(name, { name, data });
  return { name, data };
}

function scriptOf(letter: string): Script | undefined {
  const point = letter.codePointAt(0)!;
  return scripts.find((script) =>
    stretches.get(script)?.some(({ from, to }) => from <= point && point <= to),
  );
}

/** Stands for a letter of a script that the fonts do not have. */
export const unknownLetter = "\uFFFD";

/** A piece of text that one font can show. */
export interface Run {
  readonly font: PaperFont;
  readonly text: string;
}

const letters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The text as runs; what no font has is replaced, letter by letter, and what has no look of its own is left out. */
export function runsOf(text: string, weight: Weight): Run[] {
  if (/^[ -~]*$/.test(text)) return text === "" ? [] : [{ font: fontOf("latin", weight), text }];
  const runs: { script: Script; text: string }[] = [];
  const shown = text.normalize("NFC").replaceAll(/[\p{Cc}\p{Cf}]/gu, "");
  for (const { segment } of letters.segment(shown)) {
    const parts = Array.from(segment, (letter) => ({ letter, script: scriptOf(letter) }));
    const known = parts.every(({ script }) => script !== undefined)
      ? parts
      : [{ letter: unknownLetter, script: "latin" as const }];
    for (const { letter, script = "latin" } of known) {
      const last = runs.at(-1);
      if (last?.script === script) last.text += letter;
      else runs.push({ script, text: letter });
    }
  }
  return runs.map((run) => ({ font: fontOf(run.script, weight), text: run.text }));
}
