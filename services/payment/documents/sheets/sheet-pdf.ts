/** A sheet as a PDF: A4, as many pages as its rows need, with fonts of its own. */
import { type Ink, page, Paper } from "./paper.ts";
import type { Column, Row, Sheet, Total } from "./sheet.ts";

const blue = "#1f4e79";
const grey = "#5f6c7b";
const pale = "#d9dee4";

const text: Ink = { size: 9.5 };
const strong: Ink = { size: 9.5, weight: 600 };
const small: Ink = { size: 8.5, colour: grey };
const label: Ink = { size: 8, weight: 600, colour: grey };
const inks = {
  sum: { size: 12, weight: 600 },
  part: text,
  aside: small,
} as const satisfies Record<Total["weight"], Ink>;

const left = page.side;
const width = page.width - 2 * page.side;
const bottom = page.height - page.bottom;
const gap = 10;
const totalsGap = 8;
const noteGap = 24;
/** Of the three blocks; what was booked has the longest lines. */
const blockShares = [0.34, 0.24, 0.42];
const rowPadding = 5;

/** A sheet being written: `y` is where it goes on. */
class SheetWriter {
  readonly #sheet: Sheet;
  readonly paper: Paper;
  #y: number = page.top;

  constructor(sheet: Sheet) {
    this.#sheet = sheet;
    const { title, number, madeAt } = sheet;
    this.paper = new Paper({ title: number === null ? title : `${title} ${number}`, madeAt });
  }

  header(): void {
    const { title, number, facts } = this.#sheet;
    this.paper.rule(page.top - 14, { x: left, width }, blue, 2.5);
    const half = width / 2;
    const place = { x: left, width: half - gap };
    let y = this.paper.write(title, { ...place, y: page.top }, { size: 22, weight: 600, colour: blue });
    if (number !== null) y = this.paper.write(number, { ...place, y }, { size: 11 });
    let factY = page.top + 6;
    for (const [name, value] of facts) {
      const x = left + half;
      this.paper.write(name, { x, y: factY, width: half * 0.4 }, { ...text, colour: grey });
      factY = this.paper.write(
        value,
        { x: x + half * 0.4, y: factY, width: half * 0.6, align: "right" },
        text,
      );
    }
    this.#y = Math.max(y, factY) + 24;
  }

  blocks(): void {
    let x = left;
    const ends = this.#sheet.blocks.map(({ label: name, lines }, index) => {
      const share = width * (blockShares[index] ?? 0);
      const place = { x, width: share - gap };
      x += share;
      let y = this.paper.write(name.toUpperCase(), { ...place, y: this.#y }, label) + 2;
      for (const [at, line] of lines.entries()) {
        y = this.paper.write(line, { ...place, y }, at === 0 ? strong : text);
      }
      return y;
    });
    this.#y = Math.max(...ends) + 26;
  }

  /** Where a column stands. */
  #placeOf(index: number): { x: number; width: number; align: Column["align"] } {
    const { columns } = this.#sheet;
    const before = columns.slice(0, index).reduce((sum, column) => sum + column.width, 0);
    const { width: share, align } = columns[index]!;
    const isLast = index === columns.length - 1;
    return { x: left + before * width, width: share * width - (isLast ? 0 : gap), align };
  }

  tableHead(): void {
    for (const [index, column] of this.#sheet.columns.entries()) {
      this.paper.write(column.label, { ...this.#placeOf(index), y: this.#y }, label);
    }
    this.#y += label.size * 1.4 + 3;
    this.paper.rule(this.#y, { x: left, width }, blue, 1.2);
    this.#y += rowPadding;
  }

  #heightOf({ cells, details }: Row): number {
    const heights = cells.map((cell, index) => this.paper.heightOf(cell, this.#placeOf(index).width, text));
    const below = details.reduce(
      (sum, detail) => sum + this.paper.heightOf(detail, this.#placeOf(0).width, small),
      0,
    );
    return Math.max((heights[0] ?? 0) + below, ...heights) + 2 * rowPadding;
  }

  /** Begins another page where so much does not fit on this one. */
  #makeRoom(height: number, head: boolean): void {
    if (this.#y + height <= bottom) return;
    this.paper.nextPage();
    this.#y = page.top;
    if (head) this.tableHead();
  }

  row(row: Row): void {
    const height = this.#heightOf(row);
    this.#makeRoom(height, true);
    let y = this.#y;
    for (const [index, cell] of row.cells.entries()) {
      const end = this.paper.write(cell, { ...this.#placeOf(index), y: this.#y }, text);
      if (index === 0) y = end;
    }
    for (const detail of row.details) y = this.paper.write(detail, { ...this.#placeOf(0), y }, small);
    this.#y += height - rowPadding;
    this.paper.rule(this.#y, { x: left, width }, pale, 0.6);
    this.#y += rowPadding;
  }

  /** What it comes to, with the notes, kept together on one page. */
  ending(): void {
    const { totals } = this.#sheet;
    const note = this.#note();
    const place = { x: left + width * 0.46, width: width * 0.54 };
    const heightOf = ({ weight }: Total) => inks[weight].size * 1.4 + (weight === "sum" ? 8 : 3);
    const noteHeight = noteGap + this.paper.heightOf(note, width, small);
    this.#makeRoom(
      totals.reduce((sum, total) => sum + heightOf(total), totalsGap + noteHeight),
      false,
    );
    this.#y += totalsGap;
    for (const total of totals) this.#total(total, place);
    this.paper.write(note, { x: left, y: this.#y + noteGap, width }, small);
  }

  #total({ label: name, amount, weight }: Total, { x, width: wide }: { x: number; width: number }): void {
    const ink = inks[weight];
    if (weight === "sum") {
      this.paper.rule(this.#y, { x, width: wide }, blue, 1.2);
      this.#y += 4;
    }
    const split = wide * 0.6;
    const ends = [
      this.paper.write(name, { x, width: split, y: this.#y }, ink),
      this.paper.write(amount, { x: x + split, width: wide - split, y: this.#y, align: "right" }, ink),
    ];
    this.#y = Math.max(...ends) + (weight === "sum" ? 4 : 3);
  }

  #note(): string {
    const leftOut = this.paper.leftOut
      ? ["Some letters cannot be shown here: the document's page in a browser has them all."]
      : [];
    return [...this.#sheet.notes, ...leftOut].join(" ");
  }

  footer(place: number, of: number): void {
    const { title, number } = this.#sheet;
    const y = bottom + 20;
    this.paper.rule(y - 6, { x: left, width }, pale, 0.6);
    this.paper.write(number ?? title, { x: left, y, width: width * 0.7 }, small);
    const side = { x: left + width * 0.7, y, width: width * 0.3, align: "right" } as const;
    this.paper.write(`Page ${place} of ${of}`, side, small);
  }
}

/** The file. The same sheet gives the same bytes. */
export async function sheetPdf(sheet: Sheet): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new SheetWriter(sheet);
  writer.header();
  writer.blocks();
  writer.tableHead();
  for (const row of sheet.rows) writer.row(row);
  if (sheet.rows.length === 0) {
    writer.row({ cells: [sheet.empty, ...sheet.columns.slice(1).map(() => "")], details: [] });
  }
  writer.ending();
  return writer.paper.finish((place, of) => writer.footer(place, of));
}
