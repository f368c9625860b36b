// What the legend's chips do to the groups of spans: a group is shown like all others, dimmed, or hidden. Or one stands
// alone and dims the others. In the URL each is a list of names, joined by commas.

export interface LegendFilter {
  // Those that aren't dimmed, when any are named.
  services?: string | undefined;
  dim?: string | undefined;
  hide?: string | undefined;
}

export type ChipState = 'shown' | 'dimmed' | 'hidden' | 'alone';

export function joinedNames(joined: string | undefined): string[] {
  return joined ? joined.split(',') : [];
}

export function chipState({ services, dim, hide }: LegendFilter, name: string): ChipState {
  if (joinedNames(hide).includes(name)) return 'hidden';
  const alone = joinedNames(services);
  if (alone.includes(name)) return 'alone';
  return alone.length > 0 || joinedNames(dim).includes(name) ? 'dimmed' : 'shown';
}

// The step after what the group is now: dimmed, then hidden, then as before. `canHide` is false for the last one left.
export function cycleGroup(filter: LegendFilter, name: string, canHide: boolean): LegendFilter {
  const dim = joinedNames(filter.dim);
  const hide = joinedNames(filter.hide);
  if (hide.includes(name)) return { ...filter, hide: without(hide, name) };
  if (!dim.includes(name)) return { services: undefined, dim: [...dim, name].join(','), hide: filter.hide };
  return { ...filter, dim: without(dim, name), hide: canHide ? [...hide, name].join(',') : filter.hide };
}

// Only this one, and everything again the second time.
export function onlyGroup(filter: LegendFilter, name: string): LegendFilter {
  const isAlone = filter.services === name;
  return { services: isAlone ? undefined : name, dim: undefined, hide: without(joinedNames(filter.hide), name) };
}

export function hideGroup(filter: LegendFilter, name: string): LegendFilter {
  const hide = joinedNames(filter.hide);
  return { ...filter, dim: without(joinedNames(filter.dim), name), hide: [...hide, name].join(',') };
}

function without(names: readonly string[], name: string): string | undefined {
  return names.filter((other) => other !== name).join(',') || undefined;
}
