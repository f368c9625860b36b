// The number columns of both tables: what each is called, what it is of the spans, and how it is written.

import { formatCount } from '../../../format/count';
import { formatDuration } from '../../../format/duration';
import { formatShare } from '../../../format/percent';
import type { SpanFigures } from '../../../viz/span-statistics';

export interface FiguresColumn {
  // Also what the URL calls it.
  name: string;
  label: string;
  meaning: string;
  value: (figures: SpanFigures) => number;
  // `all` are the figures of everything in the table together.
  text: (value: number, all: SpanFigures) => string;
}

const duration = (value: number) => formatDuration(Math.round(value));
const whole = (value: number) => formatCount(value);

const count: FiguresColumn = {
  name: 'spans',
  label: 'Spans',
  meaning: 'How many spans',
  value: (figures) => figures.count,
  text: whole,
};
const average: FiguresColumn = {
  name: 'avg',
  label: 'Avg duration',
  meaning: 'Total duration by spans',
  value: (figures) => figures.totalNs / figures.count,
  text: duration,
};
const errors: FiguresColumn = {
  name: 'errors',
  label: 'Errors',
  meaning: 'How many of the spans failed',
  value: (figures) => figures.errors,
  text: whole,
};

export const LIST_COLUMNS: readonly FiguresColumn[] = [
  count,
  average,
  {
    name: 'exec',
    label: 'Exec time',
    meaning: 'Their part of the wall clock: each moment is shared by the spans that are active in it',
    value: (figures) => figures.execNs,
    text: duration,
  },
  {
    name: 'share',
    label: '% exec time',
    meaning: 'Their part of the execution time of all spans in the table',
    value: (figures) => figures.execNs,
    text: (value, all) => formatShare(value, all.execNs),
  },
  errors,
];

export const STATISTICS_COLUMNS: readonly FiguresColumn[] = [
  { ...count, label: 'Count' },
  {
    name: 'total',
    label: 'Total',
    meaning: 'Sum of the durations; more than the time that passed when they overlap',
    value: (figures) => figures.totalNs,
    text: duration,
  },
  { ...average, label: 'Avg' },
  { name: 'min', label: 'Min', meaning: 'The shortest', value: (figures) => figures.minNs, text: duration },
  { name: 'max', label: 'Max', meaning: 'The longest', value: (figures) => figures.maxNs, text: duration },
  {
    name: 'self',
    label: 'Self total',
    meaning: 'Sum of the self times: a span’s duration without the time in which a child was open',
    value: (figures) => figures.selfNs,
    text: duration,
  },
  {
    name: 'selfavg',
    label: 'Self avg',
    meaning: 'Self total by spans',
    value: (figures) => figures.selfNs / figures.count,
    text: duration,
  },
  {
    name: 'selfmin',
    label: 'Self min',
    meaning: 'The shortest self time',
    value: (figures) => figures.selfMinNs,
    text: duration,
  },
  {
    name: 'selfmax',
    label: 'Self max',
    meaning: 'The longest self time',
    value: (figures) => figures.selfMaxNs,
    text: duration,
  },
  {
    name: 'selfshare',
    label: 'Self / total',
    meaning: 'How much of their durations is their own time',
    value: (figures) => (figures.totalNs > 0 ? figures.selfNs / figures.totalNs : 0),
    text: (value) => formatShare(value, 1),
  },
  errors,
];
