// The contract's schemas by their names. `schema.d.ts` is generated from docs/api/openapi.yaml.

import type { components } from './schema';

type Schemas = components['schemas'];

export type Bootstrap = Schemas['Bootstrap'];
export type ServiceList = Schemas['ServiceList'];
export type ServiceRef = Schemas['ServiceRef'];
export type ServiceRow = Schemas['ServiceRow'];
export type SpanDetail = Schemas['SpanDetail'];
export type Status = Schemas['Status'];
export type TraceList = Schemas['TraceList'];
export type TraceSkeleton = Schemas['TraceSkeleton'];
export type TraceSummary = Schemas['TraceSummary'];
export type UiError = Schemas['UiError'];
