// The bodies of MongoDB, Elasticsearch and OpenSearch requests: the shape of the JSON stays, its values go.
//
// Rules: agent-protocol §6.4. White space outside strings is dropped, keys stay, every scalar becomes "?". Texts are
// often cut off by tracers: from where one stops being JSON, "..." stands for the rest. Several values may follow each
// other, and the white space between them stays.
//
// Linear, no recursion; nothing is allocated once the buffers have grown. One thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/obfuscate/function_ref.h"
#include "pipeline/obfuscate/json_scanner.h"

namespace vizsla::pipeline {

// Settings obfuscation.{mongodb,elasticsearch,opensearch}.*, but for `enabled`. Keys are compared as they are written
// in the JSON, escapes included.
struct JsonObfuscation {
  std::vector<std::string> keep_values = {};           // what stands below these keys is kept entire
  std::vector<std::string> obfuscate_sql_values = {};  // the strings right behind these keys are SQL
};

class JsonObfuscator {
 public:
  // Appends `query` obfuscated; false, and nothing said about `out`, when it can't be parsed.
  using SqlFunction = FunctionRef<bool(std::string_view query, std::string& out)>;

  explicit JsonObfuscator(JsonObfuscation settings);

  // Appends `json` obfuscated; nothing for "". False when it ended in "...".
  bool obfuscate(std::string_view json, SqlFunction obfuscate_sql, std::string& out);

 private:
  void append_sql(std::string_view literal, SqlFunction obfuscate_sql, std::string& out);

  JsonObfuscation settings_;  // both lists sorted

  // Reused from call to call.
  JsonScanner scanner_;
  std::string query_;
  std::string obfuscated_query_;
};

}  // namespace vizsla::pipeline
