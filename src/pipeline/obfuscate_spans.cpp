#include "pipeline/obfuscate_spans.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "pipeline/obfuscate/memcached.h"
#include "pipeline/obfuscate/redis.h"
#include "pipeline/obfuscate/stack_trace.h"
#include "pipeline/span_fields.h"

namespace vizsla::pipeline {

using model::kEmptyString;
using model::SpanBatch;
using model::StringCode;

SpanObfuscator::SpanObfuscator(const ObfuscationSettings& settings)
    : settings_(settings),
      cards_(settings.credit_card_rules),
      sql_(settings.sql),
      mongodb_(settings.mongodb.rules),
      elasticsearch_(settings.elasticsearch.rules),
      opensearch_(settings.opensearch.rules) {}

void SpanObfuscator::start() {
  types_.clear();
  keys_.clear();
  card_verdicts_.clear();
  for (auto& form : forms_) form.clear();
  tables_.clear();
  added_.clear();
  removed_tags_ = false;
  removed_numbers_ = false;
}

void SpanObfuscator::process(SpanBatch& batch) {
  start();
  hidden_ = batch.strings.intern(kHiddenValue);
  tables_key_ = batch.strings.intern("sql.tables");
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const TypeKind type = type_of(batch, batch.type[row]);
    const SqlDialect dialect = type == TypeKind::Sql ? dialect_of(batch, row) : SqlDialect::Unknown;
    process_tags(batch, row, type, dialect);
    if (settings_.credit_cards) process_numbers(batch, row);
    process_resource(batch, row, type, dialect);
    if (batch.events[row] != kEmptyString && (settings_.credit_cards || settings_.remove_stack_traces))
      batch.events[row] = in_form(batch, Form::Events, batch.events[row]);
  }
  if (removed_tags_) remove_marked_tags(batch.meta);
  if (removed_numbers_) remove_marked_tags(batch.metrics);
  add_tags(batch.meta, added_);
}

SpanObfuscator::TypeKind SpanObfuscator::type_of(const SpanBatch& batch, StringCode code) {
  TypeKind& kind = at_code(types_, code, TypeKind::Unseen);
  if (kind == TypeKind::Unseen) kind = type_kind(batch.strings[code]);
  return kind;
}

SpanObfuscator::TypeKind SpanObfuscator::type_kind(std::string_view text) {
  // Compared exactly, as the Agent does: "SQL" or "postgresql" aren't touched.
  static constexpr std::pair<std::string_view, TypeKind> kTypes[] = {
      {"sql", TypeKind::Sql},           {"cassandra", TypeKind::Sql},       {"redis", TypeKind::Redis},
      {"valkey", TypeKind::Valkey},     {"memcached", TypeKind::Memcached}, {"web", TypeKind::Web},
      {"http", TypeKind::Web},          {"mongodb", TypeKind::Mongodb},     {"elasticsearch", TypeKind::Search},
      {"opensearch", TypeKind::Search},
  };
  for (const auto& [name, type] : kTypes) {
    if (text == name) return type;
  }
  return TypeKind::Other;
}

void SpanObfuscator::process_stats_group(std::string_view type, std::string_view db_type, std::string& resource) {
  const TypeKind kind = type_kind(type);
  out_.clear();
  if (kind == TypeKind::Sql) {
    const bool has_dialects = settings_.sql.mode != SqlMode::Default;
    write_sql(resource, has_dialects ? sql_dialect(db_type, settings_.sql.mode) : SqlDialect::Unknown);
  } else if (kind == TypeKind::Redis || kind == TypeKind::Valkey) {
    quantize_redis_resource(resource, out_);
  } else {
    return;
  }
  resource = out_;
}

SpanObfuscator::KeyKind SpanObfuscator::key_of(const SpanBatch& batch, StringCode code) {
  KeyKind& kind = at_code(keys_, code, KeyKind::Unseen);
  if (kind != KeyKind::Unseen) [[likely]]
    return kind;
  static constexpr std::pair<std::string_view, KeyKind> kKeys[] = {
      {"db.type", KeyKind::DbType},
      {"sql.query", KeyKind::SqlQuery},
      {"db.statement", KeyKind::SqlStatement},
      {"db.query.text", KeyKind::SqlStatement},
      {"redis.raw_command", KeyKind::RedisCommand},
      {"valkey.raw_command", KeyKind::ValkeyCommand},
      {"memcached.command", KeyKind::MemcachedCommand},
      {"http.url", KeyKind::HttpUrl},
      {"mongodb.query", KeyKind::MongodbQuery},
      {"elasticsearch.body", KeyKind::ElasticsearchBody},
      {"opensearch.body", KeyKind::OpensearchBody},
  };
  const std::string_view key = batch.strings[code];
  kind = settings_.credit_cards && cards_.checks_key(key) ? KeyKind::Plain : KeyKind::Exempt;
  for (const auto& [name, known] : kKeys) {
    if (key == name) kind = known;
  }
  if (settings_.remove_stack_traces && holds_stack_trace(key)) kind = KeyKind::StackTrace;
  return kind;
}

bool SpanObfuscator::is_card(const SpanBatch& batch, StringCode value) {
  CardVerdict& verdict = at_code(card_verdicts_, value, CardVerdict::Unseen);
  if (verdict == CardVerdict::Unseen)
    verdict = cards_.is_card_number(batch.strings[value]) ? CardVerdict::Card : CardVerdict::None;
  return verdict == CardVerdict::Card;
}

// The Agent's default mode knows no dialects: `db.type` counts for the others only.
SqlDialect SpanObfuscator::dialect_of(const SpanBatch& batch, std::size_t row) {
  if (settings_.sql.mode == SqlMode::Default) return SqlDialect::Unknown;
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i) {
    if (key_of(batch, batch.meta.key[i]) == KeyKind::DbType)
      return sql_dialect(batch.strings[batch.meta.value[i]], settings_.sql.mode);
  }
  return SqlDialect::Unknown;
}

StringCode SpanObfuscator::sql_form(SpanBatch& batch, SqlDialect dialect, StringCode text) {
  return in_form(batch, static_cast<Form>(static_cast<std::size_t>(Form::Sql) + static_cast<std::size_t>(dialect)),
                 text);
}

void SpanObfuscator::process_resource(SpanBatch& batch, std::size_t row, TypeKind type, SqlDialect dialect) {
  StringCode& resource = batch.resource[row];
  if (type == TypeKind::Sql) {
    resource = sql_form(batch, dialect, resource);
    const StringCode tables = at_code(tables_, resource, kEmptyString);
    if (tables != kEmptyString) added_.push_back({static_cast<std::uint32_t>(row), tables_key_, tables});
  } else if (type == TypeKind::Redis || type == TypeKind::Valkey) {
    // Whether or not commands are obfuscated (agent-protocol, trap 27).
    resource = in_form(batch, Form::RedisResource, resource);
  }
}

void SpanObfuscator::process_tags(SpanBatch& batch, std::size_t row, TypeKind type, SqlDialect dialect) {
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i) {
    const KeyKind key = key_of(batch, batch.meta.key[i]);
    if (key == KeyKind::Exempt) continue;
    StringCode& value = batch.meta.value[i];
    switch (key) {
      case KeyKind::SqlQuery:
        if (type != TypeKind::Sql) break;
        if (value == kEmptyString) {
          batch.meta.key[i] = kRemovedTag;
          removed_tags_ = true;
          continue;
        }
        value = sql_form(batch, dialect, value);
        continue;
      case KeyKind::SqlStatement:
        if (type != TypeKind::Sql || value == kEmptyString) break;
        value = sql_form(batch, dialect, value);
        continue;
      case KeyKind::RedisCommand:
        if (type != TypeKind::Redis || !settings_.redis) break;
        value = in_form(batch, settings_.redis_remove_all_args ? Form::RedisNoArguments : Form::RedisCommand, value);
        continue;
      case KeyKind::ValkeyCommand:
        if (type != TypeKind::Valkey || !settings_.valkey) break;
        value = in_form(batch, settings_.valkey_remove_all_args ? Form::RedisNoArguments : Form::RedisCommand, value);
        continue;
      case KeyKind::MemcachedCommand:
        if (type != TypeKind::Memcached || !settings_.memcached) break;
        value = in_form(batch, Form::Memcached, value);
        continue;
      case KeyKind::HttpUrl:
        if (type != TypeKind::Web) break;
        value = in_form(batch, Form::Url, value);
        continue;
      case KeyKind::MongodbQuery:
        if (type != TypeKind::Mongodb || !settings_.mongodb.enabled) break;
        value = in_form(batch, Form::Mongodb, value);
        continue;
      case KeyKind::ElasticsearchBody:
        if (type != TypeKind::Search || !settings_.elasticsearch.enabled) break;
        value = in_form(batch, Form::Elasticsearch, value);
        continue;
      case KeyKind::OpensearchBody:
        if (type != TypeKind::Search || !settings_.opensearch.enabled) break;
        value = in_form(batch, Form::Opensearch, value);
        continue;
      case KeyKind::StackTrace:
        value = hidden_;
        continue;
      default:
        break;
    }
    if (settings_.credit_cards && (key == KeyKind::Plain || cards_.checks_key(batch.strings[batch.meta.key[i]])) &&
        is_card(batch, value))
      value = hidden_;
  }
}

// A number that is a card's becomes the text "?".
void SpanObfuscator::process_numbers(SpanBatch& batch, std::size_t row) {
  constexpr double kTwelveDigits = 1e11;
  constexpr double kSeventeenDigits = 1e16;
  for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i) {
    const double value = batch.metrics.value[i];
    if (value < kTwelveDigits || value >= kSeventeenDigits || value != std::floor(value)) [[likely]]
      continue;
    const StringCode key = batch.metrics.key[i];
    if (key_of(batch, key) == KeyKind::Exempt || !cards_.checks_key(batch.strings[key])) continue;
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::int64_t>(value)).ptr;
    if (!cards_.is_card_number({digits.data(), end})) continue;
    added_.push_back({static_cast<std::uint32_t>(row), key, hidden_});
    batch.metrics.key[i] = kRemovedTag;
    removed_numbers_ = true;
  }
}

StringCode SpanObfuscator::in_form(SpanBatch& batch, Form form, StringCode text) {
  auto& known = forms_[static_cast<std::size_t>(form)];
  if (const StringCode done = at_code(known, text, kUnset); done != kUnset) return done;
  out_.clear();
  tables_csv_.clear();
  write_form(form, batch.strings[text]);
  const StringCode code = batch.strings.intern(out_);
  known[text] = code;
  if (!tables_csv_.empty()) at_code(tables_, code, kEmptyString) = batch.strings.intern(tables_csv_);
  return code;
}

void SpanObfuscator::write_form(Form form, std::string_view text) {
  const auto sql_inside = [&](std::string_view query, std::string& out) {
    const auto obfuscated = sql_.obfuscate(query);
    if (obfuscated) out += obfuscated->text;
    return obfuscated.has_value();
  };
  switch (form) {
    case Form::Sql:
    case Form::SqlPostgres:
    case Form::SqlServer:
    case Form::SqlMySql:
    case Form::SqlOracle:
    case Form::SqlSnowflake:
      return write_sql(text, static_cast<SqlDialect>(static_cast<std::size_t>(form)));
    case Form::RedisResource:
      return quantize_redis_resource(text, out_);
    case Form::RedisCommand:
      return obfuscate_redis_command(text, out_);
    case Form::RedisNoArguments:
      return remove_redis_arguments(text, out_);
    case Form::Memcached:
      out_ = obfuscate_memcached_command(text, settings_.memcached_keep_command);
      return;
    case Form::Url:
      return obfuscate_http_url(text, settings_.http, out_);
    case Form::Mongodb:
      mongodb_.obfuscate(text, sql_inside, out_);
      return;
    case Form::Elasticsearch:
      elasticsearch_.obfuscate(text, sql_inside, out_);
      return;
    case Form::Opensearch:
      opensearch_.obfuscate(text, sql_inside, out_);
      return;
    case Form::Events:
      if (!rewrite_events(text)) out_ = text;
      return;
  }
}

void SpanObfuscator::write_sql(std::string_view text, SqlDialect dialect) {
  const auto obfuscated = sql_.obfuscate(text, dialect);
  if (!obfuscated) {
    out_ = kNonParsableSql;
    return;
  }
  out_ = obfuscated->text;
  tables_csv_ = obfuscated->metadata.tables_csv;
}

bool SpanObfuscator::rewrite_events(std::string_view events) {
  const auto rewrite = [&](const EventAttribute& attribute, std::string& out) {
    const bool hide = (settings_.remove_stack_traces && holds_stack_trace(attribute.key)) ||
                      (settings_.credit_cards && attribute.kind != AttributeKind::Bool &&
                       cards_.checks_key(attribute.key) && cards_.is_card_number(attribute.text));
    if (hide) out += kHiddenValue;
    return hide;
  };
  return events_.rewrite(events, rewrite, out_);
}

}  // namespace vizsla::pipeline
