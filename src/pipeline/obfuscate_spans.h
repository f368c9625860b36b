// Which obfuscator each part of a span goes through, by the span's type and the tag's key (agent-protocol §6).
//
// Behind normalisation and filters, in front of truncation and replacement. Works on codes: a statement that occurs a
// hundred times in a payload is obfuscated once. Reused from payload to payload. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/span_batch.h"
#include "pipeline/edit_batch.h"
#include "pipeline/obfuscate/credit_card.h"
#include "pipeline/obfuscate/event_attributes.h"
#include "pipeline/obfuscate/http_url.h"
#include "pipeline/obfuscate/json.h"
#include "pipeline/obfuscate/sql.h"

namespace vizsla::pipeline {

// The Agent's settings `apm_config.obfuscation.*` and `sql_obfuscation_mode`, with its defaults.
struct ObfuscationSettings {
  struct Json {
    bool enabled = true;
    JsonObfuscation rules = {};
  };
  Json elasticsearch = {};
  Json opensearch = {};
  Json mongodb = {};
  UrlObfuscation http = {};
  bool memcached = true;
  bool memcached_keep_command = false;
  bool redis = true;
  bool redis_remove_all_args = false;
  bool valkey = true;
  bool valkey_remove_all_args = false;
  bool remove_stack_traces = false;
  bool credit_cards = true;
  CreditCardObfuscation credit_card_rules = {};
  SqlOptions sql = {};
};

class SpanObfuscator {
 public:
  explicit SpanObfuscator(const ObfuscationSettings& settings);

  // Rewrites the spans of a normalised batch.
  void process(model::SpanBatch& batch);

  // The same for the resource of a group of statistics that a client computed.
  void process_stats_group(std::string_view type, std::string_view db_type, std::string& resource);

 private:
  using StringCode = model::StringCode;

  enum class TypeKind : std::uint8_t { Unseen, Other, Sql, Redis, Valkey, Memcached, Web, Mongodb, Search };

  enum class KeyKind : std::uint8_t {
    Unseen,
    Exempt,  // from the look for credit cards, and nothing else is done with it
    Plain,
    DbType,
    SqlQuery,      // `sql.query`
    SqlStatement,  // `db.statement`, `db.query.text`
    RedisCommand,
    ValkeyCommand,
    MemcachedCommand,
    HttpUrl,
    MongodbQuery,
    ElasticsearchBody,
    OpensearchBody,
    StackTrace,
  };

  // What a text is turned into, for the memory of what has been done.
  enum class Form : std::uint8_t {
    Sql,  // one for each dialect, these six
    SqlPostgres,
    SqlServer,
    SqlMySql,
    SqlOracle,
    SqlSnowflake,
    RedisResource,
    RedisCommand,
    RedisNoArguments,
    Memcached,
    Url,
    Mongodb,
    Elasticsearch,
    Opensearch,
    Events,
  };
  static constexpr std::size_t kForms = 15;

  enum class CardVerdict : std::uint8_t { Unseen, None, Card };

  void start();
  static TypeKind type_kind(std::string_view type);
  TypeKind type_of(const model::SpanBatch& batch, StringCode code);
  KeyKind key_of(const model::SpanBatch& batch, StringCode code);
  bool is_card(const model::SpanBatch& batch, StringCode value);

  void process_resource(model::SpanBatch& batch, std::size_t row, TypeKind type, SqlDialect dialect);
  void process_tags(model::SpanBatch& batch, std::size_t row, TypeKind type, SqlDialect dialect);
  void process_numbers(model::SpanBatch& batch, std::size_t row);
  SqlDialect dialect_of(const model::SpanBatch& batch, std::size_t row);

  // `text` in this form, as a code.
  StringCode in_form(model::SpanBatch& batch, Form form, StringCode text);
  void write_form(Form form, std::string_view text);
  void write_sql(std::string_view text, SqlDialect dialect);
  bool rewrite_events(std::string_view events);
  StringCode sql_form(model::SpanBatch& batch, SqlDialect dialect, StringCode text);

  const ObfuscationSettings settings_;
  const CreditCardObfuscator cards_;
  SqlObfuscator sql_;
  JsonObfuscator mongodb_;
  JsonObfuscator elasticsearch_;
  JsonObfuscator opensearch_;
  EventAttributeRewriter events_;

  // By code; grown on demand, forgotten with each payload.
  std::vector<TypeKind> types_;
  std::vector<KeyKind> keys_;
  std::vector<CardVerdict> card_verdicts_;
  std::vector<StringCode> forms_[kForms];
  std::vector<StringCode> tables_;  // by code of a statement's obfuscated form: what `sql.tables` says of it

  // Of this payload.
  std::vector<AddedTag> added_;
  bool removed_tags_ = false;
  bool removed_numbers_ = false;
  StringCode hidden_ = 0;      // "?"
  StringCode tables_key_ = 0;  // "sql.tables"

  // Reused from text to text.
  std::string out_;
  std::string tables_csv_;
};

}  // namespace vizsla::pipeline
