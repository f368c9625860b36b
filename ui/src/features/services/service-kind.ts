// What a service is for, in one word, from the type of its spans.

export const SERVICE_KINDS = [
  'web',
  'worker',
  'database',
  'cache',
  'queue',
  'function',
  'browser',
  'external',
  'custom',
] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];

const BY_TYPE: Record<string, ServiceKind> = {
  web: 'web',
  rpc: 'web',
  grpc: 'web',
  graphql: 'web',
  websocket: 'web',
  worker: 'worker',
  sql: 'database',
  db: 'database',
  cassandra: 'database',
  couchbase: 'database',
  dynamodb: 'database',
  elasticsearch: 'database',
  mongodb: 'database',
  opensearch: 'database',
  cache: 'cache',
  memcached: 'cache',
  redis: 'cache',
  valkey: 'cache',
  queue: 'queue',
  kafka: 'queue',
  serverless: 'function',
  lambda: 'function',
  function: 'function',
  browser: 'browser',
};

const WORDS: Record<ServiceKind, string> = {
  web: 'Web',
  worker: 'Worker',
  database: 'Database',
  cache: 'Cache',
  queue: 'Queue',
  function: 'Function',
  browser: 'Browser',
  external: 'External',
  custom: 'Custom',
};

// An `http` span is a request on either of its sides.
export function kindOf({ type, is_dependency }: { type: string; is_dependency: boolean }): ServiceKind {
  if (type === 'http') return is_dependency ? 'external' : 'web';
  return BY_TYPE[type] ?? 'custom';
}

export function kindWord(kind: ServiceKind): string {
  return WORDS[kind];
}

const LANGUAGES: Record<string, string> = {
  cpp: 'C++',
  dotnet: '.NET',
  go: 'Go',
  java: 'Java',
  javascript: 'JavaScript',
  jvm: 'JVM',
  nodejs: 'Node.js',
  php: 'PHP',
  python: 'Python',
  ruby: 'Ruby',
  rust: 'Rust',
};

export function languageName(language: string): string {
  return LANGUAGES[language] ?? language;
}
