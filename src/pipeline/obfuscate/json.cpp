#include "pipeline/obfuscate/json.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace vizsla::pipeline {
namespace {

constexpr std::string_view kHidden = R"("?")";
constexpr std::string_view kCut = "...";
// What the Agent writes, so that a search for it finds both.
constexpr std::string_view kSqlFailed =
    "Datadog-agent failed to obfuscate SQL string. Enable agent debug logs for more info.";

bool contains(const std::vector<std::string>& sorted, std::string_view key) {
  return std::binary_search(sorted.begin(), sorted.end(), key, std::less<>());
}

std::string_view without_quotes(std::string_view literal) {
  return literal.size() >= 2 ? literal.substr(1, literal.size() - 2) : std::string_view();
}

}  // namespace

JsonObfuscator::JsonObfuscator(JsonObfuscation settings) : settings_(std::move(settings)) {
  std::sort(settings_.keep_values.begin(), settings_.keep_values.end());
  std::sort(settings_.obfuscate_sql_values.begin(), settings_.obfuscate_sql_values.end());
}

bool JsonObfuscator::obfuscate(std::string_view json, SqlFunction obfuscate_sql, std::string& out) {
  if (json.empty()) return true;
  constexpr std::size_t kNotKeeping = std::numeric_limits<std::size_t>::max();
  std::size_t kept_at = kNotKeeping;  // depth of the object whose value is kept entire
  bool sql_follows = false;
  std::string_view key;

  scanner_.start(json);
  while (true) {
    using Token = JsonScanner::Token;
    const Token token = scanner_.next();
    switch (token) {
      case Token::End:
        return true;
      case Token::Broken:
        out += kCut;
        return false;
      case Token::Key:
        key = scanner_.text();
        out += key;
        continue;
      case Token::Colon:
        out += ':';
        key = without_quotes(key);
        if (kept_at == kNotKeeping && contains(settings_.keep_values, key)) {
          kept_at = scanner_.depth();
        } else {
          sql_follows = contains(settings_.obfuscate_sql_values, key);
        }
        continue;
      case Token::Scalar:
        if (sql_follows && scanner_.broke_off()) {
          // Half a query isn't one.
        } else if (sql_follows) {
          append_sql(scanner_.text(), obfuscate_sql, out);
        } else {
          out += kept_at == kNotKeeping ? kHidden : scanner_.text();
        }
        break;
      case Token::ObjectBegin:
      case Token::ArrayBegin:
      case Token::Comma:
      case Token::Space:
        out += scanner_.text();
        sql_follows = false;
        continue;
      case Token::ObjectEnd:
      case Token::ArrayEnd:
        out += scanner_.text();
        break;
    }
    // A value has ended.
    sql_follows = false;
    if (scanner_.depth() <= kept_at && kept_at != kNotKeeping) kept_at = kNotKeeping;
  }
}

void JsonObfuscator::append_sql(std::string_view literal, SqlFunction obfuscate_sql, std::string& out) {
  query_.clear();
  obfuscated_query_.clear();
  if (literal.starts_with('"')) {
    append_unquoted(literal, query_);
  } else {
    query_ = literal;
  }
  append_quoted(obfuscate_sql(query_, obfuscated_query_) ? std::string_view(obfuscated_query_) : kSqlFailed, out);
}

}  // namespace vizsla::pipeline
