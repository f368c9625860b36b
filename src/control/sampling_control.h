// What has been set about sampling while the server ran: a JSON document, which nobody reads here. Kept in
// `control.db`, read from memory. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/guarded.h"
#include "base/result.h"
#include "control/sqlite.h"

namespace vizsla::control {

class SamplingControl {
 public:
  // Opens `path`, which other tables lie in, too; the first document makes its own, so that nothing is written when a
  // server starts.
  static Result<std::unique_ptr<SamplingControl>> open(const std::string& path);

  // Nothing when nobody has set one.
  [[nodiscard]] std::optional<std::string> document() const {
    return document_.with([](const auto& document) { return document; });
  }

  // Durable when it returns without an error. Nothing takes it back.
  Result<void> set_document(const std::optional<std::string>& document);

 private:
  explicit SamplingControl(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}

  std::mutex writing_;                              // taken before document_
  const std::unique_ptr<SqliteDatabase> database_;  // guarded by writing_
  Guarded<std::optional<std::string>> document_;
};

}  // namespace vizsla::control
