/** A document as it is laid out, on a page and on paper: texts in their places, all of them ready to be read. */

/** A column; the first is as wide as the others leave it. */
export interface Column {
  readonly label: string;
  /** Numbers stand at the right. */
  readonly align: "left" | "right";
  /** Share of the table's width. */
  readonly width: number;
}

export interface Row {
  /** One a column. */
  readonly cells: readonly string[];
  /** Smaller, below the first cell. */
  readonly details: readonly string[];
}

export interface Total {
  readonly label: string;
  readonly amount: string;
  /** What it all comes to, or what is only said. */
  readonly weight: "sum" | "part" | "aside";
}

export interface Sheet {
  /** `Invoice` */
  readonly title: string;
  readonly number: string | null;
  /** Named in a download, without an ending. */
  readonly fileName: string;
  /** Its dates, and what it refers to: a label and a value each. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Who issues it, who paid, what was booked: the first line of each stands out. */
  readonly blocks: readonly { readonly label: string; readonly lines: readonly string[] }[];
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** In place of rows, where there are none. */
  readonly empty: string;
  readonly totals: readonly Total[];
  readonly notes: readonly string[];
  /** When it was made; a receipt is made when it is asked for. */
  readonly madeAt: string;
}
