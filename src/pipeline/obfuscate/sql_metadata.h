// What is collected about a statement on the way: tables, commands, comments, procedures (agent-protocol §6.1, §6.2).
//
// Kept between statements with its buffers. Linear also for statements with very many names. One thread at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "pipeline/obfuscate/sql.h"
#include "pipeline/obfuscate/sql_text.h"

namespace vizsla::pipeline {

// Names in order of appearance, copied.
class SqlNameList {
 public:
  void clear();

  void append(std::string_view name);
  // False, and nothing done, when it is there already.
  bool append_new(std::string_view name);
  [[nodiscard]] bool contains(std::string_view name) const;

  [[nodiscard]] bool empty() const { return places_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }  // of all names

  // Views of all names, valid until this is changed.
  std::span<const std::string_view> views();

 private:
  struct Place {
    std::size_t offset;
    std::size_t size;
    std::uint64_t hash;
  };
  static constexpr std::size_t kScannedMax = 8;        // up to here a look at each is quicker than a table
  static constexpr std::size_t kKeptPlacesMax = 4096;  // beyond it the room is given back

  [[nodiscard]] std::string_view name(const Place& place) const {
    return bytes_.view().substr(place.offset, place.size);
  }
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash, std::string_view name) const;
  void add(std::string_view name, std::uint64_t hash);
  void rebuild_slots();

  SqlBuffer bytes_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> slots_;  // 1 + index of a place; 0 is free. Of use once there are more than kScannedMax
  std::vector<std::string_view> views_;
};

class SqlMetadataCollector {
 public:
  // The default tokenizer lists commands and comments as often as they occur, the lexer modes each once.
  enum class Repeats : std::uint8_t { Listed, Dropped };

  explicit SqlMetadataCollector(Repeats repeats) : repeats_(repeats) {}

  void clear();

  void add_table(std::string_view name);
  void add_command(std::string_view upper_case_name) { add(commands_, upper_case_name); }
  void add_comment(std::string_view comment) { add(comments_, comment); }
  // The comment on one line and without white space around it.
  void add_comment_on_one_line(std::string_view comment);
  void add_procedure(std::string_view name) { procedures_.append_new(name); }

  // Valid until the collector is changed.
  SqlMetadata metadata();

 private:
  void add(SqlNameList& list, std::string_view name);

  const Repeats repeats_;
  SqlNameList tables_;
  SqlBuffer tables_csv_;
  SqlNameList commands_;
  SqlNameList comments_;
  SqlNameList procedures_;
  SqlBuffer line_;
};

}  // namespace vizsla::pipeline
