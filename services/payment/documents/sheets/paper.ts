/** Paper to write on: text in columns, in several fonts, from the top of a page to its bottom and on to the next. */
import PDFDocument from "pdfkit";
import { type Run, runsOf, unknownLetter, type Weight } from "./paper-fonts.ts";

/** A4, in points. */
export const page = { width: 595.28, height: 841.89, side: 56, top: 56, bottom: 64 } as const;

export interface Ink {
  readonly size: number;
  readonly weight?: Weight;
  readonly colour?: string;
}

/** A place for text: it is broken into lines that fit. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly align?: "left" | "right";
}

const black = "#1f2933";
const leading = 1.4;

interface Word {
  readonly runs: readonly Run[];
  readonly width: number;
}

export class Paper {
  readonly #document: PDFKit.PDFDocument;
  readonly #finished: Promise<Uint8Array<ArrayBuffer>>;
  readonly #known = new Set<string>();
  /** Was something written that no font has? */
  leftOut = false;

  /** `madeAt` is all that the file says of time: the same sheet is the same file, byte by byte. */
  constructor({ title, madeAt }: { readonly title: string; readonly madeAt: string }) {
    this.#document = new PDFDocument({
      size: "A4",
      margin: 0,
      bufferPages: true,
      pdfVersion: "1.7",
      lang: "en",
      displayTitle: true,
      font: "",
      info: {
        Title: title,
        Creator: "Holdfast",
        Producer: "Holdfast",
        CreationDate: new Date(Temporal.Instant.from(madeAt).epochMilliseconds),
      },
    });
    const chunks: Uint8Array[] = [];
    const finished = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    this.#document.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    this.#document.on("end", () => finished.resolve(new Uint8Array(Buffer.concat(chunks))));
    this.#document.on("error", finished.reject);
    this.#finished = finished.promise;
  }

  /** How high the text is in that place. */
  heightOf(text: string, width: number, ink: Ink): number {
    return this.#lines(text, width, ink).length * ink.size * leading;
  }

  /** Writes the text and answers with where it ends. */
  write(text: string, { x, y, width, align = "left" }: Place, ink: Ink): number {
    let top = y;
    for (const line of this.#lines(text, width, ink)) {
      const lineWidth = line.reduce((sum, word) => sum + word.width, 0);
      let left = align === "right" ? x + width - lineWidth : x;
      for (const word of line) {
        for (const run of word.runs) left += this.#put(run, left, top, ink);
      }
      top += ink.size * leading;
    }
    return top;
  }

  /** A line across the page. */
  rule(y: number, { x, width }: Pick<Place, "x" | "width">, colour: string, thickness: number): void {
    this.#document
      .moveTo(x, y)
      .lineTo(x + width, y)
      .lineWidth(thickness)
      .strokeColor(colour)
      .stroke();
  }

  nextPage(): void {
    this.#document.addPage();
  }

  /** Writes on every page what only now can be said of it, and ends the file. */
  async finish(footer: (place: number, of: number) => void): Promise<Uint8Array<ArrayBuffer>> {
    const { count } = this.#document.bufferedPageRange();
    for (let index = 0; index < count; index += 1) {
      this.#document.switchToPage(index);
      footer(index + 1, count);
    }
    this.#document.end();
    return this.#finished;
  }

  #put({ font, text }: Run, x: number, y: number, { size, colour = black }: Ink): number {
    this.#use(font);
    this.#document.fontSize(size).fillColor(colour).text(text, x, y, { lineBreak: false });
    return this.#document.widthOfString(text);
  }

  #use({ name, data }: Run["font"]): void {
    if (!this.#known.has(name)) {
      this.#known.add(name);
      this.#document.registerFont(name, data);
    }
    this.#document.font(name);
  }

  #widthOf(runs: readonly Run[], { size }: Ink): number {
    return runs.reduce((sum, { font, text }) => {
      this.#use(font);
      return sum + this.#document.fontSize(size).widthOfString(text);
    }, 0);
  }

  /** A word with the space behind it; one that is wider than its place is broken wherever it has to be. */
  #words(text: string, width: number, ink: Ink): Word[] {
    const pieces = text.trim().match(/\S+\s*/gu) ?? [];
    return pieces.flatMap((piece) => {
      const word = this.#wordOf(piece.replace(/\s+$/u, " "), ink);
      if (word.width <= width) return [word];
      return this.#broken(piece.trim(), width, ink);
    });
  }

  #wordOf(text: string, ink: Ink): Word {
    const runs = runsOf(text, ink.weight ?? 400);
    if (runs.some((run) => run.text.includes(unknownLetter))) this.leftOut = true;
    return { runs, width: this.#widthOf(runs, ink) };
  }

  #broken(text: string, width: number, ink: Ink): Word[] {
    const words: Word[] = [];
    let word = "";
    for (const letter of text) {
      if (word !== "" && this.#wordOf(word + letter, ink).width > width) {
        words.push(this.#wordOf(word, ink));
        word = letter;
      } else word += letter;
    }
    return [...words, this.#wordOf(`${word} `, ink)];
  }

  #lines(text: string, width: number, ink: Ink): Word[][] {
    const lines: Word[][] = [[]];
    let left = width;
    const space = this.#wordOf(" ", ink).width;
    for (const word of this.#words(text, width, ink)) {
      // The space behind a line's last word may stand beyond its end.
      if (word.width - space > left && lines.at(-1)!.length > 0) {
        lines.push([]);
        left = width;
      }
      lines.at(-1)!.push(word);
      left -= word.width;
    }
    return lines;
  }
}
