// Which items (events, pieces of the critical path) belong to which span, without an array per span.

export interface ItemsBySpan {
  // Items of span i: items[offsets[i]] … items[offsets[i + 1] - 1], in their given order.
  readonly offsets: Int32Array;
  readonly items: Int32Array;
}

export function indexBySpan(spanOfItem: readonly number[], spanCount: number): ItemsBySpan {
  const offsets = new Int32Array(spanCount + 1);
  for (const span of spanOfItem) offsets[span + 1]++;
  for (let i = 0; i < spanCount; i++) offsets[i + 1] += offsets[i];
  const next = offsets.slice(0, spanCount);
  const items = new Int32Array(spanOfItem.length);
  for (let item = 0; item < spanOfItem.length; item++) items[next[spanOfItem[item]]++] = item;
  return { offsets, items };
}

export function itemsOf(index: ItemsBySpan, span: number): number[] {
  return Array.from(index.items.subarray(index.offsets[span], index.offsets[span + 1]));
}
