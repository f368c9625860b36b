// What a span asked of a database: the tag that holds it, whoever set it, or its resource.

import type { SpanDetail } from '../../../api/types';
import { tagOf } from './tag-facts';

const SQL_TAGS = ['sql.query'];
// Of any database; its system says whether that is SQL.
const STATEMENT_TAGS = [
  'db.statement',
  'db.query.text',
  'redis.raw_command',
  'memcached.command',
  'mongodb.query',
  'elasticsearch.body',
];
const SQL_TYPES = ['sql', 'db'];
const OTHER_TYPES = ['redis', 'memcached', 'mongodb', 'elasticsearch', 'cassandra', 'valkey'];
const OTHER_SYSTEMS = /redis|valkey|memcache|mongo|elastic|opensearch|dynamodb|couch/i;

export interface Statement {
  text: string;
  isSql: boolean;
  // Of which database; empty when nothing says so.
  system: string;
}

export function statementOf(detail: SpanDetail): Statement | null {
  const system = tagOf(detail, ['db.system', 'db.system.name', 'db.type']);
  const sql = tagOf(detail, SQL_TAGS);
  if (sql) return { text: sql, isSql: true, system };
  const isOther = OTHER_TYPES.includes(detail.type) || OTHER_SYSTEMS.test(system);
  const isDatabase = isOther || SQL_TYPES.includes(detail.type);
  const text = tagOf(detail, STATEMENT_TAGS) || (isDatabase ? detail.resource : '');
  return text ? { text: isOther ? unfolded(text) : text, isSql: !isOther, system } : null;
}

// A body of JSON is read line by line.
function unfolded(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
