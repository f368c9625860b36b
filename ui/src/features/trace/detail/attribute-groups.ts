// A span's tags and numbers by namespace: `http.method` and `http.url` belong together.

import type { SpanDetail } from '../../../api/types';

export interface Attribute {
  key: string;
  value: string | number;
}

export interface AttributeGroup {
  name: string;
  attributes: Attribute[];
  // What tracers tell the server, of interest to few.
  internal: boolean;
}

export const GENERAL = 'General';
export const INTERNAL = 'Internal';

export function groupAttributes(meta: SpanDetail['meta'], metrics: SpanDetail['metrics']): AttributeGroup[] {
  const groups = new Map<string, AttributeGroup>();
  const all: Attribute[] = [...Object.entries(meta), ...Object.entries(metrics)].map(([key, value]) => ({
    key,
    // JSON has no NaN and no infinity: the server says null.
    value: value ?? 'not a number',
  }));
  for (const attribute of all) {
    const name = groupNameOf(attribute.key);
    const group = groups.get(name) ?? { name, attributes: [], internal: name === INTERNAL };
    group.attributes.push(attribute);
    groups.set(name, group);
  }
  for (const group of groups.values()) group.attributes.sort((a, b) => compare(a.key, b.key));
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || compare(a.name, b.name));
}

function groupNameOf(key: string): string {
  if (key.startsWith('_')) return INTERNAL;
  const dot = key.indexOf('.');
  return dot > 0 ? key.slice(0, dot) : GENERAL;
}

function rank(group: AttributeGroup): number {
  if (group.internal) return 2;
  return group.name === GENERAL ? 0 : 1;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Keeps what contains the text in its key or value; groups that have nothing left go.
export function filterGroups(groups: readonly AttributeGroup[], text: string): AttributeGroup[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [...groups];
  const holds = ({ key, value }: Attribute) =>
    key.toLowerCase().includes(wanted) || String(value).toLowerCase().includes(wanted);
  return groups
    .map((group) => ({ ...group, attributes: group.attributes.filter(holds) }))
    .filter((group) => group.attributes.length > 0);
}

// Only what a browser opens as a page: a `javascript:` address in a tag must stay text.
export function asWebAddress(value: string | number): string | null {
  if (typeof value !== 'string' || !/^https?:\/\/[^\s]+$/i.test(value)) return null;
  return URL.canParse(value) ? value : null;
}
