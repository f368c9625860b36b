// The contract's schemas by their names. `schema.d.ts` is generated from docs/api/openapi.yaml.

import type { components } from './schema';

type Schemas = components['schemas'];

export type Bootstrap = Schemas['Bootstrap'];
export type Distribution = Schemas['Distribution'];
export type Exemplar = Schemas['Exemplar'];
export type Exemplars = Schemas['Exemplars'];
export type Figures = Schemas['Figures'];
export type FoundSpan = Schemas['FoundSpan'];
export type Match = Schemas['Matches']['matches'][number];
export type OverTime = Schemas['OverTime'];
export type ResourceList = Schemas['ResourceList'];
export type ResourceOverTime = Schemas['ResourceOverTime'];
export type ResourceRow = ResourceList['resources'][number];
export type Series = Schemas['Series'];
export type ServiceList = Schemas['ServiceList'];
export type ServiceOverTime = Schemas['ServiceOverTime'];
export type ServiceRef = Schemas['ServiceRef'];
export type ServiceRow = Schemas['ServiceRow'];
export type ServiceSettings = Schemas['ServiceSettings'];
export type SpanDetail = Schemas['SpanDetail'];
export type SpanList = Schemas['SpanList'];
export type Status = Schemas['Status'];
export type TraceList = Schemas['TraceList'];
export type TraceSkeleton = Schemas['TraceSkeleton'];
export type TraceSummary = Schemas['TraceSummary'];
export type UiError = Schemas['UiError'];
