/** One page of a list; `next` is the cursor of the page after it, where there is one. */
export interface Paged<Row> {
  items: Row[]
  next?: string | undefined
  total?: number | undefined
  /** How many could not be sought by their titles, because these are not opened yet. */
  untitled?: number | undefined
}
